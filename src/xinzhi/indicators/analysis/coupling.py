"""Coupling coordination: whether two or more systems develop far, and together.

traditional   C = [PROD_i U_i / (SUM_i U_i / k)^k]^(1/k)
wang          C = {[1 - SUM_i>j |U_i - U_j| / (k (k - 1) / 2)] [PROD_i U_i / max U]^(1 / (k - 1))}^(1/2)
              T = SUM_i a_i U_i
              D = (C T)^(1/2)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.compute import Run
from xinzhi.errors import DataError, listed
from xinzhi.indicators.analysis.reading import Series, presence, read_series, series_names, shown_years
from xinzhi.indicators.stage import place
from xinzhi.language import Text, enumerated, named, say, sentences
from xinzhi.method import Field, Method, Result, Rows, Table, View, register
from xinzhi.method.status import status_word
from xinzhi.method.table import shown
from xinzhi.method.terms import label
from xinzhi.panel import Panel
from xinzhi.panel.panel import Floats, Ints

ROUNDING = 1e-12
"""By how much sums of a few dozen weighted scores may leave [0, 1], and grades may miss their cut, by rounding."""
ADDS_UP = 1e-9
"""By how much weights typed as fractions may miss one."""
CUTS = {"ten": tuple(k / 10 for k in range(1, 10)), "four": (0.3, 0.5, 0.8)}
GRADES: dict[str, tuple[Text, ...]] = {
    "ten": (
        say("extreme imbalance"),
        say("severe imbalance"),
        say("moderate imbalance"),
        say("mild imbalance"),
        say("near imbalance"),
        say("bare coordination"),
        say("primary coordination"),
        say("intermediate coordination"),
        say("good coordination"),
        say("superior coordination"),
    ),
    "four": (
        say("low coordination"),
        say("moderate coordination"),
        say("high coordination"),
        say("extreme coordination"),
    ),
}
"""Grades from the lowest."""


@register("coupling_coordination")
class CouplingCoordination(Method):
    """Measure how far systems develop together: degrees of coupling and of coordination, with grades.

    Parameters
    ----------
    systems : tuple of str or Term
        Two scores or more, each from 0 to 1: columns, or terms such as the scores of two indices.
    weights : tuple of numbers or None
        How much each system counts in comprehensive development; equal by default. They add up to one.
    form : "traditional" or "wang"
        The degree of coupling: geometric over arithmetic mean, or the corrected one of Wang and others (2021), which
        spreads over [0, 1] where the traditional one crowds near one.
    grades : "ten" or "four"
        Ten grades of width 0.1 (Liao 1999), or four with cuts at 0.3, 0.5 and 0.8.
    closed : "left" or "right"
        Whether a degree that falls on a cut belongs to the grade above it or to the one below.

    Notes
    -----
    For k systems the power is 1 / k on the product over the k-th power of the mean. With another power, or without
    the mean, systems that are equal no longer have a coupling of one. A system at zero makes traditional coupling
    and coordination zero; the corrected form is not identified where all systems are at zero. Scores that are
    normalised by year give degrees that compare units within a year only. The degree rises with the level of the
    scores, and so with how they were normalised: grades are conventions, not tests.

    References
    ----------
    Wang, S., Kong, W., Ren, L., Zhi, D. and Dai, B. (2021). Journal of Natural Resources 36(3), 793-810.
    Liao, C. (1999). Tropical Geography 19(2), 171-177.

    Examples
    --------
    >>> import pandas as pd
    >>> import xinzhi as xz
    >>> frame = pd.DataFrame({"unit": ["A", "B"], "digital": [0.2, 0.8], "green": [0.3, 0.6]})
    >>> panel = xz.Panel(frame, unit="unit")
    >>> result = CouplingCoordination(systems=["digital", "green"]).fit(panel)
    >>> result.term("coordination").round(4).tolist()
    [0.4949, 0.8324]
    """

    column_fields: ClassVar[tuple[str, ...]] = ("systems",)
    systems: tuple[Series, ...] = Setting(min_length=2)
    weights: tuple[Annotated[float, Setting(ge=0)], ...] | None = None
    form: Literal["traditional", "wang"] = "traditional"
    grades: Literal["ten", "four"] = "ten"
    closed: Literal["left", "right"] = "left"

    @model_validator(mode="after")
    def _weights_fit(self) -> "CouplingCoordination":
        if any(self.systems.count(one) > 1 for one in self.systems):
            raise ValueError(say("systems: each one once"))
        given = self.weights
        if given is not None and (len(given) != len(self.systems) or abs(sum(given) - 1) > ADDS_UP):
            raise ValueError(say("weights: one for each system, with a sum of 1"))
        return self

    def shares(self) -> Floats:
        """Return the weights of the systems, (k,)."""
        k = len(self.systems)
        return np.full(k, 1.0 / k) if self.weights is None else np.array(self.weights)

    def compute(self, panel: Panel, run: Run) -> "CouplingCoordinationResult":
        """Return coupling, comprehensive development, coordination and grade by unit and year."""
        names = series_names(self.systems)
        scores = np.column_stack([read_series(system, panel, run) for system in self.systems])
        _refuse_beyond(scores, names, panel)
        scores = np.clip(scores, 0.0, 1.0)
        status, reason = presence(names, scores)
        coupling, development, coordination = degrees(scores, self.shares(), form=self.form)
        lost = (status == "ok") & ~np.isfinite(coupling)
        status[lost], reason[lost] = "not_identified", say("all systems are at zero")
        good = status == "ok"
        terms = {
            "coupling": coupling,
            "development": development,
            "coordination": coordination,
            "grade": graded(coordination, CUTS[self.grades], closed=self.closed),
        }
        return CouplingCoordinationResult(
            method=self,
            panel=panel,
            rows=Rows(
                panel.unit_names,
                panel.when.copy(),
                {name: np.where(good, cells, np.nan) for name, cells in terms.items()},
                status,
                reason,
            ),
            flow=False,
            diagnostics={"systems": len(self.systems)},
            names=tuple(names),
            scores=scores,
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class CouplingCoordinationResult(Result):
    """Degrees by unit and year.

    ``names``: k systems; ``scores``: (n, k) their scores.
    """

    names: tuple[Text, ...]
    scores: Floats

    @property
    def title(self) -> str:
        """Return the heading."""
        return say("Coupling coordination of {systems}", systems=enumerated(self.names))

    @property
    def grades(self) -> tuple[Text, ...]:
        """Return the names of the grades, from the lowest."""
        return GRADES[self.settings["grades"]]

    def methods_text(self) -> str:
        """Return the method in words with the form, the weights and the closed side of the grades."""
        return sentences(super().methods_text(), *self._conventions())

    def _conventions(self) -> list[Text]:
        method: Any = self.method
        weights = enumerated([shown(float(w), 3) for w in method.shares()])
        forms = {
            "traditional": say("Coupling: geometric over arithmetic mean of the scores."),
            "wang": say("Coupling: the corrected form of Wang and others (2021)."),
        }
        sides = {
            "left": say("A degree on a cut belongs to the grade above it."),
            "right": say("A degree on a cut belongs to the grade below it."),
        }
        cuts = enumerated([f"{cut:g}" for cut in CUTS[method.grades]])
        told = say("Comprehensive development: weighted mean, weights {weights}.", weights=weights)
        return [forms[method.form], told, say("Cuts of the grades: {cuts}.", cuts=cuts), sides[method.closed]]

    def tables(self, view: View | None = None) -> list[Table]:
        """Return degrees and grades by unit, and how many units have each grade, in the years of the view."""
        years = shown_years(self, view)
        return [self._degrees_table(view, years), self._counts_table(view, years)]

    def _places(self, view: View | None, years: Sequence[int]) -> Ints:
        """Return the rows of the chosen units and years, units in the order of the view."""
        units, _ = self.chosen(view)
        rows = self.panel.locate(units, years).ravel()
        return rows[rows >= 0]

    def _degrees_table(self, view: View | None, years: Sequence[int]) -> Table:
        """Return scores of the systems, degrees, grade."""
        rows, terms = self._places(view, years), self.rows.terms
        systems = [f"system_{k}" for k in range(1, len(self.names) + 1)]
        cells: dict[str, Any] = {"unit": [named(u) for u in self.rows.unit[rows]], "time": self.rows.time[rows]}
        cells |= dict(zip(systems, self.scores[rows].T, strict=True)) | {n: terms[n][rows] for n in terms}
        cells["name"] = [None if np.isnan(g) else self.grades[int(g) - 1] for g in cells["grade"]]
        cells["status"] = [status_word(word) for word in self.rows.status[rows]]
        fields = [
            Field("unit", label("unit")),
            Field("time", label("time"), 0),
            *(Field(key, name, 4, say("Scores")) for key, name in zip(systems, self.names, strict=True)),
            *(Field(n, label(n), 4, say("Degrees")) for n in ("coupling", "development", "coordination")),
            Field("grade", label("grade"), 0),
            Field("name", say("Name of the grade")),
            Field("status", label("status")),
        ]
        return self.timed(Table.of("degrees", self.title, fields, cells, notes=self._conventions()))

    def _counts_table(self, view: View | None, years: Sequence[int]) -> Table:
        """Return the number of units in each grade by year."""
        grade, time = self.rows.terms["grade"], self.rows.time
        rows = self._places(view, years)
        cells: dict[str, Any] = {"grade": range(1, len(self.grades) + 1), "name": self.grades}
        for year in years:
            there = rows[time[rows] == year]
            cells[str(year)] = [int((grade[there] == k).sum()) for k in cells["grade"]]
        heads = [Field(str(year), str(year) if self.panel.time else say("Units"), 0) for year in years]
        fields = [Field("grade", label("grade"), 0), Field("name", say("Name of the grade")), *heads]
        return Table.of("grades", say("Units by grade of coordination"), fields, cells)

    def figures(self, view: View | None = None) -> list[Any]:
        """Return the grade of each unit in each year."""
        from xinzhi.indicators.pages.figures import grade_strip
        from xinzhi.method.charts import Labels

        _, periods = self.chosen(view)
        first, last = min(low for low, _ in periods), max(high for _, high in periods)
        rows = self._places(view, [t for t in self.panel.times.tolist() if first <= t <= last])
        labels = Labels(
            name="grades", title=say("Grades of coordination"), description=self.summary(view), unit=label("grade")
        )
        return [
            grade_strip(
                labels,
                unit=[named(u) for u in self.rows.unit[rows]],
                time=self.rows.time[rows].tolist(),
                grade=[None if np.isnan(g) else int(g) for g in self.rows.terms["grade"][rows]],
                names=self.grades,
            )
        ]

    def summary(self, view: View | None = None) -> str:
        """Return the mean degree of each year of the view, the best and the last unit of its last year."""
        years, found = shown_years(self, view), []
        degree = self.rows.terms["coordination"]
        for year in years:
            rows = self._places(view, [year])
            known = degree[rows][np.isfinite(degree[rows])]
            if known.size:
                mean, low, high = (shown(float(x), 3) for x in (known.mean(), known.min(), known.max()))
                words = {"mean": mean, "low": low, "high": high, "count": known.size}
                if self.panel.time:
                    found.append(
                        say(
                            "{year}: mean degree of coordination {mean}, from {low} to {high} ({count} units).",
                            year=year,
                            **words,
                        )
                    )
                else:
                    found.append(
                        say("Mean degree of coordination {mean}, from {low} to {high} ({count} units).", **words)
                    )
        return sentences(super().summary(view), *found)


# Arrays in, arrays out ------------------------------------------------------------------------


def degrees(scores: Floats, weights: Floats, *, form: Literal["traditional", "wang"]) -> tuple[Floats, Floats, Floats]:
    """Return coupling, development and coordination, (n,) each, of (n, k) scores from 0 to 1 and (k,) weights.

    A row with a missing score is missing. Traditional coupling is 0 where a system is at zero, all of them included;
    the form of Wang is NaN where all are.
    """
    coupling = traditional(scores) if form == "traditional" else wang(scores)
    development = scores @ weights
    return coupling, development, np.sqrt(coupling * development)


def traditional(scores: Floats) -> Floats:
    """Return geometric over arithmetic mean, (n,), of (n, k) scores; at most one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.exp(np.log(scores).mean(axis=1)) / scores.mean(axis=1)
    return np.where((scores == 0).any(axis=1), 0.0, np.minimum(ratio, 1.0))


