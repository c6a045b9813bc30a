"""Structural change of labour productivity by several formulas beside each other.

    X = Y/L = SUM_i s_i x_i            x_i: productivity of sector i, s_i: its share of labour
    traditional       SUM s0 dx               + SUM x0 ds          + SUM dx ds             (Fabricant)
    mcmillan_rodrik   SUM s0 dx               + SUM x1 ds
    csls              SUM s0 dx               + SUM (x0 - X0) ds   + SUM (dx - dX) ds      (de Avillez 2012)
    gead              SUM r0 dx               + SUM x0 pbar ds     + SUM dx dr   + SUM x0 sbar dp
    log_mean          SUM omega dln x         + SUM omega dln s
    gead_log          SUM omega dln x         + SUM omega dln s                  + SUM omega dln p
                      within                    reallocation         interaction   price

p_i = P_i/P, r_i = p_i s_i; omega_i = L(c_i1, c_i0) / L(X1, X0) with c_i = s_i x_i (times p_i), L the logarithmic
mean. Forms in levels are divided by L(X1, X0), so that every formula adds up to the same dln X, in every year and
over years.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.growth.structure.merging import Merged, PartLevels, part_levels
from xinzhi.growth.structure.shift_share_pages import shift_share_figures, shift_share_summary, shift_share_tables
from xinzhi.language import enumerated, named, say, sentences
from xinzhi.method import Filled, Labour, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import read_quantity
from xinzhi.method.status import mark_beyond_range
from xinzhi.method.wholes import Wholes
from xinzhi.numerics.index_numbers import log_mean
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

Formula = Literal["traditional", "mcmillan_rodrik", "csls", "gead", "log_mean", "gead_log"]
PARTS: dict[str, tuple[str, ...]] = {
    "traditional": ("within", "reallocation", "interaction"),
    "mcmillan_rodrik": ("within", "reallocation"),
    "csls": ("within", "reallocation", "interaction"),
    "gead": ("within", "reallocation", "interaction", "price"),
    "log_mean": ("within", "reallocation"),
    "gead_log": ("within", "reallocation", "price"),
}
"""The parts of each formula; a term of the result is called formula_part."""

PRICED, LOGARITHMIC = ("gead", "gead_log"), ("log_mean", "gead_log")
ADDITIVE = 1e-9
"""Largest relative gap between the sum of the sectors' volumes and a published total at which they add up."""


