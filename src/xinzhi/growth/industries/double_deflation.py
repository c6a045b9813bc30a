"""Real value added from gross output and intermediate inputs: double deflation in several forms.

    V = Y - SUM_j X_j in current prices;  v_j = X_j / Y,  v_V = V / Y;  bars are means of the two years of a step
    Törnqvist    dln V = (dln Y - SUM_j vbar_j dln X_j) / vbar_V
    Laspeyres    V_t / V_t-1 at prices of t-1:  (Y_t-1 y_t/y_t-1 - SUM_j X_j,t-1 x_jt/x_j,t-1) / V_t-1
    Paasche      V_t / V_t-1 at prices of t:    V_t / (Y_t y_t-1/y_t - SUM_j X_jt x_j,t-1/x_jt)
    Fisher       the geometric mean of both
    fixed price  V_t / V_t-1 at prices of one base year
    single       value added deflated by the price of gross output

y, x are quantities; capital letters are values. The first five agree to the first order and differ where relative
prices move; single deflation moves relative prices of output and inputs into the volume.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.accounts import rate_lines, spoken
from xinzhi.language import Text, joined, say, sentences
from xinzhi.method import Filled, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.chart_rows import chart_columns, told
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import check_adding_up
from xinzhi.method.role_words import quantity_words
from xinzhi.method.roles import KEYS, all_needs, read_quantity
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.numerics import log_changes, two_year_means
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Ints

Form = Literal["laspeyres", "paasche", "fisher"]
TAKEN = KEYS | {
    "growth",
    "gross_output",
    "laspeyres",
    "paasche",
    "fisher",
    "fixed_price",
    "single_deflation",
    "value_added_price",
}
FORM_WORDS: Mapping[str, Text] = {
    "laspeyres": say("value added at the prices of the year before is not positive (Laspeyres)"),
    "paasche": say("value added of the year before at this year's prices is not positive (Paasche)"),
    "fisher": say("value added at the prices of the other year is not positive (Fisher)"),
    "fixed_price": say("value added at the prices of the base year is missing or not positive"),
}


class Intermediate(Value):
    """A category of intermediate inputs: energy, materials, services.

    Parameters
    ----------
    name : str
        Name of its column of contributions.
    quantity : str, Filled or Term
        Its quantity: a level or a growth index.
    value : str
        Its value in current prices.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("quantity", "value")
    name: str
    quantity: str | Filled | Term
    value: str


