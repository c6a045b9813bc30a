"""Misallocation between sectors or provinces: wedges of inputs and what they cost in aggregate productivity.

    s_i = V_i / SUM V,  beta_ki = output elasticity,  beta_k = SUM_i s_i beta_ki
    gamma_ki = (X_ki / X_k) / (s_i beta_ki / beta_k)       relative distortion;  tau_ki = 1 / gamma_ki - 1
    loss = ln Y* - ln Y = -SUM_i s_i SUM_k beta_ki ln gamma_ki            Cobb-Douglas demand, X_k as they are

A sector with gamma above 1 has more of an input than it would have if all paid the same price for it: the input is
taxed less there than on average (tau below 0). Only relative wedges are identified. With another elasticity of
substitution between sectors, Y* is the output of the planner whose demand has that elasticity. Between two years

    SUM sbar dln Y_i = SUM sbar (dln Y_i - SUM_k beta_ki dln X_ki) + SUM_k betabar_k dln X_k
                       + SUM sbar SUM_k beta_ki dln(s_i beta_ki / beta_k) + SUM sbar SUM_k beta_ki dln gamma_ki

technique, inputs, shares of output, distortion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, UsageError
from xinzhi.growth.accounts import spoken
from xinzhi.language import again, joined, named, say, sentences
from xinzhi.method import Field, Filled, Input, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.chart_rows import span_text, told
from xinzhi.method.filling import filled_warnings
from xinzhi.method.result import LOG_RATES, check_adding_up
from xinzhi.method.role_words import quantity_words, share_words
from xinzhi.method.roles import all_needs, read_inputs, read_quantity, share_needs
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.wholes import Wholes, wholes_of
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats

NOT_ADDITIVE = say("only with substitution=1 is the loss a sum over inputs")
NO_OUTPUT = say("no real output is given")
ITERATIONS = 5_000
"""More than any elasticity e from 0.1 to 100 needs: a step shrinks the error by |e - 1| / (e + 1) or more."""

SETTLED = 1e-12
"""Largest gap of a planner's log share, relative to rho, that counts as solved; the loss is flat there."""

NONE = 1e-12
"""Output elasticity that is none: what is left where the others sum to one."""

Substitution = Annotated[float, Setting(ge=0.1, le=100)]


