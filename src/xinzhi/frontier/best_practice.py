"""Best practice valued at each unit's own income shares: technology and efficiency without a residual.

    A_j,t(s)   = ln y_jt - SUM_k s_k ln x_jkt             productivity of unit j at shares s
    B_t(s)     = mean of the m largest A_j,t(s), j in R   best practice; membership re-picked each year
    technology = B_t(sbar_i) - B_t-1(sbar_i)
    efficiency = (A_i,t - B_t)(sbar_i) - (A_i,t-1 - B_t-1)(sbar_i)

Never infeasible, needs no linear programme, and adds up to the unit's own TFP for any rule B.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.errors import EstimationError, UsageError, listed
from xinzhi.frontier.reference import Reference, reference_units
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Input, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import all_needs, period_warnings, read_inputs, read_quantity, share_needs
from xinzhi.method.status import step_status
from xinzhi.method.terms import label
from xinzhi.numerics import two_year_means
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Bools, Floats, Ints


class Leader(Value):
    """Best practice is one named unit.

    Parameters
    ----------
    unit : str
    """

    unit: str


Rule = Literal["decile", "max", "running_max"] | Leader


@register("best_practice")
class BestPractice(Method):
    """Split TFP growth into the movement of best practice and catching up with it, at own income shares.

    Parameters
    ----------
    output : str or Term
        Real output, a level comparable between units.
    inputs : tuple of Input
        Inputs with cost shares that sum to one (one share may be left out); levels comparable between units.
    best_practice : "decile", "max", "running_max" or Leader
        ``decile``: mean of the best tenth of the reference set, at least three units. ``max``: the best
        unit. ``running_max``: the best unit of this or any earlier year of the window (no regress).
        ``Leader(unit=...)``: one named unit.
    reference : "observed", "core", "all" or ReferenceSet
        Units that may define best practice, fixed once for the window.
    window : (first, last) or None
        Years; all years of the panel by default.
    by : str or None
        Label column; best practice is taken within each of its groups, such as industries. One group by default.

    Notes
    -----
    Units outside the reference set may exceed best practice. The size of technology depends on the rule:
    show it with its range. Each unit is compared at its own shares, so two units may face different leaders.

    References
    ----------
    Caves, D. W., Christensen, L. R. and Diewert, W. E. (1982). Economic Journal 92(365), 73-86. doi:10.2307/2232257

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> rows = [(f"u{j}", t, 1 + j + t, 2.0 + j, 1.0) for j in range(12) for t in (1, 2)]
    >>> frame = pd.DataFrame(rows, columns=list("jtykl"))
    >>> inputs = [xz.Input(name="capital", quantity="k"), xz.Input(name="labour", quantity="l", share=0.6)]
    >>> method = xz.BestPractice(output="y", inputs=inputs, reference="all")
    >>> result = method.fit(xz.Panel(frame, unit="j", time="t"))
    >>> np.allclose(result.term("tfp"), result.term("technology") + result.term("efficiency"))
    True
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "by")
    output: str | Term
    inputs: tuple[Input, ...]
    best_practice: Rule = "decile"
    reference: Reference = "observed"
    window: tuple[int, int] | None = None
    by: str | None = None

    def compute(self, panel: Panel, run: Run) -> "BestPracticeResult":
        """Return technology and efficiency by step."""
        window = self.window or (int(panel.times[0]), int(panel.times[-1]))
        panel.require_window(window, where="BestPractice.window")
        where = say("{method} (needs levels)", method="BestPractice")
        output = read_quantity(self.output, panel, run, name="output")
        factors, shares = read_inputs(self.inputs, panel, run)
        needed = all_needs(
            output.needs,
            share_needs(self.inputs, shares),
            *(cells for factor in factors for cells in (factor.needs, factor.level_needs)),
        )
        levels = np.column_stack(
            [output.require_level(where=where), *(factor.require_level(where=where) for factor in factors)]
        )
        logs = np.log(np.where(levels > 0, levels, np.nan))
        filled: Bools = np.any(np.column_stack([factor.filled for factor in factors]), axis=1)

        steps = panel.steps(window)
        status, reason = step_status(panel, steps, needed)
        years = np.arange(window[0], window[1] + 1)
        rows = panel.locate(panel.units, years)
        usable: Bools = np.all(np.isfinite(logs), axis=1) & ~np.any(np.isnan(shares), axis=1)
        complete: Bools = np.all((rows >= 0) & usable[rows], axis=1)
        imputed: Bools = np.any((rows >= 0) & filled[rows], axis=1)
        mean = two_year_means(shares, steps.before, steps.end)
        best, leaders = np.full((steps.end.size, 2), np.nan), np.zeros(rows.shape)
        members, counts = np.zeros(panel.units.size, dtype=bool), dict[str, int]()
        for name, group in self._groups(panel).items():
            reference = reference_units(self.reference, panel, complete & group, imputed, window[1])
            count = max(3, ceil(0.1 * int(reference.sum()))) if self.best_practice == "decile" else 1
            pool = self._leader(panel, complete) if isinstance(self.best_practice, Leader) else reference
            here = group[panel.code[steps.end]]
            place, running = panel.when[steps.end[here]] - window[0], self.best_practice == "running_max"
            best[here] = best_levels(logs[rows[pool]], mean[here], place, count=count, running=running)
            leaders[pool] = leading(logs[rows[pool]], shares[rows[complete & group]], count=count)
            members, counts[name] = members | reference, count
        within = (column for factor in (output, *factors) for column in factor.within_period)
        own = own_levels(logs, mean, steps)
        terms = {"tfp": own[:, 1] - own[:, 0], "technology": best[:, 1] - best[:, 0]}
        terms["efficiency"] = (own[:, 1] - best[:, 1]) - (own[:, 0] - best[:, 0])
        result_rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        parts = np.column_stack([terms["technology"], terms["efficiency"]])
        gap = check_adding_up(terms["tfp"], parts, result_rows, identity=say("TFP = technology + efficiency"))
        return BestPracticeResult(
            method=self,
            panel=panel,
            rows=result_rows,
            gap=own - best,
            members=members,
            complete=complete,
            years=years,
            leaders=leaders,
            warnings=(*_filled_warning(panel, members & imputed), *period_warnings(within)),
            diagnostics={
                "reference": panel.units[members].tolist(),
                "evaluated": int(complete.sum()),
                "best": counts,
                "largest_gap": gap,
            },
        )

    def _groups(self, panel: Panel) -> dict[str, Bools]:
        """Return the units of each group within which best practice is taken, (u,) each."""
        if self.by is None:
            return {"all": np.ones(panel.units.size, dtype=bool)}
        labels = panel.unit_label(self.by).astype(str)
        return {str(name): labels == name for name in np.unique(labels)}

    def _leader(self, panel: Panel, complete: Bools) -> Bools:
        """Return the named leader as the only unit that defines best practice, (u,)."""
        assert isinstance(self.best_practice, Leader)
        unit = self.best_practice.unit
        if self.by is not None:
            found = say("leader {unit} with by={by!r}", unit=named(unit), by=self.by)
            raise UsageError("XZ-103", found, expected=say("a leader for one group of units"))
        panel.require_units([unit], where="BestPractice.best_practice")
        pool: Bools = panel.units == unit
        if not complete[pool].all():
            found = say("leader {unit} is not complete in the window", unit=named(unit))
            raise EstimationError("XZ-302", found, where="best_practice")
        return pool


