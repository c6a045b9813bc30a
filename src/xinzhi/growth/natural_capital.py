"""Environmentally adjusted multifactor productivity: natural capital among the inputs, pollution among the outputs.

    C    = w L + u K + SUM_n u_n N_n                        u_n = price - unit extraction cost (unit rent)
    dln EAMFP = dln Y - SUM_r e_r dln R_r - [w L/C] dln L - [u K/C] dln K - SUM_n [u_n N_n/C] dln N_n
                      |-- adjustment --|      |------------ contributions, shares: two-year means ------------|

e_r > 0 is the elasticity of output with respect to emissions of r: what output would grow by if one per cent more
were emitted with all inputs as they are. Where emissions fall, the adjustment adds to growth.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError, listed
from xinzhi.growth.accounts import contribution_figures, rate_lines
from xinzhi.language import Text, named, say
from xinzhi.method import Capital, Field, Filled, Labour, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.chart_rows import span_text
from xinzhi.method.filling import FilledCell, column_name, filled_warnings, read_column
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import all_needs, period_warnings, read_quantity
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.method.terms import label
from xinzhi.numerics import log_changes, two_year_means
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Floats, Texts

NotNegative = Annotated[float, Setting(ge=0)]


@role("natural_resource")
class NaturalResource(Value):
    """A natural resource with its unit rent.

    Parameters
    ----------
    name : str
    extraction : str or Filled
        Quantity extracted; zero in both years of a step contributes nothing.
    price : str or Filled
        Price of a unit, nominal.
    unit_cost : str or Filled
        Cost of extracting a unit, nominal; the unit rent is price - unit_cost.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("extraction", "price", "unit_cost")
    name: str
    extraction: str | Filled
    price: str | Filled
    unit_cost: str | Filled


