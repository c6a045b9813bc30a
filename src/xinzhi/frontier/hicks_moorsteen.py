"""Hicks-Moorsteen productivity index: growth of outputs over growth of inputs, each measured by distances.

ln Q = 1/2 ln [D_O^0(x0, y1) / D_O^0(x0, y0)] + 1/2 ln [D_O^1(x1, y1) / D_O^1(x1, y0)]
ln X = 1/2 ln [D_I^0(x1, y0) / D_I^0(x0, y0)] + 1/2 ln [D_I^1(x1, y1) / D_I^1(x0, y1)]
ln HM = ln Q - ln X                           D: Shephard distances; 0, 1: the year before and the end of a step
TFP* of both years: the largest Q / X of their technologies, by the aggregates of year 0 and of year 1
ln HM = change of ln TFP* + change of ln TFPE;  TFPE = OTE OME ROSE = OTE OSE RME, and its input side
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.frontier.distances import data_status, infeasible_warning
from xinzhi.frontier.efficiencies import (
    EFFICIENT,
    ORIENTATIONS,
    Aggregator,
    Goods,
    Place,
    absent_terms,
    check_parts,
    first_trouble,
    log,
    mixed,
    most_productive,
    one_mix,
    placed,
    productivity_summary,
    productivity_tables,
    productivity_terms,
    support,
)
from xinzhi.frontier.engine import Returns, Technology
from xinzhi.frontier.goods import Goods as PanelGoods
from xinzhi.frontier.goods import read_goods
from xinzhi.frontier.productivity import of_the_year
from xinzhi.frontier.technology import (
    Biennial,
    FixedBase,
    Global,
    TechnologyRule,
    Window,
    filled_references,
    pieces,
    reference_rows,
    rule_of,
    score_memory,
    scores,
)
from xinzhi.language import Text, named, say
from xinzhi.method import Method, Quantity, Result, Rows, Table, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.roles import period_warnings
from xinzhi.method.status import gap_warnings
from xinzhi.panel import Panel, Steps
from xinzhi.panel.panel import Bools, Floats, Ints, Texts

CELLS: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0),
    (1, 1, 1),
    (0, 0, 0),
    (0, 0, 1),
    (0, 1, 0),
    (1, 1, 1),
    (1, 1, 0),
    (1, 0, 1),
)
"""Distances of a step: year of the technology, of the inputs and of the outputs, 0 the year before, 1 the end.

