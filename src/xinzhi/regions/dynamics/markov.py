"""Markov chains of classes: who moves up or down the distribution, and where that leads.

p_ij = n_ij / n_i: of the units in class i in a year, the share that is in class j ``lag`` years later.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.dynamics.chain_pages import chain_tables, chain_warnings, cuts_table, homogeneity_table, verdict
from xinzhi.regions.dynamics.chains import Chain, Homogeneity, Mobility, chain, homogeneity, mobility, transition_counts
from xinzhi.regions.dynamics.classes import Classes, Quantiles, class_count, class_words, classify, cut_offs
from xinzhi.regions.dynamics.positions import Relative, read_positions, rows_before, value_status

DIGITS = 9
"""Digits after the point of mean steps that are not rounding."""
EVEN = say(
    "With quantiles of each year every class holds the same share of units in every year, so that an even steady state "
    "is no finding."
)
NEARLY_EVEN = say(
    "With quantiles of each year every class holds about the same share of units in every year, so that an even steady "
    "state is no finding."
)
ROUNDING, ABOUT = 1e-12, 0.05
"""Differences between the shares of a class in two years that are none, and that are small."""


@register("markov_chain")
class MarkovChain(Method):
    """Estimate how units move between classes of a distribution, and where the chain leads.

    Parameters
    ----------
    of : str, Filled or Term
        The variable.
    classes : Quantiles or CutOffs
        How values are classed; five quantiles of all years together by default.
    lag : int
        Years of a step; all pairs of years this far apart are counted.
    relative : "year_mean" or None
        Values over the mean of their year, or as they are.
    periods : int
        Spans of years, of equal length where they can be, whose chains are compared.

    Notes
    -----
    Quantiles of each year show who passes whom; pooled quantiles of values that grow show growth, and the top class
    then absorbs: take values relative to their year, or quantiles of each year. Standard errors and tests take
    transitions for independent given their start; steps longer than a year overlap, so that both promise too much. A
    steady state is identified where all classes lead to one set of classes; a class that is never left, or several
    sets, have none, or one that only repeats where units end. The test over time compares the chains of the spans;
    the test of order asks whether the class before the start matters, which a Markov chain denies. Both are
    chi-squared tests of Anderson and Goodman in the form of Bickenbach and Bode, which leaves out empty rows.

    References
    ----------
    Anderson, T. W. and Goodman, L. A. (1957). Annals of Mathematical Statistics 28(1), 89-110.
    Quah, D. (1993). European Economic Review 37(2-3), 426-434. doi:10.1016/0014-2921(93)90031-5
    Shorrocks, A. F. (1978). Econometrica 46(5), 1013-1024. doi:10.2307/1911443
    Bickenbach, F. and Bode, E. (2003). International Regional Science Review 26(3), 363-392.

    Examples
    --------
    >>> import xinzhi as xz
    >>> from xinzhi.regions.dynamics.classes import Quantiles
    >>> from xinzhi.regions.dynamics.markov import MarkovChain
    >>> pwt = xz.catalog.load("pwt1001")
    >>> result = MarkovChain(of="hc", classes=Quantiles(count=4, over="year"), lag=10).fit(pwt)
    >>> result.chain.probabilities.round(2).diagonal().tolist()
    [0.87, 0.76, 0.77, 0.91]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of",)
    of: str | Filled | Term
    classes: Classes = Quantiles()
    lag: int = Setting(default=1, ge=1)
    relative: Relative = None
    periods: int = Setting(default=2, ge=2)

    def compute(self, panel: Panel, run: Run) -> "MarkovChainResult":
        """Return the class of each unit and year, the chain and its tests."""
        values, name, log = read_positions(self.of, self.relative, panel, run)
        k = class_count(self.classes)
        years, cuts = cut_offs(values, panel.when, self.classes, source=panel.source)
        place = classify(values, cuts[np.searchsorted(years, panel.when)])
        refuse_empty(place, k, panel)
        moves = transitions(panel, place, self.lag, ends=place)
        counts = moves.counts(np.zeros(moves.start.size, dtype=np.int64), (1, k))[0]
        tests, absent = self._tests(panel, place, moves)
        found = chain(counts)
        status, reason = value_status(values, name)
        starts = int(np.unique(panel.when[moves.before]).size)
        return MarkovChainResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), {"class": place}, status, reason),
            flow=False,
            name=name,
            years=years,
            cuts=cuts,
            chain=found,
            mobility=mobility(found),
            tests=tests,
            untested=absent,
            shares=class_shares(place, panel.when, years, k),
            log=log,
            warnings=filled_warnings(log) + chain_warnings([("", found)], list(tests.values()), starts),
            diagnostics={"transitions": int(counts.sum()), "starts": starts},
        )

    def _tests(
        self, panel: Panel, place: Floats, moves: "Transitions"
    ) -> tuple[dict[Text, Homogeneity], tuple[Text, ...]]:
        """Return the tests over time and of order, and why one is absent."""
        k, tests, absent = class_count(self.classes), dict[Text, Homogeneity](), list[Text]()
        when = panel.when[moves.before]
        starts = np.unique(when)
        if starts.size >= self.periods:
            span = np.searchsorted(starts, when) * self.periods // starts.size
            by_span = moves.counts(span, (self.periods, k))
            tests[say("The same in {count} spans of years", count=self.periods)] = homogeneity(by_span)
        else:
            absent.append(say("No test over time; years in which transitions start: {count}.", count=starts.size))
        earlier = rows_before(panel, self.lag)[moves.before]
        known = (earlier >= 0) & np.isfinite(place[earlier])
        if known.any():
            chosen = moves.taken(known)
            first = place[earlier[known]].astype(np.int64) - 1
            tests[say("The class before the start does not matter")] = homogeneity(chosen.counts(first, (k, k)))
        else:
            absent.append(say("No test of order: no unit has two steps in a row."))
        return tests, tuple(absent)


