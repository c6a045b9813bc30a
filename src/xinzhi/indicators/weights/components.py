"""Weights of principal components and of common factors.

R = V diag(l) V'       correlations of the indicators; eigenvalues l, largest first
A = V diag(l)^(1/2)    loadings of components; of factors: least SUM_i<j (R - A A')_ij^2
absolute               w_j = SUM_k l_k |a_jk| / l_k^(1/2) / SUM                      over the components kept
squared                w_j = max_k b_jk^2 / SUM,  B = A rotated by varimax           OECD and JRC (2008), step 6
KMO                    SUM_i<j r_ij^2 / SUM_i<j (r_ij^2 + q_ij^2),  q partial correlations
Bartlett               -(n - 1 - (2 m + 5) / 6) ln |R|                               ~ chi^2(m (m - 1) / 2)
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator
from scipy.optimize import minimize
from scipy.special import gammaincc

from xinzhi.errors import DataError, EstimationError, listed
from xinzhi.indicators.normalisations import refuse_constant
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

ROUNDING = 1e-9
"""Differences of eigenvalues, relative to their sum, that are rounding (1e-15 times the number of indicators)."""
LEAST_UNIQUENESS = 0.005
"""Least variance of an indicator that is its own, as is usual in factor analysis; a factor at it is at the boundary."""
TURNS = 1000
"""Rounds of varimax; a dozen where factors are distinct, sixty for eleven blurred ones."""
STARTS = 9
"""Starts of varimax: enough for up to nine factors of random numbers, which have the most ends (measured)."""
TURNED = 1e-9
"""Angles of the last round; what further rounds would turn adds up to a few times as much."""
ABOVE_ONE = "eigenvalue_above_one"


@role("principal_components")
class PrincipalComponents(WeightRule):
    """Principal components of the correlations: indicators weigh what they have in common.

    Parameters
    ----------
    form : "principal_components"
    keep : "eigenvalue_above_one" or number
        Components kept: those with an eigenvalue above one; below one, the fewest that explain this share of the
        variance; from one, so many.
    weights : "absolute" or "squared"
        Sum of absolute coefficients by explained variance; or the largest squared loading of each indicator after
        varimax rotation, as the OECD and JRC handbook has it.

    Notes
    -----
    Signs of loadings are arbitrary and play no part; the largest loading of each component is printed positive. Weights
    are undefined where kept components have equal eigenvalues (absolute), or where the last kept and the first left
    have.

    References
    ----------
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, step 6. doi:10.1787/9789264043466-en
    Kaiser, H. F. (1974). Psychometrika 39(1), 31-36. doi:10.1007/BF02291575

    Examples
    --------
    >>> from xinzhi.indicators.stage import Columns
    >>> x = np.array([[1.0, 2.0, 5.0], [2.0, 4.0, 1.0], [3.0, 6.0, 4.0], [4.0, 7.0, 2.0]])
    >>> none, ones, names = np.zeros(4, dtype=np.int64), np.ones(3), ("patents", "skills", "forests")
    >>> columns = Columns(x, x, np.ones(4), none, names, ones, ones)
    >>> PrincipalComponents(keep=0.85).weighting(columns).weights.round(3).tolist()
    [[0.336, 0.338, 0.326]]
    """

    called: ClassVar[Text] = say("principal components")
    form: Literal["principal_components"] = "principal_components"
    keep: Literal["eigenvalue_above_one"] | float = Setting(default="eigenvalue_above_one")
    weights: Literal["absolute", "squared"] = "absolute"

    @model_validator(mode="after")
    def _countable(self) -> "PrincipalComponents":
        if isinstance(self.keep, float) and not (0 < self.keep < 1 or (self.keep >= 1 and self.keep.is_integer())):
            raise ValueError(say("keep: a share of variance below one, or a whole number"))
        return self

    def weighting(self, columns: Columns) -> Weighting:
        """Return the weights; XZ-270 where the components that decide them are not unique."""
        R, n = correlations(columns)
        m = len(R)
        if m == 1:
            return Weighting(np.ones((1, 1)))
        values, A = components(R)
        k = kept(values, self.keep)
        first = k if self.weights == "squared" else 1
        tied = [j for j in range(first, min(k + 1, m)) if values[j - 1] - values[j] <= ROUNDING * m]
        if k == 0 or tied:
            found = say("components {places} have equal eigenvalues", places=listed([f"{j}–{j + 1}" for j in tied[:3]]))
            raise DataError("XZ-270", found if k else say("no eigenvalue is above one"), where=self.called)
        A, facts = A[:, :k], {"eigenvalues": values.tolist(), "kept": k, "explained": float(values[:k].sum() / m)}
        if self.weights == "squared":
            A = varimax(A)
            raw = largest_squares(A)
        else:
            raw = np.abs(A) @ np.sqrt(values[:k])
        facts |= {"loadings": A.tolist(), **adequacy(R, n)}
        return Weighting(raw[None] / raw.sum(), facts)


@role("factor_analysis")
class FactorAnalysis(WeightRule):
    """Common factors, rotated by varimax: an indicator weighs the variance that its main factor explains of it.

    Parameters
    ----------
    form : "factor_analysis"
    factors : "eigenvalue_above_one" or int
        Number of factors: as many as eigenvalues above one, or so many.

    Notes
    -----
    Factors are those of least squared residual correlations (MINRES), to which iterated principal axes converge;
    weights are the largest squared rotated loadings, as the OECD and JRC handbook has it. An indicator whose own
    variance reaches its lower bound (a Heywood case) is named among the facts.

    References
    ----------
    Harman, H. H. and Jones, W. H. (1966). Psychometrika 31(3), 351-368. doi:10.1007/BF02289468
    OECD and JRC (2008). Handbook on Constructing Composite Indicators, step 6. doi:10.1787/9789264043466-en

    Examples
    --------
    >>> R = np.array([[1.0, 0.72, 0.63], [0.72, 1.0, 0.56], [0.63, 0.56, 1.0]])
    >>> common_factors(R, 1)[1].round(4).tolist()
    [0.19, 0.36, 0.51]
    """

    called: ClassVar[Text] = say("factor analysis")
    form: Literal["factor_analysis"] = "factor_analysis"
    factors: Literal["eigenvalue_above_one"] | int = "eigenvalue_above_one"

    @model_validator(mode="after")
    def _some(self) -> "FactorAnalysis":
        if isinstance(self.factors, int) and self.factors < 1:
            raise ValueError(say("factors: at least one"))
        return self

    def weighting(self, columns: Columns) -> Weighting:
        """Return the weights; XZ-270 where the indicators are too few for so many factors."""
        R, n = correlations(columns)
        m = len(R)
        if m == 1:
            return Weighting(np.ones((1, 1)))
        values, _ = components(R)
        k = kept(values, float(self.factors) if isinstance(self.factors, int) else ABOVE_ONE)
        if k == 0 or (m - k) ** 2 < m + k:
            found = say("{factors} factors of {count} indicators are not identified", factors=k, count=m)
            raise DataError("XZ-270", found if k else say("no eigenvalue is above one"), where=self.called)
        A, own = common_factors(R, k)
        A = varimax(A)
        raw = largest_squares(A)
        at_bound = tuple(columns.names[j] for j in np.flatnonzero(own <= LEAST_UNIQUENESS + ROUNDING))
        facts = {"eigenvalues": values.tolist(), "kept": k, "explained": float((A**2).sum() / m)}
        facts |= {"loadings": A.tolist(), "communalities": (A**2).sum(axis=1).tolist(), "heywood": at_bound}
        return Weighting(raw[None] / raw.sum(), facts | adequacy(R, n))


# Arrays in, arrays out ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Residuals:
    """Squared residual correlations of the best k factors, given each indicator's own variance."""

    R: Floats
    k: int

    def __call__(self, own: Floats) -> tuple[float, Floats]:
        """Return the sum and its derivatives, by the eigenvalues that are left over."""
        values, V = np.linalg.eigh(self.R - np.diag(own))
        left, L = values[: -self.k], V[:, : -self.k]
        negative = np.minimum(values[-self.k :], 0.0)  # a factor has no negative variance: it is left over too
        slope = -(L**2 @ left) - V[:, -self.k :] ** 2 @ negative
        return float(0.5 * ((left**2).sum() + (negative**2).sum())), slope


