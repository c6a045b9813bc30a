"""Weights by spread, and by spread and conflict.

standard deviation         w_j prop. to s_j
coefficient of variation   w_j prop. to s_j / |mean_j|
CRITIC                     w_j prop. to C_j = s_j SUM_k (1 - r_jk)      improved: |r|, other correlations, s / |mean|

The divisor of the variance (n or n - 1) is the same in every column and cancels.
"""

from typing import ClassVar, Literal

import numpy as np

from xinzhi.indicators.slots import OneOf
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.rule import (
    ROUNDING,
    Needs,
    Weighting,
    WeightRule,
    counting_rows,
    in_proportion,
    refuse_columns,
)
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

BLOCK = 4_000_000
"""Numbers that distance correlation holds at once, 32 MB."""


@role("standard_deviation")
class StandardDeviation(WeightRule):
    """Weights in proportion to the standard deviations of normalised values.

    Parameters
    ----------
    form : "standard_deviation"

    Notes
    -----
    Always of normalised values: the standard deviation of raw ones is a matter of their units of measurement, and the
    column in the smallest unit takes nearly all the weight. After z-scores all weights are equal. Rows with a missing
    cell do not count. The fact is ``spread``.

    References
    ----------
    Diakoulaki, D. et al. (1995). Computers and Operations Research 22(7), 763-770. doi:10.1016/0305-0548(94)00059-H

    Examples
    --------
    >>> import xinzhi as xz
    >>> xz.Weigh(by=xz.StandardDeviation(), scope="siblings").by.needs
    'anything'
    """

    called: ClassVar[Text] = say("standard deviation")
    form: Literal["standard_deviation"] = "standard_deviation"

    def weighting(self, columns: Columns) -> Weighting:
        """Return s / SUM s."""
        _, z, base = counting_rows(columns)
        spread = moments(z, base)[1]
        return Weighting(in_proportion(spread, columns, expected=_DIFFERENT), {"spread": spread})


@role("coefficient_of_variation")
class CoefficientOfVariation(WeightRule):
    """Weights in proportion to the standard deviation over the mean.

    Parameters
    ----------
    form : "coefficient_of_variation"
    of : "normalised" or "raw"
        ``raw``: the values before they were normalised; units of measurement cancel, the position of zero does not.

    Notes
    -----
    Needs means above zero, so none after z-scores. Rows with a missing cell do not count. The facts are ``mean`` and
    ``spread``.

    Examples
    --------
    >>> CoefficientOfVariation(of="raw").words()
    'coefficient of variation (of: raw values)'
    """

    called: ClassVar[Text] = say("coefficient of variation")
    form: Literal["coefficient_of_variation"] = "coefficient_of_variation"
    of: Literal["normalised", "raw"] | OneOf = "normalised"

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        return "anything" if self.of == "raw" else "non_negative"

    def weighting(self, columns: Columns) -> Weighting:
        """Return (s / mean) / SUM (s / mean)."""
        _, z, base = counting_rows(columns, raw=self.of == "raw")
        mean, spread = moments(z, base)
        refuse_columns(mean <= ROUNDING * np.abs(z).max(axis=0), columns, expected=_POSITIVE_MEANS)
        return Weighting(in_proportion(spread / mean, columns, expected=_DIFFERENT), {"mean": mean, "spread": spread})


