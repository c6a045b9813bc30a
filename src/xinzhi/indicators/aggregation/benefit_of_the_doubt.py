"""Benefit of the doubt: each unit is weighed by what puts it in the best light among the others.

score of k    max SUM w_j z_kj   subject to   SUM w_j z_ij <= 1 for every row i that counts,  w >= 0
shares        low SUM w z_k <= w_j z_kj <= high SUM w z_k
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.indicators.aggregation.rule import AggregationRule, Scored
from xinzhi.indicators.stage import Columns
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.numerics.linear_programme import LinearProgramme, solve_general
from xinzhi.panel.panel import Bools, Floats


@role("benefit_of_the_doubt")
class BenefitOfTheDoubt(AggregationRule):
    """Weights of its own for each unit, the best for it; 1 where no weights put another unit ahead.

    Parameters
    ----------
    form : "benefit_of_the_doubt"
    lowest, highest : number or None
        Smallest and largest share of each indicator in the score. A unit with a zero cannot have a smallest share.

    Notes
    -----
    The weights of the index are not used. Rows of all years stand against each other, so that years compare. Without
    bounds a unit may ignore all but its best indicator, and many units reach 1. Optimal weights need not be unique; the
    ones that are listed are one choice. All indicators below a dimension count at once; a unit with a missing or
    negative one has no score, and is not among those that others are compared with.

    References
    ----------
    Cherchye, L. et al. (2007). Social Indicators Research 82(1), 111-145. doi:10.1007/s11205-006-9029-7
    """

    called: ClassVar[Text] = say("benefit of the doubt")
    flat: ClassVar[bool] = True
    needs: ClassVar[Literal["anything", "non_negative", "positive"]] = "non_negative"
    form: Literal["benefit_of_the_doubt"] = "benefit_of_the_doubt"
    lowest: float | None = Setting(default=None, ge=0, lt=1)
    highest: float | None = Setting(default=None, gt=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> "BenefitOfTheDoubt":
        if self.lowest is not None and self.highest is not None and not self.lowest <= self.highest:
            raise ValueError(say("needs lowest <= highest"))
        return self

    def scored(self, columns: Columns, weights: Floats) -> Scored:  # noqa: ARG002
        """Return the scores and, as ``unit_weights``, (n, m) weights; NaN where no weights give a unit a score."""
        with np.errstate(invalid="ignore"):
            whole = (columns.base > 0) & (np.isfinite(columns.values) & (columns.values >= 0)).all(axis=1)
        found = np.full(columns.values.shape, np.nan)
        peers = columns.values[whole]
        peers = peers[undominated(peers)]
        for row in np.flatnonzero(whole):
            found[row] = best_weights(columns.values[row], peers, (self.lowest, self.highest))
        scores = (found * columns.values).sum(axis=1)
        return Scored(
            scores, facts={"unit_weights": found}, gap=say("no weights within the bounds, or a negative part")
        )


def best_weights(own: Floats, peers: Floats, shares: tuple[float | None, float | None]) -> Floats:
    """Return the (m,) weights under which ``own`` (m,) scores highest and none of the (k, m) peers above one.

    NaN where shares are bounded and only a score of zero is within the bounds.
    """
    m, (low, high) = own.size, shares
    share = [sign * (np.diag(own) - bound * own) for sign, bound in ((-1, low), (1, high)) if bound is not None]
    matrix = np.vstack([peers, *share])
    limit = np.r_[np.ones(len(peers)), np.zeros(m * len(share))]
    sense = np.ones(limit.size, dtype=np.int64)
    found = solve_general(LinearProgramme(-own, matrix, sense, limit, np.zeros(m), np.full(m, np.inf)))
    nothing = found.status != "ok" or (bool(share) and not own @ found.value > 0)
    return np.full(m, np.nan) if nothing else found.value


def undominated(values: Floats) -> Bools:
    """Return which of (n, m) rows have no other that is at least as large everywhere and larger somewhere, (n,)."""
    return np.array(
        [not ((values >= row).all(axis=1) & (values > row).any(axis=1)).any() for row in values], dtype=bool
    )