def correlations(columns: Columns) -> tuple[Floats, int]:
    """Return the correlations of the complete rows that count, (m, m), and their number."""
    x = columns.sample()
    if len(x) < 2:
        raise DataError("XZ-266", say("{count} complete rows", count=len(x)), where=columns.group)
    refuse_constant(x.min(axis=0), x.max(axis=0), columns)
    z = x - x.mean(axis=0)
    z /= np.sqrt((z**2).sum(axis=0))
    R = z.T @ z
    np.fill_diagonal(R, 1.0)
    return R, len(x)


def components(R: Floats) -> tuple[Floats, Floats]:
    """Return eigenvalues of (m, m) correlations, (m,), largest first, and loadings, (m, m), a component a column."""
    values, V = np.linalg.eigh(R)
    values, V = np.maximum(values[::-1], 0.0), V[:, ::-1]
    return values, positive(V * np.sqrt(values))


def positive(A: Floats) -> Floats:
    """Return (m, k) loadings with the largest of each column positive; the first of those of equal size."""
    size = np.abs(A)
    first = (size >= size.max(axis=0) * (1 - ROUNDING)).argmax(axis=0)
    return A * np.where(A[first, np.arange(A.shape[1])] < 0, -1.0, 1.0)


def kept(values: Floats, rule: str | float) -> int:
    """Return how many of the components with (m,) eigenvalues are kept."""
    if isinstance(rule, str):
        return int((values > 1 + ROUNDING).sum())
    if rule >= 1:
        return min(int(rule), values.size)
    share = np.cumsum(values) / values.sum()
    return int(np.searchsorted(share, rule - ROUNDING) + 1)


