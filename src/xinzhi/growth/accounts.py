"""Growth accounts: contributions of the inputs at their cost shares, and total factor productivity.

    dln Y = SUM_k sbar_k dln x_k + dln A          sbar_k: mean cost share of the two years (Törnqvist)

Value added with capital and labour, or gross output with capital, labour and intermediate inputs,
energy, land, ...; labour in persons, hours and quality.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.language import Text, again, joined, named, say, sentences
from xinzhi.method import Capital, Factor, Field, Input, Labour, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.chart_rows import chart_columns, told
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


@register("growth_accounts")
class GrowthAccounts(Method):
    """Decompose output growth into contributions of inputs and total factor productivity.

    Parameters
    ----------
    output : str or Term
        Real output: value added, or gross output where ``other_inputs`` hold intermediate inputs. A level
        or a growth index, any unit of measurement.
    capital : str, Capital or Term
        Capital services or stock.
    labour : str, Labour or Term
        Persons, hours and quality; each part present gets a column of its own.
    labour_share : number, str, Share or UnitMean
        Labour's share of cost, 0 to 1. A number is a fixed share; a column is averaged over the two years
        of a step (Törnqvist).
    capital_share : number, str, Share, UnitMean or None
        Capital's share; what the others leave by default.
    other_inputs : tuple of Input
        Intermediate inputs, energy, materials, land and other resources, each with quantity and share.
    per : None, "hours" or "persons"
        The intensive form: growth of output per hour or per person, with capital deepening in the place of
        capital. None gives the growth of output.

    Notes
    -----
    The residual is exact: contributions and TFP add up to growth to 1e-10 in every row. TFP is what the
    inputs as measured do not explain; it contains errors of measurement, returns to scale and markups.
    ``status`` of a step is ``missing_data`` where a cell of either year is missing.

    References
    ----------
    Jorgenson, D. W. and Griliches, Z. (1967). Review of Economic Studies 34(3), 249-283. doi:10.2307/2296675
    OECD (2001). Measuring Productivity. doi:10.1787/9789264194519-en

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"c": "A", "t": [2000, 2001], "y": [1.0, 1.1], "k": [1.0, 1.05], "l": [1.0, 1.0]})
    >>> panel = xz.Panel(frame, unit="c", time="t")
    >>> accounts = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6).fit(panel)
    >>> round(float(accounts.term("tfp")[0]), 6)
    0.075794
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "capital", "labour", "labour_share", "capital_share")
    output: str | Term
    capital: str | Capital | Term
    labour: str | Labour | Term
    labour_share: ShareOf
    capital_share: ShareOf | None = None
    other_inputs: tuple[Input, ...] = ()
    per: Literal["hours", "persons"] | None = None

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
        steps = panel.steps()
        needed = all_needs(output.needs, share_needs(self.inputs, shares), *(factor.needs for factor in factors))
        status, reason = step_status(panel, steps, needed)
        if not (status == "ok").any():
            found = say("no step has output and all inputs; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        parts = {name: values for factor in factors for name, values in factor.parts.items()}
        owner = np.array([k for k, factor in enumerate(factors) for _ in factor.parts])
        changes = log_changes(np.column_stack([output.growth, *parts.values()]), steps.before, steps.end)
        weights = two_year_means(shares, steps.before, steps.end)[:, owner]
        growth, inputs, counted = changes[:, 0], changes[:, 1:], self._counted(tuple(parts))
        if self.per is not None:
            growth, inputs = intensive(growth, inputs, owner == 1, counted)
        contributions = (weights * inputs)[:, ~counted]
        names = [self._renamed(name) for name, gone in zip(parts, counted, strict=True) if not gone]
        tfp = growth - contributions.sum(axis=1)
        published = dict(zip(names, contributions.T, strict=True)) | {"tfp": tfp}
        terms = {"growth": growth} | published
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        gap = check_adding_up(growth, np.column_stack(list(published.values())), rows, identity=say("growth accounts"))
        return GrowthAccountsResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": gap},
            warnings=(
                *_policy_warnings(factors),
                *gap_warnings(panel, steps),
                *period_warnings(column for factor in (output, *factors) for column in factor.within_period),
            ),
            steps=steps,
            shares=shares,
            factors=tuple(factors),
            contributions=tuple(names),
            owner=owner[~counted],
        )

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
        return "capital_deepening" if name == "capital" and self.per is not None else name


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
        from xinzhi.method.charts import Labels, stacked_periods, waterfall

        units, periods = self.chosen(view)
        columns = self.period_columns(periods)
        good = set(columns["unit"]) - set(columns["unit"][~np.isfinite(columns["growth"] + columns["tfp"])])
        drawn, parts = [unit for unit in units if unit in good][:12], [*self.contributions, "tfp"]
        if not drawn:
            return []
        first = chart_columns(columns, drawn, periods[:1], parts)
        labels = Labels(
            name="waterfall",
            title=say("{title}, {start}–{end}", title=self.title, start=periods[0][0], end=periods[0][1]),
            description=told(first["unit"], first["total"], say("growth")),
        )
        figures = [waterfall(labels, units=first["unit"], terms=first["terms"], total=first["total"])]
        if len(periods) > 1:
            rest = chart_columns(columns, drawn, periods[1:], parts)
            labels = Labels(
                name="periods",
                title=say("{title} by period", title=self.title),
                description=told(rest["unit"], rest["total"], say("growth")),
            )
            figures.append(stacked_periods(labels, **rest))
        return figures

    def policy_use(self, view: View | None = None) -> list[Table]:
        """Return the table of what a policy filled, by unit; none where nothing was filled."""
        units, _ = self.chosen(view)
        policy = {unit: words for factor in self.factors for unit, words in factor.policy.items() if unit in units}
        if not policy:
            return []
        fields = (Field("unit", label("unit")), Field("filled", say("What was filled")))
        rows = tuple((named(unit), again(words)) for unit, words in policy.items())
        return [Table("policy_use", say("Missing hours: what the policy did"), fields, rows)]

    def summary(self, view: View | None = None) -> str:
        """Return growth, TFP and its part of growth for the chosen units."""
        units, periods = self.chosen(view)
        start, end = periods[0]
        columns = self.period_columns(periods[:1])
        lines = []
        for unit in units[:12]:
            row = int(np.flatnonzero(columns["unit"] == unit)[0])
            growth, tfp = columns["growth"][row], columns["tfp"][row]
            if np.isfinite(growth) and np.isfinite(tfp):
                line = say(
                    "{unit}: {what} grew by {growth} % a year in {start}–{end}, TFP by {tfp} %.",
                    unit=named(unit),
                    what=self.growing,
                    growth=shown(growth, 2),
                    start=start,
                    end=end,
                    tfp=shown(tfp, 2),
                )
            else:
                line = not_computed(unit, columns["reason"][row])
            lines.append(line)
        return "\n".join(lines)


# Words ----------------------------------------------------------------------------------------


def spoken(name: str) -> Text:
    """Return the reader's name of a term as it stands inside a sentence: without its capital letter."""
    return Text(_spoken, str(name))


def _spoken(name: str) -> str:
    word = label(name)
    return word if word[:2].isupper() else f"{word[:1].lower()}{word[1:]}"


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


def _policy_warnings(factors: list[Factor]) -> tuple[str, ...]:
    count = sum(len(factor.policy) for factor in factors)
    warning = say("XZ-401 missing hours were filled for {count} units; see the table of policy use.", count=count)
    return (warning,) if count else ()
