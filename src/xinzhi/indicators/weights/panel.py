"""Weights of panels: by year, their average over years, and the scatter degree of all years together.

by year         w_jt from the rows of year t alone
average         w_j = SUM_t theta_t w_jt

time weights theta, t = 1 ... T the first to the last year
  equal         1 / T
  linear        prop. to t
  exponential   prop. to exp(rate t)
  time degree   max -SUM theta ln theta  s.t.  SUM theta_t (T - t) / (T - 1) = degree,  SUM theta_t = 1
                so theta_t prop. to exp(mu (T - t) / (T - 1)), mu the root of the first condition

scatter degree  max w' H w  s.t.  w' w = 1,  w >= 0,  H = SUM_t X_t' X_t;  then w / SUM w
"""

from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny

from xinzhi.errors import DataError
from xinzhi.indicators.normalisations import bounds, refuse_constant
from xinzhi.indicators.slots import Formed, Number, OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.dispersion import moments
from xinzhi.indicators.weights.rule import (
    ROUNDING,
    Needs,
    Refused,
    Weighting,
    WeightRule,
    counting_rows,
    in_proportion,
)
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats, Ints

STEPS, ROUNDS = 100, 100
"""Steps of an ascent, each one product, between two looks at whether it has come to its end; and most looks."""
NEAR, PLACES = 1e-3, 3
"""Ends of the first ascents this close to the highest, relatively, are followed; equal to so many places, as one."""
SAME, APART = 1e-10, 1e-3
"""Equally high ends are two where they are ``APART``: so far from one end its height would differ more."""


@role("time_weights")
class TimeWeights(Formed):
    """Weights of years.

    Parameters
    ----------
    form : "time_weights"
    by : "equal", "linear", "exponential" or "time_degree"
        ``linear``: the t-th year counts t times; ``exponential``: each year counts exp(rate) times the one before;
        ``time_degree``: the most even weights of a given time degree.
    rate : number
        Of ``exponential``.
    degree : number
        Of ``time_degree``, between 0 and 1: small where late years count most, 0.5 where all count equally.

    Notes
    -----
    Years count by their place, 1 to T, not by the distance between them.

    References
    ----------
    Guo, Y., Yao, Y. and Yi, P. (2007). Systems Engineering: Theory and Practice 27(10), 154-158

    Examples
    --------
    >>> TimeWeights(by="time_degree", degree=0.3).over(3).round(4).tolist()
    [0.154, 0.2921, 0.554]
    """

    called: ClassVar[Text] = say("weights of years")
    form: Literal["time_weights"] = "time_weights"
    by: Literal["equal", "linear", "exponential", "time_degree"] | OneOf = "equal"
    rate: Number = 0.1
    degree: Number = Setting(default=0.3)

    def over(self, count: int) -> Floats:
        """Return the (t,) weights of ``count`` years, the first year first."""
        assert isinstance(self.rate, float)
        assert isinstance(self.degree, float)
        place = np.arange(1, count + 1, dtype=np.float64)
        if self.by == "time_degree":
            return time_degree_weights(count, self.degree)
        amounts = {"equal": np.ones(count), "linear": place, "exponential": np.exp(self.rate * (place - count))}
        theta = amounts[str(self.by)]
        return np.asarray(theta / theta.sum())


