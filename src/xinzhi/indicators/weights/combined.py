"""Weights of weights: several rules combined into one.

multiplicative    w = PROD_k w_k / SUM
linear            w = SUM_k a_k w_k
minimum entropy   w = (PROD_k w_k)^(1/K) / SUM          least SUM_k SUM_j w_j ln (w_j / w_kj)
game theory       SUM_k a_k w_l'w_k = w_l'w_l, l = 1..K;  w = SUM_k |a_k| w_k / SUM_k |a_k|
"""

from abc import abstractmethod
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import SerializeAsAny, model_validator

from xinzhi.errors import DataError
from xinzhi.indicators.slots import Between, Number
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.language import Text, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

SAME = 1e-10
"""Eigenvalues of products of weights, relative to the largest, below which two sets of weights are the same."""
ADDS_UP = 1e-9
"""By how much shares typed as fractions may miss one."""
STRICT = ("anything", "non_negative", "positive")


class Combined(WeightRule):
    """A rule that makes weights of the weights of others; those that differ by year are combined year by year.

    It weighs siblings if one of its rules usually does, looks at no data if none of them does, and takes the values
    that all of them take. Where one of them weighs siblings, the dimensions are weighed by ``Weigh.above``.
    """

    of: tuple[SerializeAsAny[WeightRule], ...] = Setting(min_length=2)

    @property
    def scope(self) -> Literal["all", "siblings"]:  # type: ignore[override]
        """Return what it usually weighs."""
        return "siblings" if any(rule.scope == "siblings" for rule in self.of) else "all"

    @property
    def blind(self) -> bool:  # type: ignore[override]
        """Return whether it looks at no data."""
        return all(rule.blind for rule in self.of)

    @property
    def needs(self) -> Literal["anything", "non_negative", "positive"]:
        """Return what values all of its rules can take."""
        return max((rule.needs for rule in self.of), key=STRICT.index)

    def weighting(self, columns: Columns) -> Weighting:
        """Return the combined weights and what each rule found."""
        found = [rule.weighting(columns) for rule in self.of]
        W = np.stack(np.broadcast_arrays(*[one.weights for one in found]))
        raw, facts = self.combined(W)
        total = raw.sum(axis=1, keepdims=True)
        if not (total > 0).all():
            raise DataError("XZ-270", say("every indicator has weight zero by one of the rules"), where=self.called)
        warnings = tuple(words for one in found for words in one.facts.get("warnings", ()))
        facts |= {"of": [one.facts for one in found], **({"warnings": warnings} if warnings else {})}
        return Weighting(raw / total, facts, tuple(change for one in found for change in one.changes))

    @abstractmethod
    def combined(self, W: Floats) -> tuple[Floats, dict[str, Any]]:
        """Return (t, m) combinations of (k, t, m) weights, up to scale, and facts."""


@role("multiplicative_weights")
class Multiplicative(Combined):
    """Products of weights: an indicator counts if all rules say so.

    Parameters
    ----------
    form : "multiplicative_weights"
    of : tuple of WeightRule

    Examples
    --------
    >>> from xinzhi.indicators.weights.rule import Equal, Given
    >>> rule = Multiplicative(of=(Equal(), Given()))
    >>> rule.blind, rule.scope
    (True, 'siblings')
    """

    called: ClassVar[Text] = say("product of weights")
    form: Literal["multiplicative_weights"] = "multiplicative_weights"

    def combined(self, W: Floats) -> tuple[Floats, dict[str, Any]]:
        """Return the products."""
        return W.prod(axis=0), {}


