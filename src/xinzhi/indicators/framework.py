"""The framework of an index: which indicators it is made of, and how they are grouped.

index
  dimension
    indicator, indicator
  dimension
    ...                        a tree of any depth; every indicator is a leaf and a column of the panel
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.errors import UsageError, listed, nearest
from xinzhi.language import Text, joined, say, titled
from xinzhi.method.base import Value, role
from xinzhi.method.roles import KEYS
from xinzhi.panel.panel import Bools, Floats, Ints

Direction = Literal["benefit", "cost", "interval", "target"]
Words = dict[Literal["en", "zh"], str]


@role("indicator")
class Indicator(Value):
    """An indicator: a column of the panel and what it means.

    Parameters
    ----------
    name : str
        The column.
    parent : str
        The dimension that it belongs to.
    direction : "benefit", "cost", "interval" or "target"
        More is better; less is better; best within ``best``; best at ``best``.
    best : (low, high), number or None
        The best interval, or the target; distance to a target may need it for benefits too.
    weight : number or None
        Weight as published.
    denominator : str or None
        Column that the indicator is divided by.
    unit : str
        Unit of measurement.
    title : mapping from "en" and "zh" to text
    definition, formula : text, or mapping from "en" and "zh" to text
    source : str
        Free text: what it measures, how it is computed, where it comes from.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("name", "denominator")
    name: str = Setting(min_length=1)
    parent: str
    direction: Direction = "benefit"
    best: tuple[float, float] | float | None = None
    weight: float | None = Setting(default=None, ge=0)
    denominator: str | None = None
    unit: str = ""
    title: Words = Setting(default_factory=dict)
    definition: str | Words = ""
    formula: str | Words = ""
    source: str = ""

    @model_validator(mode="after")
    def _best_is_known(self) -> "Indicator":
        if self.direction == "interval" and not isinstance(self.best, tuple):
            raise ValueError(say("indicator {name!r}: an interval needs best = [low, high]", name=self.name))
        if self.direction == "target" and not isinstance(self.best, float | int):
            raise ValueError(say("indicator {name!r}: a target needs best = number", name=self.name))
        if isinstance(self.best, tuple) and not self.best[0] <= self.best[1]:
            raise ValueError(say("indicator {name!r}: best needs low <= high", name=self.name))
        return self


@role("dimension")
class Dimension(Value):
    """A group of indicators or of other dimensions; the one without a parent is the index.

    Parameters
    ----------
    name : str
    parent : str or None
    weight : number or None
        Weight as published.
    title : mapping from "en" and "zh" to text
    definition : text, or mapping from "en" and "zh" to text
    """

    name: str = Setting(min_length=1)
    parent: str | None = None
    weight: float | None = Setting(default=None, ge=0)
    title: Words = Setting(default_factory=dict)
    definition: str | Words = ""


