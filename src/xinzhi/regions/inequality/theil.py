"""Theil's decomposition of inequality by groups.

T  = SUM_g s_g T_g + SUM_g s_g ln(mean_g / mean)        s_g: share in the total
L  = SUM_g p_g L_g + SUM_g p_g ln(mean / mean_g)        p_g: share in units
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from xinzhi.compute import Run
from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Filled, Method, Table, Term, View, register
from xinzhi.method.filling import filled_warnings
from xinzhi.method.table import shown
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.inequality.cells import Needs, NonPositive, read_cells, require_positive_mean
from xinzhi.regions.inequality.intervals import Resampled
from xinzhi.regions.inequality.yearly import ROUNDING, YearlyResult, bounds_by_year, shares_of

INDICES: dict[str, Text] = {"T": say("Theil index T"), "L": say("Mean log deviation")}
PARTS: dict[str, Text] = {"within_groups": say("Within groups"), "between_groups": say("Between groups")}
CALLED: dict[str, Text] = {"theil": say("Theil index"), **PARTS}


@register("theil_decomposition")
class TheilDecomposition(Method):
    """Decompose the Theil index of each year into inequality within and between groups of units.

    Parameters
    ----------
    of : str, Filled or Term
        The variable; any unit of measurement.
    group : str
        Label column of the groups.
    weight : str or None
        Column of population, by which units are weighted; units count alike by default.
    index : "T" or "L"
        Theil's T, which weighs groups by their share in the total, or L, the mean log deviation, which weighs them by
        their share in units.
    non_positive : "refuse" or "leave_out"
        Whether values that the index cannot take are an error, or are left out with their status.
    intervals : Resampled or None
        Intervals by resampling the units of each group and year.

    Notes
    -----
    Natural logarithms. T admits zeros, which contribute nothing to it; L does not. The part of a group is negative
    between groups where its mean is below that of all, in T, or above it, in L; only the sum over groups is never
    negative. L splits without regard to order: equalising the means of groups leaves what is within as it was, which
    is not so in T, where the weights are shares in the total. Each row holds the part of a unit. A finer grouping
    moves inequality from within to between whatever the data: compare groupings of equal fineness. A group whose values
    are all zero has no index. Intervals keep the sizes of groups, of which each needs two units, three by the
    jackknife.

    References
    ----------
    Bourguignon, F. (1979). Econometrica 47(4), 901-920. doi:10.2307/1914138
    Shorrocks, A. F. (1980). Econometrica 48(3), 613-625. doi:10.2307/1913126
    Efron, B. and Tibshirani, R. J. (1993). An Introduction to the Bootstrap. Chapman and Hall, ISBN 978-0412042317
    Wolter, K. M. (2007). Introduction to Variance Estimation, second edition. Springer, ISBN 978-0387329178

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"unit": list("ABCD"), "side": ["E", "E", "W", "W"], "income": [4.0, 2.0, 3.0, 1.0]})
    >>> parts = TheilDecomposition(of="income", group="side").fit(xz.Panel(frame, unit="unit")).by_year()
    >>> [round(parts[name][0], 4) for name in ("theil", "within_groups", "between_groups")]
    [0.1064, 0.0863, 0.0201]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("of", "group", "weight")
    of: str | Filled | Term
    group: str
    weight: str | None = None
    index: Literal["T", "L"] = "T"
    non_positive: NonPositive = "refuse"
    intervals: Resampled | None = None

    def compute(self, panel: Panel, run: Run) -> "TheilDecompositionResult":
        """Return the decomposition of each year, the parts of groups and of units."""
        needs = Needs(self.index == "L", self.non_positive, INDICES[self.index])
        cells = read_cells(self.of, panel, run, needs, weight=self.weight, group=self.group)
        values, weights, codes = cells.by_year()
        require_positive_mean(values, panel, cells.name)
        count = len(cells.groups)
        years = [TheilOf.of(y, code, count, self.index) for y, code in zip(values, codes, strict=True)]
        found = [year.decomposed(w[None]) for year, w in zip(years, weights, strict=True)]
        parts = [year.parts(w) for year, w in zip(years, weights, strict=True)]
        statistics = np.array([one.flat()[0] for one in found])
        names = [*CALLED, *(f"theil_{j + 1}" for j in range(count))]
        return TheilDecompositionResult(
            method=self,
            panel=panel,
            rows=cells.table(panel, {name: [part[name] for part in parts] for name in CALLED}),
            flow=False,
            warnings=(*filled_warnings(cells.log), *cells.group_warnings()),
            diagnostics={"years": int(cells.years.size), "groups": count},
            log=cells.log,
            of=cells.name,
            years=cells.years,
            units=np.array([rows.size for rows in cells.rows]),
            statistics=dict(zip(names, statistics.T, strict=True)),
            called={
                **CALLED,
                "theil": INDICES[self.index],
                **{f"theil_{j + 1}": named(name) for j, name in enumerate(cells.groups)},
            },
            bounds=bounds_by_year(years, cells, self.intervals, run),
            groups=cells.groups,
            sizes=np.array([np.bincount(code, minlength=count) for code in codes]),
            group_within=np.array([one.group_within[0] for one in found]),
            group_between=np.array([one.group_between[0] for one in found]),
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class TheilDecompositionResult(YearlyResult):
    """The decomposition by year; rows hold the parts of units.

    ``groups``: g names; ``sizes``: (T, g) units; ``group_within``, ``group_between``: (T, g) parts of groups, which add
    up to what is within and between groups; zero where a group has no unit.
    """

    groups: tuple[str, ...]
    sizes: Ints
    group_within: Floats
    group_between: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("{index} of {name} by groups", index=self.called["theil"], name=self.of)

    def contributions(self) -> dict[str, Floats]:
        """Return the contribution of each part, per cent of the index, (T,); NaN where that is zero."""
        return {name: shares_of(self.statistics[name], self.statistics["theil"]) for name in PARTS}

    def tables(self, view: View | None = None) -> list[Table]:
        """Return the decomposition by year, groups, intervals, parts of units."""
        share = {f"{name}_share": cells for name, cells in self.contributions().items()}
        fields = [
            Field("theil", self.called["theil"], 4),
            *(Field(name, self.called[name], 4, say("Parts")) for name in PARTS),
            *(Field(f"{name}_share", self.called[name], 2, say("Contribution, per cent")) for name in PARTS),
        ]
        cells = {name: self.statistics[name] for name in CALLED} | share
        return [
            self.year_table("contributions", self.title, fields, cells, view),
            self._groups_table(view),
            *self.interval_tables(view),
            self.listing(say("Parts of units, {name}", name=self.title), view),
            *self.filled_table(view),
        ]

    def _groups_table(self, view: View | None) -> Table:
        """Return the index inside each group and the contribution of groups, per cent of the whole."""
        share, step = (shares_of(parts, self.statistics["theil"]) for parts in (self.group_within, self.group_between))
        cells: dict[str, Floats] = {}
        fields: list[Field] = []
        inside = [f"theil_{j + 1}" for j in range(len(self.groups))]
        for prefix, heading, decimals, columns in (
            ("", say("Inside groups"), 4, np.column_stack([self.statistics[name] for name in inside])),
            ("within_", say("Contribution within, per cent"), 2, share),
            ("between_", say("Contribution between, per cent"), 2, step),
        ):
            for j, name in enumerate(inside):
                cells[prefix + name] = columns[:, j]
                fields.append(Field(prefix + name, self.called[name], decimals, heading))
        title = say("{index} of {name} inside groups", index=self.called["theil"], name=self.of)
        return self.year_table("groups", title, fields, cells, view)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the parts by year, and the index inside groups over the years."""
        parts = {name: self.statistics[name] for name in PARTS}
        inside = ["theil", *(f"theil_{j + 1}" for j in range(len(self.groups)))]
        title = say("{index} of {name} inside groups", index=self.called["theil"], name=self.of)
        return [
            *self.stacks("theil_parts", self.title, parts, self.statistics["theil"], view),
            *self.paths("theil_inside", title, inside, view),
        ]

    def summary(self, view: View | None = None) -> str:
        """Return how the index moved, and the contribution between groups in the last year of the view."""
        kept = self.places(view)
        words = [super().summary(view), self.movement("theil", view)]
        if kept and self.statistics["theil"][kept[-1]] > ROUNDING:
            share = float(self.contributions()["between_groups"][kept[-1]])
            told = say("{share} per cent of it is between groups.", share=shown(share, 1))
            words.append(self.dated(told, kept[-1]))
        return sentences(*words)


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class Theil:
    """Decompositions of b weightings, for g groups.

    ``total``, ``within``, ``between``: (b,); ``inside``: (b, g) index of each group, NaN without units or all zeros;
    ``group_within``, ``group_between``: (b, g).
    """

    total: Floats
    inside: Floats
    group_within: Floats
    group_between: Floats

    @property
    def within(self) -> Floats:
        """Return inequality within groups, (b,)."""
        return np.asarray(self.group_within.sum(axis=1))

    @property
    def between(self) -> Floats:
        """Return inequality between groups, (b,)."""
        return np.asarray(self.group_between.sum(axis=1))

    def flat(self) -> Floats:
        """Return total, within, between and the index of each group, (b, k)."""
        return np.column_stack([self.total, self.within, self.between, self.inside])


@dataclass(frozen=True)
class TheilOf:
    """Theil indices of a year as a function of the weights of its units.

    ``values``: (n,) relative to their unweighted mean; ``member``: (g, n) one where a unit is of the group.
    """

    values: Floats
    member: Floats
    index: Literal["T", "L"]

    @classmethod
    def of(cls, values: Floats, code: Ints, count: int, index: Literal["T", "L"]) -> "TheilOf":
        """Return the function for (n,) values with the place of their group, out of ``count``."""
        return cls(values / values.mean(), (code == np.arange(count)[:, None]).astype(np.float64), index)

    def __call__(self, weights: Floats) -> Floats:
        """Return (b, k) statistics of (b, n) weights."""
        return self.decomposed(weights).flat()

    def decomposed(self, weights: Floats) -> Theil:
        """Return the decompositions of (b, n) weights."""
        p = weights / weights.sum(axis=1, keepdims=True)
        mean, size, amount = p @ self.values, p @ self.member.T, (p * self.values) @ self.member.T
        sign = 1.0 if self.index == "T" else -1.0
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where(self.values > 0, np.log(self.values), 0.0)
            centre = np.where(amount > 0, np.log(amount / size), 0.0)
            weight = amount / mean[:, None] if self.index == "T" else size
            terms = sign * p * (self.values / mean[:, None] if self.index == "T" else 1.0)
            total = (terms * (logs - np.log(mean)[:, None])).sum(axis=1)
            between = np.where(amount > 0, sign * weight * (centre - np.log(mean)[:, None]), 0.0)
            within = (terms * (logs - centre @ self.member)) @ self.member.T
            inside = within / weight
        return Theil(np.asarray(total), inside, within, between)

    def parts(self, weights: Floats) -> dict[str, Floats]:
        """Return the part of each unit, (n,) each, for (n,) weights."""
        p = weights / weights.sum()
        mean = p @ self.values
        code = np.argmax(self.member, axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            centre = ((self.member @ (p * self.values)) / (self.member @ p))[code]
            factor = p * self.values / mean if self.index == "T" else -p
            some = self.values > 0
            within = np.where(some, factor * np.log(self.values / centre), 0.0)
            between = np.where(some, factor * np.log(centre / mean), 0.0)
        return {"theil": within + between, "within_groups": within, "between_groups": between}
