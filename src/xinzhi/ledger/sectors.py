"""The ledger of labour productivity by sector across economies: best practice where it is measured best.

dln X = SUM omega_i dln x_i + SUM omega_i dln s_i        omega_i = L(s_i1 x_i1, s_i0 x_i0) / L(X1, X0)
ln A_ijt = ln x_ijt - ln x_ij,base + ln [VA / PPP / L]_ij,base       level of sector i in economy j
B_it     = mean of the m largest ln A_ijt,  m = max(5, ceil(n / 10))
technology = SUM omega_i dB_i     catch-up = SUM omega_i (dln x_i - dB_i)     between = SUM omega_i dln s_i
REALL_L    = sbar_L between                              what moving labour gave to TFP, at one labour share
"""

from dataclasses import dataclass
from math import ceil
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field as Setting

from xinzhi.compute import Run
from xinzhi.errors import DataError, EstimationError
from xinzhi.frontier.best_practice import mean_of_best
from xinzhi.frontier.reference import SMALLEST
from xinzhi.growth.accounts import not_computed
from xinzhi.growth.structure.merging import Merged, PartLevels, part_levels
from xinzhi.growth.structure.shift_share import States, common_to_whole, places, states_of, summed
from xinzhi.language import enumerated, named, say, sentences
from xinzhi.method import Field, Filled, Labour, Method, Result, Rows, Table, Term, Value, View, register
from xinzhi.method.base import role
from xinzhi.method.chart_rows import chart_columns, told
from xinzhi.method.result import check_adding_up
from xinzhi.method.roles import ShareOf, read_quantity, read_share
from xinzhi.method.status import mark_beyond_range
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.method.wholes import Wholes
from xinzhi.numerics.index_numbers import log_mean
from xinzhi.panel import Panel
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

PARTS = ("technology", "catch_up", "between")


@role("sector_levels")
class SectorLevels(Value):
    """Levels of labour productivity by sector in one year, comparable between economies.

    Parameters
    ----------
    value_added : str
        Value added at current prices in national currency.
    ppp : str
        Price level of the sector's value added: national currency per unit of common currency.
    employment : str
        Persons, of the source of the levels.
    base : int
        The year in which the three are read; it must lie in the data, where growth starts from it.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("value_added", "ppp", "employment")
    value_added: str
    ppp: str
    employment: str
    base: int


@role("other_source")
class OtherSource(Value):
    """Another source's totals of the economy, repeated in the rows of its sectors.

    Parameters
    ----------
    output, employment : str
        Real output and persons: growth of output per person is set beside that of the sectors.
    tfp : str or None
        Its index of TFP, inside which the reallocation of labour lies.
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "employment", "tfp")
    output: str
    employment: str
    tfp: str | None = None