@role("framework")
class Framework(Value):
    """A tree of dimensions with indicators as leaves.

    Parameters
    ----------
    indicators : tuple of Indicator
    dimensions : tuple of Dimension
        Exactly one has no parent: the index.
    citation : str
        The paper or report that the framework comes from.
    status : "own", "as_published" or "recalled"
        Whether it repeats a publication. ``recalled`` prints "recalled, check before citing".

    Raises
    ------
    UsageError
        A name twice, or one that a result takes (``unit``, ``time``), a parent that is not there, a circle, no index or
        several, a dimension without parts (XZ-260).

    Examples
    --------
    >>> framework = Framework(
    ...     indicators=[Indicator(name="patents", parent="science"), Indicator(name="sulphur", parent="green",
    ...                 direction="cost")],
    ...     dimensions=[Dimension(name="index"), Dimension(name="science", parent="index"),
    ...                 Dimension(name="green", parent="index")])
    >>> framework.tree.groups
    ('science', 'green', 'index')
    """

    indicators: tuple[Indicator, ...] = Setting(min_length=1)
    dimensions: tuple[Dimension, ...] = Setting(min_length=1)
    citation: str = ""
    status: Literal["own", "as_published", "recalled"] = "own"

    @model_validator(mode="after")
    def _is_a_tree(self) -> "Framework":
        problems = _problems(self.indicators, self.dimensions)
        if problems:
            raise UsageError(
                "XZ-260", joined(*problems[:8]), where="Framework", expected=say("a tree with one index at its top")
            )
        return self

    @classmethod
    def from_study(cls, settings: Mapping[str, Any], find: Callable[[str], Path]) -> "Framework":
        """Return the framework that a study gives: by ``template``, by ``file`` in its folder, or part by part."""
        from xinzhi.indicators.framework_files import index_template, read_framework

        more = {"template": "columns", "file": "citation"}
        key = next((key for key in more if key in settings), None)
        if key is None:
            return cls(**settings)
        for odd in settings.keys() - {key, more[key]}:
            found = joined(say("unknown setting {name!r}", name=odd), nearest(odd, [more[key]]))
            raise UsageError("XZ-102", found, where=f"Framework.{odd}", expected=listed([key, more[key]]))
        if not isinstance(settings[key], str):
            raise UsageError("XZ-103", say("should be text"), where=f"Framework.{key}")
        if key == "template":
            return index_template(settings[key], columns=settings.get("columns"))
        return read_framework(find(settings[key]), citation=settings.get("citation", ""))

    @cached_property
    def tree(self) -> "Tree":
        """Return the tree as arrays."""
        parents = {d.name: d.parent for d in self.dimensions}
        depth = {name: len(_path(name, parents)) for name in parents}
        groups = sorted(parents, key=lambda name: -depth[name])  # stable: deepest first, then as given
        parts = [*(i.name for i in self.indicators), *groups]
        place = {name: k for k, name in enumerate(parts)}
        above = [*(i.parent for i in self.indicators), *(parents[name] for name in groups)]
        parent = np.array([-1 if name is None else place[name] for name in above], dtype=np.int64)
        dimension = {d.name: d for d in self.dimensions}
        given = [*(i.weight for i in self.indicators), *(dimension[name].weight for name in groups)]
        return Tree(
            tuple(i.name for i in self.indicators),
            tuple(groups),
            parent,
            np.array([np.nan if w is None else w for w in given]),
        )

    def title(self, name: str) -> Text:
        """Return the reader's name of an indicator or dimension: the study's own, the framework's, or the name."""
        parts: tuple[Indicator | Dimension, ...] = (*self.indicators, *self.dimensions)
        found = next((part for part in parts if part.name == name), None)
        return titled(name, {} if found is None else {str(key): text for key, text in found.title.items()})

    def indicator(self, name: str) -> Indicator:
        """Return an indicator by its name."""
        return self._by_name[name]

    @cached_property
    def _by_name(self) -> dict[str, Indicator]:
        return {indicator.name: indicator for indicator in self.indicators}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> "Framework":  # noqa: ARG002
        """Return a framework with other settings, checked again; what was derived from the old ones is not kept."""
        return Framework(**{**{name: getattr(self, name) for name in Framework.model_fields}, **(update or {})})


def told(words: str | Words) -> str:
    """Return free text in the language in force; text that is given in one language only stays as it is."""
    if isinstance(words, str):
        return words
    return titled(next(iter(words.values()), ""), {str(code): text for code, text in words.items()})