The first two are under the technologies of the years, the others under those of the aggregates of each year: own
observation, outputs of the other year, inputs of the other year."""

OWN_CELLS = 2
"""How many of them are under the technologies of the years."""

INDEX = ("tfp", "output_quantity", "input_quantity")
"""Terms that need the distances alone."""


@register("hicks_moorsteen")
class HicksMoorsteen(Method):
    """Measure productivity change as output growth less input growth, and split it into technology and efficiency.

    Parameters
    ----------
    inputs, outputs : tuple of str, Capital, Labour or Term
        Levels comparable between units; a growth index is refused.
    returns : "crs", "vrs", "drs", "irs" or (lower, upper)
        Returns to scale of the technologies; the index and its technical efficiencies depend on them.
    technology : "contemporaneous", "sequential", "global", "biennial", Sequential, Global, Biennial, Window, FixedBase
        The years whose reference units span the technology of a year. Under one technology of all years, of the two
        years of the step or of a base year the index is that of the aggregates of this technology; the largest
        productivity and efficiency are those of the years alone, as in :class:`~xinzhi.frontier.malmquist.Malmquist`.
    reference : tuple of str or None
        Units that span the technology; all by default. All units are evaluated.
    aggregator : "distances" or "prices"
        "distances" is the index of Bjurek. "prices" adds goods up at the shadow prices of the mixed observations
        (outputs of the other year with own inputs, inputs of the other year with own outputs), as the R package
        productivity does: another index wherever the frontier has other prices at the own observation.
    window : (first, last) or None
        Only steps inside are computed.

    Notes
    -----
    The index needs no orientation and is complete: output growth over input growth. It is not transitive: terms
    summed over years are chained. A unit that belongs to its own reference set always has an index, whatever the
    returns. Levels of productivity and of efficiency are compared with one aggregate per year, and the geometric
    mean of both comparisons is reported, as O'Donnell does. By distances the largest productivity is that of a
    reference unit, and the best mix of several outputs (inputs) is no linear programme: mix efficiency and residual
    scale efficiency are then absent, and their product, scale-mix efficiency, is there. At prices all parts are there,
    but prices are not unique where a mixed observation meets the frontier at a corner, as it often does for efficient
    units, which share their inputs or outputs with it: such steps are counted, and ``comparisons()`` has them. Scores
    above the frontier are possible for units outside the reference set. A step whose largest productivity is infinite
    (a good that only other units can make) keeps its index and has no decomposition. Units invariant, and a duplicate
    changes nothing; at prices, where they are unique.

    References
    ----------
    Bjurek, H. (1996). Scandinavian Journal of Economics 98(2), 303-313. doi:10.2307/3440861
    O'Donnell, C. J. (2010). Australian Journal of Agricultural and Resource Economics 54(4), 527-560. doi:10.1111/j.1467-8489.2010.00512.x
    O'Donnell, C. J. (2012). Journal of Productivity Analysis 38(3), 255-272. doi:10.1007/s11123-012-0275-1
    Briec, W. and Kerstens, K. (2011). The Manchester School 79(4), 765-775. doi:10.1111/j.1467-9957.2010.02169.x

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"j": list("AABB"), "t": [0, 1] * 2, "x": [10.0, 12, 28, 26], "y": [5.0, 6, 7, 8]})
    >>> panel = xz.Panel(frame, unit="j", time="t")
    >>> result = HicksMoorsteen(inputs=["x"], outputs=["y"], returns="crs").fit(panel)
    >>> [round(float(change), 6) for change in result.indices()["tfp"]]
    [1.0, 1.230769]
    """  # noqa: E501

    inputs: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    returns: Returns = "vrs"
    technology: TechnologyRule = "contemporaneous"
    reference: tuple[str, ...] | None = None
    aggregator: Aggregator = "distances"
    window: tuple[int, int] | None = None
    column_fields = ("inputs", "outputs")

    @model_validator(mode="after")
    def _index_exists(self) -> "HicksMoorsteen":
        rule = rule_of(self.technology)
        if isinstance(rule, Window) and rule.scored == "all":
            raise ValueError(say("an index needs one technology a year: Window(scored='end')"))
        return self

    @property
    def one_technology(self) -> bool:
        """Return whether the goods of a step are added up under one technology, not under those of its two years."""
        return isinstance(rule_of(self.technology), Global | Biennial | FixedBase)

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes the computation takes: rows, and the largest chunk of programmes."""
        chunk = score_memory(panel, every_year=self.technology != "contemporaneous", paths=True)
        return super().memory(panel, workers=workers) + workers * chunk

    def compute(self, panel: Panel, run: Run) -> "HicksMoorsteenResult":
        """Return the index and its parts by step."""
        if self.window is not None:
            panel.require_window(self.window, where="HicksMoorsteen.window")
        goods = read_goods(self.inputs, self.outputs, panel, run, where="HicksMoorsteen")
        common = reference_rows(goods, panel, self.reference, self.technology, where="HicksMoorsteen")
        own = common
        if self.one_technology:
            alone = of_the_year(self.technology)
            own = reference_rows(goods, panel, self.reference, alone, where="HicksMoorsteen")
        steps = panel.steps(self.window)
        status, reason = data_status(panel, steps, goods)
        whole = np.flatnonzero(status == "ok")
        if not whole.size:
            none = say("no step has all inputs and outputs; first: {reason}", reason=reason[0])
            raise DataError("XZ-206", none, where=panel.source)
        spanned = self._spanned(goods, own, common, run)
        found = self._compared(goods, panel, (steps.before[whole], steps.end[whole]), spanned, run)
        terms, comparisons = step_terms(found, whole, m=steps.end.size)
        infeasible = judge(
            panel, steps, found=found, whole=whole, status=status, reason=reason, common=self.one_technology
        )
        absent = absent_terms(self.aggregator, (goods.x.shape[1], goods.y.shape[1]))
        terms = {name: values for name, values in terms.items() if name not in absent}
        for name in set(terms) - set(INDEX):
            terms[name][status != "ok"] = np.nan
        rows = Rows(panel.unit_names[steps.end], panel.when[steps.end], terms, status, reason)
        years = sorted({int(panel.when[row]) for ends in (steps.before[whole], steps.end[whole]) for row in ends})
        return HicksMoorsteenResult(
            method=self,
            panel=panel,
            rows=rows,
            changes=comparisons,
            absent=absent,
            unique=np.isin(np.arange(steps.end.size), whole[found.unique]),
            log=goods.log,
            warnings=(
                *filled_warnings(goods.log),
                *infeasible_warning(infeasible),
                *filled_references(goods, panel, {year: np.union1d(own[year], common[year]) for year in years}),
                *gap_warnings(panel, steps),
                *period_warnings(goods.within_period),
            ),
            diagnostics={
                "infeasible": len(infeasible),
                "infeasible_cells": infeasible,
                "largest_gap": check_parts(rows),
                "unique_prices": int(found.unique[status[whole] == "ok"].sum()),
                "reference_rows": {str(year): int(common[year].size) for year in years},
            },
        )

    def _spanned(
        self, goods: PanelGoods, own: Mapping[int, Ints], common: Mapping[int, Ints], run: Run
    ) -> dict[int, "Spanned"]:
        """Return what each year spans, with the candidates for the largest productivity."""
        candidates = dict(own)
        if self.aggregator == "distances":
            jobs = [(Technology.of(goods.x[r], goods.y[r], "crs"), goods.x[r], goods.y[r]) for r in own.values()]
            answers = scores(run, jobs, orientation="output", label=say("scores"))
            pairs = zip(own.items(), answers, strict=True)
            candidates = {year: rows[~(answer.score > 1.0 + EFFICIENT)] for (year, rows), answer in pairs}

        def of(rows: Ints) -> Technology:
            return Technology.of(goods.x[rows], goods.y[rows], self.returns)

        best = {year: (goods.x[rows], goods.y[rows]) for year, rows in candidates.items()}
        apart = self.one_technology
        return {year: Spanned(of(own[year]), of(common[year]) if apart else None, best[year]) for year in own}

    def _compared(
        self, goods: PanelGoods, panel: Panel, ends: tuple[Ints, Ints], spanned: Mapping[int, "Spanned"], run: Run
    ) -> "Compared":
        """Return the comparisons of all steps, tasks by year."""
        before, end = ends
        tasks, places = [], []
        for year in sorted({int(t) for t in panel.when[end]}):
            mine, both = np.flatnonzero(panel.when[end] == year), (spanned[year - 1], spanned[year])
            if self.one_technology:  # that of the end: a biennial technology is the step's own
                both = replace(both[0], common=both[1].common), both[1]
            for part in pieces(mine.size, max(each.aggregate.goods.shape[0] for each in both)):
                rows = mine[part]
                start = goods.x[before[rows]], goods.y[before[rows]]
                stop = goods.x[end[rows]], goods.y[end[rows]]
                tasks.append((both, (start, stop), self.aggregator))
                places.append(rows)
        found = Compared.joined(run.map(compared, tasks, label=say("distances")))
        return found.at(np.argsort(np.concatenate(places)))


