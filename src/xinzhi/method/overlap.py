"""Overlap of the variables of a regression: columns that two are made of, and columns with nearly the same numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import listed
from xinzhi.language import Text, named, say, sentences
from xinzhi.method.filling import Filled
from xinzhi.method.roles import Term, read_quantity, series_name
from xinzhi.method.table import Field, Table
from xinzhi.numerics.correlations import strongest
from xinzhi.panel import Panel

Series = str | Filled | Term
Kind = Literal["shared", "near_duplicate"]
KINDS: dict[Kind, Text] = {"shared": say("made of the same column"), "near_duplicate": say("nearly the same numbers")}
NEAR = 0.95
"""Absolute correlation, of values or logarithms, pooled or within units, beyond which numbers count as the same."""
INDEX = "index_system"
"""The method whose terms are indices: what is left of one without some of its columns can be shown."""


@dataclass(frozen=True)
class Overlap:
    """Two variables of a regression that share something.

    ``first``, ``second``: names for readers; ``columns``: what both are made of, or of one what the other is nearly
    the same as; ``pooled``, ``within``: the strongest correlation over all rows and within units, of the two where
    they share columns, else of a variable with such a column; zero where there is none; ``index``: one is an index.
    """

    first: Text
    second: Text
    columns: tuple[str, ...]
    kind: Kind
    pooled: float
    within: float
    index: bool = False


def overlaps(series: Sequence[Series], panel: Panel, run: Run) -> tuple[Overlap, ...]:
    """Return the pairs of variables that share a column, or of which one nearly is a column that the other is made of.

    Two columns that are nearly the same are no overlap but collinear.
    A term is made of all number columns that its method reads. A variable that is named twice counts once.
    """
    given = [one for k, one in enumerate(series) if one not in series[:k]]
    made = [_ingredients(one, panel) for one in given]
    known = list(dict.fromkeys(name for names in made for name in names))
    if len(given) < 2 or not known:
        return ()
    numbers = np.column_stack([next(iter(read_quantity(one, panel, run).parts.values())) for one in given])
    with_columns = strongest(numbers, [panel.array(*known)], panel.code)
    with_each_other = strongest(numbers, [numbers], panel.code)
    closest = np.maximum(*map(np.abs, with_columns))
    found = []
    for a, b in combinations(range(len(given)), 2):
        pair = series_name(given[a]), series_name(given[b])
        index = any(isinstance(one, Term) and one.method.method_name == INDEX for one in (given[a], given[b]))
        shared = tuple(name for name in made[a] if name in made[b])
        if shared:
            pooled, within = (float(r[a, b]) for r in with_each_other)
            found.append(Overlap(*pair, shared, "shared", pooled, within, index))
        plain = made[a] == [given[a]] and made[b] == [given[b]]  # their correlation says it
        sides = [] if plain else [(a, made[b]), (b, made[a])]
        near = [(k, known.index(name)) for k, names in sides for name in names if name not in shared]
        near = [place for place in near if closest[place] > NEAR]
        if near:
            columns = tuple(dict.fromkeys(known[place] for _, place in near))
            pooled, within = (max((float(r[place]) for place in near), key=abs) for r in with_columns)
            found.append(Overlap(*pair, columns, "near_duplicate", pooled, within, index))
    return tuple(found)


def _ingredients(one: Series, panel: Panel) -> list[str]:
    """Return the number columns that a variable is made of."""
    names = [one] if isinstance(one, str) else one.used_columns()
    return [name for name in names if name in panel.columns]


def overlap_warnings(found: Sequence[Overlap]) -> tuple[Text, ...]:
    """Return a warning for each overlap; where one of the two is an index, with what shows the index without it."""
    warnings = []
    for one in found:
        words = {"first": one.first, "second": one.second, "columns": listed(list(map(named, one.columns)))}
        if one.kind == "shared":
            told = say("XZ-474 {first} and {second} are made of the same columns: {columns}.", **words)
        else:
            told = say(
                "XZ-474 {first} and {second}: one is made of columns with nearly the numbers of the other: {columns}.",
                **words,
            )
        more = say("RegressorOverlap shows the index without them.")
        warnings.append(sentences(told, more) if one.index else told)
    return tuple(warnings)


def overlap_table(found: Sequence[Overlap]) -> list[Table]:
    """Return the table of the overlaps; none where there are none."""
    if not found:
        return []
    cells = {
        "first": [one.first for one in found],
        "second": [one.second for one in found],
        "kind": [KINDS[one.kind] for one in found],
        "columns": [listed(list(map(named, one.columns))) for one in found],
        "pooled": [one.pooled for one in found],
        "within": [one.within for one in found],
    }
    correlation = say("Correlation")
    fields = [
        Field("first", say("Variable")),
        Field("second", say("Other variable")),
        Field("kind", say("Relation")),
        Field("columns", say("Columns")),
        Field("pooled", say("all rows"), 3, correlation),
        Field("within", say("within units"), 3, correlation),
    ]
    note = say("A coefficient of variables that share columns is partly arithmetic.")
    return [Table.of("overlaps", say("Variables that share columns"), fields, cells, notes=[note])]