@role("by_year")
class ByYear(WeightRule):
    """Weights of each year from its own rows, or their average.

    Parameters
    ----------
    form : "by_year"
    of : WeightRule
    average : None, "equal" or TimeWeights
        None: each year keeps its weights, so that scores of different years are sums with different weights and their
        growth mixes both; otherwise one set of weights for all years.

    Notes
    -----
    Values stay as normalised, which may be over all years. In a panel without years, the rule itself. A year of which
    no row counts has no weights (XZ-266); an average is over the other years. The facts are those of the rule by year,
    and ``time_weights``.

    Examples
    --------
    >>> from xinzhi.indicators.weights.entropy import Entropy
    >>> ByYear(of=Entropy(), average=TimeWeights(by="linear")).words()
    'weights by year (of: entropy weights, averaged by: weights of years (by: linear))'
    """

    called: ClassVar[Text] = say("weights by year")
    form: Literal["by_year"] = "by_year"
    of: SerializeAsAny[WeightRule] | OneOf
    average: Literal["equal"] | TimeWeights | OneOf | None = None

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        return self.of.needs if isinstance(self.of, WeightRule) else "anything"

    def weighting(self, columns: Columns) -> Weighting:
        """Return (t, m) weights by year, or their (1, m) average."""
        assert isinstance(self.of, WeightRule)
        years = np.arange(columns.time.max() + 1)
        if self.average is not None:
            years = np.unique(columns.time[columns.base > 0])
        found = [self._of_year(self.of, columns, int(year), columns.time.max() + 1) for year in years]
        weights = np.concatenate([each.weights for each in found])
        facts = {name: _together([each.facts[name] for each in found]) for name in found[0].facts}
        changes = tuple(change for each in found for change in each.changes)
        if self.average is None:
            return Weighting(weights, facts, changes)
        over = TimeWeights() if self.average == "equal" else self.average
        assert isinstance(over, TimeWeights)
        theta = over.over(int(columns.time.max()) + 1)[years]
        theta = theta / theta.sum()
        return Weighting(theta[None] @ weights, {**facts, "time_weights": theta}, changes)

    def _of_year(self, rule: WeightRule, columns: Columns, year: int, count: int) -> Weighting:
        """Return what the rule finds in a year; an error says which year it is."""
        try:
            return rule.weighting(columns.counting(columns.time == year))
        except Refused:
            raise
        except DataError as error:
            found = say("year {place} of {count}: {found}", place=year + 1, count=count, found=error.found)
            raise DataError(
                error.code, found, where=error.where, expected=error.expected, remedy=error.remedy
            ) from error


def _together(found: list[Any]) -> Any:
    """Return what a rule found in each year as one array with years as rows, or, where it is no number, as a tuple."""
    if isinstance(found[0], tuple):
        return tuple(dict.fromkeys(item for each in found for item in each))
    return np.stack(found) if isinstance(found[0], np.ndarray | float) else tuple(found)


@role("scatter_degree")
class ScatterDegree(WeightRule):
    """Scatter degree in time and between units: the weights by which scores differ most.

    Parameters
    ----------
    form : "scatter_degree"
    standard : "z_score", "z_score_by_year" or "as_given"
        What the values are brought to for the weights: mean 0 and variance 1 over all rows, the same within each year,
        or nothing. Only about a mean of zero is w' H w the sum of squared deviations of the scores; with normalised
        values as they are it is the sum of squares, in which the mean counts too.
    negative : "constrained" or "error"
        What is done where the leading eigenvector of H has elements of both signs: the maximum with weights of zero or
        more, or an error (XZ-270).

    Notes
    -----
    With ``z_score``, H is the correlation matrix times the number of rows, and w the first principal component. The
    maximum under w >= 0 is that of an ascent w <- max(H w, 0) / length, which never falls, from each single indicator,
    from equal weights and from both sides of the eigenvector; the best end is taken. It is an eigenvector of H on the
    indicators that are left; that no other end is higher is not proved for many indicators. Rows with a missing cell
    do not count. The facts are ``eigenvalues``, largest first, ``eigenvector`` and ``scatter``, w' H w at length one.

    References
    ----------
    Guo, Y. (2002). Journal of Management Sciences in China 5(2), 49-54

    Examples
    --------
    >>> import numpy as np
    >>> scores = np.array([[1.0, 0.9, 0.1], [-1.0, -0.7, 0.3], [0.0, -0.2, -0.4]])
    >>> largest_scatter(scores.T @ scores).round(3).tolist()
    [0.775, 0.632, 0.0]
    """

    called: ClassVar[Text] = say("scatter degree")
    form: Literal["scatter_degree"] = "scatter_degree"
    standard: Literal["z_score", "z_score_by_year", "as_given"] | OneOf = "z_score"
    negative: Literal["constrained", "error"] | OneOf = "constrained"

    def weighting(self, columns: Columns) -> Weighting:
        """Return w / SUM w; see the head of the module."""
        rows, z, base = counting_rows(columns)
        if self.standard != "as_given":
            years = columns.time[rows] if self.standard == "z_score_by_year" else np.zeros_like(rows)
            z = z_scores(z, base, years, columns)
        h = (base * z).T @ z
        values, vectors = np.linalg.eigh(h)
        values = values[::-1]
        if values.size > 1 and values[0] - values[1] <= ROUNDING * values[0]:
            raise DataError("XZ-270", say("the two largest eigenvalues are equal"), where=columns.group)
        w = vectors[:, -1] * (-1.0 if vectors[:, -1].sum() < 0 else 1.0)
        w[np.abs(w) < ROUNDING] = 0.0
        facts = {"eigenvalues": values, "eigenvector": w}
        if (w < 0).any():
            if self.negative == "error":
                found = say("the leading eigenvector has elements of both signs")
                raise DataError("XZ-270", found, where=columns.group)
            w = largest_scatter(h, columns.group)
        weights = in_proportion(w, columns, expected=say("values that differ between units"))
        return Weighting(weights, {**facts, "scatter": w @ h @ w})