@dataclass(frozen=True, kw_only=True, repr=False)
class HicksMoorsteenResult(Result):
    """Index and parts by unit and step, log points.

    ``changes``: ``tfp``, ``output_quantity`` and ``input_quantity`` with the suffixes ``_before`` and ``_end``, (m,)
    each: log changes by the aggregates of the year before and of the end, of which the terms are the means;
    ``unique``: (m,) whether the shadow prices of the step's mixed observations are.
    """

    changes: Mapping[str, Floats]
    unique: Bools

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Hicks-Moorsteen productivity change and its parts")

    def indices(self) -> Any:
        """Return :meth:`tidy` with indices (1 is no change) in the place of log points."""
        columns = self.columns()
        return self.panel.restore(columns | {name: np.exp(values) for name, values in self.rows.terms.items()})

    def comparisons(self) -> Any:
        """Return the log changes by the aggregates of the year before and of the end, and whether prices are unique."""
        keys = {"unit": self.rows.unit, "time": self.rows.time}
        return self.panel.restore(keys | dict(self.changes) | {"unique_prices": self.unique})

    def tables(self, view: View | None = None) -> list[Table]:
        """Return mean rates: quantities and productivity, then the output side and the input side of efficiency."""
        return [*productivity_tables(self, view), *self.filled_table(view)]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the index and its parts, cumulated."""
        from xinzhi.frontier.figures import paths

        return paths(self, view, terms=("tfp", "technical_change", "tfp_efficiency"))

    def summary(self, view: View | None = None) -> str:  # noqa: ARG002
        """Return the number of steps and the means over them."""
        good, unique = int((self.rows.status == "ok").sum()), self.diagnostics["unique_prices"]
        if self.settings["aggregator"] == "distances" or unique == good:
            return productivity_summary(self)
        words = say("The prices of {count} steps are not unique: others give other numbers.", count=good - unique)
        return f"{productivity_summary(self)}\n{words}"


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Spanned:
    """What a year spans.

    ``technology``: of the year; ``common``: that under which goods are added up, where it is another;
    ``candidates``: inputs and outputs of the units among which the largest productivity is sought.
    """

    technology: Technology
    common: Technology | None
    candidates: Goods

    @property
    def aggregate(self) -> Technology:
        """Return the technology under which goods are added up."""
        return self.technology if self.common is None else self.common


@dataclass(frozen=True)
class Compared:
    """Both observations of e steps by the aggregates of both years, in logs.

    ``output``, ``input``, ``best``, ``ome``, ``ime``: (e, 2, 2) by year of the aggregates and of the observation;
    ``ote``, ``ose``, ``ite``, ``ise``: (e, 2) by year of the observation; ``status``: (e, 8) of the distances
    ``CELLS``; ``parts``: (e,) of what only the decomposition needs; ``unique``: (e,) prices of all mixed observations.
    """

    output: Floats
    input: Floats
    best: Floats
    ome: Floats
    ime: Floats
    ote: Floats
    ose: Floats
    ite: Floats
    ise: Floats
    status: Texts
    parts: Texts
    unique: Bools

    def at(self, rows: Ints) -> "Compared":
        """Return some of the steps."""
        return Compared(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})

    @classmethod
    def joined(cls, parts: Sequence["Compared"]) -> "Compared":
        """Return the steps of several tasks."""
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


def compared(spanned: tuple[Spanned, Spanned], ends: tuple[Goods, Goods], aggregator: Aggregator) -> Compared:
    """Return the comparisons of steps between two years.

    Parameters
    ----------
    spanned : pair of Spanned
        Of the year before and of the end.
    ends : pair of (e, m) and (e, s)
        Inputs and outputs of the year before and of the end.
    """
    places = tuple(placed(each.technology, points) for each, points in zip(spanned, ends, strict=True))
    found = [weighed(spanned, ends, places=(places[0], places[1]), base=base, aggregator=aggregator) for base in (0, 1)]
    arrays = {
        # each comparison comes as own and other observation: that by the aggregates of the end is turned round
        name: np.stack((found[0].arrays[name], found[1].arrays[name][:, ::-1]), axis=1)
        for name in ("output", "input", "best", "ome", "ime")
    }
    stands = {
        name: np.column_stack([getattr(place, name) for place in places]) for name in ("ote", "ose", "ite", "ise")
    }
    known = [places[0].status, places[1].status, *found[0].cells, *found[1].cells]
    parts = first_trouble(found[0].parts, found[1].parts)
    unique = found[0].unique & found[1].unique
    return Compared(**arrays, **stands, status=np.column_stack(known), parts=parts, unique=unique)


@dataclass(frozen=True)
class Weighed:
    """Own and other observation of e steps by the aggregates of one year.

    ``arrays``: ``output``, ``input``, ``best``, ``ome``, ``ime``, (e, 2) each; ``cells``: (e,) statuses of the own
    and of the two mixed distances; ``parts``: (e,) status of the largest productivity and of the mix; ``unique``: (e,)
    whether the prices of the mixed observations are.
    """

    arrays: dict[str, Floats]
    cells: tuple[Texts, Texts, Texts]
    parts: Texts
    unique: Bools


def weighed(
    spanned: tuple[Spanned, Spanned],
    ends: tuple[Goods, Goods],
    *,
    places: tuple[Place, Place],
    base: int,
    aggregator: Aggregator,
) -> Weighed:
    """Return both observations of steps by the aggregates of year ``base``, 0 or 1."""
    here, there, own, other = spanned[base], spanned[1 - base], ends[base], ends[1 - base]
    y = support(here.aggregate, (own[0], other[1]), orientation="output")
    x = support(here.aggregate, (other[0], own[1]), orientation="input")
    place, prices, known = places[base], (x.prices, y.prices), np.full(y.status.size, "ok", dtype=object)
    if aggregator == "prices":
        output = np.column_stack([log((y.prices * each[1]).sum(axis=1)) for each in (own, other)])
        inputs = np.column_stack([log((x.prices * each[0]).sum(axis=1)) for each in (own, other)])
        home = mixed(here.technology, own, place=place, prices=prices)
        abroad = mixed(there.technology, other, place=places[1 - base], prices=prices)
    else:
        log_y, log_x = place.ote, -place.ite
        if here.common is not None:
            of_y, of_x = (support(here.common, own, orientation=side) for side in ORIENTATIONS)
            log_y, log_x, known = of_y.log, of_x.log, first_trouble(of_y.status, of_x.status)
        output, inputs = np.column_stack((log_y, y.log)), np.column_stack((log_x, x.log))
        home, abroad = one_mix(own, place.status), one_mix(other, places[1 - base].status)
    best, unsolved = most_productive(
        here.aggregate, own, candidates=(here.candidates, there.candidates), supports=(x, y), aggregator=aggregator
    )
    mix = {"ome": np.column_stack((home.ome, abroad.ome)), "ime": np.column_stack((home.ime, abroad.ime))}
    arrays = {"output": output, "input": inputs, "best": best, **mix}
    parts = first_trouble(unsolved, abroad.status, home.status)
    return Weighed(arrays, (known, y.status, x.status), parts, y.unique & x.unique)


def step_terms(found: Compared, whole: Ints, *, m: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return terms by step, (m,) each, NaN outside ``whole``, and the comparisons of which they are the means."""

    def spread(values: Floats) -> Floats:
        out = np.full(m, np.nan)
        out[whole] = values
        return out

    grown = {name: np.diff(getattr(found, name), axis=2)[:, :, 0] for name in ("output", "input", "best", "ome", "ime")}
    changes = {name: values.mean(axis=1) for name, values in grown.items()}
    changes |= {name: np.diff(getattr(found, name), axis=1)[:, 0] for name in ("ote", "ose", "ite", "ise")}
    terms = productivity_terms(changes)
    terms = {
        "tfp": terms["tfp"],
        "output_quantity": changes["output"],
        "input_quantity": changes["input"],
        **{name: values for name, values in terms.items() if name != "tfp"},
    }
    sides: dict[str, Floats] = {}
    for base, word in enumerate(("before", "end")):
        output, inputs = grown["output"][:, base], grown["input"][:, base]
        sides |= {f"tfp_{word}": output - inputs, f"output_quantity_{word}": output, f"input_quantity_{word}": inputs}
    return {n: spread(v) for n, v in terms.items()}, {n: spread(v) for n, v in sides.items()}


