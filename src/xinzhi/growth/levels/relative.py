"""Productivity levels across economies: output, inputs and TFP relative to a base unit.

Caves, Christensen and Diewert, against the geometric mean economy h, then rebased to the base unit:

    ln (Y_j / Y_h) = SUM_k 1/2 (s_kj + sbar_k) (ln x_kj - mean ln x_k) + ln (A_j / A_h)
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from xinzhi.compute import Run
from xinzhi.growth.levels.compared import ComparedResult, compare, compared
from xinzhi.language import named, say, sentences
from xinzhi.method import Capital, Filled, Input, Labour, Method, Term, View, register
from xinzhi.method.roles import ShareOf, all_needs, read_inputs, read_quantity, share_needs
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints


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
        cells = all_needs(share_needs(self.inputs, shares), *(f.needs for f in (output, *factors)))
        found = compare(panel, self.base, all_needs(cells, *(f.level_needs for f in (output, *factors))))
        parts = multilateral_terms(levels, shares, np.searchsorted(panel.times, panel.when), found.good)
        names = ("relative_output", *(f"relative_{item.name}" for item in self.inputs), "relative_tfp")
        terms = dict(zip(names, parts.T, strict=True))
        return compared(RelativeLevelsResult, self, panel, found, terms, (output, *factors))


@dataclass(frozen=True, kw_only=True, repr=False)
class RelativeLevelsResult(ComparedResult):
    """Output, inputs (weighted by cost shares) and TFP relative to the base unit, natural logarithms."""

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Levels relative to {base}", base=self.base)

    def methods_text(self) -> str:
        """Return the comparison in words, with the number of units behind the mean."""
        counts = self.diagnostics["compared"]
        last = max(counts)
        text = say("In {year}, {count} units are compared.", year=last, count=counts[last])
        return sentences(super().methods_text(), text)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return TFP relative to the base over the years, of the first eight units."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        rows = [i for i in np.flatnonzero(self.rows.status == "ok") if self.rows.unit[i] in set(units[:8])]
        if not rows:
            return []
        title, unit = say("TFP relative to {base}", base=self.base), say("{base} = 1", base=self.base)
        labels = Labels(name="tfp_levels", title=title, description=self.summary(view), unit=unit)
        names, time = [named(self.rows.unit[i]) for i in rows], self.rows.time[rows].tolist()
        value = np.exp(self.rows.terms["relative_tfp"][rows]).tolist()
        return [lines(labels, series=names, time=time, value=value, reference=1.0)]

    def summary(self, view: View | None = None) -> str:
        """Return output and TFP relative to the base in the last year of the view."""
        units, periods = self.chosen(view)
        year, out = periods[0][1], list[str]()
        for unit in units[:12]:
            ratio = self.ratios(unit, year)
            if isinstance(ratio, str):
                out.append(self.not_compared(unit, year, ratio))
                continue
            parts = {name: shown(100 * ratio[f"relative_{name}"], 1) for name in ("output", "tfp")}
            who = {"unit": named(unit), "year": year, "base": self.base}
            out.append(say("{unit}, {year}: output {output} %, TFP {tfp} % of {base}.", **who, **parts))
        return "\n".join(out)


# Arrays in, arrays out ------------------------------------------------------------------------


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