@role("linear_weights")
class LinearCombination(Combined):
    """Weighted mean of weights.

    Parameters
    ----------
    form : "linear_weights"
    of : tuple of WeightRule
    shares : tuple of numbers
        Of each rule, adding up to one; the last may be left out, it is what the others leave. Equal by default.

    Examples
    --------
    >>> from xinzhi.indicators.weights.rule import Equal, Given
    >>> rule = LinearCombination(of=(Equal(), Given()), shares=(Between(0.3, 0.7),))
    >>> rule.blind, rule.scope
    (True, 'siblings')
    """

    called: ClassVar[Text] = say("weighted mean of weights")
    form: Literal["linear_weights"] = "linear_weights"
    shares: tuple[Number, ...] = ()

    @model_validator(mode="after")
    def _shares_fit(self) -> "LinearCombination":
        lows = [one.low if isinstance(one, Between) else one for one in self.shares]
        highs = [one.high if isinstance(one, Between) else one for one in self.shares]
        missing = len(self.of) - len(self.shares)
        good = missing == 1 or (missing == 0 and lows == highs and abs(sum(highs) - 1) <= ADDS_UP)
        if self.shares and (not good or min(lows) < 0 or sum(highs) > 1 + ADDS_UP):
            raise ValueError(say("shares: from 0 to 1, adding up to one; the last may be left out"))
        return self

    def combined(self, W: Floats) -> tuple[Floats, dict[str, Any]]:
        """Return the weighted means."""
        k = len(W)
        shares = np.array(self.shares or [1.0 / k] * k, dtype=np.float64)
        if shares.size < k:
            shares = np.append(shares, max(1.0 - shares.sum(), 0.0))
        return np.tensordot(shares, W, axes=1), {"shares": shares.tolist()}


@role("minimum_entropy_weights")
class MinimumEntropy(Combined):
    """Geometric mean of weights: the least relative entropy to all of them.

    Parameters
    ----------
    form : "minimum_entropy_weights"
    of : tuple of WeightRule

    Examples
    --------
    >>> from xinzhi.indicators.weights.rule import Equal, Given
    >>> rule = MinimumEntropy(of=(Equal(), Given()))
    >>> rule.blind, rule.scope
    (True, 'siblings')
    """

    called: ClassVar[Text] = say("minimum relative entropy of weights")
    form: Literal["minimum_entropy_weights"] = "minimum_entropy_weights"

    def combined(self, W: Floats) -> tuple[Floats, dict[str, Any]]:
        """Return the geometric means."""
        return W.prod(axis=0) ** (1.0 / len(W)), {}


@role("game_theory_weights")
class GameTheory(Combined):
    """The combination nearest to all weights at once, as a game between the rules.

    Parameters
    ----------
    form : "game_theory_weights"
    of : tuple of WeightRule

    Notes
    -----
    Where weights of several rules are the same, the equations have many solutions; the shortest is taken, which gives
    equal rules equal shares. Equal weights have the same product with all weights, 1 / m, and so get no share. The
    shares are printed as solved and as used, absolute and adding up to one.

    Examples
    --------
    >>> shares = game_shares(np.array([[[0.5, 0.5]], [[0.2, 0.8]]]))
    >>> (shares / shares.sum()).round(4).tolist()
    [[0.0, 1.0]]
    """

    called: ClassVar[Text] = say("game theory")
    form: Literal["game_theory_weights"] = "game_theory_weights"

    def combined(self, W: Floats) -> tuple[Floats, dict[str, Any]]:
        """Return the combinations and the shares of the rules, by year where weights differ by year."""
        solved = game_shares(W)
        shares = np.abs(solved) / np.abs(solved).sum(axis=1, keepdims=True)
        return np.einsum("tk,ktm->tm", shares, W), {"solved": solved.tolist(), "shares": shares.tolist()}


def game_shares(W: Floats) -> Floats:
    """Return the shares that solve the game of (k, t, m) weights, (t, k): the shortest solution."""
    G = np.einsum("ltm,ktm->tlk", W, W)
    own = np.einsum("tll->tl", G)
    solved: Floats = np.einsum("tlk,tk->tl", np.linalg.pinv(G, rcond=SAME, hermitian=True), own)
    return solved