def judge(
    panel: Panel, steps: Steps, *, found: Compared, whole: Ints, status: Texts, reason: Texts, common: bool
) -> list[Text]:
    """Give steps without a distance their status and reason, in place; return the programmes without a solution.

    Parameters
    ----------
    whole : (e,)
        The steps that were compared.
    common : bool
        Goods are added up under the one technology of the end.
    """
    unsolved = []
    for column, (technology, used, made) in enumerate(CELLS):
        words, spanned = found.status[:, column], 1 if common and column >= OWN_CELLS else technology
        for place in np.flatnonzero(words != "ok"):
            row, word = whole[place], words[place]
            start = int(panel.when[steps.end[row]]) - 1
            cell = _cell(start + spanned, start + used, start + made)
            if word in ("infeasible", "unbounded"):
                unsolved.append(say("{unit}: {cell}", unit=named(panel.units[panel.code[steps.end[row]]]), cell=cell))
            if status[row] == "ok":
                status[row], reason[row] = word, say("no solution: {cell}", cell=cell)
                if word == "not_identified":
                    reason[row] = say("no reference unit for the technology of {year}", year=start + spanned)
    for place in np.flatnonzero(found.parts != "ok"):
        row = whole[place]
        if status[row] == "ok":
            status[row] = found.parts[place]
            reason[row] = say("no solution: the largest productivity of the technologies of both years")
    return list(dict.fromkeys(unsolved))


def _cell(technology: int, used: int, made: int) -> Text:
    if used == made:
        return say("observation of {observed} under the technology of {spanned}", observed=used, spanned=technology)
    return say(
        "inputs of {inputs} and outputs of {outputs} under the technology of {spanned}",
        inputs=used,
        outputs=made,
        spanned=technology,
    )
