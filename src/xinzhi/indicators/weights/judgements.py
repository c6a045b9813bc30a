"""Weights of judgements: the analytic hierarchy process.

A w = l_max w                       a_ij: how many times part i counts as much as part j; a_ji = 1 / a_ij
geometric   w_i = (PROD_j a_ij)^(1/m) / SUM
CI = (l_max - m) / (m - 1)          CR = CI / RI
several judges   a_ij = (PROD_h a_ij^h)^(1/H)
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field as Setting
from pydantic import model_validator

from xinzhi.errors import UsageError, listed
from xinzhi.indicators.stage import Columns
from xinzhi.indicators.weights.rule import Weighting, WeightRule
from xinzhi.language import Text, named, say
from xinzhi.method.base import role
from xinzhi.panel.panel import Floats

RECIPROCAL = 0.05
"""By how much a_ij a_ji may miss one: 0.13 typed for 1/8 misses by 0.04."""
RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59)
"""Mean CI of random matrices of 1 to 15 parts: Saaty (1980)."""
CONSISTENT = 0.1
"""From this CR on judgements are not consistent: Saaty (1980)."""

Matrix = tuple[tuple[float, ...], ...]


@role("ahp")
class AHP(WeightRule):
    """Analytic hierarchy process: weights of pairwise judgements, dimension by dimension.

    Parameters
    ----------
    form : "ahp"
    judgements : mapping from dimension to matrix, or to several matrices
        a_ij: how many times part i counts as much as part j. Of several judges the geometric mean is taken. Rules that
        weigh all indicators at once take the one matrix there is.
    order : mapping from dimension to names
        Parts in the order of the rows; that of the framework by default. Parts that were left out of the index are left
        out of the judgements too.
    by : "eigenvector" or "geometric_mean"
        The principal eigenvector, or the geometric means of the rows.

    Notes
    -----
    A dimension with one part needs no judgements. A matrix that is reciprocal but for the rounding of 1 / a is made so
    exactly, by (a_ij / a_ji)^(1/2). CR is that of the principal eigenvalue; from 0.1 on a warning is kept.

    References
    ----------
    Saaty, T. L. (1980). The Analytic Hierarchy Process. McGraw-Hill.

    Examples
    --------
    >>> rule = AHP(judgements={"index": ((1, 3, 5), (1 / 3, 1, 3), (1 / 5, 1 / 3, 1))})
    >>> largest, weights = principal(pooled(judges(rule.judgements["index"])))
    >>> weights.round(3).tolist(), round(consistency(largest, 3)["cr"], 3)
    ([0.637, 0.258, 0.105], 0.033)
    """

    called: ClassVar[Text] = say("analytic hierarchy process")
    scope: ClassVar[Literal["all", "siblings"]] = "siblings"
    blind: ClassVar[bool] = True
    form: Literal["ahp"] = "ahp"
    judgements: dict[str, Matrix | tuple[Matrix, ...]] = Setting(min_length=1)
    order: dict[str, tuple[str, ...]] = Setting(default_factory=dict)
    by: Literal["eigenvector", "geometric_mean"] = "eigenvector"

    @model_validator(mode="after")
    def _reciprocal(self) -> "AHP":
        for group, given in self.judgements.items():
            for A in judges(given):
                check_reciprocal(A, group)
            sizes = {len(A) for A in judges(given)} | ({len(self.order[group])} if group in self.order else set())
            if len(sizes) > 1:
                found = say("matrices and names of {sizes} parts", sizes=listed(sorted(sizes)))
                raise UsageError("XZ-264", found, where=named(group))
        return self

    def weighting(self, columns: Columns) -> Weighting:
        """Return the weights of the parts; XZ-264 where there are no judgements of them."""
        m, group = len(columns.names), columns.group
        if m == 1:
            return Weighting(np.ones((1, 1)))
        if not group and len(self.judgements) == 1:
            (group,) = self.judgements
        if group not in self.judgements:
            where = named(group) if group else say("all indicators at once")
            expected = say("judgements of: {names}", names=listed([named(name) for name in self.judgements]))
            raise UsageError("XZ-264", say("no judgements"), where=where, expected=expected)
        A = pooled(judges(self.judgements[group]))
        A = A[np.ix_(*[self._rows(columns.names, group, len(A))] * 2)]
        largest, w = principal(A)
        facts = consistency(largest, m)
        if facts["cr"] is not None and facts["cr"] >= CONSISTENT:
            warning = say(
                "XZ-462 judgements of {group} are not consistent: CR = {cr:.3f}.", group=named(group), **facts
            )
            return Weighting(self._weights(A, w)[None], {**facts, "warnings": (warning,)})
        return Weighting(self._weights(A, w)[None], facts)

    def _weights(self, A: Floats, w: Floats) -> Floats:
        return w if self.by == "eigenvector" else geometric_means(A)

    def _rows(self, names: tuple[str, ...], group: str, size: int) -> list[int]:
        """Return the rows of the parts in the matrix of a dimension."""
        order = self.order.get(group, names)
        absent = [named(name) for name in names if name not in order]
        if absent or len(order) != size:
            found = say("no judgement of {names}", names=listed(absent))
            other = say("{size} rows for {count} parts", size=size, count=len(order))
            raise UsageError(
                "XZ-264", found if absent else other, where=named(group), expected=say("a row for each part")
            )
        return [order.index(name) for name in names]


# Arrays in, arrays out ------------------------------------------------------------------------


def judges(given: Matrix | tuple[Matrix, ...]) -> list[Floats]:
    """Return the matrices of one or several judges, each (m, m) unless it is ragged."""
    several = bool(given) and bool(given[0]) and isinstance(given[0][0], tuple)
    return [
        np.array(one, dtype=np.float64) if _square(one) else np.empty((0, 1))
        for one in (given if several else (given,))
    ]


def _square(one: object) -> bool:
    return isinstance(one, tuple) and bool(one) and all(isinstance(row, tuple) and len(row) == len(one) for row in one)


def check_reciprocal(A: Floats, group: str) -> None:
    """Raise XZ-268 unless a matrix is square, positive, and a_ij a_ji = 1 but for rounding."""
    where = named(group)
    if A.shape[0] != A.shape[1]:
        raise UsageError("XZ-268", say("rows of different lengths"), where=where, expected=say("a square matrix"))
    odd = np.argwhere((A <= 0) | (np.abs(A * A.T - 1) > RECIPROCAL))
    if odd.size:
        i, j = odd[0]
        found = say("row {i}, column {j}: {one:g} and {other:g}", i=i + 1, j=j + 1, one=A[i, j], other=A[j, i])
        raise UsageError("XZ-268", found, where=where)


def pooled(matrices: list[Floats]) -> Floats:
    """Return the geometric mean of (m, m) matrices of judges, exactly reciprocal."""
    logs = np.mean([np.log(A) for A in matrices], axis=0)
    out: Floats = np.exp((logs - logs.T) / 2)
    return out


def principal(A: Floats) -> tuple[float, Floats]:
    """Return the principal eigenvalue of an (m, m) positive matrix and its eigenvector, (m,), adding up to one."""
    values, V = np.linalg.eig(A)
    k = int(values.real.argmax())
    w = np.abs(V[:, k].real)
    return float(values[k].real), w / w.sum()


def geometric_means(A: Floats) -> Floats:
    """Return the geometric means of the rows of (m, m) judgements, adding up to one."""
    w = np.exp(np.log(A).mean(axis=1))
    return np.asarray(w / w.sum())


def consistency(largest: float, m: int) -> Mapping[str, float | None]:
    """Return the principal eigenvalue, CI and CR of m parts; CR is None beyond the table of random indices."""
    ci = max((largest - m) / (m - 1), 0.0)
    if m <= 2:
        return {"lambda_max": largest, "ci": 0.0, "cr": 0.0}
    return {"lambda_max": largest, "ci": ci, "cr": ci / RANDOM_INDEX[m - 1] if m <= len(RANDOM_INDEX) else None}
