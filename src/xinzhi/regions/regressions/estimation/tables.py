"""Tables that regressions share: coefficients, what the variables are like, how they hang together, who is left out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from xinzhi.errors import listed
from xinzhi.language import Text, named, say
from xinzhi.method import Field, Result, Table
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.numerics.correlations import pairwise
from xinzhi.panel.panel import Floats
from xinzhi.regions.regressions.estimation.effects import Cells, Effects, without_effects
from xinzhi.regions.regressions.estimation.least_squares import Estimates

STARS = ((0.01, "***"), (0.05, "**"), (0.1, "*"))
STARS_NOTE = say("Standard errors in brackets; *** p < 0.01, ** p < 0.05, * p < 0.1.")
FEWEST, MOST = 4, 9
"""Decimals of coefficients: four, more where standard errors are small numbers."""


@dataclass(frozen=True)
class Variables:
    """The variables of a regression: ``titles``: (k,), the outcome first; ``values``: (m, k) as used; ``cells``."""

    titles: tuple[Text, ...]
    values: Floats
    cells: Cells


def decimals(errors: Floats) -> int:
    """Return the decimals that show three digits of the smallest standard error."""
    sizes = errors[np.isfinite(errors) & (errors > 0)]
    return int(np.clip(2 - np.floor(np.log10(sizes.min())), FEWEST, MOST)) if sizes.size else FEWEST


def starred(estimate: float, p: float, places: int) -> str:
    """Return an estimate with its stars."""
    return shown(estimate, places) + next((mark for limit, mark in STARS if p < limit), "")


def in_brackets(error: float, places: int) -> str:
    """Return a standard error in brackets."""
    return f"({shown(error, places)})"


def coefficient_table(
    found: Estimates, terms: Sequence[Text], *, title: Text, level: float, wild: Floats | None, notes: Sequence[str]
) -> Table:
    """Return estimates with standard errors, t, p, intervals and, where there is one, the p of the bootstrap.

    Parameters
    ----------
    found : Estimates
    terms : (k,) names
    title : Text
    level : float
        Of the intervals.
    wild : (k,) or None
    notes : sequence of Text
    """
    reach, places = found.reach(level), decimals(found.errors)
    cells = {
        "term": list(terms),
        "estimate": found.coefficients.tolist(),
        "error": found.errors.tolist(),
        "t": found.t.tolist(),
        "p": found.p.tolist(),
        "low": (found.coefficients - reach * found.errors).tolist(),
        "high": (found.coefficients + reach * found.errors).tolist(),
    }
    interval = say("{level:g} % interval", level=100 * level)
    fields = [
        Field("term", say("Regressor")),
        Field("estimate", say("Estimate"), places),
        Field("error", say("Standard error"), places),
        Field("t", "t", 2),
        Field("p", "p", 4),
        Field("low", say("from"), places, interval),
        Field("high", say("to"), places, interval),
    ]
    if wild is not None:
        cells["wild"] = wild.tolist()
        fields.append(Field("wild", say("p, wild cluster bootstrap"), 4))
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
        words = {"k": found.coefficients.size, "freedom": found.freedom, "f": shown(f, 2), "p": shown(p, 4)}
        notes.append(say("All slopes are zero: F({k}, {freedom}) {f}, p {p}.", **words))
    if found.clusters:
        notes.append(say("{count} clusters.", count=" × ".join(map(str, found.clusters))))
    return notes


def descriptives_table(variables: Variables) -> Table:
    """Return number, mean, standard deviation, that within units, minimum and maximum of each variable."""
    x, cells = variables.values, variables.cells
    plain = Cells(cells.unit, cells.time, np.ones_like(cells.weight))
    columns = {
        "term": list(variables.titles),
        "count": [x.shape[0]] * x.shape[1],
        "mean": x.mean(axis=0),
        "sd": x.std(axis=0, ddof=1),
        "within": np.sqrt((without_effects(x, plain, "unit") ** 2).sum(axis=0) / (x.shape[0] - 1)),
        "min": x.min(axis=0),
        "max": x.max(axis=0),
    }
    spread = say("Standard deviation")
    fields = [
        Field("term", say("Variable")),
        Field("count", "N", 0),
        Field("mean", say("Mean"), 4),
        Field("sd", say("all rows"), 4, spread),
        Field("within", say("within units"), 4, spread),
        Field("min", say("Minimum"), 4),
        Field("max", say("Maximum"), 4),
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