def wang(scores: Floats) -> Floats:
    """Return the corrected coupling, (n,), of (n, k) scores; NaN where all are zero."""
    k = scores.shape[1]
    gaps = np.abs(scores[:, :, None] - scores[:, None, :]).sum(axis=(1, 2)) / (k * (k - 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.prod(scores / scores.max(axis=1, keepdims=True), axis=1) ** (1.0 / (k - 1))
    return np.asarray(np.sqrt((1.0 - gaps) * relative))


def graded(degree: Floats, cuts: Sequence[float], *, closed: Literal["left", "right"]) -> Floats:
    """Return the grade of each (n,) degree, from 1; NaN where there is no degree. Cuts are met up to rounding."""
    snapped = degree.copy()
    for cut in cuts:
        snapped[np.abs(degree - cut) <= ROUNDING] = cut
    place = np.searchsorted(cuts, snapped, side="right" if closed == "left" else "left") + 1.0
    return np.where(np.isnan(degree), np.nan, place)


def _refuse_beyond(scores: Floats, names: Sequence[Text], panel: Panel) -> None:
    """Raise XZ-272 where a score is not from 0 to 1."""
    with np.errstate(invalid="ignore"):
        rows, places = np.nonzero((scores < -ROUNDING) | (scores > 1 + ROUNDING))
    if rows.size:
        cells = [
            say("{name}, {row}: {value:g}", name=names[k], row=place(panel, int(i)), value=float(scores[i, k]))
            for i, k in zip(rows[:5], places[:5], strict=True)
        ]
        found = say("{count} scores; first: {cells}", count=rows.size, cells=listed(cells))
        raise DataError("XZ-272", found, where=panel.source)
