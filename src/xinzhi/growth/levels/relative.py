"""Productivity levels across economies: output, inputs and TFP relative to a base unit.

Caves, Christensen and Diewert, against the geometric mean economy h, then rebased to the base unit:

    ln (Y_j / Y_h) = SUM_k 1/2 (s_kj + sbar_k) (ln x_kj - mean ln x_k) + ln (A_j / A_h)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import named, say, sentences
from xinzhi.method import Capital, Field, Filled, Input, Labour, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_cells, filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import ShareOf, all_needs, read_inputs, read_quantity, share_needs
from xinzhi.method.status import level_status
from xinzhi.method.table import cell, shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts


@register("relative_levels")
class RelativeLevels(Method):
    """Compare levels of output, inputs and total factor productivity with those of a base unit.

    Parameters
    ----------
    output : str, Filled or Term
        Output at purchasing power parities: a level that compares units within a year.
    capital : str, Filled, Capital or Term
        Capital at purchasing power parities, a level.
    labour : str, Filled, Labour or Term
        Labour, a level.
    labour_share, capital_share : number, str, Filled, Share, UnitMean or Term
        Cost shares, 0 to 1; capital's is by default what the others leave.
    other_inputs : tuple of Input
        Further inputs, each with quantity and share.
    base : str
        Unit with which the others are compared; its relative levels are zero.

    Notes
    -----
    The multilateral Törnqvist index compares every unit with the geometric mean of all units that are complete
    in a year (unweighted), so that comparisons are transitive; the choice of the base changes no ratio. The
    sample is part of the answer: another set of units gives other levels. Terms are natural logarithms relative
    to the base and add up: output = inputs + TFP. They compare within a year; over time use growth accounts.

    References
    ----------
    Caves, D. W., Christensen, L. R. and Diewert, W. E. (1982). Economic Journal 92(365), 73-86. doi:10.2307/2232257

    Examples
    --------
    >>> import xinzhi as xz
    >>> world = xz.catalog.load("pwt1001").select(units=["CHN", "DEU", "USA"], times=(2018, 2019))
    >>> levels = xz.RelativeLevels(output="cgdpo", capital="ck", labour="emp", labour_share="labsh", base="USA")
    >>> result = levels.fit(world)
    >>> bool(result.term("relative_tfp")[0] < 0)  # China below the United States
    True
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "capital", "labour", "labour_share", "capital_share")
    output: str | Filled | Term
    capital: str | Filled | Capital | Term
    labour: str | Filled | Labour | Term
    labour_share: ShareOf
    capital_share: ShareOf | None = None
    other_inputs: tuple[Input, ...] = ()
    base: str

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return all inputs with their shares: capital, labour, others."""
        return (
            Input(name="capital", quantity=self.capital, share=self.capital_share),
            Input(name="labour", quantity=self.labour, share=self.labour_share),
            *self.other_inputs,
        )

    def compute(self, panel: Panel, run: Run) -> "RelativeLevelsResult":
        """Return relative levels by unit and year."""
        panel.require_units([self.base], where="RelativeLevels.base")
        output = read_quantity(self.output, panel, run, name="output")
        factors, shares = read_inputs(self.inputs, panel, run)
        where = f"{type(self).__name__}.{{}}"
        levels = np.column_stack(
            [
                output.require_level(where=where.format("output")),
                *(
                    factor.require_level(where=where.format(item.name))
                    for item, factor in zip(self.inputs, factors, strict=True)
                ),
            ]
        )
        needed = all_needs(output.needs, share_needs(self.inputs, shares), *(f.needs for f in factors))
        needed = all_needs(needed, *(f.level_needs for f in (output, *factors)))
        status, reason = level_status(needed)
        good, base = with_base(panel, self.base, status, reason)
        parts = multilateral_terms(levels, shares, np.searchsorted(panel.times, panel.when), good)
        rebased = parts - parts[base]
        names = [f"relative_{item.name}" for item in self.inputs]
        terms = dict(zip(("relative_output", *names, "relative_tfp"), rebased.T, strict=True))
        rows = Rows(panel.unit_names, panel.when, terms, status, reason)
        gap = check_adding_up(rebased[:, 0], rebased[:, 1:], rows, identity=say("relative levels"))
        log = tuple(c for factor in (output, *factors) for c in factor.log)
        return RelativeLevelsResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            warnings=filled_warnings(log),
            diagnostics={"largest_gap": gap, "compared": counts(panel, good)},
            log=log,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class RelativeLevelsResult(Result):
    """Natural logarithms relative to the base unit, by unit and year; ``log``: cells that a policy filled."""

    log: tuple[Any, ...] = ()

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Levels relative to {base}", base=named(self.settings["base"]))

    def methods_text(self) -> str:
        """Return the comparison in words, with the number of units behind the mean."""
        counts = self.diagnostics["compared"]
        last = max(counts)
        text = say("In {year}, {count} units are compared.", year=last, count=counts[last])
        return sentences(super().methods_text(), text)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return relative levels (base = 1) in the years of the view, and what policies filled."""
        units, periods = self.chosen(view)
        years = {end for _, end in periods} | ({start for start, _ in periods} if view and view.periods else set())
        keep = [i for i in range(len(self.rows.unit)) if self.rows.unit[i] in set(units) and self.rows.time[i] in years]
        keep.sort(key=lambda i: (units.index(str(self.rows.unit[i])), self.rows.time[i]))
        names = list(self.rows.terms)
        rows = [
            (
                named(self.rows.unit[i]),
                str(self.rows.time[i]),
                *(cell(float(np.exp(self.rows.terms[n][i]))) for n in names),
            )
            for i in keep
        ]
        fields = (Field("unit", label("unit")), Field("time", label("time")), *(Field(n, label(n), 3) for n in names))
        base = named(self.settings["base"])
        notes = [
            say(
                "Each column is the ratio to {base}; inputs count with their cost shares, so ratios multiply.",
                base=base,
            )
        ]
        notes += [
            say("{unit}, {year}: {reason}.", unit=named(self.rows.unit[i]), year=self.rows.time[i], reason=why)
            for i in keep
            if (why := self.rows.reason[i])
        ][:12]
        table = Table("levels", self.title, fields, tuple(rows), say("{base} = 1", base=base), tuple(notes))
        return [table, *filled_cells(self.log)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return TFP relative to the base over the years."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        rows = [i for i in np.flatnonzero(self.rows.status == "ok") if self.rows.unit[i] in set(units[:8])]
        if not rows:
            return []
        title = say("TFP relative to {base}", base=named(self.settings["base"]))
        labels = Labels(
            name="tfp_levels",
            title=title,
            description=self.summary(view),
            unit=say("{base} = 1", base=named(self.settings["base"])),
        )
        unit, time = [named(self.rows.unit[i]) for i in rows], self.rows.time[rows].tolist()
        value = np.exp(self.rows.terms["relative_tfp"][rows]).tolist()
        return [lines(labels, series=unit, time=time, value=value, reference=1.0)]

    def summary(self, view: View | None = None) -> str:
        """Return output and TFP relative to the base in the last year of the view."""
        units, periods = self.chosen(view)
        year = periods[0][1]
        out = list[str]()
        for unit in units[:12]:
            row = np.flatnonzero((self.rows.unit == unit) & (self.rows.time == year))
            if not row.size or self.rows.status[row[0]] != "ok":
                continue
            ratio = {n: shown(float(100 * np.exp(v[row[0]])), 1) for n, v in self.rows.terms.items()}
            words = {"unit": named(unit), "year": year, "base": named(self.settings["base"])}
            words |= {"output": ratio["relative_output"], "tfp": ratio["relative_tfp"]}
            out.append(say("{unit}, {year}: output {output} %, TFP {tfp} % of {base}.", **words))
        return "\n".join(out) or say("No unit is compared in {year}.", year=year)


# Arrays in, arrays out ------------------------------------------------------------------------


def with_base(panel: Panel, base: str, status: Texts, reason: Texts) -> tuple[Bools, Ints]:
    """Return which rows can be compared, (n,), and the row of the base unit in the year of each row, (n,).

    Rows of years in which the base itself is not complete get status and reason.

    Raises
    ------
    DataError
        No row can be compared (XZ-206).
    """
    at = panel.locate([base], panel.times)[0][np.searchsorted(panel.times, panel.when)]
    lost = (status == "ok") & ((at < 0) | (status[at] != "ok"))
    status[lost], reason[lost] = "missing_data", say("base unit {unit} not complete", unit=named(base))
    if not (status == "ok").any():
        raise DataError("XZ-206", say("no row can be compared; first: {reason}", reason=reason[0]), where=panel.source)
    return status == "ok", at


def counts(panel: Panel, good: Bools) -> dict[int, int]:
    """Return the number of compared units by year."""
    years, number = np.unique(panel.when[good], return_counts=True)
    return dict(zip(years.tolist(), number.tolist(), strict=True))


def multilateral_terms(levels: Floats, shares: Floats, year: Ints, good: Bools) -> Floats:
    """Return log output, inputs (weighted) and TFP against the geometric mean unit of each year, (n, k + 2).

    Parameters
    ----------
    levels : (n, 1 + k)
        Output and inputs.
    shares : (n, k)
        Cost shares.
    year : (n,)
        0 .. years - 1.
    good : (n,)
        Rows that are compared; the others are NaN.
    """
    rows, size = year[good], int(year.max()) + 1
    number = np.maximum(np.bincount(rows, minlength=size), 1)

    def means(columns: Floats) -> Floats:
        total = np.column_stack([np.bincount(rows, column, size) for column in columns.T])
        return (total / number[:, None])[rows]

    logs, share = np.log(levels[good]), shares[good]
    apart = logs - means(logs)
    weighted = 0.5 * (share + means(share)) * apart[:, 1:]
    out = np.full((levels.shape[0], levels.shape[1] + 1), np.nan)
    out[good] = np.column_stack([apart[:, 0], weighted, apart[:, 0] - weighted.sum(axis=1)])
    return out
