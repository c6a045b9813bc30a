"""The geographical detector: how much of the variance of a column lies between the strata of factors.

q = 1 - SUM_h N_h s_h^2 / (N s^2),  s^2 with the divisor N
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Result, Rows, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown, shown_p
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints, Texts
from xinzhi.regions.reading import read_of
from xinzhi.regions.space.cells import FLAT, standardised

BLOCK = 2_000_000
"""Numbers of permuted values held at a time."""
FEWEST, THIN = 3, 2
"""Units of a year, and units of a stratum, below which nothing is said."""
ROUNDING = 1e-12
"""By how much q may miss a bound by rounding."""
KINDS: dict[str, Text] = {
    "weakened": say("weakened, nonlinear"),
    "between": say("weakened, one factor"),
    "enhanced": say("enhanced, two factors"),
    "independent": say("independent"),
    "nonlinear": say("enhanced, nonlinear"),
}


@register("geodetector")
class Geodetector(Method):
    """Measure by year how much of the variance of a column lies between the strata of factors, alone and in pairs.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    factors : tuple of str
        Label columns: the strata, each of several units. Numbers are cut into classes first, and the cuts decide q.
    draws : int
        Permutations behind the p-value of q.

    Notes
    -----
    q is the share of the variance (divisor n) between strata, the R-squared of a regression on their dummies: it grows
    with the number of strata, whatever they mean, so it is read against its permutations, in which the values of
    the year are dealt to units at random; p is the share of permutations with a q as large, itself included, and
    their mean is the q of strata without meaning. The interaction is the q of the strata of two factors crossed,
    held against the q of each and against their sum; crossing makes more and smaller strata, which by itself raises q.
    Units with a missing value or stratum are left out of the year. It is no causal analysis.

    References
    ----------
    Wang, J. F., Zhang, T. L. and Fu, B. J. (2016). Ecological Indicators 67, 250-256. doi:10.1016/j.ecolind.2016.02.052

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"unit": list("ABCD"), "y": [1.0, 2.0, 5.0, 6.0], "coast": ["no", "no", "yes", "yes"]})
    >>> result = Geodetector(of="y", factors=["coast"], draws=99).fit(xz.Panel(frame, unit="unit"))
    >>> round(float(result.q["coast"][0]), 4)
    0.9412
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of", "factors")
    of: str | Filled | Term
    factors: tuple[str, ...] = Setting(min_length=1)
    draws: int = Setting(default=999, ge=19)

    @model_validator(mode="after")
    def _each_once(self) -> "Geodetector":
        if len(set(self.factors)) < len(self.factors):
            raise ValueError(say("factors: each one once"))
        return self

    def memory(self, panel: Panel, *, workers: int = 1) -> int:
        """Return about how many bytes it takes beside the panel: a block of permutations and its copies."""
        block = min(BLOCK, self.draws * int(panel.units.size))
        return super().memory(panel, workers=workers) + 3 * 8 * block

    def compute(self, panel: Panel, run: Run) -> "GeodetectorResult":
        """Return q of each factor and pair by year, and the deviation of each unit from the mean of the year."""
        values, name, log = read_of(self.of, panel, run)
        strata = {factor: _strata(factor, panel) for factor in self.factors}
        status, reason = (np.full(len(panel), word, dtype=object) for word in ("ok", ""))
        known = [(name, np.isfinite(values))]
        known += [(named(f), np.array([bool(cell) for cell in cells])) for f, cells in strata.items()]
        for called, there in known:
            lost = ~there & (status == "ok")
            status[lost], reason[lost] = "missing_data", say("{columns} missing", columns=called)
        deviation, years, units = np.full(len(panel), np.nan), [], []
        found: list[dict[str, tuple[float, ...]]] = []
        for place, year in enumerate(panel.times.tolist()):
            rows = np.flatnonzero((panel.when == year) & (status == "ok"))
            if rows.size < FEWEST or values[rows].std() <= FLAT * np.abs(values[rows]).max():
                status[rows], reason[rows] = "not_identified", say("fewer than three units, or all values are the same")
                continue
            codes = {f: np.unique(cells[rows].astype(str), return_inverse=True)[1] for f, cells in strata.items()}
            alone = next((f for f, code in codes.items() if code.max() + 1 == rows.size), None)
            if alone:
                status[rows], reason[rows] = (
                    "not_identified",
                    say("as many strata of {factor} as units", factor=named(alone)),
                )
                continue
            z = standardised(values[rows])
            deviation[rows] = z
            years.append(year)
            units.append(rows.size)
            found.append(detected(z, codes, draw=run.generator(place), draws=self.draws))
            run.report(say("years"), place + 1, panel.times.size)
        if not years:
            raise DataError(
                "XZ-281",
                next(why for why in reason if why),
                where=panel.source,
                remedy=say("Use more units whose values differ, and strata that hold several; class numbers first."),
            )
        terms = {"deviation": deviation}
        thin = _thin(strata, panel.when, status)
        warned = (say("XZ-470 strata of a year with fewer than two units: {count}.", count=thin),) if thin else ()
        return GeodetectorResult(
            method=self,
            panel=panel,
            rows=Rows(panel.unit_names, panel.when.copy(), terms, status, reason),
            flow=False,
            warnings=(*filled_warnings(log), *warned),
            diagnostics={"thin_strata": thin},
            log=log,
            of=name,
            years=np.array(years),
            units=np.array(units),
            detected={key: np.array([one[key] for one in found]) for key in found[0]},
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class GeodetectorResult(Result):
    """q by factor, pair and year; rows hold deviations in standard deviations.

    ``of``: the column in words; ``years``, ``units``: (T,); ``detected``: by factor, or two joined by " & ",
    (T, 4) strata, q, mean q of the permutations, p; the last two are NaN for pairs.
    """

    of: Text
    years: Ints
    units: Ints
    detected: Mapping[str, Floats]

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Geographical detector of {name}", name=self.of)

    @property
    def q(self) -> dict[str, Floats]:
        """Return q by factor, or pair joined by " & ", (T,) each."""
        return {key: cells[:, 1] for key, cells in self.detected.items()}

    def interaction(self, one: str, other: str) -> list[Text]:
        """Return how two factors work together in each year, in words."""
        pair = f"{one} & {other}"
        return [
            KINDS[interaction_kind(a, b, both)]
            for a, b, both in zip(self.q[one], self.q[other], self.q[pair], strict=True)
        ]

    def methods_text(self) -> str:
        """Return the method in words with the draws."""
        return sentences(super().methods_text(), say("{draws} permutations.", draws=self.settings["draws"]))

    def places(self, view: View | None) -> list[int]:
        """Return the places of the years that lie in a period of the view."""
        _, periods = self.chosen(view)
        return [k for k, year in enumerate(self.years.tolist()) if any(a <= year <= b for a, b in periods)]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return q of the factors by year, the interactions, and what policies filled."""
        kept, factors = self.places(view), self.settings["factors"]
        rows = [(int(self.years[t]), named(f), *self.detected[f][t].tolist()) for t in kept for f in factors]
        keys = ("time", "factor", "strata", "q", "by_chance", "p")
        fields = [
            Field("time", label("time"), 0),
            Field("factor", say("Factor")),
            Field("strata", say("Strata"), 0),
            Field("q", "q", 4),
            Field("by_chance", say("q by chance"), 4),
            Field("p", "p", 4, p_value=True),
        ]
        cells = {key: [row[k] for row in rows] for k, key in enumerate(keys)}
        note = say("p and q by chance: {draws} permutations.", draws=self.settings["draws"])
        tables = [self.timed(Table.of("factors", self.title, fields, cells, notes=[note]))]
        return [*tables, *self._pairs_table(kept), *self.filled_table(view)]

    def _pairs_table(self, kept: list[int]) -> list[Table]:
        """Return the interactions of the factors."""
        pairs = list(combinations(self.settings["factors"], 2))
        if not pairs:
            return []
        words = {pair: self.interaction(*pair) for pair in pairs}
        rows = [
            (int(self.years[t]), named(a), named(b), *self.detected[f"{a} & {b}"][t, :2].tolist(), words[a, b][t])
            for t in kept
            for a, b in pairs
        ]
        keys = ("time", "one", "other", "strata", "q", "kind")
        fields = [
            Field("time", label("time"), 0),
            Field("one", say("Factor")),
            Field("other", say("Other factor")),
            Field("strata", say("Strata"), 0),
            Field("q", "q", 4),
            Field("kind", say("Interaction")),
        ]
        cells = {key: [row[k] for row in rows] for k, key in enumerate(keys)}
        return [self.timed(Table.of("interactions", say("Interaction of factors"), fields, cells))]

    def figures(self, view: View | None = None) -> list[Any]:
        """Return q of the factors over the years."""
        from xinzhi.method.charts import Labels, lines

        kept, factors = self.places(view), self.settings["factors"]
        if len(kept) < 2:
            return []
        labels = Labels(name="q", title=self.title, description=self.summary(view), unit="q")
        series = [named(f) for f in factors for _ in kept]
        value = [float(self.q[f][t]) for f in factors for t in kept]
        return [lines(labels, series=series, time=self.years[kept].tolist() * len(factors), value=value, decimals=4)]

    def summary(self, view: View | None = None) -> str:
        """Return q of each factor in the last year of the view."""
        kept, told = self.places(view), []
        for factor in self.settings["factors"] if kept else ():
            _, q, chance, p = self.detected[factor][kept[-1]]
            words = {"q": shown(q, 3), "chance": shown(chance, 3), "p": shown_p(p, 3)}
            told.append(say("{factor}: q {q} (by chance {chance}, p {p}).", factor=named(factor), **words))
        if not told:
            return say("No year of the view is measured.")
        head = say("{year}:", year=int(self.years[kept[-1]])) if self.panel.time else ""
        return sentences(head, *told)


# Arrays in, arrays out ------------------------------------------------------------------------


def q_statistic(z: Floats, code: Ints) -> Floats:
    """Return q, (k,), of (n, k) values with mean 0 and variance 1 in (n,) strata."""
    dummies = np.eye(int(code.max()) + 1)[code]
    sums = dummies.T @ z
    return np.asarray((sums**2 / dummies.sum(axis=0)[:, None]).sum(axis=0) / z.shape[0])


def detected(
    z: Floats, codes: Mapping[str, Ints], *, draw: np.random.Generator, draws: int
) -> dict[str, tuple[float, ...]]:
    """Return strata, q, mean q of permutations and p of each factor; strata and q of each pair."""
    found: dict[str, tuple[float, ...]] = {}
    qs = {name: float(q_statistic(z[:, None], code)[0]) for name, code in codes.items()}
    reached, total = dict.fromkeys(codes, 1.0), dict.fromkeys(codes, 0.0)
    size = max(1, BLOCK // z.size)
    for start in range(0, draws, size):
        dealt = draw.permuted(np.broadcast_to(z[:, None], (z.size, min(size, draws - start))), axis=0)
        for name, code in codes.items():
            others = q_statistic(dealt, code)
            reached[name] += float((others >= qs[name] - ROUNDING).sum())
            total[name] += float(others.sum())
    for name, code in codes.items():
        found[name] = (float(code.max() + 1), qs[name], total[name] / draws, reached[name] / (draws + 1.0))
    for one, other in combinations(codes, 2):
        crossed = np.unique(np.column_stack([codes[one], codes[other]]), axis=0, return_inverse=True)[1].ravel()
        q = float(q_statistic(z[:, None], crossed)[0])
        found[f"{one} & {other}"] = (float(crossed.max() + 1), q, np.nan, np.nan)
    return found


def interaction_kind(one: float, other: float, both: float) -> str:
    """Return the kind of interaction of q of two factors and of their crossing."""
    low, high, total = min(one, other), max(one, other), one + other
    if both < low - ROUNDING:
        return "weakened"
    if both <= high + ROUNDING and both < total - ROUNDING:
        return "between"
    if abs(both - total) <= ROUNDING:
        return "independent"
    return "nonlinear" if both > total else "enhanced"


def _strata(factor: str, panel: Panel) -> Texts:
    """Return the stratum of each row, (n,); XZ-284 where a factor is numbers that are not whole."""
    if factor in panel.columns:
        numbers = panel.values(factor)
        if (numbers[np.isfinite(numbers)] % 1 != 0).any():
            raise DataError(
                "XZ-284",
                say("{factor} holds numbers that are not whole", factor=named(factor)),
                where=panel.source,
                expected=say("labels, or the numbers of classes"),
                remedy=say("Cut the numbers into classes, and give these as a column."),
            )
    return panel.label(factor)


def _thin(strata: Mapping[str, Any], when: Ints, status: Any) -> int:
    """Return how many strata of a year have fewer than two units."""
    good, count = status == "ok", 0
    for cells in strata.values():
        keys = [f"{year}|{cell}" for year, cell in zip(when[good].tolist(), cells[good].tolist(), strict=True)]
        count += int((np.unique(keys, return_counts=True)[1] < THIN).sum()) if keys else 0
    return count