@register("misallocation")
class Misallocation(Method):
    """Measure relative wedges of inputs between sectors or provinces and the aggregate output they cost.

    Parameters
    ----------
    value_added : tuple of str
        Nominal columns whose sum is the sector's output, in one currency.
    inputs : tuple of Input
        Inputs in levels that can be summed over sectors, with output elasticities as shares: numbers, or columns by
        sector and year; constant returns, so they sum to one and one may be left out. Where an elasticity is zero the
        sector does not use the input: it has no wedge there, and whatever it holds of it counts as lost to the others.
    economy : str or None
        Label column that names the economy of each unit; None where all units belong to one.
    sector : str or None
        Label column that names the sector or province; the unit itself by default.
    substitution : number
        Elasticity of substitution between sectors' outputs, 0.1 to 100; 1 is Cobb-Douglas.
    real_output : str, Filled, Term or None
        Real output, for the sources of its growth; without it they are absent.

    Notes
    -----
    The gap between a sector's share of an input and the share that equal marginal products would give it is read as a
    tax wedge. Cost shares of a distorted economy are not its output elasticities: take elasticities from estimates or
    from an economy with small wedges. Errors of measurement and of elasticities look like wedges, so the loss tends to
    overstate what better allocation could give. Only wedges between sectors count, not those inside them.

    References
    ----------
    Aoki, S. (2012). Journal of the Japanese and International Economies 26(4), 473-494. doi:10.1016/j.jjie.2012.08.001
    Chen, Y. and Hu, W. (2011). China Economic Quarterly 10(4), 1401-1422.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> from xinzhi.growth import Misallocation
    >>> frame = pd.DataFrame({"p": ["a", "b"], "t": 1, "va": [1.0, 1.0], "k": [3.0, 1.0], "l": [1.0, 1.0]})
    >>> inputs = (xz.Input(name="capital", quantity="k"), xz.Input(name="labour", quantity="l", share=0.5))
    >>> result = Misallocation(value_added=("va",), inputs=inputs).fit(xz.Panel(frame, unit="p", time="t"))
    >>> round(float(result.term("loss")[0]), 6)
    0.071921
    """

    column_fields: ClassVar[tuple[str, ...]] = ("value_added", "economy", "sector", "real_output")
    value_added: tuple[str, ...]
    inputs: tuple[Input, ...]
    economy: str | None = None
    sector: str | None = None
    substitution: Substitution = 1.0
    real_output: str | Filled | Term | None = None

    def compute(self, panel: Panel, run: Run) -> "MisallocationResult":
        """Return loss and dispersion by economy and year."""
        factors, elasticities = read_inputs(self.inputs, panel, run)
        elasticities = np.where(np.abs(elasticities) <= NONE, 0.0, elasticities)
        where = "Misallocation.inputs"
        quantities = np.column_stack([factor.require_level(where=where) for factor in factors])
        added = panel.array(*self.value_added).sum(axis=1)
        needed = all_needs(
            {say("value added"): added},
            share_needs(self.inputs, elasticities),
            *(
                {name: np.where((elasticities[:, k] == 0) & (cells == 0), 1.0, cells) for name, cells in needs.items()}
                for k, factor in enumerate(factors)
                for needs in (factor.needs, factor.level_needs)
            ),
        )
        output = None if self.real_output is None else read_quantity(self.real_output, panel, run, name="output")
        wholes = wholes_of(panel, self.economy, self.sector)
        status, reason = wholes.level_status(needed if output is None else needed | dict(output.needs))
        names = tuple(item.name for item in self.inputs)
        found = wedges(wholes, added, quantities, elasticities)
        good = status == "ok"
        if not good.any():
            words = say("no year has all sectors; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", words, where=panel.source)
        loss = np.full(good.size, np.nan)
        loss[good] = efficient_gain(found.flat(good), self.substitution)
        unsolved = good & ~np.isfinite(loss)
        status[unsolved], reason[unsolved] = "numerical", say("the planner's shares were not found")
        good &= ~unsolved
        terms, absent = {"loss": loss}, dict[str, str]()
        parts = {f"loss_{name}": found.loss[..., k].sum(axis=2).ravel() for k, name in enumerate(names)}
        if self.substitution == 1.0:
            terms |= {name: np.where(good, values, np.nan) for name, values in parts.items()}
        else:
            absent |= dict.fromkeys(parts, NOT_ADDITIVE)
        for k, name in enumerate(names):
            spread = dispersion(found.gamma[..., k], found.elasticity[..., k] > 0)
            terms[f"dispersion_{name}"] = np.where(good, spread.ravel(), np.nan)
        if output is None:
            absent |= dict.fromkeys(("technique", "output_shares", "distortion"), NO_OUTPUT)
        times = np.tile(panel.times, wholes.names.size)
        rows = Rows(np.repeat(wholes.names, panel.times.size), times, terms, status, reason)
        log = tuple(cell for factor in (*factors, *([] if output is None else [output])) for cell in factor.log)
        gap = 0.0
        if self.substitution == 1.0:
            split = np.column_stack([terms[name] for name in parts])
            gap = check_adding_up(loss, split, rows, identity=say("loss by input"))
        return MisallocationResult(
            method=self,
            panel=panel,
            rows=rows,
            flow=False,
            absent=absent,
            warnings=filled_warnings(log),
            diagnostics={"largest_gap": gap},
            wholes=wholes,
            wedges=found,
            output=None if output is None else wholes.cube(output.growth),
            log=log,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class MisallocationResult(Result):
    """Loss (log points of output), its parts and the dispersion of marginal products by economy and year.

    ``wholes``: which unit is which sector of which economy; ``wedges``: shares, elasticities and distortions as
    cubes; ``output``: (w, t, p) real output, or None.
    """

    wholes: Wholes
    wedges: "Wedges"
    output: Floats | None

    def row_unit(self, unit: str) -> str:
        """Return the economy of a sector."""
        return self.wholes.of_unit(unit)

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Misallocation between sectors")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the inputs."""
        assert isinstance(self.method, Misallocation)
        return tuple(item.name for item in self.method.inputs)

    def by_sector(self, year: int) -> dict[str, Any]:
        """Return share of output, gamma and tau by input, and part of the loss of each sector in a year.

        Columns ``unit`` (economy), ``sector``, ``share``, ``gamma_<input>``, ``tau_<input>``, ``loss`` (log points at
        substitution 1; they sum to the economy's), ``reason`` why a number is missing: the year of the economy could
        not be computed, or the sector does not use an input.
        """
        here = self.rows.time == year
        reasons = dict(zip(self.rows.unit[here].tolist(), self.rows.reason[here].tolist(), strict=True))
        unused = say("an input is not used")
        t = int(np.searchsorted(self.panel.times, year))
        keys = ("unit", "sector", "share", *(f"{word}_{name}" for word in ("gamma", "tau") for name in self.names))
        out: dict[str, list[Any]] = {key: [] for key in (*keys, "loss", "reason")}
        for w, unit in enumerate(self.wholes.names):
            for p in np.flatnonzero(self.wholes.belongs[w]):
                used = self.wedges.elasticity[w, t, p] > 0
                gamma = np.where(used, self.wedges.gamma[w, t, p], np.nan)
                numbers = [self.wedges.share[w, t, p], *gamma, *(1.0 / gamma - 1.0), self.wedges.loss[w, t, p].sum()]
                why = reasons[unit] or ("" if used.all() else unused)
                numbers = [np.nan] * len(numbers) if reasons[unit] else numbers
                for key, cell in zip(out, (unit, self.wholes.parts[p], *numbers, why), strict=True):
                    out[key].append(cell)
        return out

    def sources(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return the sources of growth of each economy in a period, % a year.

        NaN where a year of the period has a status other than ok, or a sector takes up or gives up an input in it.

        Columns ``unit``, ``growth`` (of real output at two-year mean shares), ``technique``, one per input,
        ``output_shares``, ``distortion``.
        """
        self.panel.require_window(period, where="sources")
        if self.output is None:
            raise UsageError("XZ-103", NO_OUTPUT, where="sources", expected=say("real output in the settings"))
        good = (self.rows.status == "ok").reshape(self.wedges.share.shape[:2])
        times, years = self.panel.times, period[1] - period[0]
        inside = (times[1:] > period[0]) & (times[1:] <= period[1])
        step = good[:, 1:] & good[:, :-1] & (np.diff(times) == 1)
        complete = step[:, inside].all(axis=1) & (inside.sum() == years)
        rates = {
            name: 100.0 * np.where(step, values, 0.0)[:, inside].sum(axis=1) / years
            for name, values in growth_sources(self.wedges, self.output, self.names).items()
        }
        return {"unit": self.wholes.names} | {name: np.where(complete, rate, np.nan) for name, rate in rates.items()}

    def methods_text(self) -> str:
        """Return the method in words, with what stands behind inputs and elasticities."""
        method = self.method
        assert isinstance(method, Misallocation)
        inputs = (
            say(
                "{input}: {quantity}, elasticity {share}",
                input=spoken(item.name),
                quantity=quantity_words(item.quantity),
                share=share_words(item.share),
            )
            for item in method.inputs
        )
        return sentences(super().methods_text(), say("Inputs: {inputs}.", inputs=joined(*inputs)))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return loss by year, sectors of the last year, and the sources of growth where output is given."""
        units, periods = self.chosen(view)
        sources = [] if self.output is None else [self._source_table(units, periods)]
        tables = [self.listing(self.title, view), self._sector_table(units, periods[0][1])]
        return [*tables, *sources, *self.filled_table(view)]

    def _sector_table(self, units: list[str], year: int) -> Table:
        columns = self.by_sector(year)
        rows = [i for i, unit in enumerate(columns["unit"]) if unit in units]
        cells: dict[str, Any] = {key: [values[i] for i in rows] for key, values in columns.items()}
        for name in ("unit", "sector"):
            cells[name] = [named(of) for of in cells[name]]
        gammas = [
            Field(f"gamma_{name}", label(name), 3, say("Relative distortion γ (above 1: too much)"))
            for name in self.names
        ]
        taus = [Field(f"tau_{name}", label(name), 3, say("Implied wedge τ = 1/γ − 1")) for name in self.names]
        fields = [Field("unit", label("unit")), Field("sector", say("Sector")), Field("share", say("Share"), 3)]
        title = say("Wedges by sector, {year}", year=year)
        why = zip(cells["unit"], cells["sector"], cells["reason"], strict=True)
        notes = [say("{unit}, {sector}: {reason}.", unit=u, sector=s, reason=again(r)) for u, s, r in why if r]
        fields += [*gammas, *taus, Field("loss", label("loss"), 4)]
        return Table.of("sectors", title, fields, cells, notes=notes)

    def _source_table(self, units: list[str], periods: list[tuple[int, int]]) -> Table:
        found = [(period, self.sources(period)) for period in periods if period[0] < period[1]]
        names = ["growth", "technique", *self.names, "output_shares", "distortion"]
        cells: dict[str, list[Any]] = {key: [] for key in ("unit", "period", *names)}
        for unit in units:
            for period, columns in found:
                row = int(np.flatnonzero(columns["unit"] == unit)[0])
                cells["unit"].append(named(unit))
                cells["period"].append(span_text(period))
                for name in names:
                    cells[name].append(columns[name][row])
        fields = [Field("unit", label("unit")), Field("period", say("Period")), *(Field(n, label(n)) for n in names)]
        title = say("Sources of growth of output, with misallocation")
        dash = say("A dash: a year of the period is not computed, or a sector takes up or gives up an input.")
        notes = [*([dash] if np.isnan(cells["growth"]).any() else []), LOG_RATES]
        return Table.of("sources", title, fields, cells, unit=say("per cent a year"), notes=notes)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the loss over the years, one line per economy."""
        from xinzhi.method.charts import Labels, lines

        units, _ = self.chosen(view)
        keep = np.isin(self.rows.unit.astype(str), units[:12])
        there = keep & np.isfinite(self.rows.terms["loss"])
        last = dict(zip(self.rows.unit[there], self.rows.terms["loss"][there], strict=True))
        if not last:
            return []
        title = say("Output lost by misallocation between sectors")
        words = told(list(last), [100.0 * value for value in last.values()], say("loss in the last year, log per cent"))
        return [
            lines(
                Labels(name="loss", title=title, description=words, unit=say("log points")),
                series=[named(unit) for unit in self.rows.unit[keep]],
                time=self.rows.time[keep].tolist(),
                value=self.rows.terms["loss"][keep].tolist(),
                decimals=4,
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the loss of the last computed year of the chosen economies."""
        units, _ = self.chosen(view)
        lines = []
        for unit in units[:12]:
            rows = np.flatnonzero((self.rows.unit == unit) & (self.rows.status == "ok"))
            if not rows.size:
                first = int(np.flatnonzero(self.rows.unit == unit)[0])
                lines.append(say("{unit}: not computed ({reason}).", unit=named(unit), reason=self.rows.reason[first]))
                continue
            gain = 100.0 * np.expm1(self.rows.terms["loss"][rows[-1]])
            lines.append(
                say(
                    "{unit}, {year}: equal marginal products in all sectors would raise output by {gain} %.",
                    unit=named(unit),
                    year=self.rows.time[rows[-1]],
                    gain=shown(float(gain), 2),
                )
            )
        return "\n".join(lines)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Wedges:
    """Shares and distortions of w economies, t years, p sectors, k inputs; zero where a sector does not belong.

    ``there``: (w, p) sectors that belong; ``share``: (w, t, p) s_i; ``elasticity``: (w, t, p, k); ``gamma``:
    (w, t, p, k), 1 where a sector does not belong or does not use the input; ``loss``: (w, t, p, k) -s beta ln gamma;
    ``total``: (w, t, k) X_k.
    """

    there: Bools
    share: Floats
    elasticity: Floats
    gamma: Floats
    loss: Floats
    total: Floats

    def flat(self, keep: Bools) -> tuple[Floats, Floats, Floats]:
        """Return shares (n, p), elasticities (n, p, k) and gamma (n, p, k) of the years that are kept."""
        p, k = self.gamma.shape[2:]
        return (
            self.share.reshape(-1, p)[keep],
            self.elasticity.reshape(-1, p, k)[keep],
            self.gamma.reshape(-1, p, k)[keep],
        )


def wedges(wholes: Wholes, added: Floats, quantities: Floats, elasticities: Floats) -> Wedges:
    """Return shares, relative distortions and parts of the loss from rows of the panel.

    Parameters
    ----------
    added : (n,)
        Value added in current prices.
    quantities, elasticities : (n, k)
    """
    there = wholes.belongs[:, None, :]
    value = np.where(there, wholes.cube(added), 0.0)
    inputs, beta = (
        np.stack([np.where(there, wholes.cube(column), 0.0) for column in table.T], axis=-1)
        for table in (quantities, elasticities)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        share = value / value.sum(axis=2, keepdims=True)
        mean = (share[..., None] * beta).sum(axis=2, keepdims=True)
        total = inputs.sum(axis=2, keepdims=True)
        gamma = (inputs / total) / (share[..., None] * beta / mean)
        used = there[..., None] & (beta != 0)
        gamma = np.where(used, np.where(np.isfinite(gamma) & (gamma > 0), gamma, np.nan), 1.0)
        loss = -share[..., None] * beta * np.log(gamma)
    return Wedges(wholes.belongs, share, beta, gamma, loss, total[:, :, 0])


def dispersion(gamma: Floats, used: Bools) -> Floats:
    """Return the standard deviation over sectors of the log marginal product of an input, (w, t); it is -ln gamma.

    ``gamma``, ``used``: (w, t, p); only sectors that use the input count, and 0 is said where none does.
    """
    count = np.maximum(used.sum(axis=2), 1)
    logs = np.where(used, np.log(gamma), 0.0)
    mean = logs.sum(axis=2) / count
    squares = np.where(used, (logs - mean[..., None]) ** 2, 0.0).sum(axis=2)
    return np.asarray(np.sqrt(squares / count))


def efficient_gain(flat: tuple[Floats, Floats, Floats], substitution: float) -> Floats:
    """Return ln Y* - ln Y of n economies, (n,).

    Parameters
    ----------
    flat : shares (n, p), elasticities (n, p, k), gamma (n, p, k)
    substitution : number
        Elasticity e of substitution between sectors.

    Notes
    -----
    With rho = (e - 1) / e, the planner's shares solve s*_i ~ s_i (Y*_i / Y_i)^rho, where the planner gives sector i
    the share s*_i beta_ki / beta*_k of each input. The fixed point is iterated in logs with the step 2e / (1 + e),
    which shrinks the error near it by |e - 1| / (e + 1) or more.
    """
    share, beta, gamma = flat
    used = share > 0
    if substitution == 1.0:
        return -np.asarray((share[..., None] * beta * np.log(gamma)).sum(axis=(1, 2)))
    rho = (substitution - 1.0) / substitution
    step = 2.0 * substitution / (1.0 + substitution)
    mean = (share[..., None] * beta).sum(axis=1, keepdims=True)
    logs = np.where(used, np.log(np.where(used, share, 1.0)), -np.inf)
    best = logs.copy()
    for _ in range(ITERATIONS):
        moved = _planner(best, logs, beta, gamma, mean)
        gap = np.where(used, _normal(np.where(used, logs + rho * moved, -np.inf)) - np.where(used, best, 0.0), 0.0)
        best = _normal(np.where(used, best + step * gap, -np.inf))
        if np.abs(gap).max(initial=0.0) < SETTLED * max(1.0, abs(rho)):
            break
    moved = _planner(best, logs, beta, gamma, mean)
    settled = np.abs(gap).max(axis=1, initial=0.0) < SETTLED * max(1.0, abs(rho))
    return np.where(settled, np.log((share * np.exp(rho * moved)).sum(axis=1)) / rho, np.nan)


def _planner(best: Floats, logs: Floats, beta: Floats, gamma: Floats, mean: Floats) -> Floats:
    """Return ln Y*_i - ln Y_i of each sector, (n, p), where the planner's shares are exp(best)."""
    chosen = (np.exp(best)[..., None] * beta).sum(axis=1, keepdims=True)
    more = np.log(
        np.where(mean > 0, chosen, 1.0) / np.where(mean > 0, mean, 1.0)
    )  # an input that none uses is left out
    change = np.where(np.isfinite(logs), best - np.where(np.isfinite(logs), logs, 0.0), 0.0)[..., None]
    return np.asarray((beta * (change - more - np.log(gamma))).sum(axis=2))


def _normal(logs: Floats) -> Floats:
    """Return logs of shares that sum to one, (n, p)."""
    logs = logs - logs.max(axis=1, keepdims=True)
    return np.asarray(logs - np.log(np.exp(logs).sum(axis=1, keepdims=True)))


def growth_sources(found: Wedges, output: Floats, names: tuple[str, ...]) -> Mapping[str, NDArray[np.float64]]:
    """Return growth of output and its sources by economy and step, (w, t - 1) each; see the module for the identity.

    Parameters
    ----------
    output : (w, t, p)
        Real output of each sector.
    """
    there = found.there[:, None, :]

    def change(levels: Floats) -> Floats:
        logs = np.log(np.where(there if levels.ndim == 3 else there[..., None], levels, 1.0))
        return np.asarray(np.diff(logs, axis=1))

    def mean(values: Floats) -> Floats:
        return np.asarray(0.5 * (values[:, 1:] + values[:, :-1]))

    with np.errstate(invalid="ignore", divide="ignore"):
        weight = mean(found.share)
        paid = weight[..., None] * mean(found.elasticity)
        due = found.share[..., None] * found.elasticity
        due = due / due.sum(axis=2, keepdims=True)
        total = np.diff(np.log(found.total), axis=1)
        growth = (weight * change(output)).sum(axis=2)
        inputs = np.where(paid.sum(axis=2) > 0, paid.sum(axis=2) * total, 0.0)
        # an input that a sector takes up or gives up has no log change there; one that it never uses adds nothing
        known = (np.where(found.elasticity != 0, levels, np.nan) for levels in (due, found.gamma))
        shares, distortion = (np.where(paid == 0, 0.0, paid * change(levels)).sum(axis=(2, 3)) for levels in known)
    return {
        "growth": growth,
        "technique": growth - inputs.sum(axis=2) - shares - distortion,
        **{name: inputs[..., k] for k, name in enumerate(names)},
        "output_shares": shares,
        "distortion": distortion,
    }
