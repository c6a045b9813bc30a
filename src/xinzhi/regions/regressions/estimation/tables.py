"""Tables that regressions share: coefficients, what the variables are like, how they hang together, who is left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from xinzhi.errors import listed
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Result, Table
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Floats
from xinzhi.regions.regressions.estimation.effects import Cells, Effects, without_effects
from xinzhi.regions.regressions.estimation.least_squares import Estimates
from xinzhi.regions.regressions.estimation.wild import Bootstrap

ESTIMATE = say("Estimate")
STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
STARS_NOTE = say("Standard errors in brackets; *** p < 0.01, ** p < 0.05, * p < 0.1.")
FEWEST, MOST = 4, 20
"""Decimals of numbers: four, more where they are small; digits before the point and after it are no more than these."""


@dataclass(frozen=True)
class Variables:
    """The variables of a regression: ``titles``: (k,), the outcome first; ``values``: (m, k) as used; ``cells``."""

    titles: tuple[Text, ...]
    values: Floats
    cells: Cells

    @property
    def spread(self) -> float:
        """Return the standard deviation of the outcome."""
        return float(self.values[:, 0].std())


def decimals(sizes: Floats) -> int:
    """Return the decimals that show three digits of the smallest of some sizes, such as standard errors."""
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not sizes.size:
        return FEWEST
    least, most = (int(np.floor(np.log10(size))) for size in (sizes.min(), sizes.max()))
    return max(FEWEST, min(2 - least, MOST - max(most, 0)))


def by_size(table: Table, sizes: Mapping[str, float]) -> Table:
    """Return a table in which some columns show three digits of the size given for each."""
    places = {key: decimals(np.array([size])) for key, size in sizes.items()}
    fields = tuple(replace(one, decimals=places.get(one.key, one.decimals)) for one in table.fields)
    return replace(table, fields=fields)


def p_places(draws: int) -> int:
    """Return the decimals of p-values from so many draws, of which one over draws and one is the step."""
    return min(len(str(draws)), FEWEST)


def told_p(p: float, wild: Bootstrap | None) -> Text:
    """Return a p-value in words, with the bootstrap that it comes from, if it does."""
    if wild is None:
        return say("p {p}", p=shown_p(p, 3))
    return say("wild bootstrap p {p}", p=shown_p(p, min(3, p_places(wild.draws))))


def estimate_fields(places: int, level: float, *, estimate: Text = ESTIMATE) -> list[Field]:
    """Return the columns of estimates with standard errors, t, p and the ends of intervals of a level."""
    interval = say("{level:g} % interval", level=100 * level)
    return [
        Field("estimate", estimate, places),
        Field("error", say("Standard error"), places),
        Field("t", "t", 2),
        Field("p", "p", 4, p_value=True),
        Field("low", say("from"), places, interval),
        Field("high", say("to"), places, interval),
    ]


def starred(estimate: float, p: float, places: int) -> str:
    """Return an estimate with its stars."""
    return shown(estimate, places) + next((mark for limit, mark in STARS if p < limit), "")


def in_brackets(error: float, places: int) -> str:
    """Return a standard error in brackets."""
    return f"({shown(error, places)})"


def coefficient_table(
    found: Estimates, terms: Sequence[Text], *, title: Text, level: float, wild: Bootstrap | None, notes: Sequence[str]
) -> Table:
    """Return estimates with standard errors, t, p, intervals and, where there is one, the p of the bootstrap.

    Parameters
    ----------
    found : Estimates
    terms : (k,) names
    title : Text
    level : float
        Of the intervals.
    wild : Bootstrap or None
    notes : sequence of Text
    """
    reach = found.reach(level)
    cells = {
        "term": list(terms),
        "estimate": found.coefficients.tolist(),
        "error": found.errors.tolist(),
        "t": found.t.tolist(),
        "p": found.p.tolist(),
        "low": (found.coefficients - reach * found.errors).tolist(),
        "high": (found.coefficients + reach * found.errors).tolist(),
    }
    fields = [Field("term", say("Regressor")), *estimate_fields(decimals(found.errors), level)]
    if wild is not None:
        cells["wild"] = wild.p.tolist()
        fields.append(Field("wild", say("p, wild cluster bootstrap"), p_places(wild.draws), p_value=True))
    return Table.of("coefficients", title, fields, cells, notes=[*size_notes(found), *notes])


def size_notes(found: Estimates) -> list[Text]:
    """Return rows, R squared, F and clusters in words."""
    f, p = found.wald()
    notes = [
        say(
            "{rows} rows; R² {overall:.3f}, within {within:.3f}.",
            rows=found.observations,
            overall=found.overall,
            within=found.within,
        )
    ]
    if np.isfinite(f):
        words = {"k": found.coefficients.size, "freedom": found.freedom, "f": shown(f, 2), "p": shown_p(p, 4)}
        notes.append(say("All slopes are zero: F({k}, {freedom}) {f}, p {p}.", **words))
    if found.clusters:
        notes.append(say("{count} clusters.", count=" × ".join(map(str, found.clusters))))
    return notes


def descriptives_table(variables: Variables) -> Table:
    """Return number, mean, standard deviation, that within units, minimum and maximum of each variable."""
    x, cells = variables.values, variables.cells
    plain = Cells(cells.unit, cells.time, np.ones_like(cells.weight))
    sd = x.std(axis=0, ddof=1)
    places = decimals(np.append(sd, np.abs(x).max()))
    columns = {
        "term": list(variables.titles),
        "count": [x.shape[0]] * x.shape[1],
        "mean": x.mean(axis=0),
        "sd": sd,
        "within": np.sqrt((without_effects(x, plain, "unit") ** 2).sum(axis=0) / (x.shape[0] - 1)),
        "min": x.min(axis=0),
        "max": x.max(axis=0),
    }
    spread = say("Standard deviation")
    fields = [
        Field("term", say("Variable")),
        Field("count", "N", 0),
        Field("mean", say("Mean"), places),
        Field("sd", say("all rows"), places, spread),
        Field("within", say("within units"), places, spread),
        Field("min", say("Minimum"), places),
        Field("max", say("Maximum"), places),
    ]
    return Table.of("descriptives", say("Descriptive statistics"), fields, columns)


def collinearity_table(variables: Variables, effects: Effects) -> Table:
    """Return the correlations of all variables, and the variance inflation of regressors with and without effects."""
    x, cells = variables.values, variables.cells
    r = pairwise(x)
    k = x.shape[1]
    numbers = [f"({j + 1})" for j in range(k)]
    columns: dict[str, list[object]] = {
        "term": [say("{number} {name}", number=n, name=t) for n, t in zip(numbers, variables.titles, strict=True)],
        **{f"r{j}": [float(r[i, j]) if i >= j else None for i in range(k)] for j in range(k)},
        "vif": [None, *inflation(without_effects(x[:, 1:], cells, "none")).tolist()],
        "vif_net": [None, *inflation(without_effects(x[:, 1:], cells, effects)).tolist()],
    }
    correlation, vif = say("Correlation"), say("Variance inflation")
    fields = [Field("term", say("Variable"))]
    fields += [Field(f"r{j}", number, 3, correlation) for j, number in enumerate(numbers)]
    fields += [Field("vif", say("all rows"), 2, vif), Field("vif_net", say("net of effects"), 2, vif)]
    return Table.of("collinearity", say("Correlations and variance inflation"), fields, columns)


def inflation(x: Floats) -> Floats:
    """Return the variance inflation factors of (m, k) columns of mean zero, (k,): 1 / (1 - R^2) on the others."""
    z = x / np.linalg.norm(x, axis=0)
    triangle = np.linalg.qr(z, mode="r")
    return np.asarray((np.linalg.inv(triangle) ** 2).sum(axis=1))


def left_out_table(result: Result) -> list[Table]:
    """Return which years of which units are left out and why; nothing where all rows are used."""
    rows = result.rows
    groups: dict[tuple[str, Text], list[int]] = {}
    for k in np.flatnonzero(rows.status != "ok"):
        groups.setdefault((rows.unit[k], rows.reason[k]), []).append(int(rows.time[k]))
    if not groups:
        return []
    whole = {unit for unit, _ in groups} - set(rows.unit[rows.status == "ok"].tolist())
    cells = {
        "unit": [named(unit) for unit, _ in groups],
        "rows": [len(years) for years in groups.values()],
        "years": [listed(years, 12) if result.panel.time else "" for years in groups.values()],
        "reason": [why for _, why in groups],
    }
    fields = [
        Field("unit", label("unit")),
        Field("rows", say("Rows"), 0),
        Field("years", say("Years")),
        Field("reason", label("reason")),
    ]
    names = listed([named(unit) for unit in sorted(whole)], 40)
    notes = [say("Units without any row that is used: {names}.", names=names)] if whole else []
    return [Table.of("left_out", say("Rows that are left out"), fields, cells, notes=notes)]
