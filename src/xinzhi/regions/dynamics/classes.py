"""Classes of a distribution: quantiles, pooled or of each year, and cut-offs that are given.

A class holds its upper cut-off (right-closed): value <= cut_1 is class 1, cut_{k-1} < value is class k.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator
from pydantic import Field as Setting

from xinzhi.errors import DataError
from xinzhi.language import Text, enumerated, say
from xinzhi.method import Value
from xinzhi.method.base import role
from xinzhi.method.table import shown
from xinzhi.panel.panel import Floats, Ints
from xinzhi.regions.dynamics.positions import digits_of

ROUNDING = 1e-12
"""Distance to a cut-off, relative to it, that is none: spatial lags of equal neighbours differ by their rounding."""
MOST = 20
"""Classes beyond which a matrix of transitions is no longer read."""


class Counted(Value):
    """Classes that a rule forms: how many, and of the values of all years together or of each year."""

    count: int = Setting(default=5, ge=2, le=MOST)
    over: Literal["pooled", "year"] = "pooled"


@role("quantiles")
class Quantiles(Counted):
    """Classes that hold equal parts of the observations.

    Parameters
    ----------
    count : int
        Number of classes.
    over : "pooled" or "year"
        Quantiles of all years together: a unit moves when its own value does. Or of each year: a unit moves only
        when it passes others.

    Notes
    -----
    A cut-off at share q is interpolated linearly between the ordered values at place q (n - 1), as NumPy and
    mapclassify do. Equal values are always in one class, so that ties make classes of unequal size.
    """


def _rising(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(high <= low for low, high in pairwise(values)):
        raise ValueError(say("values: each larger than the one before"))
    return values


@role("cut_offs")
class CutOffs(Value):
    """Classes between cut-offs that are given, the same in all years.

    Parameters
    ----------
    values : tuple of numbers
        From the smallest to the largest, in the units of what is classed; one more class than cut-offs.
    """

    values: Annotated[tuple[float, ...], Setting(min_length=1, max_length=MOST - 1), AfterValidator(_rising)]


Classes = Quantiles | CutOffs


def class_count(classes: Counted | CutOffs) -> int:
    """Return the number of classes."""
    return classes.count if isinstance(classes, Counted) else len(classes.values) + 1


def class_words(classes: Classes) -> Text:
    """Return how classes are formed, in words."""
    if isinstance(classes, CutOffs):
        cuts = enumerated([shown(cut, digits_of(classes.values, least=4)) for cut in classes.values])
        return say("Classes: cut-offs given, {cuts}; a class holds its upper cut-off.", cuts=cuts)
    if classes.over == "pooled":
        return say(
            "Classes: {count} quantiles of all years together, interpolated linearly; a class holds its upper "
            "cut-off, so equal values share a class.",
            count=classes.count,
        )
    return say(
        "Classes: {count} quantiles of each year, interpolated linearly; a class holds its upper cut-off, so equal "
        "values share a class.",
        count=classes.count,
    )


def cut_offs(
    values: Floats,
    when: Ints,
    classes: Counted | CutOffs,
    *,
    source: str,
    rule: Callable[[Floats, int], Floats] | None = None,
) -> tuple[Ints, Floats]:
    """Return the years and the cut-offs of each, (t,) and (t, k - 1), of (n,) values in (n,) years.

    Years without a value have missing cut-offs. ``rule``: of (m,) values and a number of classes, quantiles by default.

    Raises
    ------
    DataError
        There is no value (XZ-281); two cut-offs coincide (XZ-284).
    """
    if not np.isfinite(values).any():
        remedy = say("Give values, or a policy for missing ones; neighbours need values too.")
        raise DataError("XZ-281", say("no value"), where=source, expected=say("values to class"), remedy=remedy)
    years, cuts_of = np.unique(when), rule or quantile_cuts
    if isinstance(classes, CutOffs):
        return years, np.tile(np.array(classes.values), (years.size, 1))
    if classes.over == "pooled":
        cuts = cuts_of(values[np.isfinite(values)], classes.count)
        _refuse_equal(cuts, "", source)
        return years, np.tile(cuts, (years.size, 1))
    found = np.full((years.size, classes.count - 1), np.nan)
    for t, year in enumerate(years):
        known = values[(when == year) & np.isfinite(values)]
        if known.size:
            found[t] = cuts_of(known, classes.count)
            _refuse_equal(found[t], str(year), source)
    return years, found


def _refuse_equal(cuts: Floats, year: str, source: str) -> None:
    """Raise XZ-284 where no value can lie between two cut-offs."""
    if cuts.size and not (np.diff(cuts) > 0).all():
        told = enumerated([shown(float(cut), digits_of(cuts, least=4)) for cut in cuts])
        found = (
            say("cut-offs that coincide in {year}: {cuts}", year=year, cuts=told)
            if year
            else say("cut-offs that coincide: {cuts}", cuts=told)
        )
        raise DataError("XZ-284", found, where=source)


# Arrays in, arrays out ------------------------------------------------------------------------


def quantile_cuts(values: Floats, count: int) -> Floats:
    """Return the (count - 1,) linearly interpolated quantiles of (m,) values; the places are whole-number exact."""
    ordered = np.sort(values)
    if not ordered.size:
        return np.full(count - 1, np.nan)
    whole, rest = np.divmod(np.arange(1, count) * (ordered.size - 1), count)
    above = np.minimum(whole + 1, ordered.size - 1)
    return np.asarray(ordered[whole] + (ordered[above] - ordered[whole]) * (rest / count))


def classify(values: Floats, cuts: Floats) -> Floats:
    """Return the class of (n,) values, 1 the lowest, by (n, k - 1) cut-offs; NaN where value or cut-offs are."""
    place = 1.0 + (values[:, None] > cuts + ROUNDING * np.abs(cuts)).sum(axis=1)
    return np.where(np.isnan(values) | np.isnan(cuts).any(axis=1), np.nan, place)
