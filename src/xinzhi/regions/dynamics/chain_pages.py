"""Tables and words that chains share: probabilities, long run, tests, warnings."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from xinzhi.errors import listed
from xinzhi.language import Text, say
from xinzhi.method import Field, Table
from xinzhi.method.table import shown, shown_p
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.dynamics.chains import FEW, Chain, Homogeneity
from xinzhi.regions.dynamics.positions import digits_of

FIVE = 0.05
"""Level of the tests in sentences."""
SHORT = 5
"""Years in which transitions start, below which steady states extrapolate from next to nothing."""
COCHRAN = 0.2
"""Share of cells with an expected count below five that chi-squared bears (Cochran 1954)."""

Chains = Sequence[tuple[Text | str, Chain]]
"""Chains, each with the condition under which it holds; one without a condition has an empty name."""


def chain_tables(chains: Chains, head: Text | str = "", *, notes: Sequence[Text | str] = ()) -> list[Table]:
    """Return probabilities, counts, standard errors and long run of chains.

    ``head``: what conditions are; ``notes``: on the long run.
    """
    probabilities = {"p": [chain.probabilities for _, chain in chains]}
    counts = {"n": [chain.counts for _, chain in chains]}
    errors = {"se": [np.where(chain.errors > 0, chain.errors, np.nan) for _, chain in chains]}
    reasons = [
        say("{name}: {reason}.", name=name, reason=chain.reason) if name else say("{reason}.", reason=chain.reason)
        for name, chain in chains
        if chain.reason
    ]
    by_row = say("Rows: class at the start; columns: class at the end. Class 1 is the lowest.")
    independent = [say("Standard errors take transitions for independent given their start.")]
    if any((chain.errors == 0).any() for _, chain in chains):
        independent.append(say("A dash: a probability of zero or one has no error that these transitions can tell."))
    return [
        _matrices("transitions", say("Probabilities of transition"), chains, probabilities, head=head, notes=[by_row]),
        _matrices("counts", say("Counts of transitions"), chains, counts, head=head, notes=[by_row], decimals=0),
        _matrices("errors", say("Standard errors"), chains, errors, head=head, notes=independent),
        _long_run(chains, head, [*reasons, *notes]),
    ]


def _matrices(
    name: str,
    title: Text,
    chains: Chains,
    cells: Mapping[str, Sequence[Floats]],
    *,
    head: Text | str,
    notes: Sequence[Text],
    decimals: int = 4,
) -> Table:
    """Return (k, k) matrices below each other, with the number of transitions from each class."""
    (key, matrices), k = next(iter(cells.items())), chains[0][1].counts.shape[0]
    columns: dict[str, Any] = _stub(chains)
    columns["departures"] = np.concatenate([chain.departures for _, chain in chains]).astype(int).tolist()
    stacked = np.concatenate(list(matrices))
    for j in range(k):
        columns[f"{key}_{j + 1}"] = [int(x) if decimals == 0 else x for x in stacked[:, j].tolist()]
    to = [Field(f"{key}_{j + 1}", str(j + 1), decimals, say("Class at the end")) for j in range(k)]
    fields = [*_heads(head), Field("departures", say("Transitions"), 0), *to]
    return Table.of(name, title, fields, columns, notes=list(notes))


def _stub(chains: Chains) -> dict[str, Any]:
    k = chains[0][1].counts.shape[0]
    return {
        "given": [name for name, _ in chains for _ in range(k)],
        "class": [number for _ in chains for number in range(1, k + 1)],
    }


def _heads(head: Text | str) -> list[Field]:
    return [*([Field("given", head)] if head else []), Field("class", say("Class"), 0)]


def _long_run(chains: Chains, head: Text | str, notes: Sequence[Text | str]) -> Table:
    """Return the steady state with its standard errors, and the mean stay in each class."""
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = [1.0 / (1.0 - np.diag(chain.probabilities)) for _, chain in chains]
    stay = np.concatenate(stays)
    columns = _stub(chains) | {
        "steady": np.concatenate([chain.steady for _, chain in chains]),
        "error": np.concatenate([chain.steady_errors for _, chain in chains]),
        "stay": np.where(np.isfinite(stay), stay, np.nan),
    }
    fields = [
        *_heads(head),
        Field("steady", say("Steady state"), 4),
        Field("error", say("Standard error"), 4),
        Field("stay", say("Mean stay, steps"), 2),
    ]
    said = say("Steady states continue what these years had for ever; they are no forecast.")
    return Table.of("steady", say("Steady state and stay"), fields, columns, notes=[*notes, said])


def homogeneity_table(tests: Mapping[Text, Homogeneity], absent: Sequence[Text] = ()) -> Table:
    """Return the tests of equal matrices, and why some are absent."""
    rows: dict[str, list[Any]] = {name: [] for name in ("test", "statistic", "value", "freedom", "p", "thin")}
    for name, test in tests.items():
        for word, value, p in (("LR", test.lr, test.lr_p), (say("Pearson's Q"), test.q, test.q_p)):
            cells = (name, word, value, test.freedom, p, 100.0 * test.thin)
            for column, cell in zip(rows.values(), cells, strict=True):
                column.append(cell)
    fields = [
        Field("test", say("Hypothesis")),
        Field("statistic", say("Statistic")),
        Field("value", say("Value"), 4),
        Field("freedom", say("Degrees of freedom"), 0),
        Field("p", "p", 4, p_value=True),
        Field("thin", say("Expected below 5, %"), 1),
    ]
    notes = [
        *absent,
        say("Degrees of freedom leave out empty rows and targets that are never reached (Bickenbach and Bode 2003)."),
    ]
    return Table.of("tests", say("Tests of equal probabilities"), fields, rows, notes=notes)


def cuts_table(years: Ints, cuts: Floats, *, name: str, title: Text) -> Table:
    """Return the cut-offs of classes by year; one row where they are the same in all years."""
    known = ~np.isnan(cuts).any(axis=1)
    same = bool(known.any() and (cuts[known] == cuts[known][0]).all())
    shown_years = [say("all years")] if same else years[known].tolist()
    rows = cuts[known][:1] if same else cuts[known]
    columns: dict[str, Any] = {"time": shown_years}
    columns |= {f"cut_{j + 1}": rows[:, j] for j in range(cuts.shape[1])}
    digits = digits_of(rows, least=4)
    heads = [
        Field(f"cut_{j + 1}", say("{low} | {high}", low=j + 1, high=j + 2), digits, say("Cut-offs between classes"))
        for j in range(cuts.shape[1])
    ]
    return Table.of(name, title, [Field("time", say("Year"), 0), *heads], columns)


def chain_warnings(chains: Chains, tests: Sequence[Homogeneity], starts: int) -> tuple[str, ...]:
    """Return warnings of thin rows and cells, and of few years."""
    thin = [
        (name, i + 1)
        for name, chain in chains
        for i in np.flatnonzero((chain.departures < FEW) & (chain.departures > 0)).tolist()
    ]
    found: list[str] = []
    if thin:
        rows = [
            say("class {number} ({given})", number=i, given=name) if name else say("class {number}", number=i)
            for name, i in thin
        ]
        found.append(say("XZ-470 fewer than 5 transitions start in each of these: {rows}.", rows=listed(rows)))
    poor = max((test.thin for test in tests if test.freedom), default=0.0)
    if poor > COCHRAN:
        found.append(
            say("XZ-470 {share} % of the cells of a test have an expected count below 5.", share=shown(100.0 * poor, 0))
        )
    if starts < SHORT:
        found.append(say("XZ-473 years in which transitions start: {count}.", count=starts))
    return tuple(found)


def verdict(test: Homogeneity, *, equal: Text, different: Text) -> Text | str:
    """Return the sentence for the outcome of a test at 5 %, nothing where there is no test."""
    if test.freedom == 0:
        return ""
    told = different if test.lr_p < FIVE else equal
    return say(
        "{told} (LR {value}, {freedom} degrees of freedom, p {p}).",
        told=told,
        value=shown(test.lr, 2),
        freedom=test.freedom,
        p=shown_p(test.lr_p, 4),
    )