@role("pollutant")
class Pollutant(Value):
    """A pollutant with the elasticity of output with respect to its emissions.

    Parameters
    ----------
    name : str
    emissions : str or Filled
        Quantity emitted; zero in both years of a step adjusts nothing.
    elasticity : number, str or Filled
        0 or more; a column is averaged over the two years of a step.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("emissions", "elasticity")
    name: str
    emissions: str | Filled
    elasticity: NotNegative | str | Filled


@register("environmental_accounts")
class EnvironmentalAccounts(Method):
    """Decompose pollution-adjusted growth into labour, produced and natural capital, and adjusted productivity.

    Parameters
    ----------
    output : str, Filled or Term
        Real output, such as GDP.
    capital : str, Filled, Capital or Term
        Produced capital.
    labour : str, Filled, Labour or Term
    capital_cost, labour_cost : str or Filled
        User cost of produced capital (u K) and labour compensation (w L), nominal.
    resources : tuple of NaturalResource
    pollutants : tuple of Pollutant
    negative_rents : "status" or "zero"
        What a unit rent below zero is: a row status, or zero, which leaves the resource no share in that year.

    Notes
    -----
    Shares are shares of total cost, rents included, with an exogenous return to capital: profits are in none of
    them. The elasticities of pollution are given, not estimated here. ``tfp`` is the traditional residual, with
    labour and produced capital only; it differs from ``eamfp`` by resources that grow unlike the other inputs and
    by pollution.

    References
    ----------
    Brandt, N., Schreyer, P. and Zipperer, V. (2013). OECD Economics Department Working Papers 1092. doi:10.1787/5k3xnhsz0vtg-en
    Cárdenas Rodríguez, M., Haščič, I. and Souchier, M. (2018). OECD Green Growth Papers 2018/02. doi:10.1787/fdd40cbd-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import EnvironmentalAccounts, NaturalResource, Pollutant
    >>> frame = pd.DataFrame({"c": "A", "t": [0, 1], "y": [1, 1.04], "k": [1, 1.05], "l": [1, 1.01], "wl": 60.0, "uk": 30.0,
    ...     "oil": [1, 1.1], "p": 12.0, "cost": 2.0, "co2": [1, 0.98]})
    >>> method = EnvironmentalAccounts(
    ...     output="y", capital="k", labour="l", capital_cost="uk", labour_cost="wl",
    ...     resources=[NaturalResource(name="oil", extraction="oil", price="p", unit_cost="cost")],
    ...     pollutants=[Pollutant(name="co2", emissions="co2", elasticity=0.05)])
    >>> result = method.fit(xz.Panel(frame, unit="c", time="t"))
    >>> round(float(result.term("pollution_adjustment")[0]), 6)
    0.00101
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = ("output", "capital", "labour", "capital_cost", "labour_cost")
    output: str | Filled | Term
    capital: str | Filled | Capital | Term
    labour: str | Filled | Labour | Term
    capital_cost: str | Filled
    labour_cost: str | Filled
    resources: tuple[NaturalResource, ...] = ()
    pollutants: tuple[Pollutant, ...] = ()
    negative_rents: Literal["status", "zero"] = "status"

    def compute(self, panel: Panel, run: Run) -> "EnvironmentalAccountsResult":
        """Return contributions, adjustment and adjusted productivity by step."""
        names = [item.name for item in self.resources] + [item.name for item in self.pollutants]
        if not names or len(set(names)) < len(names):
            raise UsageError(
                "XZ-103",
                say("resources and pollutants {names}", names=listed(names)),
                where="EnvironmentalAccounts",
                expected=say("at least one, each name once"),
            )
        output = read_quantity(self.output, panel, run, name="output")
        capital = read_quantity(self.capital, panel, run, name="capital")
        labour = read_quantity(self.labour, panel, run, name="labour")
        costs = [read_column(column, panel) for column in (self.capital_cost, self.labour_cost)]
        nature, steps = self._nature(panel), panel.steps()
        needed = all_needs(
            *(factor.needs for factor in (output, capital, labour)),
            {cells.name: cells.values for cells in costs},
            nature.needs,
        )
        status, reason = step_status(panel, steps, needed)
        _appearing(nature, steps, panel, status, reason)
        if not (status == "ok").any():
            found = say("no step has all cells; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        parts = dict(capital.parts) | dict(labour.parts)
        owner = np.repeat([0, 1], [len(capital.parts), len(labour.parts)])
        changes = log_changes(np.column_stack([output.growth, *parts.values()]), steps.before, steps.end)
        produced = np.column_stack([cells.values for cells in costs])
        terms, of_resources, of_pollutants = environmental_terms(
            changes,
            dict(zip(parts, owner.tolist(), strict=True)),
            shares=two_year_means(shares_of(produced, nature.rents * nature.extraction), steps.before, steps.end),
            produced=two_year_means(shares_of(produced), steps.before, steps.end),
            resources=changes_from_zero(nature.extraction, steps),
            pollution=two_year_means(nature.elasticity, steps.before, steps.end)
            * changes_from_zero(nature.emissions, steps),
        )
        good = status == "ok"
        terms = {name: np.where(good, values, np.nan) for name, values in terms.items()}
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        inputs = (*parts, "natural_capital")
        sources = np.column_stack([terms[name] for name in (*inputs, "eamfp")])
        gap = check_adding_up(terms["adjusted_growth"], sources, rows, identity=say("pollution-adjusted growth"))
        log = [cell for factor in (output, capital, labour) for cell in factor.log]
        log += [*costs[0].log, *costs[1].log, *nature.log]
        return EnvironmentalAccountsResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": gap},
            warnings=(
                *filled_warnings(log),
                *gap_warnings(panel, steps),
                *period_warnings(column for factor in (output, capital, labour) for column in factor.within_period),
            ),
            inputs=inputs,
            resources=np.where(good[:, None], of_resources, np.nan),
            pollutants=np.where(good[:, None], -of_pollutants, np.nan),
            log=tuple(log),
        )

    def _nature(self, panel: Panel) -> "Nature":
        """Return extraction, rents, emissions and elasticities, with the cells that statuses need."""
        needs, log = dict[str, Floats](), list[FilledCell]()

        def read(column: str | Filled) -> Floats:
            cells = read_column(column, panel)
            log.extend(cells.log)
            return cells.values

        extraction, rents, emissions, elasticity = [], [], [], []
        for item in self.resources:
            quantity, rent = read(item.extraction), read(item.price) - read(item.unit_cost)
            if self.negative_rents == "zero":
                log += rents_at_zero(rent, panel, item.name)
                rent = np.where(rent < 0, 0.0, rent)
            needs[column_name(item.extraction)] = np.where(quantity == 0, 1.0, quantity)
            needs[say("unit rent of {name}", name=named(item.name))] = np.where(rent >= 0, 1.0, rent)
            extraction.append(quantity)
            rents.append(rent)
        for bad in self.pollutants:
            emitted, e = read(bad.emissions), bad.elasticity
            value = np.full(len(panel), e) if isinstance(e, float | int) else read(e)
            needs[column_name(bad.emissions)] = np.where(emitted == 0, 1.0, emitted)
            needs[say("elasticity of {name}", name=named(bad.name))] = np.where(value >= 0, 1.0, value)
            emissions.append(emitted)
            elasticity.append(value)
        n = len(panel)
        return Nature(
            extraction=_side_by_side(extraction, n),
            rents=_side_by_side(rents, n),
            emissions=_side_by_side(emissions, n),
            elasticity=_side_by_side(elasticity, n),
            needs=needs,
            log=tuple(log),
        )