@register("double_deflation")
class DoubleDeflation(Method):
    """Deflate gross output and intermediate inputs apart and compute real value added in several forms.

    Parameters
    ----------
    output : str, Filled or Term
        Quantity of gross output: a level or a growth index.
    output_value : str
        Gross output in current prices.
    inputs : tuple of Intermediate
        Categories of intermediate inputs, values in the same currency as output.
    forms : tuple of "laspeyres", "paasche", "fisher"
        Forms beside Törnqvist's, which is always there. They need value added that stays positive at other years'
        prices: a step where it does not is ``non_positive``, and without the form it has its other numbers.
    base_year : int or None
        Year whose prices the form at fixed prices uses; without it that form is absent.

    Notes
    -----
    Growth of real value added is Törnqvist's: growth of gross output less that of intermediate inputs, over the share
    of value added. Value added that is not positive in current prices has the status ``non_positive``. At fixed or last
    year's prices real value added can turn negative where inputs have become cheaper; it has then no growth rate.
    Single deflation, by the price of output, is shown for comparison only.

    References
    ----------
    OECD (2001). Measuring Productivity. doi:10.1787/9789264194519-en
    Eurostat (2016). Handbook on prices and volume measures in national accounts. doi:10.2785/53279

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import DoubleDeflation, Intermediate
    >>> frame = pd.DataFrame({"i": "a", "t": [1, 2], "y": [1.0, 1.1], "go": [10.0, 11.0],
    ...     "x": [1.0, 1.2], "ii": [5.0, 6.0]})
    >>> inputs = (Intermediate(name="materials", quantity="x", value="ii"),)
    >>> result = DoubleDeflation(output="y", output_value="go", inputs=inputs).fit(xz.Panel(frame, unit="i", time="t"))
    >>> abs(float(result.term("laspeyres")[0])) < 1e-12
    True
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "output_value")
    output: str | Filled | Term
    output_value: str
    inputs: tuple[Intermediate, ...]
    forms: tuple[Form, ...] = ("laspeyres", "paasche", "fisher")
    base_year: int | None = None

    @model_validator(mode="after")
    def _names(self) -> "DoubleDeflation":
        names = [item.name for item in self.inputs]
        odd = [name for name in names if name in TAKEN or names.count(name) > 1]
        if odd or not names:
            raise ValueError(
                say("input name {name!r} is taken", name=odd[0]) if odd else say("inputs should have at least one item")
            )
        return self

    def compute(self, panel: Panel, run: Run) -> "DoubleDeflationResult":
        """Return growth of real value added by step in every form."""
        factors = [read_quantity(self.output, panel, run, name="gross_output")]
        factors += [read_quantity(item.quantity, panel, run, name=item.name) for item in self.inputs]
        quantities = np.column_stack([factor.growth for factor in factors])
        values = panel.array(self.output_value, *(item.value for item in self.inputs))
        added, steps = values[:, 0] - values[:, 1:].sum(axis=1), panel.steps()
        columns = dict(zip((self.output_value, *(item.value for item in self.inputs)), values.T, strict=True))
        needed = all_needs(*(factor.needs for factor in factors), columns, {say("value added"): added})
        status, reason = step_status(panel, steps, needed)
        ratios = np.exp(log_changes(quantities, steps.before, steps.end))
        terms = tornqvist(values, quantities, steps, [item.name for item in self.inputs])
        terms |= self._other_forms(panel, values, quantities, steps, ratios)
        for name, words in FORM_WORDS.items():
            if name in terms:
                lost = (status == "ok") & ~np.isfinite(terms[name])
                status[lost], reason[lost] = "non_positive", words
        terms = {name: np.where(status == "ok", numbers, np.nan) for name, numbers in terms.items()}
        if not (status == "ok").any():
            found = say("no step has output and all inputs; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        parts = np.column_stack([terms[name] for name in ("gross_output", *(item.name for item in self.inputs))])
        gap = check_adding_up(terms["growth"], parts, rows, identity=say("double deflation"))
        log = tuple(cell for factor in factors for cell in factor.log)
        absent = {} if self.base_year is not None else {"fixed_price": say("no base year is given")}
        return DoubleDeflationResult(
            method=self,
            panel=panel,
            rows=rows,
            absent=absent,
            warnings=(*filled_warnings(log), *gap_warnings(panel, steps)),
            diagnostics={"largest_gap": gap},
            steps=steps,
            nominal=added,
            log=log,
        )

    def _other_forms(
        self, panel: Panel, values: Floats, quantities: Floats, steps: Steps, ratios: Floats
    ) -> dict[str, Floats]:
        """Return the forms asked for, (m,) log changes each; NaN where value added is not positive."""
        signs = np.where(np.arange(values.shape[1]) == 0, 1.0, -1.0)
        before, end = values[steps.before] * signs, values[steps.end] * signs
        laspeyres = _log((before * ratios).sum(axis=1)) - _log(before.sum(axis=1))
        paasche = _log(end.sum(axis=1)) - _log((end / ratios).sum(axis=1))
        every = {"laspeyres": laspeyres, "paasche": paasche, "fisher": 0.5 * (laspeyres + paasche)}
        out: dict[str, Floats] = {name: numbers for name, numbers in every.items() if name in self.forms}
        if self.base_year is not None:
            volumes = fixed_price_volumes(panel, values * signs, quantities, self.base_year)
            out["fixed_price"] = log_changes(volumes[:, None], steps.before, steps.end)[:, 0]
        return out


@dataclass(frozen=True, kw_only=True, repr=False)
class DoubleDeflationResult(Result):
    """Growth of real value added by unit and step, log points.

    ``steps``: (m,) of the panel; ``nominal``: (n,) value added in current prices by row of the panel;
    """

    steps: Steps
    nominal: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Real value added by double deflation")

    @property
    def forms(self) -> list[str]:
        """Return the names of the forms, Törnqvist's first."""
        others = ("laspeyres", "paasche", "fisher", "fixed_price", "single_deflation")
        return ["growth", *(name for name in others if name in self.rows.terms)]

    @property
    def contributions(self) -> list[str]:
        """Return the names of the terms that add up to growth."""
        assert isinstance(self.method, DoubleDeflation)
        return ["gross_output", *(item.name for item in self.method.inputs)]

    def volumes(self, reference: int) -> Floats:
        """Return real value added by row of the panel, (n,): Törnqvist's growth chained to the reference year's value.

        NaN where a gap lies between a year and the reference year, and in units without that year.
        """
        growth = np.full(self.nominal.size, np.nan)
        growth[self.steps.end] = self.rows.terms["growth"]
        at = self.panel.locate(self.panel.units, self.panel.times)
        cells, value = (np.where(at >= 0, numbers[at], np.nan) for numbers in (growth, self.nominal))
        levels = chained(cells, value, year_place(self.panel, reference, where="volumes"))
        out = np.full(self.nominal.size, np.nan)
        out[at[at >= 0]] = levels[at >= 0]
        return out

    def methods_text(self) -> str:
        """Return the method in words, with what stands behind output and inputs."""
        method = self.method
        assert isinstance(method, DoubleDeflation)
        inputs = (
            say("{input}: {quantity}", input=spoken(item.name), quantity=quantity_words(item.quantity))
            for item in method.inputs
        )
        words = say(
            "Gross output: {output}. Intermediate inputs: {inputs}.",
            output=quantity_words(method.output),
            inputs=joined(*inputs),
        )
        return sentences(super().methods_text(), words)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the forms beside each other, and what output and inputs gave to growth."""
        forms, parts = [*self.forms, "value_added_price"], ["growth", *self.contributions]
        note = say("Growth is Törnqvist's form.")
        return [
            self.mean_rates(self.title, view, forms, name="forms", notes=[note, *self.absences()]),
            self.mean_rates(say("Sources of growth of value added"), view, parts, name="sources"),
            *self.filled_table(view),
        ]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return growth of value added as a cascade of output and inputs."""
        from xinzhi.method.charts import Labels, waterfall

        units, periods = self.chosen(view)
        columns = self.period_columns(periods)
        units = [unit for unit in units if np.isfinite(columns["growth"][columns["unit"] == unit]).all()][:12]
        if not units:
            return []
        first = chart_columns(columns, units, periods[:1], self.contributions)
        title = say("{title}, {start}–{end}", title=self.title, start=periods[0][0], end=periods[0][1])
        labels = Labels(name="waterfall", title=title, description=told(first["unit"], first["total"], say("growth")))
        return [waterfall(labels, units=first["unit"], terms=first["terms"], total=first["total"])]

    def summary(self, view: View | None = None) -> str:
        """Return growth by double and by single deflation for the chosen units."""

        def line(words: dict[str, Any]) -> Text:
            return say(
                "{unit}: real value added grew by {growth} % a year in {start}–{end}; by single deflation "
                "{single_deflation} %.",
                **words,
            )

        return rate_lines(self, view, ("growth", "single_deflation"), line)