@dataclass(frozen=True)
class Tree:
    """A framework as arrays: m indicators, then g groups, children before their parents; the index comes last.

    ``indicators``: m names; ``groups``: g names; ``parent``: (m + g,) place of the parent, -1 for the index;
    ``given``: (m + g,) published weights, NaN where there is none.
    """

    indicators: tuple[str, ...]
    groups: tuple[str, ...]
    parent: Ints
    given: Floats

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parts, (m + g)."""
        return (*self.indicators, *self.groups)

    @cached_property
    def children(self) -> tuple[Ints, ...]:
        """Return the places of the parts of each group, g arrays."""
        m = len(self.indicators)
        return tuple(np.flatnonzero(self.parent == m + k) for k in range(len(self.groups)))

    @cached_property
    def below(self) -> Bools:
        """Return which indicator lies under which group, (g, m)."""
        m, g = len(self.indicators), len(self.groups)
        out = np.zeros((m + g, m), dtype=bool)
        out[np.arange(m), np.arange(m)] = True
        for k, parts in enumerate(self.children):
            out[m + k] = out[parts].any(axis=0)
        return out[m:]

    @cached_property
    def level(self) -> Ints:
        """Return the level of each group, (g,): 2 over indicators, one more than its highest part else."""
        m, levels = len(self.indicators), np.ones(len(self.indicators) + len(self.groups), dtype=np.int64)
        for k, parts in enumerate(self.children):
            levels[m + k] = 1 + levels[parts].max()
        return levels[m:]

    def keeping(self, kept: Bools) -> "Tree":
        """Return the tree of some of the indicators, (m,); groups that are left empty go too."""
        m = len(self.indicators)
        stays = np.r_[kept, (self.below & kept).any(axis=1)]
        new = np.cumsum(stays) - 1
        parent = np.where(self.parent < 0, -1, new[self.parent])[stays]
        names = np.array(self.names, dtype=object)
        return Tree(tuple(names[:m][kept]), tuple(names[m:][stays[m:]]), parent, self.given[stays])


def effective(tree: Tree, weights: Floats) -> Floats:
    """Return the weight of each indicator in each group, (t, g, m), from (t, m + g) weights among siblings."""
    m = len(tree.indicators)
    out = np.zeros((weights.shape[0], m + len(tree.groups), m))
    out[:, np.arange(m), np.arange(m)] = 1.0
    for k, parts in enumerate(tree.children):
        out[:, m + k] = np.einsum("tp,tpm->tm", weights[:, parts], out[:, parts])
    return out[:, m:]


def nested(tree: Tree, flat: Floats) -> Floats:
    """Return weights among siblings, (t, m + g), that give the indicators (t, m) weights in the whole."""
    m = len(tree.indicators)
    mass = np.column_stack([flat, flat @ tree.below.T.astype(np.float64)])
    above = np.where(tree.parent < 0, m + len(tree.groups) - 1, tree.parent)
    with np.errstate(invalid="ignore", divide="ignore"):
        share = mass / mass[:, above]
    empty = mass[:, above] == 0  # a dimension without weight: its parts count equally inside it
    parts = np.bincount(above, minlength=mass.shape[1])[above]
    return np.where(empty, 1.0 / parts, share)


def _path(name: str, parents: Mapping[str, str | None]) -> list[str]:
    """Return the way from a dimension to the top."""
    path, at = [name], parents.get(name)
    while at is not None and at not in path:
        path.append(at)
        at = parents.get(at)
    return path


def _problems(indicators: Sequence[Indicator], dimensions: Sequence[Dimension]) -> list[Text]:
    """Return what is wrong with a tree, in sentences."""
    parts: tuple[Indicator | Dimension, ...] = (*indicators, *dimensions)
    names = [part.name for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    found = [say("named twice: {names}", names=listed(twice))] if twice else []
    taken = sorted(KEYS.intersection(names))
    found += [say("called as another column of the result: {names}", names=listed(taken))] if taken else []
    parents = {d.name: d.parent for d in dimensions}
    for part in parts:
        if part.parent is not None and part.parent not in parents:
            lost = say("{name!r} has the parent {parent!r}, which is no dimension", name=part.name, parent=part.parent)
            found.append(joined(lost, nearest(part.parent, list(parents))))
    tops = [name for name, parent in parents.items() if parent is None]
    going_round = [name for name in parents if _comes_back(name, parents)]
    if going_round:
        found.append(say("a circle: {names}", names=listed(going_round)))
    if len(tops) != 1 and not going_round:
        tops_found = listed(tops) if tops else say("none")
        found.append(say("one dimension has no parent, the index; found: {names}", names=tops_found))
    used = {part.parent for part in parts}
    empty = [name for name in parents if name not in used]
    return [*found, say("without parts: {names}", names=listed(empty))] if empty else found


def _comes_back(name: str, parents: Mapping[str, str | None]) -> bool:
    """Return whether the way up from a dimension comes back to it."""
    at, steps = parents.get(name), 0
    while at is not None and at != name and steps <= len(parents):
        at, steps = parents.get(at), steps + 1
    return at == name
