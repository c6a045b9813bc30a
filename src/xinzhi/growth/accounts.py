"""Growth accounts: contributions of the inputs at their cost shares, and total factor productivity.

    dln Y = SUM_k sbar_k dln x_k + dln A          sbar_k: mean cost share of the two years (Törnqvist)
    with a markup mu:      dln Y = SUM_k sbar_k dln x_k + (mu - 1) SUM_k sbar_k dln x_k + dln A
    balanced growth:       dln Y = [ sbar_K dln (K/Y) + SUM_others sbar_k dln x_k + dln A ] / (1 - sbar_K)

Value added with capital and labour, or gross output with capital, labour and intermediate inputs,
energy, land, ...; labour in persons, hours and quality.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.language import Text, again, joined, named, say, sentences
from xinzhi.method import (
    Capital,
    Factor,
    Field,
    Filled,
    Input,
    Labour,
    Method,
    Result,
    Rows,
    Table,
    Term,
    View,
    register,
)
from xinzhi.method.chart_rows import chart_columns, told
from xinzhi.method.filling import Cells, filled_warnings, read_column, use_by_unit
from xinzhi.method.result import check_adding_up
from xinzhi.method.role_words import quantity_words, share_words
from xinzhi.method.roles import (
    ShareOf,
    all_needs,
    period_warnings,
    read_inputs,
    read_quantity,
    share_needs,
)
from xinzhi.method.status import gap_warnings, step_status
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.numerics import log_changes, two_year_means
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Bools, Floats, Ints

Positive = Annotated[float, Setting(gt=0)]


@register("growth_accounts")
class GrowthAccounts(Method):
    """Decompose output growth into contributions of inputs and total factor productivity.

    Parameters
    ----------
    output : str, Filled or Term
        Real output: value added, or gross output where ``other_inputs`` hold intermediate inputs. A level
        or a growth index, any unit of measurement.
    capital : str, Filled, Capital or Term
        Capital services or stock.
    labour : str, Filled, Labour or Term
        Persons, hours and quality; each part present gets a column of its own.
    labour_share : number, str, Filled, Share, UnitMean or Term
        Labour's share of cost, 0 to 1. A number is a fixed share; a column is averaged over the two years
        of a step (Törnqvist).
    capital_share : number, str, Filled, Share, UnitMean, Term or None
        Capital's share; what the others leave by default.
    other_inputs : tuple of Input
        Intermediate inputs, energy, materials, land and other resources, each with quantity and share.
    per : None, "hours" or "persons"
        The intensive form: growth of output per hour or per person, with capital deepening in the place of
        capital. None gives the growth of output.
    form : "inputs" or "balanced_growth"
        ``balanced_growth`` puts the capital that TFP itself calls forth into TFP: capital enters by its ratio to
        output and every term is divided by 1 - capital's share (Klenow and Rodríguez-Clare 1997, eq. 2); the
        residual is then labour-augmenting (Harrod-neutral) TFP.
    markup : number, str, Filled or None
        Ratio of price to marginal cost, or returns to scale in revenue terms, above 0; shares are then shares of
        cost. What inputs add to output beyond their cost shares becomes a term of its own (Hall 1990, Basu and
        Fernald 1997). A column is averaged over the two years of a step.

    Notes
    -----
    The residual is exact: contributions and TFP add up to growth to 1e-10 in every row. TFP is what the
    inputs as measured do not explain; it contains errors of measurement and, without a markup, returns to scale
    and markups. ``status`` of a step is ``missing_data`` where a cell of either year is missing.

    References
    ----------
    Jorgenson, D. W. and Griliches, Z. (1967). Review of Economic Studies 34(3), 249-283. doi:10.2307/2296675
    OECD (2001). Measuring Productivity. doi:10.1787/9789264194519-en
    Klenow, P. J. and Rodríguez-Clare, A. (1997). NBER Macroeconomics Annual 12, 73-103. doi:10.1086/654324
    Hall, R. E. (1990). Invariance Properties of Solow's Productivity Residual. Growth/Productivity/Unemployment, MIT Press.
    Basu, S. and Fernald, J. G. (1997). Journal of Political Economy 105(2), 249-283. doi:10.1086/262073

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"c": "A", "t": [2000, 2001], "y": [1.0, 1.1], "k": [1.0, 1.05], "l": [1.0, 1.0]})
    >>> panel = xz.Panel(frame, unit="c", time="t")
    >>> accounts = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6).fit(panel)
    >>> round(float(accounts.term("tfp")[0]), 6)
    0.075794
    """  # noqa: E501

    column_fields: ClassVar[tuple[str, ...]] = (
        "output",
        "capital",
        "labour",
        "labour_share",
        "capital_share",
        "markup",
    )
    output: str | Filled | Term
    capital: str | Filled | Capital | Term
    labour: str | Filled | Labour | Term
    labour_share: ShareOf
    capital_share: ShareOf | None = None
    other_inputs: tuple[Input, ...] = ()
    per: Literal["hours", "persons"] | None = None
    form: Literal["inputs", "balanced_growth"] = "inputs"
    markup: Positive | str | Filled | None = None

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return all inputs with their shares: capital, labour, others."""
        return (
            Input(name="capital", quantity=self.capital, share=self.capital_share),
            Input(name="labour", quantity=self.labour, share=self.labour_share),
            *self.other_inputs,
        )

    def compute(self, panel: Panel, run: Run) -> "GrowthAccountsResult":
        """Return contributions and TFP by step."""
        output = read_quantity(self.output, panel, run, name="output")
        factors, shares = read_inputs(self.inputs, panel, run)
        markup, steps = self._markup(panel), panel.steps()
        needed = all_needs(
            output.needs,
            share_needs(self.inputs, shares),
            *(factor.needs for factor in factors),
            {markup.name: markup.values} if isinstance(self.markup, str | Filled) and markup else {},
            {say("share of the other inputs"): 1.0 - shares[:, 0]} if self.form == "balanced_growth" else {},
        )
        status, reason = step_status(panel, steps, needed)
        if not (status == "ok").any():
            found = say("no step has output and all inputs; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        parts = {name: values for factor in factors for name, values in factor.parts.items()}
        owner = np.array([k for k, factor in enumerate(factors) for _ in factor.parts])
        changes = log_changes(np.column_stack([output.growth, *parts.values()]), steps.before, steps.end)
        mean, counted = two_year_means(shares, steps.before, steps.end), self._counted(tuple(parts))
        growth, inputs = changes[:, 0], changes[:, 1:]
        beyond = None if markup is None else two_year_means(markup.values[:, None], steps.before, steps.end) - 1.0
        extra = {} if beyond is None else {"markup": (beyond * mean[:, owner] * inputs).sum(axis=1)}
        if self.per is not None:
            growth, inputs = intensive(growth, inputs, owner == 1, counted)
        contributions = (mean[:, owner] * inputs)[:, ~counted]
        names = [self._renamed(name) for name, gone in zip(parts, counted, strict=True) if not gone]
        tfp = growth - contributions.sum(axis=1) - sum(extra.values())
        published = dict(zip(names, contributions.T, strict=True)) | extra | {self.residual: tfp}
        if self.form == "balanced_growth":
            published = balanced_growth(growth, published, mean[:, 0], capital=self._renamed("capital"))
        terms = {name: np.where(np.isfinite(values), values, np.nan) for name, values in published.items()}
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], {"growth": growth} | terms, status, reason)
        gap = check_adding_up(growth, np.column_stack(list(terms.values())), rows, identity=say("growth accounts"))
        log = [cell for factor in (output, *factors) for cell in factor.log] + list(markup.log if markup else ())
        return GrowthAccountsResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": gap},
            warnings=(
                *filled_warnings(log),
                *gap_warnings(panel, steps),
                *period_warnings(column for factor in (output, *factors) for column in factor.within_period),
            ),
            steps=steps,
            shares=shares,
            factors=tuple(factors),
            contributions=tuple(names),
            owner=owner[~counted],
            log=tuple(log),
        )

    @property
    def residual(self) -> str:
        """Return the name of what the inputs leave."""
        return "tfp" if self.form == "inputs" else "augmenting_tfp"

    def _markup(self, panel: Panel) -> Cells | None:
        """Return the markup of each row, if there is one."""
        if self.markup is None or isinstance(self.markup, str | Filled):
            return None if self.markup is None else read_column(self.markup, panel)
        return Cells("markup", np.full(len(panel), self.markup), np.zeros(len(panel), dtype=bool))

    def _counted(self, names: tuple[str, ...]) -> Bools:
        """Return the parts of labour by which the intensive form divides, (p,)."""
        if self.per is not None and any(isinstance(item.quantity, Labour) for item in self.other_inputs):
            found = say("per={per!r} with several labours", per=self.per)
            raise UsageError("XZ-103", found, expected=say("one Labour, or per=None"))
        wanted = {None: (), "persons": ("employment",), "hours": ("employment", "hours")}[self.per]
        if self.per is not None and wanted[-1] not in names:
            raise UsageError(
                "XZ-103",
                say("per={per!r} but labour has no {part}", per=self.per, part=spoken(wanted[-1])),
                where="GrowthAccounts.per",
                expected=say("Labour(...) with that column"),
            )
        return np.array([name in wanted for name in names])

    def _renamed(self, name: str) -> str:
        if name != "capital":
            return name
        intensive_ = "capital" if self.per is None else "capital_deepening"
        return "capital_output" if self.form == "balanced_growth" else intensive_