@dataclass(frozen=True)
class Transitions:
    """Steps of units between classes: ``before``, ``after``: (s,) rows; ``start``, ``end``: (s,) classes from 0."""

    before: Ints
    after: Ints
    start: Ints
    end: Ints

    def counts(self, given: Ints, shape: tuple[int, int]) -> Floats:
        """Return (m, k, k) counts by (s,) condition; ``shape``: (m, k)."""
        return transition_counts(self.start, self.end, given, shape)

    def taken(self, kept: Bools) -> "Transitions":
        """Return some of the steps."""
        return Transitions(self.before[kept], self.after[kept], self.start[kept], self.end[kept])


def transitions(panel: Panel, starts: Floats, lag: int, *, ends: Floats) -> Transitions:
    """Return the steps from rows with a class among (n,) ``starts`` to rows with one among (n,) ``ends``.

    Raises
    ------
    DataError
        There is none (XZ-281).
    """
    before = rows_before(panel, lag)
    after = np.flatnonzero((before >= 0) & np.isfinite(ends) & np.isfinite(starts[before]))
    if not after.size:
        raise DataError(
            "XZ-281",
            say("no pair of values at a lag of {lag}", lag=lag),
            where=panel.source,
            remedy=say("Use a shorter lag, or more units or years."),
        )
    before = before[after]
    return Transitions(before, after, starts[before].astype(np.int64) - 1, ends[after].astype(np.int64) - 1)


def ranks(classes: Classes) -> bool:
    """Return whether classes only rank the units of a year."""
    return isinstance(classes, Quantiles) and classes.over == "year"


def even_words(classes: Classes, shares: Floats) -> Text | str:
    """Return that (t, k) shares of classes in years are even by construction; nothing where they are not."""
    if not ranks(classes):
        return ""
    gap = float(np.nanmax(np.nanmax(shares, axis=0) - np.nanmin(shares, axis=0)))
    return EVEN if gap <= ROUNDING else NEARLY_EVEN if gap <= ABOUT else ""


def refuse_empty(place: Floats, k: int, panel: Panel) -> None:
    """Raise XZ-284 where a class holds no value at all."""
    held = np.bincount(place[np.isfinite(place)].astype(np.int64), minlength=k + 1)[1:]
    if not held.all():
        numbers = ", ".join(str(j + 1) for j in np.flatnonzero(held == 0))
        raise DataError("XZ-284", say("no value in class {numbers}", numbers=numbers), where=panel.source)


def class_shares(place: Floats, when: Ints, years: Ints, k: int) -> Floats:
    """Return the share of the units of each year in each class, (t, k); NaN in a year without units."""
    known = np.isfinite(place)
    rows = np.searchsorted(years, when[known])
    held = np.bincount(rows * k + place[known].astype(np.int64) - 1, minlength=years.size * k).reshape(-1, k)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(held / held.sum(axis=1, keepdims=True))


