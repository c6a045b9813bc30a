"""Tables, figures and words of Dagum's decomposition."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from xinzhi.language import Text, named, say, sentences
from xinzhi.method import Field, Table, View
from xinzhi.method.table import shown
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.inequality.yearly import ROUNDING, YearlyResult, places_for, shares_of

CALLED: dict[str, Text] = {
    "gini": say("Gini coefficient"),
    "within_groups": say("Within groups"),
    "net_between": say("Net between groups"),
    "transvariation": say("Transvariation"),
}
"""The coefficient and its parts."""
PARTS = tuple(CALLED)[1:]


def within_name(j: int) -> str:
    """Return the name of the coefficient inside a group."""
    return f"gini_{j + 1}"


def pair_name(j: int, h: int) -> str:
    """Return the name of the coefficient between two groups."""
    return f"gini_{j + 1}_{h + 1}"


@dataclass(frozen=True, kw_only=True, repr=False)
class DagumDecompositionResult(YearlyResult):
    """The decomposition by year; rows hold the parts of units.

    ``groups``: g names; ``distance``: (T, g, g) D_jh; ``sizes``, ``means``: (T, g); ``shares``: (T, g, 2) shares in
    units and in the total. NaN where a group has no unit in a year; a group of zeros has no coefficient.
    """

    groups: tuple[str, ...]
    distance: Floats
    sizes: Ints
    means: Floats
    shares: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Gini coefficient of {name} by groups", name=self.of)

    def between(self, one: str, other: str) -> Floats:
        """Return the Gini coefficient between two groups, (T,)."""
        j, h = sorted((self.groups.index(one), self.groups.index(other)))
        return self.statistics[pair_name(j, h)]

    def within(self, group: str) -> Floats:
        """Return the Gini coefficient inside a group, (T,)."""
        return self.statistics[within_name(self.groups.index(group))]

    def contributions(self) -> dict[str, Floats]:
        """Return the contribution of each part, per cent of the Gini coefficient, (T,); NaN where that is zero."""
        return {name: shares_of(self.statistics[name], self.statistics["gini"]) for name in PARTS}

    def tables(self, view: View | None = None) -> list[Table]:
        """Return coefficients and contributions by year, distances, groups, intervals, parts of units."""
        parts = self.listing(say("Parts of units, {name}", name=self.title), view)
        return [
            self._contributions_table(view),
            self._coefficients_table(view),
            self._distances_table(view),
            self._groups_table(view),
            *self.interval_tables(view),
            parts,
            *self.filled_table(view),
        ]

    def _pairs(self) -> list[str]:
        count = len(self.groups)
        return [pair_name(j, h) for j in range(count) for h in range(j + 1, count)]

    def _contributions_table(self, view: View | None) -> Table:
        """Return G, its parts, and their contributions in per cent."""
        share = {f"{name}_share": cells for name, cells in self.contributions().items()}
        fields = [
            Field("gini", self.called["gini"], 4),
            *(Field(name, self.called[name], 4, say("Parts")) for name in PARTS),
            *(Field(f"{name}_share", self.called[name], 2, say("Contribution, per cent")) for name in PARTS),
        ]
        cells = {name: self.statistics[name] for name in CALLED} | share
        return self.year_table("contributions", self.title, fields, cells, view)

    def _coefficients_table(self, view: View | None) -> Table:
        """Return G, G_jj and G_jh."""
        own = [within_name(j) for j in range(len(self.groups))]
        fields = [
            Field("gini", say("Total"), 4),
            *(Field(name, self.called[name], 4, say("Inside groups")) for name in own),
            *(Field(name, self.called[name], 4, say("Between groups")) for name in self._pairs()),
        ]
        title = say("Gini coefficients of {name}, inside and between groups", name=self.of)
        return self.year_table("coefficients", title, fields, self.statistics, view)

    def _distances_table(self, view: View | None) -> Table:
        """Return D_jh of each pair."""
        pairs = [(j, h) for j in range(len(self.groups)) for h in range(j + 1, len(self.groups))]
        cells = {pair_name(j, h): self.distance[:, j, h] for j, h in pairs}
        fields = [Field(name, self.called[name], 4) for name in cells]
        notes = [say("One: no unit of the poorer group stands above one of the richer; zero: equal means.")]
        title = say("Relative affluence between groups, {name}", name=self.of)
        return self.year_table("distances", title, fields, cells, view, notes=notes)

    def _groups_table(self, view: View | None) -> Table:
        """Return units, mean and shares of groups in each year, from the richest to the poorest."""
        rows = [
            (int(self.years[t]), named(self.groups[j]), int(self.sizes[t, j]), self.means[t, j], *self.shares[t, j])
            for t in self.places(view)
            for j in np.argsort(-np.nan_to_num(self.means[t], nan=-1.0), kind="stable")
            if self.sizes[t, j]
        ]
        keys = ("time", "group", "units", "mean", "p", "s")
        columns = {key: [row[k] for row in rows] for k, key in enumerate(keys)}
        fields = [
            Field("time", say("Year"), 0),
            Field("group", say("Group")),
            Field("units", say("Units"), 0),
            Field("mean", say("Mean"), places_for(self.means)),
            Field("p", say("Share in units"), 4),
            Field("s", say("Share in the total"), 4),
        ]
        return self.timed(Table.of("groups", say("Groups, in the order of their means"), fields, columns))

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the parts by year, and the coefficients inside and between groups over the years."""
        parts = {name: self.statistics[name] for name in PARTS}
        own = ["gini", *(within_name(j) for j in range(len(self.groups)))]
        inside = say("Gini coefficients of {name} inside groups", name=self.of)
        between = say("Gini coefficients of {name} between groups", name=self.of)
        return [
            *self.stacks("dagum_parts", self.title, parts, self.statistics["gini"], view),
            *self.paths("dagum_inside", inside, own, view),
            *self.paths("dagum_between", between, self._pairs(), view),
        ]

    def summary(self, view: View | None = None) -> str:
        """Return how the coefficient moved, and which part contributes most in the last year of the view."""
        kept = self.places(view)
        words = [super().summary(view), self.movement("gini", view)]
        if kept and self.statistics["gini"][kept[-1]] > ROUNDING:
            share = {name: float(cells[kept[-1]]) for name, cells in self.contributions().items()}
            first = max(share, key=lambda name: share[name])
            told = {"name": self.called[first], "share": shown(share[first], 1)}
            words.append(self.dated(say("{name} is the largest part, {share} per cent.", **told), kept[-1]))
        return sentences(*words)