@dataclass(frozen=True, kw_only=True, repr=False)
class GrowthAccountsResult(Result):
    """Contributions by unit and step, log points.

    ``shares``: (n, k) cost shares by row of the panel; ``factors``: the k inputs as read; ``contributions``:
    names of the c contributions; ``owner``: (c,) the input to which each belongs.
    """

    steps: Steps
    shares: Floats
    factors: tuple[Factor, ...]
    contributions: tuple[str, ...]
    owner: Ints

    @property
    def residual(self) -> str:
        """Return the name of what the inputs leave."""
        assert isinstance(self.method, GrowthAccounts)
        return self.method.residual

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the terms that add up to growth."""
        return tuple(name for name in self.rows.terms if name != "growth")

    def contributions_by_input(self) -> Floats:
        """Return the contributions summed over the parts of each input, (m, k)."""
        parts = np.column_stack([self.rows.terms[name] for name in self.contributions])
        return np.column_stack([parts[:, self.owner == k].sum(axis=1) for k in range(len(self.factors))])

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Sources of growth of {what}", what=self.growing)

    @property
    def growing(self) -> Text:
        """Return what grows: output, or output per hour or person."""
        what = {None: say("output"), "hours": say("output per hour"), "persons": say("output per person")}
        return what[self.settings["per"]]

    def methods_text(self) -> str:
        """Return the accounts in words, with what stands behind output, inputs and shares."""
        return sentences(super().methods_text(), self.sources_text())

    def sources_text(self) -> Text:
        """Return what stands behind output, inputs and shares."""
        method = self.method
        assert isinstance(method, GrowthAccounts)
        inputs = (
            say(
                "{input}: {quantity}, share {share}",
                input=spoken(item.name),
                quantity=quantity_words(item.quantity),
                share=share_words(item.share),
            )
            for item in method.inputs
        )
        return say("Output: {output}. Inputs: {inputs}.", output=quantity_words(method.output), inputs=joined(*inputs))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return contributions by period and the use of policies by unit."""
        return [self.mean_rates(self.title, view), *self.policy_use(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return where growth came from, and by period where the view has several."""
        return contribution_figures(self, view, [*self.sources])

    def policy_use(self, view: View | None = None) -> list[Table]:
        """Return what policies did by unit, and every cell that they filled; nothing where nothing was filled."""
        units, _ = self.chosen(view)
        used = [(unit, words) for unit, words in use_by_unit(self.log).items() if unit in units]
        if not used:
            return []
        fields = (Field("unit", label("unit")), Field("filled", say("What was filled")))
        rows = tuple((named(unit), again(words)) for unit, words in used)
        by_unit = Table("policy_use", say("Missing cells: what the policies did"), fields, rows)
        return [by_unit, *self.filled_table(view)]

    def summary(self, view: View | None = None) -> str:
        """Return growth, TFP and its part of growth for the chosen units."""
        growing, residual = self.growing, spoken(self.residual)

        def line(words: dict[str, Any]) -> Text:
            text = {**words, "what": growing, "residual": residual, "tfp": words[self.residual]}
            return say("{unit}: {what} grew by {growth} % a year in {start}–{end}, {residual} by {tfp} %.", **text)

        return rate_lines(self, view, ("growth", self.residual), line)


# Figures and words ----------------------------------------------------------------------------


def contribution_figures(
    result: Result, view: View | None, parts: Sequence[str], *, total: str = "growth", most: int = 12
) -> list[Any]:
    """Return the terms of a total as cascades over the first period, and by period where the view has several."""
    from xinzhi.method.charts import Labels, stacked_periods, waterfall

    units, periods = result.chosen(view)
    columns = result.period_columns(periods)
    there = np.isfinite(np.column_stack([columns[name] for name in (total, *parts)])).all(axis=1)
    bad = set(columns["unit"][~there])
    drawn = [unit for unit in units if unit not in bad][:most]
    if not drawn:
        return []
    first = chart_columns(columns, drawn, periods[:1], parts, total=total)
    labels = Labels(
        name="waterfall",
        title=say("{title}, {start}–{end}", title=result.title, start=periods[0][0], end=periods[0][1]),
        description=told(first["unit"], first["total"], spoken(total)),
    )
    figures = [waterfall(labels, units=first["unit"], terms=first["terms"], total=first["total"], total_name=total)]
    if len(periods) > 1:
        rest = chart_columns(columns, drawn, periods[1:], parts, total=total)
        labels = Labels(
            name="periods",
            title=say("{title} by period", title=result.title),
            description=told(rest["unit"], rest["total"], spoken(total)),
        )
        figures.append(stacked_periods(labels, **rest))
    return figures


def spoken(name: str) -> Text:
    """Return the reader's name of a term as it stands inside a sentence: without its capital letter."""
    return Text(_spoken, str(name))


def _spoken(name: str) -> str:
    word = label(name)
    return word if word[:2].isupper() else f"{word[:1].lower()}{word[1:]}"


def rate_lines(result: Result, view: View | None, names: Sequence[str], line: Callable[[dict[str, Any]], Text]) -> str:
    """Return a sentence on the rates of each of the first twelve units in the first period.

    ``line`` makes it of ``unit``, ``start``, ``end`` and the named terms, % a year; where one of these is missing the
    sentence says why.
    """
    units, periods = result.chosen(view)
    (start, end), columns, lines = periods[0], result.period_columns(periods[:1]), list[Text]()
    for unit in units[:12]:
        row = int(np.flatnonzero(columns["unit"] == unit)[0])
        rates = {name: float(columns[name][row]) for name in names}
        if np.isfinite(list(rates.values())).all():
            told = {name: shown(rate, 2) for name, rate in rates.items()}
            lines.append(line({"unit": named(unit), "start": start, "end": end, **told}))
        else:
            lines.append(not_computed(unit, columns["reason"][row]))
    return "\n".join(lines)


def not_computed(unit: str, reason: str) -> Text:
    """Return the sentence that a unit's numbers are missing, given the years with their reason."""
    return say("{unit}: not computed in {reason}.", unit=named(unit), reason=reason)


# Arrays in, arrays out ------------------------------------------------------------------------


def intensive(growth: Floats, inputs: Floats, labour: Bools, counted: Bools) -> tuple[Floats, Floats]:
    """Return growth and inputs per unit of labour.

    Parameters
    ----------
    growth : (m,)
        Log changes of output.
    inputs : (m, p)
        Log changes of the parts of the inputs.
    labour : (p,)
        Parts that belong to labour.
    counted : (p,)
        Parts of labour that are deducted: persons, or persons and hours.

    Notes
    -----
    Cost shares sum to one, so deducting the same labour growth from output and from every other input, and
    leaving to labour its other parts only, leaves TFP unchanged.
    """
    deducted = inputs[:, counted].sum(axis=1)
    rest = np.where(labour, inputs, inputs - deducted[:, None])
    return growth - deducted, np.where(counted, 0.0, rest)


def balanced_growth(
    growth: Floats, terms: Mapping[str, Floats], capital_share: Floats, *, capital: str
) -> dict[str, Floats]:
    """Return terms in which capital that grows with output is no contribution of its own, (m,) each.

    Parameters
    ----------
    growth, capital_share : (m,)
    terms : mapping from name to (m,)
        They add up to growth, and so do those that come back.
    capital : str
        The term of capital; it becomes capital_share x dln(capital / output) / (1 - capital_share).
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        return {
            name: (values - capital_share * growth if name == capital else values) / (1.0 - capital_share)
            for name, values in terms.items()
        }