@dataclass(frozen=True, kw_only=True, repr=False)
class MarkovChainResult(Result):
    """Classes by unit and year, and the chain.

    ``name``: the variable; ``years``, ``cuts``: (t,) and (t, k - 1) cut-offs of each year; ``shares``: (t, k) share
    of units by class; ``tests``: by hypothesis; ``untested``: why a test is absent.
    """

    name: Text
    years: Ints
    cuts: Floats
    chain: Chain
    mobility: Mobility
    tests: dict[Text, Homogeneity]
    untested: tuple[Text, ...]
    shares: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Markov chain of {name}", name=self.name)

    def methods_text(self) -> str:
        """Return the method in words with classes and step."""
        method: Any = self.method
        return sentences(super().methods_text(), class_words(method.classes), step_words(method.lag))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return probabilities, counts, steady state, passage, mobility, tests, and cut-offs."""
        cuts = cuts_table(self.years, self.cuts, name="cut_offs", title=say("Cut-offs of classes"))
        own = [self._passage_table(), self._mobility_table(), homogeneity_table(self.tests, self.untested), cuts]
        method: Any = self.method
        even = even_words(method.classes, self.shares)
        return [*chain_tables([("", self.chain)], notes=[even] if even else []), *own, *self.filled_table(view)]

    def _passage_table(self) -> Table:
        """Return mean steps of first passage."""
        k = self.chain.counts.shape[0]
        columns: dict[str, Any] = {"class": range(1, k + 1)}
        times = self.chain.passage.round(DIGITS)  # equal times stay equal when they are printed
        columns |= {f"to_{j + 1}": times[:, j] for j in range(k)}
        fields = [Field(f"to_{j + 1}", str(j + 1), 2, say("To class")) for j in range(k)]
        notes = [say("On the diagonal: mean steps of return. A dash: the class is not reached for sure.")]
        return Table.of(
            "passage",
            say("Mean steps of first passage"),
            [Field("class", say("From class"), 0), *fields],
            columns,
            notes=notes,
        )

    def _mobility_table(self) -> Table:
        """Return the measures of mobility."""
        found = self.mobility
        cells = [
            (say("Shorrocks (Prais): (k − trace) / (k − 1)"), found.shorrocks),
            (say("Determinant: 1 − |det|"), found.determinant),
            (say("Second eigenvalue: 1 − |λ2|"), found.eigenvalue),
            (say("Leaving the class, in the steady state, times k / (k − 1)"), found.leaving),
            (say("Bartholomew: classes crossed over (k − 1), in the steady state"), found.bartholomew),
            (say("Half-life of the way to the steady state, steps"), found.half_life),
        ]
        columns = {"measure": [name for name, _ in cells], "value": [value for _, value in cells]}
        fields = [Field("measure", say("Measure")), Field("value", say("Value"), 4)]
        return Table.of("mobility", say("Mobility"), fields, columns)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the matrix, and the share of each class over the years beside the steady state."""
        from xinzhi.method.charts import Labels
        from xinzhi.regions.figures import transition_map

        labels = Labels(
            name="transitions",
            title=say("Probabilities of transition, {name}", name=self.name),
            description=self.summary(view),
            unit=say("probability"),
        )
        return [transition_map(labels, given=[""], counts=[self.chain.counts])]

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return how many stay, where the chain leads, and what the tests say."""
        counts = self.chain.counts
        total = counts.sum()
        shares = [100.0 * part.sum() / total for part in (np.diag(counts), np.triu(counts, 1), np.tril(counts, -1))]
        stay, up, down = (shown(float(share), 1) for share in shares)
        told = say(
            "{count} transitions: {stay} % stay in their class, {up} % move up, {down} % down.",
            count=int(total),
            stay=stay,
            up=up,
            down=down,
        )
        return sentences(told, step_words(self.settings["lag"]), self._long_run_words(), *self._test_words())

    def _long_run_words(self) -> Text | str:
        """Return where the chain leads against where the units were last."""
        method: Any = self.method
        steady, why = self.chain.steady, self.chain.reason
        if even := even_words(method.classes, self.shares):
            return even
        if np.isnan(steady).any():
            return say("There is no steady state: {reason}.", reason=why)
        last = self.shares[~np.isnan(self.shares).any(axis=1)][-1]
        words = {
            "low": shown(100.0 * float(steady[0]), 1),
            "high": shown(100.0 * float(steady[-1]), 1),
            "before": shown(100.0 * float(last[0]), 1),
            "after": shown(100.0 * float(last[-1]), 1),
        }
        told = say(
            "Steady state: {low} % in the lowest class, {high} % in the highest (last year: {before} % and {after} %).",
            **words,
        )
        return say("{told} Note: {reason}.", told=told, reason=why) if why else told

    def _test_words(self) -> list[Text | str]:
        """Return what each test says."""
        sayings = [
            (say("The chain changed over time"), say("No significant change of the chain over time")),
            (
                say("The class before the start seems to matter: the chain may not be Markov of first order"),
                say("No sign that the class before the start matters"),
            ),
        ]
        if len(self.tests) < len(sayings):
            return list(self.untested)
        return [
            verdict(test, equal=equal, different=different)
            for test, (different, equal) in zip(self.tests.values(), sayings, strict=True)
        ]


def step_words(lag: int) -> Text | str:
    """Return the length of a step in words."""
    return say("A step is one year.") if lag == 1 else say("A step is {lag} years; all such pairs count.", lag=lag)