# Arrays in, arrays out ------------------------------------------------------------------------


def tornqvist(values: Floats, quantities: Floats, steps: Steps, names: list[str]) -> dict[str, Floats]:
    """Return growth of value added, what output and inputs give to it, single deflation and its price, (m,) each.

    Parameters
    ----------
    values, quantities : (n, 1 + k)
        Gross output, then the intermediate inputs.
    """
    changes = log_changes(quantities, steps.before, steps.end)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = two_year_means(values / values[:, :1], steps.before, steps.end)
        rest = 1.0 - shares[:, 1:].sum(axis=1)
        weights = np.hstack([np.ones((shares.shape[0], 1)), -shares[:, 1:]]) / np.where(rest > 0, rest, np.nan)[:, None]
    parts = weights * changes
    growth = parts.sum(axis=1)
    added = values[:, 0] - values[:, 1:].sum(axis=1)
    nominal = log_changes(np.column_stack([values[:, 0], added]), steps.before, steps.end)
    terms = {"growth": growth} | dict(zip(["gross_output", *names], parts.T, strict=True))
    return terms | {
        "single_deflation": nominal[:, 1] - (nominal[:, 0] - changes[:, 0]),
        "value_added_price": nominal[:, 1] - growth,
    }


def fixed_price_volumes(panel: Panel, values: Floats, quantities: Floats, year: int) -> Floats:
    """Return value added at the prices of one year by row of the panel, (n,); it may be negative.

    Parameters
    ----------
    values : (n, 1 + k)
        Gross output, and intermediate inputs with a minus sign.
    quantities : (n, 1 + k)
    """
    base = panel.locate(panel.units, [year])[:, 0]
    at: Ints = base[panel.code]
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = values[at] * quantities / quantities[at]
    year_place(panel, year, where="DoubleDeflation.base_year")
    return np.where(at >= 0, moved.sum(axis=1), np.nan)


def chained(growth: Floats, value: Floats, base: int) -> Floats:
    """Return volumes in prices of a base year: its value there, carried to the other years by growth.

    Parameters
    ----------
    growth : (u, t) or (w, t, p)
        Log changes from the year before; NaN breaks the chain.
    value : the same shape
        Values in current prices; used where they are positive.
    base : int
        Place of the base year on the second axis.
    """
    logs = _log(value[:, base : base + 1]).repeat(value.shape[1], axis=1)
    logs[:, base + 1 :] += np.cumsum(growth[:, base + 1 :], axis=1)
    logs[:, :base] -= np.cumsum(growth[:, base:0:-1], axis=1)[:, ::-1]
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(logs))


def year_place(panel: Panel, year: int, *, where: str) -> int:
    """Return the place of a year among those of the panel."""
    if year not in panel.times:
        low, high = int(panel.times[0]), int(panel.times[-1])
        expected = say("years within {low}-{high}", low=low, high=high)
        raise DataError("XZ-208", str(year), where=where, expected=expected)
    return int(np.searchsorted(panel.times, year))


def _log(numbers: Floats) -> Floats:
    """Return logarithms, NaN where a number is not positive."""
    return np.log(np.where(numbers > 0, numbers, np.nan))