@register("shift_share")
class ShiftShare(Method):
    """Decompose growth of labour productivity into growth within sectors and movement between them.

    Units of the panel are sectors of one or several economies.

    Parameters
    ----------
    output : str, Filled or Term
        Volume of output of the sector: a level at the prices of one year, or a chained volume.
    employment : str, Filled, Labour or Term
        Persons or hours of the sector, a level.
    nominal_output : str, Filled or None
        Output at current prices, for ``gead`` and ``gead_log``.
    total_output : str or None
        Volume of output of the whole, repeated in the rows of its sectors; the sum of the sectors by default. With
        chained volumes, which do not add up, only ``gead`` and ``gead_log`` are exact.
    economy, sector : str or None
        Label columns that name the whole and the part; one economy, and the unit itself, by default.
    formulas : tuple of formula
        At least two of ``traditional``, ``mcmillan_rodrik``, ``csls``, ``gead``, ``log_mean``, ``gead_log``.
    merge : tuple of Merged
        Sectors that are merged first, such as real estate where its employment is recorded elsewhere.

    Notes
    -----
    Which sector and which effect get the credit differs between formulas, so several stand beside each other.
    Reallocation is the static (Denison) effect of the traditional form, which credits every sector that gains
    labour; the CSLS form credits only those above the average; McMillan and Rodrik add the interaction to it. GEAD
    values labour at relative output prices; its second term is split at mean weights into labour shares and relative
    prices. Terms are log points: forms in levels are divided by the logarithmic mean of aggregate productivity, which
    leaves the proportions of the published forms unchanged. Annual terms sum to periods; comparisons of the first with
    the last year stand beside them. A zero cell of employment, or of output under a logarithmic formula, makes the
    year of the economy non_positive: merge the sector, or leave the formula out.

    References
    ----------
    Timmer, M., Szirmai, A. (2000). Structural Change and Economic Dynamics 11, 371. doi:10.1016/S0954-349X(00)00023-0
    McMillan, M. and Rodrik, D. (2011). NBER Working Paper 17143. doi:10.3386/w17143
    Tang, J. and Wang, W. (2004). Canadian Journal of Economics 37(2), 421-444. doi:10.1111/j.0008-4085.2004.00009.x
    Diewert, W. E. (2015). Journal of Productivity Analysis 43(3), 367-387

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> rows = [("farms", 1, 10, 8), ("farms", 2, 12, 6), ("factories", 1, 30, 2), ("factories", 2, 64, 4)]
    >>> frame = pd.DataFrame(rows, columns=["sector", "year", "output", "persons"])
    >>> panel = xz.Panel(frame, unit="sector", time="year")
    >>> result = ShiftShare(output="output", employment="persons", formulas=["traditional", "csls"]).fit(panel)
    >>> terms = ("growth", "traditional_within", "traditional_reallocation", "traditional_interaction")
    >>> [round(float(result.term(name)[0]), 4) for name in terms]
    [0.6419, 0.1426, 0.4903, 0.0089]
    >>> sectors = result.by_sector((1, 2))
    >>> [sectors[formula].round(1).tolist() for formula in ("traditional", "csls")]  # factories, farms
    [[60.6, 3.6], [33.5, 30.7]]
    """

    column_fields: ClassVar[tuple[str, ...]] = (
        *("output", "employment", "nominal_output", "total_output"),
        *("economy", "sector"),
    )
    output: str | Filled | Term
    employment: str | Filled | Labour | Term
    nominal_output: str | Filled | None = None
    total_output: str | None = None
    economy: str | None = None
    sector: str | None = None
    formulas: tuple[Formula, ...] = ("traditional", "mcmillan_rodrik", "csls", "log_mean")
    merge: tuple[Merged, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> "ShiftShare":
        if len(set(self.formulas)) < max(2, len(self.formulas)):
            raise ValueError(say("give at least two formulas, each once: attribution differs between them"))
        priced = [name for name in self.formulas if name in PRICED]
        if priced and self.nominal_output is None:
            raise ValueError(say("{formulas} need nominal_output", formulas=enumerated(priced)))
        return self

    @property
    def terms(self) -> dict[str, tuple[str, ...]]:
        """Return the terms of each formula."""
        return {formula: tuple(f"{formula}_{part}" for part in PARTS[formula]) for formula in self.formulas}

    def compute(self, panel: Panel, run: Run) -> "ShiftShareResult":
        """Return the terms of every formula by economy and year."""
        parts = part_levels(
            {"output": self.output, "employment": self.employment, "nominal": self.nominal_output},
            panel,
            run,
            labels=(self.economy, self.sector),
            where=say("{method} (needs levels)", method="ShiftShare"),
            merge=self.merge,
            recorded=("employment",),
        )
        wholes, common = parts.wholes, self._total(parts, panel, run)
        states = states_of(parts.cubes(), common, wholes)
        if self.total_output is not None:
            self._require_additive(states, wholes)
        years, needed = wholes.years(), self._needed(parts.values)
        status, reason = wholes.step_status(needed)
        times = wholes.panel.times
        ends = states.at(places(times, years - 1)), states.at(places(times, years))
        odd = (status == "ok") & ~((ends[0].total > 0) & (ends[1].total > 0)).ravel()
        status[odd], reason[odd] = "non_positive", say("output of the whole not positive")
        growth, contributions = decomposition(self.terms, *ends)
        terms = {"growth": growth} | {name: summed(cells) for name, cells in contributions.items()}
        mark_beyond_range(status, reason, terms.values())
        if not (status == "ok").any():
            found = say("no year has output and employment of all sectors; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        good = (status == "ok").reshape(growth.shape)
        rows_terms = {name: np.where(good, cells, np.nan).ravel() for name, cells in terms.items()}
        rows = Rows(*wholes.keys(years), rows_terms, status, reason)
        gaps = [
            check_adding_up(rows_terms["growth"], np.column_stack([rows_terms[n] for n in names]), rows, identity=name)
            for name, names in self.terms.items()
        ]
        return ShiftShareResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={"largest_gap": max(gaps), "sectors": int(wholes.parts.size)},
            warnings=parts.warnings,
            parts=parts,
            states=states,
            contributions={n: np.where(good[:, :, None], cells, np.nan) for n, cells in contributions.items()},
            at_dates=tuple(cells.reshape(states.total.shape) for cells in wholes.level_status(needed)),
        )

    def _total(self, parts: PartLevels, panel: Panel, run: Run) -> Floats | None:
        """Return the volume of each whole and time, (w, t), if it is given."""
        if self.total_output is None:
            return None
        total = read_quantity(self.total_output, panel, run).require_level(where="ShiftShare.total_output")
        return common_to_whole(parts.wholes, parts.kept(panel, total), self.total_output)

    def _needed(self, values: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return the cells that a year needs, positive where the formulas take logarithms or prices of them."""
        needed: dict[str, Floats] = {say("employment"): values["employment"]}
        output = values["output"]
        if not any(name in LOGARITHMIC for name in self.formulas):
            # negative value added is admitted in levels; without output a sector has no price
            output = np.abs(output) if any(name in PRICED for name in self.formulas) else np.abs(output) + 1.0
        needed[say("output")] = output
        if "nominal" in values and any(name in PRICED for name in self.formulas):
            positive = "gead_log" in self.formulas
            needed[say("output at current prices")] = values["nominal"] if positive else np.abs(values["nominal"]) + 1.0
        return needed

    def _require_additive(self, states: "States", wholes: Wholes) -> None:
        """Raise XZ-240 where the sectors' volumes miss the total and a formula needs that they do not."""
        additive = [name for name in self.formulas if name not in PRICED]
        gap = np.abs((states.share * states.productivity).sum(axis=2) / states.total - 1.0)
        if additive and np.nanmax(gap, initial=0.0) > ADDITIVE:
            w, t = np.unravel_index(int(np.nanargmax(gap)), gap.shape)
            found = say(
                "{whole} {year}: the sectors' volumes miss the total by {gap:.2g} of it",
                whole=named(wholes.names[w]),
                year=int(wholes.panel.times[t]),
                gap=float(gap[w, t]),
            )
            expected = say("volumes that add up, for {formulas}", formulas=enumerated(additive))
            raise DataError("XZ-240", found, where=wholes.panel.source, expected=expected)


@dataclass(frozen=True, kw_only=True, repr=False)
class ShiftShareResult(Result):
    """Terms of every formula by economy and year, log points.

    ``parts``: sectors as used; ``states``: (w, t, k) productivity, labour shares and relative prices;
    ``contributions``: (w, years, k) of each sector to each term; ``at_dates``: (w, t) status and reason of each date.
    """

    parts: PartLevels
    states: "States"
    contributions: Mapping[str, Floats]
    at_dates: tuple[Texts, ...]

    @property
    def formulas(self) -> dict[str, tuple[str, ...]]:
        """Return the terms of each formula."""
        assert isinstance(self.method, ShiftShare)
        return self.method.terms

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return say("Structural change of labour productivity, {start}–{end}", start=start, end=end)

    def endpoint_columns(self, periods: Any) -> dict[str, Any]:
        """Return the terms of the comparison of the first with the last year of each period, % a year.

        The columns are those of :meth:`period_columns`; growth is the same, its attribution is not.
        """
        out: dict[str, list[Any]] = {}
        for first, last in periods:
            self.panel.require_window((first, last), where="endpoints")
            growth, contributions, (status, reason) = self._between(first, last)
            terms = {"growth": growth} | {name: summed(cells) for name, cells in contributions.items()}
            head: dict[str, Any] = {
                "unit": self.parts.wholes.names,
                "start": [first] * growth.size,
                "end": [last] * growth.size,
            }
            rates = {name: 100.0 * cells / (last - first) for name, cells in terms.items()}
            for name, cells in (head | rates | {"status": status, "reason": reason}).items():
                out.setdefault(name, []).extend(cells)
        texts = ("unit", "status", "reason")
        return {name: np.array(cells, dtype=object if name in texts else None) for name, cells in out.items()}

    def endpoints(self, periods: Any) -> Any:
        """Return :meth:`endpoint_columns` as a frame of the caller's kind."""
        return self.panel.restore(self.endpoint_columns(periods))

    def by_sector(self, period: tuple[int, int], *, comparison: Literal["annual", "endpoints"] = "annual") -> Any:
        """Return each sector's part in a period, % a year of the economy.

        Columns ``unit`` (economy), ``sector``, ``share_start``, ``share_end`` (of labour), ``productivity`` (its own
        growth, % a year), one per term, and one per formula: the sum of its terms.
        """
        self.panel.require_window(period, where="by_sector")
        wholes, (first, last), times = self.parts.wholes, period, self.parts.panel.times
        if comparison == "endpoints":
            _, terms, _ = self._between(first, last)
        else:
            inside = np.flatnonzero((wholes.years() > first) & (wholes.years() <= last))
            terms = {name: cells[:, inside].sum(axis=1) for name, cells in self.contributions.items()}
        w, k = np.nonzero(wholes.belongs)
        place = places(times, np.array([first, last]))
        share, own = (cells[:, place] for cells in (self.states.share, self.states.productivity))
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            growth = np.log(own[w, 1, k] / own[w, 0, k])
        rate = 100.0 / (last - first)
        out: dict[str, Any] = {"unit": wholes.names[w], "sector": wholes.parts[k]}
        out |= {"share_start": share[w, 0, k], "share_end": share[w, 1, k], "productivity": rate * growth}
        out |= {name: rate * cells[w, k] for name, cells in terms.items()}
        return out | {formula: sum(out[name] for name in names) for formula, names in self.formulas.items()}

    def _between(self, first: int, last: int) -> tuple[Floats, dict[str, Floats], tuple[Texts, Texts]]:
        """Return growth, (w,), and contributions, (w, k), between two dates, with status and reason, (w,)."""
        start, end = places(self.parts.panel.times, np.array([first, last]))
        growth, terms = decomposition(self.formulas, self.states.at(start), self.states.at(end))
        (at_start, at_end), (why_start, why_end) = ((words[:, start], words[:, end]) for words in self.at_dates)
        status, reason = np.where(at_start != "ok", at_start, at_end), np.where(at_start != "ok", why_start, why_end)
        lost = (status == "ok") & ~np.isfinite(growth)
        status[lost], reason[lost] = "non_positive", say("output of the whole not positive")
        mark_beyond_range(status, reason, [summed(cells) for cells in terms.values()])
        good = status == "ok"
        kept = {name: np.where(good[:, None], cells, np.nan) for name, cells in terms.items()}
        return np.where(good, growth, np.nan), kept, (status, reason)

    def methods_text(self) -> str:
        """Return the method in words, with the sectors that were merged."""
        rules = getattr(self.method, "merge", ())
        told = say("Merged: {rules}.", rules=enumerated([rule.words() for rule in rules])) if rules else ""
        return sentences(super().methods_text(), told)

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the formulas beside each other, year by year and between end points, and the sectors behind them."""
        return shift_share_tables(self, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the formulas beside each other."""
        return shift_share_figures(self, view)

    def summary(self, view: View | None = None) -> str:
        """Return growth and the range of its attribution."""
        return shift_share_summary(self, view)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class States:
    """Sectors at dates, (..., k) unless stated; zero where a sector does not belong, NaN where a cell is missing.

    ``productivity``: x_i; ``share``: s_i of labour; ``price``: P_i / P, one where no prices are known; ``total``:
    (...,) aggregate productivity X; ``belongs``: (..., k).
    """

    productivity: Floats
    share: Floats
    price: Floats
    total: Floats
    belongs: Bools

    def at(self, place: Ints) -> "States":
        """Return the dates at some places of the second axis; NaN where a place is -1."""

        def taken(cells: Floats) -> Floats:
            return np.concatenate([cells, np.full_like(cells[:, :1], np.nan)], axis=1)[:, place]

        productivity, share, price, total = map(taken, (self.productivity, self.share, self.price, self.total))
        return States(productivity, share, price, total, self.belongs[:, np.zeros_like(place)])


def states_of(cubes: Mapping[str, Floats], total_output: Floats | None, wholes: Wholes) -> States:
    """Return productivity, labour shares and relative prices of (w, t, k) levels.

    ``cubes``: ``output``, ``employment`` and, where prices are known, ``nominal``; ``total_output``: (w, t) volume of
    the whole, None for the sum.
    """
    there = np.broadcast_to(wholes.belongs[:, None, :], cubes["output"].shape)
    cells = {name: np.where(there, cube, 0.0) for name, cube in cubes.items()}
    output, employment = cells["output"], cells["employment"]
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        labour = employment.sum(axis=2)
        volume = output.sum(axis=2) if total_output is None else total_output
        price = np.ones_like(output)
        if "nominal" in cells:
            price = cells["nominal"] / output / (cells["nominal"].sum(axis=2) / volume)[:, :, None]
        parts = (output / employment, employment / labour[:, :, None], price)
        productivity, share, price = (np.where(there, part, 0.0) for part in parts)
        return States(productivity, share, price, volume / labour, there)


def decomposition(
    formulas: Mapping[str, tuple[str, ...]], start: States, end: States
) -> tuple[Floats, dict[str, Floats]]:
    """Return dln X, (...,), and each sector's part in the terms of the formulas, (..., k), log points."""
    out: dict[str, Floats] = {}
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        growth = np.log(end.total / start.total)
        mean = np.where(np.isfinite(growth), log_mean(end.total, start.total), np.nan)[..., None]
        for formula, names in formulas.items():
            parts = FORMS[formula](start, end)
            for name, part in zip(names, parts, strict=True):
                out[name] = np.where(start.belongs, part / mean, 0.0)
    return growth, out


def summed(cells: Floats) -> Floats:
    """Return (..., k) parts summed over sectors, (...,); not finite where they are beyond the range of numbers."""
    with np.errstate(over="ignore", invalid="ignore"):
        total: Floats = cells.sum(axis=-1)
    return total


def traditional(start: States, end: States) -> tuple[Floats, ...]:
    """Return within, static and dynamic effects: s0 dx, x0 ds, dx ds."""
    dx, ds = end.productivity - start.productivity, end.share - start.share
    return start.share * dx, start.productivity * ds, dx * ds


def mcmillan_rodrik(start: States, end: States) -> tuple[Floats, ...]:
    """Return within and structural change: s0 dx, x1 ds."""
    return start.share * (end.productivity - start.productivity), end.productivity * (end.share - start.share)


def csls(start: States, end: States) -> tuple[Floats, ...]:
    """Return within, level and growth effects of reallocation, each sector against the average."""
    dx, ds = end.productivity - start.productivity, end.share - start.share
    away, faster = start.productivity - start.total[..., None], dx - (end.total - start.total)[..., None]
    return start.share * dx, away * ds, faster * ds


def gead(start: States, end: States) -> tuple[Floats, ...]:
    """Return pure productivity, labour share, interaction and relative price effects."""
    dx, ds, dp = end.productivity - start.productivity, end.share - start.share, end.price - start.price
    moved = 0.5 * (start.price + end.price) * ds
    priced = 0.5 * (start.share + end.share) * dp
    x = start.productivity
    return start.price * start.share * dx, x * moved, dx * (moved + priced), x * priced


def log_forms(start: States, end: States, *, priced: bool) -> tuple[Floats, ...]:
    """Return within and between (and relative prices) at logarithmic mean weights of c = s x (p)."""
    names = ("productivity", "share", "price") if priced else ("productivity", "share")
    before, after = ([getattr(state, name) for name in names] for state in (start, end))
    weight = log_mean(np.prod(after, axis=0), np.prod(before, axis=0))
    return tuple(weight * np.log(b / a) for a, b in zip(before, after, strict=True))


FORMS: dict[str, Callable[[States, States], tuple[Floats, ...]]] = {
    "traditional": traditional,
    "mcmillan_rodrik": mcmillan_rodrik,
    "csls": csls,
    "gead": gead,
    "log_mean": lambda start, end: log_forms(start, end, priced=False),
    "gead_log": lambda start, end: log_forms(start, end, priced=True),
}


def places(times: Ints, years: Ints) -> Ints:
    """Return the place of each year among the times, -1 where it is not among them."""
    found = np.searchsorted(times, years)
    inside = np.minimum(found, times.size - 1)
    return np.where(times[inside] == years, inside, -1)


def common_to_whole(wholes: Wholes, values: Floats, column: str) -> Floats:
    """Return a column that is repeated in the parts of a whole, (w, t); NaN where no part has it.

    Raises
    ------
    DataError
        The parts of a whole disagree (XZ-242).
    """
    cube = wholes.cube(values)
    low, high = (np.where(np.isnan(cube), edge, cube) for edge in (np.inf, -np.inf))
    least, most = low.min(axis=2), high.max(axis=2)
    odd = np.argwhere(np.isfinite(least) & (most - least > 1e-9 * np.abs(most)))
    if odd.size:
        w, t = odd[0]
        found = say(
            "column {column!r}: {low:g} to {high:g} among the parts of {whole} in {year}",
            column=column,
            low=float(least[w, t]),
            high=float(most[w, t]),
            whole=named(wholes.names[w]),
            year=int(wholes.panel.times[t]),
        )
        raise DataError("XZ-242", found, where=wholes.panel.source, expected=say("one number for the whole"))
    return np.where(np.isfinite(least), least, np.nan)