def z_scores(z: Floats, base: Floats, years: Ints, columns: Columns) -> Floats:
    """Return (k, m) values with mean 0 and variance 1 within each of the (k,) years; XZ-261 where one is constant."""
    out = np.empty(z.shape)
    for year in np.unique(years):
        rows = years == year
        refuse_constant(*bounds(z[rows], base[rows, 0]), columns)
        mean, spread = moments(z[rows], base[rows])
        out[rows] = (z[rows] - mean) / spread
    return out


def largest_scatter(h: Floats, group: str = "") -> Floats:
    """Return the (m,) w >= 0 of length one with the largest w' H w that ascents reach, from an (m, m) H = X' X.

    Raises
    ------
    DataError
        Two ends are equally high (XZ-270).
    """
    m = h.shape[0]
    leading = np.linalg.eigh(h)[1][:, [-1]]
    starts = np.hstack([np.eye(m), np.ones((m, 1)), np.maximum(leading, 0.0), np.maximum(-leading, 0.0)])
    starts = starts[:, _scatter(h, starts) > 0]
    ends = _ascended(h, starts / np.linalg.norm(starts, axis=0))
    near = _scatter(h, ends) >= (1 - NEAR) * _scatter(h, ends).max()
    ends = np.column_stack([_end(h, w) for w in np.unique(ends[:, near].round(PLACES), axis=1).T])
    height = _scatter(h, ends)
    best = ends[:, np.argmax(height)]
    if (np.abs(ends - best[:, None]).max(axis=0)[height >= (1 - SAME) * height.max()] > APART).any():
        raise DataError("XZ-270", say("two sets of weights give the same largest scatter"), where=group)
    return best


def _scatter(h: Floats, w: Floats) -> Floats:
    """Return w' H w of the columns of (m, s) w."""
    return np.asarray(((h @ w) * w).sum(axis=0))


def _ascended(h: Floats, w: Floats) -> Floats:
    """Return (m, s) w after some steps w <- max(H w, 0) / length; no step lowers w' H w."""
    for _ in range(STEPS):
        w = np.maximum(h @ w, 0.0)
        w /= np.linalg.norm(w, axis=0)
    return w


def _end(h: Floats, w: Floats) -> Floats:
    """Return the (m,) end of the ascent: the leading eigenvector on some elements, where no other one would rise."""
    for _ in range(ROUNDS):
        kept = w > np.sqrt(ROUNDING)
        leading = np.linalg.eigh(h[np.ix_(kept, kept)])[1][:, -1]
        exact = np.zeros(w.size)
        exact[kept] = leading * np.sign(leading.sum())
        if (exact >= 0).all() and (h @ exact <= ROUNDING * h.trace())[~kept].all():
            return exact
        w = _ascended(h, w[:, None])[:, 0]
    return w


def time_degree_weights(count: int, degree: float) -> Floats:
    """Return the (count,) weights of largest entropy whose time degree, SUM theta_t (T - t) / (T - 1), is as given.

    Raises
    ------
    DataError
        A degree that is not between 0 and 1 (XZ-270).
    """
    from scipy.optimize import brentq

    if not 0 < degree < 1:
        raise DataError("XZ-270", say("time degree {degree:g}", degree=degree), expected=say("between 0 and 1"))
    if count == 1:
        return np.ones(1)
    age = np.arange(count - 1, -1, -1) / (count - 1)

    def theta(mu: float) -> Floats:
        amounts = np.exp(mu * age - max(mu, 0.0))
        return np.asarray(amounts / amounts.sum())

    # At this distance the weight that is left to the far years is below both the degree and its complement.
    far = (count - 1) * (2.0 - np.log(min(degree, 1 - degree)))
    return theta(brentq(lambda mu: float(theta(mu) @ age) - degree, -far, far, xtol=1e-14, rtol=1e-14))