@register("sector_ledger")
class SectorLedger(Method):
    """Account for growth of labour productivity by best practice of sectors, catching up, and movement between sectors.

    Units of the panel are sectors of several economies.

    Parameters
    ----------
    output : str, Filled or Term
        Value added of the sector at constant prices: growth within the sector.
    employment : str, Filled, Labour or Term
        Persons or hours of the sector.
    levels : SectorLevels
        Productivity levels that compare economies in a base year.
    economy, sector : str
        Label columns that name the whole and the part.
    fewest : int
        Least number of economies that are averaged as best practice of a sector; a tenth of them where that is more.
    labour_share : number, str, Share, UnitMean or None
        Labour's share of the economy, repeated in the rows of its sectors: gives the reallocation of labour inside TFP.
    other : OtherSource or None
        Another source's totals; the discrepancy is printed.
    merge : tuple of Merged
        Sectors that are merged first.
    window : (first, last) or None
        Years; all years of the panel by default. The reference set is fixed once by it.

    Notes
    -----
    Labour only: technology and catch-up contain capital per worker. Best practice of a sector is the mean of its most
    productive economies, picked anew each year among those that have every sector in every year of the window and a
    level in the base year; other economies are evaluated and cannot define it. Levels of the base year are extended by
    growth at national prices. Sectors are weighed by logarithmic means, so that the three terms add up in every year
    and over years. The reallocation of labour is the movement between sectors times the labour share: the part of it
    that lies inside TFP. Growth of two sources differs; the discrepancy is a column of its own and is not spread over
    the others.

    References
    ----------
    Caselli, F. (2005). Handbook of Economic Growth 1A, 679-741. doi:10.1016/S1574-0684(05)01009-9
    Rodrik, D. (2013). Quarterly Journal of Economics 128(1), 165-204. doi:10.1093/qje/qjs047

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> import xinzhi as xz
    >>> draw = np.random.default_rng(1)
    >>> rows = [(f"E{j:02d}|{s}", f"E{j:02d}", s, t) for j in range(12) for s in ("farms", "shops") for t in (1, 2)]
    >>> frame = pd.DataFrame(rows, columns=["unit", "economy", "sector", "year"])
    >>> frame["output"], frame["persons"] = draw.uniform(1, 2, (2, len(frame)))
    >>> frame["nominal"], frame["ppp"] = 3.0 * frame["output"], 3.0
    >>> levels = SectorLevels(value_added="nominal", ppp="ppp", employment="persons", base=1)
    >>> method = SectorLedger(output="output", employment="persons", levels=levels, economy="economy", sector="sector")
    >>> result = method.fit(xz.Panel(frame, unit="unit", time="year"))
    >>> parts = sum(result.term(name) for name in ("technology", "catch_up", "between"))
    >>> np.allclose(result.term("growth"), parts)
    True
    """

    column_fields: ClassVar[tuple[str, ...]] = ("output", "employment", "economy", "sector", "labour_share")
    output: str | Filled | Term
    employment: str | Filled | Labour | Term
    levels: SectorLevels
    economy: str
    sector: str
    fewest: Annotated[int, Setting(ge=1)] = 5
    labour_share: ShareOf | None = None
    other: OtherSource | None = None
    merge: tuple[Merged, ...] = ()
    window: tuple[int, int] | None = None

    def compute(self, panel: Panel, run: Run) -> "SectorLedgerResult":
        """Return the ledger by economy and year."""
        window = self.window or (int(panel.times[0]), int(panel.times[-1]))
        panel.require_window(window, where="SectorLedger.window")
        parts = self._levels(panel, run)
        wholes, cubes = parts.wholes, parts.cubes()
        states = states_of({name: cubes[name] for name in ("output", "employment")}, None, wholes)
        place = places(wholes.panel.times, np.array([self.levels.base]))[0]
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            base = cubes["base_output"][:, place] / cubes["base_employment"][:, place]
        logs = levels_of(states, base, place)
        practice = self._best_practice(logs, wholes, window)
        years = wholes.years(window)
        before, end = (places(wholes.panel.times, at) for at in (years - 1, years))
        growth, contributions = sector_terms(
            states.at(before), states.at(end), practice.best[end] - practice.best[before]
        )
        terms = {"growth": growth} | {name: summed(contributions[name]) for name in PARTS}
        terms |= self._beside(terms, self._common(panel, parts), before, end)
        needed: dict[str, Floats] = {
            say("output"): parts.values["output"],
            say("employment"): parts.values["employment"],
        }
        status, reason = wholes.step_status(needed, window)
        mark_beyond_range(status, reason, [terms[name] for name in ("growth", *PARTS)])
        _mark_absent(status, reason, terms)
        if not (status == "ok").any():
            found = say("no year has all sectors and their levels; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", found, where=panel.source)
        good = status == "ok"
        kept = {name: np.where(good, cells.ravel(), np.nan) for name, cells in terms.items()}
        rows = Rows(*wholes.keys(years), kept, status, reason)
        terms_ = np.column_stack([kept[name] for name in PARTS])
        identity = say("growth = technology + catch-up + between")
        return SectorLedgerResult(
            method=self,
            panel=panel,
            rows=rows,
            diagnostics={
                "largest_gap": check_adding_up(kept["growth"], terms_, rows, identity=identity),
                "reference": wholes.names[practice.members].tolist(),
                "best": practice.counts,
            },
            warnings=parts.warnings,
            parts=parts,
            states=states,
            practice=practice,
            contributions={
                name: np.where(good.reshape(growth.shape)[:, :, None], cells, np.nan)
                for name, cells in contributions.items()
            },
        )

    def _levels(self, panel: Panel, run: Run) -> PartLevels:
        """Return output and employment, and both of the source of the levels, with parts merged."""
        if self.levels.base not in panel.times:
            found = say("base year {year} of the levels", year=self.levels.base)
            expected = say("a year from {first} to {last}", first=panel.times[0], last=panel.times[-1])
            raise DataError("XZ-208", found, where=panel.source, expected=expected)
        where = say("{method} (needs levels)", method="SectorLedger")
        added, ppp = (
            read_quantity(column, panel, run).require_level(where=where)
            for column in (self.levels.value_added, self.levels.ppp)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            real = np.where(ppp > 0, added / ppp, np.nan)
        return part_levels(
            {"output": self.output, "employment": self.employment, "base_employment": self.levels.employment},
            panel,
            run,
            labels=(self.economy, self.sector),
            where=where,
            merge=self.merge,
            recorded=("employment", "base_employment"),
            more={"base_output": real},
        )

    def _best_practice(self, logs: Floats, wholes: Wholes, window: tuple[int, int]) -> "Practice":
        """Return best practice of every sector; XZ-302 where too few economies can carry it."""
        inside = (wholes.panel.times >= window[0]) & (wholes.panel.times <= window[1])
        there = np.isfinite(logs) | ~wholes.belongs[:, None, :]
        members: Bools = np.all(there[:, inside], axis=(1, 2)) & (int(inside.sum()) == window[1] - window[0] + 1)
        if members.sum() < max(SMALLEST, self.fewest):
            raise EstimationError(
                "XZ-302",
                say(
                    "{members} of {all} economies have every sector in every year, and levels",
                    members=int(members.sum()),
                    all=members.size,
                ),
                where="SectorLedger.window",
                expected=say("at least {count} economies", count=max(SMALLEST, self.fewest)),
            )
        return best_practice(logs, members, wholes.belongs, self.fewest)

    def _common(self, panel: Panel, parts: PartLevels) -> dict[str, Floats]:
        """Return what is said of the whole economy, (w, t) each: labour share, and the other source's totals."""
        columns: dict[str, Floats] = {}
        if self.labour_share is not None:
            columns["labour_share"] = read_share(self.labour_share, panel)
        if self.other is not None:
            named_ = {"output": self.other.output, "employment": self.other.employment, "tfp": self.other.tfp}
            columns |= {name: panel.values(column) for name, column in named_.items() if column is not None}
        return {name: common_to_whole(parts.wholes, parts.kept(panel, cells), name) for name, cells in columns.items()}

    def _beside(
        self, terms: dict[str, Floats], common: dict[str, Floats], before: Ints, end: Ints
    ) -> dict[str, Floats]:
        """Return what stands beside the ledger: the reallocation of labour, the other source and the discrepancy."""
        ends = {name: (at(cells, before), at(cells, end)) for name, cells in common.items()}
        out: dict[str, Floats] = {}
        if "labour_share" in ends:
            out["reallocation_labour"] = 0.5 * np.add(*ends["labour_share"]) * terms["between"]
        with np.errstate(invalid="ignore", divide="ignore"):
            if "output" in ends:
                (y0, y1), (l0, l1) = ends["output"], ends["employment"]
                out["other_growth"] = np.log(y1 / y0) - np.log(l1 / l0)
                out["discrepancy"] = out["other_growth"] - terms["growth"]
            if "tfp" in ends:
                out["other_tfp"] = np.log(ends["tfp"][1] / ends["tfp"][0])
        return out


@dataclass(frozen=True, kw_only=True, repr=False)
class SectorLedgerResult(Result):
    """The ledger by economy and year, log points.

    ``parts``: sectors as used; ``states``: their productivity and labour shares; ``practice``: best practice;
    ``contributions``: (w, years, k) of each sector to technology, catch-up and between.
    """

    parts: PartLevels
    states: States
    practice: "Practice"
    contributions: dict[str, Floats]

    @property
    def title(self) -> str:
        """Return the heading."""
        start, end = self.span()
        return say("Ledger of labour productivity by sector, {start}–{end}", start=start, end=end)

    def by_sector(self, period: tuple[int, int]) -> dict[str, Any]:
        """Return each sector's part in a period, % a year of the economy.

        Columns ``unit`` (economy), ``sector``, ``gap_start``, ``gap_end`` (its productivity over best practice, per
        cent), ``technology``, ``catch_up``, ``between``.
        """
        self.panel.require_window(period, where="by_sector")
        wholes, times = self.parts.wholes, self.parts.panel.times
        years = wholes.years(self.span())
        inside = np.flatnonzero((years > period[0]) & (years <= period[1]))
        w, k = np.nonzero(wholes.belongs)
        gaps = 100.0 * np.exp(self.practice.gap[:, places(times, np.array(period))])
        out: dict[str, Any] = {"unit": wholes.names[w], "sector": wholes.parts[k]}
        out |= {"gap_start": gaps[w, 0, k], "gap_end": gaps[w, 1, k]}
        rate = 100.0 / (period[1] - period[0])
        return out | {name: rate * self.contributions[name][:, inside].sum(axis=1)[w, k] for name in PARTS}

    def methods_text(self) -> str:
        """Return the method in words, with the reference set and the sectors that were merged."""
        rules = getattr(self.method, "merge", ())
        merged = say("Merged: {rules}.", rules=enumerated([rule.words() for rule in rules])) if rules else ""
        return sentences(super().methods_text(), merged, self._reference())

    def _reference(self) -> str:
        units = [named(unit) for unit in self.diagnostics["reference"]]
        return say("Reference set of {count}: {units}.", count=len(units), units=enumerated(units))

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the ledger, the sectors of the first period, who leads each sector, merged parts."""
        units, periods = self.chosen(view)
        ledger = self.mean_rates(self.title, view, name="ledger", notes=[self._reference()])
        return [ledger, self._sectors(units, periods[0]), self._leaders(periods[0]), *self.parts.tables(units)]

    def _sectors(self, units: list[str], period: tuple[int, int]) -> Table:
        """Return the sectors of the chosen economies: distance to best practice, and contributions."""
        columns, rank = self.by_sector(period), {unit: k for k, unit in enumerate(units)}
        rows = sorted(
            (i for i, unit in enumerate(columns["unit"]) if unit in rank), key=lambda i: rank[columns["unit"][i]]
        )
        cells: dict[str, Any] = {name: values[rows] for name, values in columns.items()}
        for name in ("unit", "sector"):
            cells[name] = [named(of) for of in cells[name]]
        gap = say("Productivity, best practice = 100")
        fields = [
            Field("unit", label("unit")),
            Field("sector", say("Sector")),
            Field("gap_start", str(period[0]), 1, gap),
            Field("gap_end", str(period[1]), 1, gap),
            *(Field(name, label(name), 3, say("Contribution to growth")) for name in PARTS),
        ]
        title = say("Sectors against best practice, {start}–{end}", start=period[0], end=period[1])
        return Table.of("sectors", title, fields, cells, unit=say("per cent a year"))

    def _leaders(self, period: tuple[int, int]) -> Table:
        """Return who defines best practice of each sector in the first and the last year."""
        wholes, rows = self.parts.wholes, []
        for k, sector in enumerate(wholes.parts.tolist()):
            lists = []
            for place in places(self.parts.panel.times, np.array(period)):
                lead = self.practice.leading(int(place), k)
                lists.append(enumerated([named(wholes.names[w]) for w in lead]))
            rows.append((named(sector), self.practice.counts[k], *lists))
        fields = [
            Field("sector", say("Sector")),
            Field("count", say("Economies averaged"), 0),
            Field("first", str(period[0]), 0, say("Best practice")),
            Field("last", str(period[1]), 0, say("Best practice")),
        ]
        columns = {field.key: [row[k] for row in rows] for k, field in enumerate(fields)}
        return Table.of("leaders", say("Who defines best practice, by sector"), fields, columns)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the ledger of the first period as cascades."""
        from xinzhi.method.charts import Labels, waterfall

        units, periods = self.chosen(view)
        columns = self.period_columns(periods[:1])
        good = set(columns["unit"][columns["status"] == "ok"])
        drawn = [unit for unit in units if unit in good][:12]
        if not drawn:
            return []
        first = chart_columns(columns, drawn, periods[:1], list(PARTS))
        words = told(first["unit"], first["total"], say("growth"))
        title = say("Labour productivity by sector: sources, {start}–{end}", start=periods[0][0], end=periods[0][1])
        labels = Labels(name="waterfall", title=title, description=words)
        return [waterfall(labels, units=first["unit"], terms=first["terms"], total=first["total"])]

    def summary(self, view: View | None = None) -> str:
        """Return the ledger of the chosen economies in words."""
        units, periods = self.chosen(view)
        columns, lines = self.period_columns(periods[:1]), []
        for unit in units[:12]:
            row = int(np.flatnonzero(columns["unit"] == unit)[0])
            if columns["status"][row] != "ok":
                lines.append(not_computed(unit, columns["reason"][row]))
                continue
            growth, technology, catch_up, between = (shown(columns[n][row], 2) for n in ("growth", *PARTS))
            line = say(
                "{unit}: labour productivity grew by {growth} % a year in {start}–{end}: technology {technology}, "
                "catch-up {catch_up}, between sectors {between}.",
                unit=named(unit),
                growth=growth,
                start=periods[0][0],
                end=periods[0][1],
                technology=technology,
                catch_up=catch_up,
                between=between,
            )
            lines.append(line)
        return "\n".join(lines)


def _mark_absent(status: Texts, reason: Texts, terms: dict[str, Floats]) -> None:
    """Give a status and a reason to rows without a labour share or without the other source."""
    other = say("no figures of the other source")
    for name, why in (("reallocation_labour", say("no labour share")), ("other_growth", other), ("other_tfp", other)):
        if name in terms:
            lost = (status == "ok") & ~np.isfinite(terms[name]).ravel()
            status[lost], reason[lost] = "missing_data", why


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Practice:
    """Best practice by sector.

    ``logs``: (w, t, k) ln A; ``best``: (t, k) B; ``members``: (w,) the reference set; ``counts``: (k) economies
    averaged; ``belongs``: (w, k).
    """

    logs: Floats
    best: Floats
    members: Bools
    counts: list[int]
    belongs: Bools

    @property
    def gap(self) -> Floats:
        """Return ln A - B, (w, t, k)."""
        return self.logs - self.best

    def leading(self, place: int, sector: int) -> Ints:
        """Return the wholes that define best practice of a sector at a place of the times, the best first."""
        pool = np.flatnonzero(self.members & self.belongs[:, sector])
        order = np.argsort(-self.logs[pool, place, sector], kind="stable")
        return pool[order[: self.counts[sector]]]


def levels_of(states: States, base: Floats, place: int) -> Floats:
    """Return ln A, (w, t, k): growth of (w, t, k) productivity from the levels (w, k) of the date at ``place``."""
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        own = np.log(states.productivity)
        level = np.log(np.where(base > 0, base, np.nan))
        logs: Floats = own - own[:, [place]] + level[:, None, :]
    return np.where(np.isfinite(logs), logs, np.nan)


def best_practice(logs: Floats, members: Bools, belongs: Bools, fewest: int) -> Practice:
    """Return the mean of the best economies of each sector and date; a tenth of them, at least ``fewest``."""
    best, counts = np.full(logs.shape[1:], np.nan), []
    for k in range(logs.shape[2]):
        pool = members & belongs[:, k]
        counts.append(max(fewest, ceil(0.1 * int(pool.sum()))))
        best[:, k] = mean_of_best(logs[pool, :, k].T, counts[-1])
    return Practice(logs, best, members, counts, belongs)


def sector_terms(start: States, end: States, moved: Floats) -> tuple[Floats, dict[str, Floats]]:
    """Return dln X, (w, years), and each sector's technology, catch-up and between, (w, years, k), log points.

    ``moved``: (years, k) changes of best practice.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        own, between = (np.log(getattr(end, n) / getattr(start, n)) for n in ("productivity", "share"))
        growth = np.log(end.total / start.total)
        parts = log_mean(end.share * end.productivity, start.share * start.productivity)
        mean = np.where(np.isfinite(growth), log_mean(end.total, start.total), np.nan)
        weight = parts / mean[:, :, None]
        terms = {"technology": weight * moved, "catch_up": weight * (own - moved), "between": weight * between}
    return growth, {name: np.where(start.belongs, cells, 0.0) for name, cells in terms.items()}


def at(cells: Floats, place: Ints) -> Floats:
    """Return (w, t) cells at places of the times, NaN where a place is -1."""
    return np.concatenate([cells, np.full_like(cells[:, :1], np.nan)], axis=1)[:, place]