def varimax(A: Floats) -> Floats:
    """Return (m, k) loadings rotated by varimax with Kaiser's normalisation, columns by falling variance.

    Pairs of factors are turned one after another by the angle that is best for them, until none turns. With three
    factors or more that may end below the largest criterion: it is done from several starts, and the best end is taken.
    """
    m, k = A.shape
    length = np.sqrt((A**2).sum(axis=1, keepdims=True))
    X = starts(k) @ (A / np.where(length > 0, length, 1.0)).T
    for _ in range(TURNS):
        turned = False
        for p, q in combinations(range(k), 2):
            a, b = X[:, p], X[:, q]
            u, v = a * a - b * b, 2 * a * b
            su, sv = u.sum(axis=1), v.sum(axis=1)
            across = 2 * ((u * v).sum(axis=1) - su * sv / m)
            angle = np.arctan2(across, (u * u - v * v).sum(axis=1) - (su * su - sv * sv) / m) / 4
            angle = np.where(np.abs(angle) > TURNED, angle, 0.0)[:, None]
            if angle.any():
                c, s = np.cos(angle), np.sin(angle)
                X[:, p], X[:, q] = c * a + s * b, c * b - s * a
                turned = True
        if not turned:
            break
    criterion = ((X**4).sum(axis=2) - (X**2).sum(axis=2) ** 2 / m).sum(axis=1)
    B = X[(criterion >= criterion.max() * (1 - ROUNDING)).argmax()].T * length
    return positive(B[:, np.argsort(-(B**2).sum(axis=0), kind="stable")])


def starts(k: int) -> Floats:
    """Return rotations of k factors that varimax starts from, (s, k, k): none first; of two factors any will do."""
    place = np.arange(1, k + 1)
    turns = range(1, STARTS) if k > 2 else ()
    return np.stack([np.eye(k), *(np.linalg.qr(np.cos(s * np.outer(place, place)))[0] for s in turns)])


def largest_squares(A: Floats) -> Floats:
    """Return the largest squared loading of each indicator, (m,).

    The handbook gives an indicator to its main factor, divides its squared loading by the factor's variance and
    multiplies by the factor's share in the variance of all: the factor's variance cancels.
    """
    raw: Floats = (A**2).max(axis=1)
    return raw


def common_factors(R: Floats, k: int) -> tuple[Floats, Floats]:
    """Return loadings of k factors, (m, k), with least squared residuals, and each indicator's own variance, (m,)."""
    m = len(R)
    S = np.linalg.pinv(R, hermitian=True)
    start = np.clip(1.0 / np.maximum(np.diag(S), 1.0), 0.1, 0.9)  # one less the squared multiple correlation
    fit = minimize(
        _Residuals(R, k),
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(LEAST_UNIQUENESS, 1.0)] * m,
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-9},
    )
    if fit.status == 1:
        raise EstimationError("XZ-270", say("the factors do not converge"), where=FactorAnalysis.called)
    values, V = np.linalg.eigh(R - np.diag(fit.x))
    return V[:, -k:] * np.sqrt(np.maximum(values[-k:], 0.0)), fit.x


def adequacy(R: Floats, n: int) -> dict[str, Any]:
    """Return whether (m, m) correlations of n rows suit factors: KMO and Bartlett's test of sphericity.

    Both need the inverse of the correlations: None, with the reason, where they have none, as with no more rows than
    indicators.
    """
    m, df = len(R), len(R) * (len(R) - 1) // 2
    factor = n - 1 - (2 * m + 5) / 6
    if n <= m or factor <= 0 or np.linalg.eigvalsh(R)[0] <= ROUNDING:
        reason = say("{n} rows of {m} indicators: their correlations have no inverse", n=n, m=m)
        return {"kmo": None, "kmo_each": None, "bartlett": None, "not_defined": reason}
    S = np.linalg.inv(R)
    scale = np.sqrt(np.diag(S))
    r2, q2 = R**2, (S / np.outer(scale, scale)) ** 2
    np.fill_diagonal(r2, 0.0)
    np.fill_diagonal(q2, 0.0)
    chi2 = float(-factor * np.linalg.slogdet(R)[1])
    each = r2.sum(axis=0), q2.sum(axis=0)
    with np.errstate(invalid="ignore"):  # an indicator without any correlation has none
        kmo_each = each[0] / (each[0] + each[1])
    return {
        "kmo": float(r2.sum() / (r2.sum() + q2.sum())) if r2.any() else None,
        "kmo_each": [None if np.isnan(one) else one for one in kmo_each.tolist()],
        "bartlett": {"chi2": chi2, "df": df, "p": float(gammaincc(df / 2, max(chi2, 0.0) / 2))},
        "not_defined": "",
    }