@role("critic")
class Critic(WeightRule):
    """CRITIC: spread times conflict, so that an indicator which repeats others weighs less.

    Parameters
    ----------
    form : "critic"
    correlation : "signed" or "absolute"
        Conflict is SUM (1 - r), the original, or with ``|r|`` in place of r: a negative correlation is repetition
        too.
    measure : "pearson", "spearman" or "distance"
        Correlation: linear, of ranks (ties share their mean), or distance correlation, which is never negative.
    spread : "sd" or "cv"
        Standard deviation, or the coefficient of variation.

    Notes
    -----
    Values are normalised and directed first: a cost that is not turned has the wrong sign in every correlation. A
    column that does not vary has no correlation (XZ-270). Rows with a missing cell do not count. The facts are
    ``spread``, ``conflict`` and their product ``information``.

    References
    ----------
    Diakoulaki, D. et al. (1995). Computers and Operations Research 22(7), 763-770. doi:10.1016/0305-0548(94)00059-H
    Székely, G. J. et al. (2007). Annals of Statistics 35(6), 2769-2794. doi:10.1214/009053607000000505

    Examples
    --------
    >>> Critic(correlation="absolute").words()
    'CRITIC (correlation: absolute)'
    """

    called: ClassVar[Text] = say("CRITIC")
    form: Literal["critic"] = "critic"
    correlation: Literal["signed", "absolute"] | OneOf = "signed"
    measure: Literal["pearson", "spearman", "distance"] | OneOf = "pearson"
    spread: Literal["sd", "cv"] | OneOf = "sd"

    @property
    def needs(self) -> Needs:
        """Return what normalised values it can take."""
        return "non_negative" if self.spread == "cv" else "anything"

    def weighting(self, columns: Columns) -> Weighting:
        """Return C / SUM C."""
        _, z, base = counting_rows(columns)
        mean, spread = moments(z, base)
        refuse_columns(spread <= ROUNDING * np.abs(z).max(axis=0), columns, expected=_DIFFERENT)
        if self.spread == "cv":
            refuse_columns(mean <= ROUNDING * np.abs(z).max(axis=0), columns, expected=_POSITIVE_MEANS)
            spread = spread / mean
        r = self._correlations(np.repeat(z, base[:, 0].astype(np.int64), axis=0))
        conflicts = 1 - (r if self.correlation == "signed" else np.abs(r))
        conflict = np.where(conflicts < ROUNDING, 0.0, conflicts).sum(axis=0)
        weights = in_proportion(spread * conflict, columns, expected=say("columns that do not all repeat each other"))
        return Weighting(weights, {"spread": spread, "conflict": conflict, "information": spread * conflict})

    def _correlations(self, z: Floats) -> Floats:
        """Return the (m, m) correlations of (k, m) values."""
        if self.measure == "distance":
            return distance_correlations(z)
        if self.measure == "spearman":
            from scipy.stats import rankdata

            z = rankdata(z, axis=0)
        return pearson_correlations(z)


_DIFFERENT = say("values that differ between units")
_POSITIVE_MEANS = say("means above zero")


def moments(z: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Return (m,) means and standard deviations (divisor n) of (k, m) values whose rows count ``base`` times, (k, 1).

    A spread that is rounding of zero is zero.
    """
    count = base.sum()
    mean = (base * z).sum(axis=0) / count
    spread = np.sqrt((base * (z - mean) ** 2).sum(axis=0) / count)
    return mean, np.where(spread <= ROUNDING * np.abs(z).max(axis=0), 0.0, spread)


def pearson_correlations(z: Floats) -> Floats:
    """Return the (m, m) correlations of the columns of (k, m) values that vary."""
    centred = z - z.mean(axis=0)
    unit = centred / np.sqrt((centred**2).sum(axis=0))
    return np.asarray(np.clip(unit.T @ unit, -1.0, 1.0))


def distance_correlations(z: Floats) -> Floats:
    """Return the (m, m) distance correlations of the columns of (k, m) values that vary.

    With a_il = |x_i - x_l|, row sums r_i and total t, the centred products add up to
    SUM a b - (2 / k) SUM r_i s_i + t u / k^2, so that nothing centred of size (k, k) is held.
    """
    k, m = z.shape
    products, sums = np.zeros((m, m)), np.empty((k, m))
    block = max(1, BLOCK // (k * m))
    for first in range(0, k, block):
        distances = np.abs(z[first : first + block, None] - z)
        sums[first : first + block] = distances.sum(axis=1)
        flat = distances.reshape(-1, m)
        products += flat.T @ flat
    total = sums.sum(axis=0)
    covariance = products - 2 / k * sums.T @ sums + np.outer(total, total) / k**2
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(np.sqrt(np.clip(covariance / np.outer(scale, scale), 0.0, 1.0)))