@dataclass(frozen=True, kw_only=True, repr=False)
class BestPracticeResult(Result):
    """Technology and efficiency by unit and step, log points.

    ``gap``: (m, 2) ln A_i - B at the start and the end of each step, at the step's mean shares; ``members``,
    ``complete``: (u,) units of the reference set, units complete in the window; ``leaders``: (u, years) share
    of the complete units (of its group) at whose shares a unit is among the best.
    """

    gap: Floats
    members: Bools
    complete: Bools
    years: Ints
    leaders: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Best practice at own income shares ({rule})", rule=rule_name(self.settings["best_practice"]))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return technology and efficiency by period, and who defines best practice."""
        return [self.mean_rates(self.title, view, name="best_practice"), self.leaders_table()]

    def leading_units(self) -> list[tuple[str, int, float]]:
        """Return (unit, year, share of evaluated units for which it is among the best), where above zero."""
        return [
            (str(self.panel.units[j]), int(self.years[t]), float(self.leaders[j, t]))
            for j, t in zip(*np.nonzero(self.leaders > 0), strict=True)
        ]

    def figures(self, view: View | None = None) -> list[Any]:  # noqa: ARG002
        """Return who defines best practice, by year."""
        from xinzhi.method.charts import Labels, timeline

        unit, year, share = (list(column) for column in zip(*self.leading_units(), strict=True))
        labels = Labels(
            name="leaders",
            title=say("Who defines best practice ({rule})", rule=rule_name(self.settings["best_practice"])),
            description=self.summary(),
            unit=say("share of evaluated units"),
        )
        names = [named(leader) for leader in unit]
        return [timeline(labels, unit=names, time=year, share=share, share_name=say("Share of evaluated units"))]

    def leaders_table(self) -> Table:
        """Return who defines best practice, by year."""
        names, lines = self.panel.units, []
        for t, year in enumerate(self.years):
            order = sorted(np.flatnonzero(self.leaders[:, t] > 0), key=lambda j: (-self.leaders[j, t], names[j]))
            first = [(named(names[j]), 100 * self.leaders[j, t]) for j in order[:8]]
            lines.append((int(year), enumerated([say("{unit} {share:.0f}", unit=u, share=s) for u, s in first])))
        counts = sorted(set(self.diagnostics["best"].values()))
        averaged = say("{fewest} to {most}", fewest=counts[0], most=counts[-1]) if len(counts) > 1 else str(counts[0])
        return Table(
            "leaders",
            say("Who defines best practice"),
            (
                Field("year", label("time"), 0),
                Field("units", say("Units among the best, and for how many of the evaluated units (per cent)")),
            ),
            tuple(lines),
            notes=(
                say(
                    "Best practice: {rule}, at each evaluated unit's own shares: "
                    "{averaged} averaged; the first eight are named.",
                    rule=rule_name(self.settings["best_practice"]),
                    averaged=averaged,
                ),
                say(
                    "Reference set of {count}: {units}.",
                    count=int(self.members.sum()),
                    units=enumerated([named(unit) for unit in self.diagnostics["reference"]]),
                ),
            ),
        )

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the size of the reference set and its most frequent leaders."""
        order = np.argsort(-self.leaders.mean(axis=1), kind="stable")[:3]
        leading_ones = [
            say("{unit} ({share:.0f} %)", unit=named(self.panel.units[j]), share=100 * self.leaders[j].mean())
            for j in order
        ]
        return sentences(
            say(
                "{reference} reference units, {evaluated} evaluated units in {start}–{end} ({rule}).",
                reference=int(self.members.sum()),
                evaluated=int(self.complete.sum()),
                start=self.years[0],
                end=self.years[-1],
                rule=rule_words(self.settings["best_practice"]),
            ),
            say(
                "Most often among the best, over years and evaluated units: {units}.",
                units=enumerated(leading_ones),
            ),
        )


def _filled_warning(panel: Panel, odd: Bools) -> tuple[str, ...]:
    """Return the warning that reference units carry filled inputs, or nothing; ``odd``: (u,)."""
    units = panel.units[odd].tolist()
    warning = say(
        "XZ-403 {count} reference units carry filled inputs: {units}.",
        count=len(units),
        units=listed([named(unit) for unit in units]),
    )
    return (warning,) if units else ()


def rule_words(rule: str | dict[str, str]) -> Text:
    """Return a rule of best practice in words, with what it is a rule of."""
    return say("best practice: {rule}", rule=rule_name(rule))


def rule_name(rule: str | dict[str, str]) -> Text:
    """Return a rule of best practice in words."""
    if isinstance(rule, dict):
        return named(rule["unit"])
    names = {
        "decile": say("best tenth"),
        "max": say("best unit"),
        "running_max": say("best unit so far"),
        "none": say("none"),
    }
    return names[rule]


# Arrays in, arrays out ------------------------------------------------------------------------


def own_levels(logs: Floats, shares: Floats, steps: Steps) -> Floats:
    """Return ln A of each unit at the start and the end of its steps, (m, 2).

    ``logs``: (n, 1 + k) log output and log inputs by row; ``shares``: (m, k) mean shares of the steps.
    """
    ends = [logs[rows, 0] - (logs[rows, 1:] * shares).sum(axis=1) for rows in (steps.before, steps.end)]
    return np.column_stack(ends)


def best_levels(reference: Floats, shares: Floats, end: Ints, *, count: int, running: bool) -> Floats:
    """Return B at the start and the end of each step, at the step's shares, (m, 2).

    Parameters
    ----------
    reference : (r, years, 1 + k)
        Log output and log inputs of the reference units.
    shares : (m, k)
        Mean cost shares of each step.
    end : (m,)
        Place of the step's last year among the years.
    count : int
        How many of the best are averaged.
    running : bool
        Best of this and all earlier years (count = 1).
    """
    out = np.full((end.size, 2), np.nan)
    for year in np.unique(end):
        rows = np.flatnonzero(end == year)
        for column, at in enumerate((year - 1, year)):
            pool = reference[:, : at + 1].reshape(-1, reference.shape[2]) if running else reference[:, at]
            out[rows, column] = mean_of_best(productivity(pool, shares[rows]), count)
    return out


def productivity(pool: Floats, shares: Floats) -> Floats:
    """Return ln A of each pooled point at each row of shares, (m, r)."""
    value = np.repeat(pool[None, :, 0], shares.shape[0], axis=0)
    for k in range(shares.shape[1]):
        value -= shares[:, k, None] * pool[None, :, 1 + k]
    return value


def mean_of_best(values: Floats, count: int) -> Floats:
    """Return the mean of the ``count`` largest numbers of each row, (m,)."""
    mean: Floats = np.sort(values, axis=1)[:, -count:].mean(axis=1)
    return mean


def leading(reference: Floats, shares: Floats, *, count: int) -> Floats:
    """Return how often each reference unit is among the best, (r, years), as a share of the evaluated units.

    ``reference``: (r, years, 1 + k) logs; ``shares``: (u, years, k) shares of the evaluated units.
    """
    r, years = reference.shape[:2]
    out = np.zeros((r, years))
    for t in range(years):
        order = np.argsort(-productivity(reference[:, t], shares[:, t]), axis=1, kind="stable")[:, :count]
        out[:, t] = np.bincount(order.ravel(), minlength=r) / max(shares.shape[0], 1)
    return out