@dataclass(frozen=True)
class Nature:
    """What nature gives and takes, by row of the panel.

    ``extraction``, ``rents``: (n, r) by resource; ``emissions``, ``elasticity``: (n, q) by pollutant; ``needs``: the
    cells behind them; ``log``: those that a policy filled.
    """

    extraction: Floats
    rents: Floats
    emissions: Floats
    elasticity: Floats
    needs: Mapping[str, Floats]
    log: tuple[FilledCell, ...]


@dataclass(frozen=True, kw_only=True, repr=False)
class EnvironmentalAccountsResult(Result):
    """Contributions by unit and step, log points.

    ``inputs``: names of the contributions; ``resources``: (m, r) contribution of each resource; ``pollutants``: (m, q)
    adjustment for each pollutant.
    """

    inputs: tuple[str, ...]
    resources: Floats
    pollutants: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Sources of pollution-adjusted growth")

    def by_item(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return the contribution of each resource and the adjustment for each pollutant in a period, % a year.

        Columns ``unit``, ``item``, ``kind`` ("natural_capital" or "pollution_adjustment"), ``rate``; missing unless
        the unit has every year of the period.
        """
        self.panel.require_window(period, where="by_item")
        method, span = self.method, period[1] - period[0]
        assert isinstance(method, EnvironmentalAccounts)
        kinds = (
            ([item.name for item in method.resources], self.resources, "natural_capital"),
            ([item.name for item in method.pollutants], self.pollutants, "pollution_adjustment"),
        )
        inside = (self.rows.time > period[0]) & (self.rows.time <= period[1])
        out: dict[str, list[Any]] = {"unit": [], "item": [], "kind": [], "rate": []}
        for unit in dict.fromkeys(self.rows.unit.tolist()):
            mine = inside & (self.rows.unit == unit)
            for names, values, kind in kinds:
                for k, name in enumerate(names):
                    rate = 100.0 * values[mine, k].sum() / span if mine.sum() == span else np.nan
                    for key, cell in zip(out, (unit, name, kind, rate), strict=True):
                        out[key].append(cell)
        return out

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the accounts by period, resources and pollutants over the first, and the cells that a policy made."""
        units, periods = self.chosen(view)
        found = self.by_item(periods[0])
        kept = [i for i, unit in enumerate(found["unit"]) if unit in units]
        cells: dict[str, Any] = {name: [values[i] for i in kept] for name, values in found.items()}
        cells["unit"], cells["item"] = map(named, cells["unit"]), map(named, cells["item"])
        cells["kind"] = map(label, cells["kind"])
        fields = (
            Field("unit", label("unit")),
            Field("item", say("Resource or pollutant")),
            Field("kind", say("Term")),
            Field("rate", say("Rate")),
        )
        title = say("Resources and pollutants, {period}", period=span_text(periods[0]))
        items = Table.of("items", title, fields, cells, unit=say("per cent a year"))
        return [self.mean_rates(self.title, view), items, *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the sources of pollution-adjusted growth as charts."""
        return contribution_figures(self, view, [*self.inputs, "eamfp"], total="adjusted_growth")

    def summary(self, view: View | None = None) -> str:
        """Return growth, adjustment, natural capital and productivity in words."""

        def line(words: dict[str, Any]) -> Text:
            return say(
                "{unit}: growth {growth} % a year in {start}–{end}, adjustment for pollution {pollution_adjustment}, "
                "natural capital {natural_capital}, environmentally adjusted productivity {eamfp} (unadjusted TFP "
                "{tfp}).",
                **words,
            )

        names = ("growth", "pollution_adjustment", "natural_capital", "eamfp", "tfp")
        return rate_lines(self, view, names, line)


def rents_at_zero(rent: Floats, panel: Panel, name: str) -> list[FilledCell]:
    """Return the log of unit rents that are set to zero."""
    rule = say("negative unit rent set to zero")
    return [
        FilledCell(str(panel.units[panel.code[i]]), int(panel.when[i]), name, rule, 0.0)
        for i in np.flatnonzero(rent < 0)
    ]


def _side_by_side(columns: list[Floats], rows: int) -> Floats:
    return np.column_stack(columns) if columns else np.zeros((rows, 0))


def _appearing(nature: Nature, steps: Steps, panel: Panel, status: Texts, reason: Texts) -> None:
    """Mark the steps in which an extraction or an emission begins or ends: it has no logarithm in one of the years."""
    zero = np.column_stack([nature.extraction, nature.emissions]) == 0
    odd = (zero[steps.end] != zero[steps.before]).any(axis=1) & (status == "ok")
    for i in np.flatnonzero(odd):
        year = int(panel.when[steps.end[i]])
        status[i], reason[i] = "non_positive", say("a resource or pollutant is zero in {a} or {b}", a=year - 1, b=year)


# Arrays in, arrays out ------------------------------------------------------------------------


def shares_of(*values: Floats) -> Floats:
    """Return (n, k) values side by side as shares of their sum."""
    table = np.column_stack(values)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)


def changes_from_zero(levels: Floats, steps: Steps) -> Floats:
    """Return log changes of (n, k) levels, (m, k); nothing changes where both years are zero."""
    still = (levels[steps.end] == 0) & (levels[steps.before] == 0) & (steps.before >= 0)[:, None]
    return np.where(still, 0.0, log_changes(levels, steps.before, steps.end))


def environmental_terms(
    changes: Floats,
    owner: Mapping[str, int],
    *,
    shares: Floats,
    produced: Floats,
    resources: Floats,
    pollution: Floats,
) -> tuple[dict[str, Floats], Floats, Floats]:
    """Return the terms of the accounts, (m,) each, and what each resource and each pollutant adds to growth.

    Parameters
    ----------
    changes : (m, 1 + p)
        Log changes of output and of the parts of capital and labour.
    owner : mapping from part to 0 (capital) or 1 (labour)
    shares : (m, 2 + r)
        Shares of capital, labour and resources in total cost.
    produced : (m, 2)
        Shares of capital and labour in the cost of both.
    resources : (m, r)
        Log changes of extraction.
    pollution : (m, q)
        Elasticity times log change of emissions.
    """
    growth, codes = changes[:, 0], list(owner.values())
    inputs, extracted = shares[:, codes] * changes[:, 1:], shares[:, 2:] * resources
    natural, adjustment = extracted.sum(axis=1), -pollution.sum(axis=1)
    adjusted = growth + adjustment
    terms = {"growth": growth, "pollution_adjustment": adjustment, "adjusted_growth": adjusted}
    terms |= dict(zip(owner, inputs.T, strict=True)) | {"natural_capital": natural}
    terms["eamfp"] = adjusted - inputs.sum(axis=1) - natural
    terms["tfp"] = growth - (produced[:, codes] * changes[:, 1:]).sum(axis=1)
    return terms, extracted, pollution
