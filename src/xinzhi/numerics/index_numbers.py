"""Bilateral index numbers: arrays of prices and quantities in, logarithms of indices out.

    ln P(0, 1) = f(p0, p1, q0, q1) over the items that are there at both ends of the comparison

Rows are periods or places, columns items. An item is there where its price and its quantity are positive; each
comparison is made over its own items. A quantity index is the price index with prices and quantities exchanged.
Nearly all formulas are made of sums of products SUM_i f_i(1) g_i(0), so that all comparisons between r rows are a
few matrix products; the others go item by item in blocks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Formula = Literal[
    "laspeyres",
    "paasche",
    "fisher",
    "tornqvist",
    "walsh",
    "sato_vartia",
    "montgomery_vartia",
    "lloyd_moulton",
    "marshall_edgeworth",
    "drobisch",
    "stuvel",
    "palgrave",
    "young",
    "lowe",
    "geometric_laspeyres",
    "geometric_paasche",
    "geary_khamis",
    "tpd",
    "jevons",
    "dutot",
    "carli",
    "harmonic",
    "cswd",
]
FORMULAS: tuple[Formula, ...] = get_args(Formula)

UNWEIGHTED: frozenset[str] = frozenset(("jevons", "dutot", "carli", "harmonic", "cswd"))
"""Formulas that need no quantities."""

TIME_REVERSIBLE: frozenset[str] = frozenset(FORMULAS).difference(
    ("laspeyres", "paasche", "lloyd_moulton", "drobisch", "palgrave", "young"),
    ("geometric_laspeyres", "geometric_paasche", "carli", "harmonic"),
)
"""Formulas with P(0, 1) P(1, 0) = 1."""

FACTOR_REVERSIBLE: frozenset[str] = frozenset(("fisher", "sato_vartia", "montgomery_vartia", "stuvel"))
"""Formulas whose price index times their quantity index is the change of value."""

BLOCK = 50_000
"""Cells that formulas without sums of products hold at a time in each of their arrays."""


@dataclass(frozen=True)
class Items:
    """Prices and quantities by row and item, (r, n) each; zero in both where an item is not there.

    Made by :meth:`of`. Without quantities each item counts once where a value is asked for.
    """

    p: Floats
    q: Floats | None

    @classmethod
    def of(cls, prices: Floats, quantities: Floats | None = None) -> "Items":
        """Return the items that are there: price (and quantity) positive."""
        there = prices > 0 if quantities is None else (prices > 0) & (quantities > 0)
        q = None if quantities is None else np.where(there, quantities, 0.0)
        return cls(np.where(there, prices, 0.0), q)

    def rows(self, rows: Ints) -> "Items":
        """Return some rows."""
        return Items(self.p[rows], None if self.q is None else self.q[rows])

    @cached_property
    def one(self) -> Floats:
        """Return 1 where the item is there, else 0."""
        return (self.p > 0).astype(np.float64)

    @cached_property
    def v(self) -> Floats:
        """Return values; 1 for each item that is there where there are no quantities."""
        with np.errstate(over="ignore"):
            return self.one if self.q is None else self.p * self.q

    @cached_property
    def lnp(self) -> Floats:
        """Return log prices, less the item's mean over its rows (its unit of measurement is of no account)."""
        logs = np.log(np.where(self.p > 0, self.p, 1.0))
        mean = logs.sum(axis=0) / np.maximum(self.one.sum(axis=0), 1.0)
        return np.asarray((logs - mean) * self.one)

    @cached_property
    def shares(self) -> Floats:
        """Return shares in the value of the row; zero in a row without items."""
        with np.errstate(over="ignore", invalid="ignore"):
            total = self.v.sum(axis=1, keepdims=True)
            return np.asarray(self.v / np.where(total > 0, total, 1.0))


@dataclass(frozen=True)
class Pairs:
    """Comparisons of rows ``end`` with rows ``before``, (m,) each."""

    before: Ints
    end: Ints


@dataclass(frozen=True)
class _Sums:
    """Sums of products over the items of each comparison, (m,); without pairs of all rows, (r, r) by before and end.

    ``basket``: (n,) quantities of Lowe, values of Young; zero where absent.
    """

    items: Items
    pairs: Pairs | None
    basket: Floats | None

    def sum(self, end: Floats, before: Floats) -> Floats:
        """Return SUM_i end_i before_i; each factor is zero where the item is not there."""
        if self.pairs is None:
            return np.asarray(before @ end.T)
        return np.asarray(np.einsum("ij,ij->i", end[self.pairs.end], before[self.pairs.before]))

    @cached_property
    def matched(self) -> Floats:
        return self.sum(self.items.one, self.items.one)

    @cached_property
    def value_before(self) -> Floats:
        return self.sum(self.items.one, self.items.v)

    @cached_property
    def value_end(self) -> Floats:
        return self.sum(self.items.v, self.items.one)

    @cached_property
    def end_at_before(self) -> Floats:
        """Return SUM p0 q1."""
        return self.sum(self.q, self.items.p)

    @cached_property
    def before_at_end(self) -> Floats:
        """Return SUM p1 q0."""
        return self.sum(self.items.p, self.q)

    @property
    def q(self) -> Floats:
        assert self.items.q is not None
        return self.items.q

    def relative(self, power: float) -> Floats:
        """Return prices, relative to the item's mean, to a power."""
        return np.asarray(np.exp(power * self.items.lnp) * self.items.one)


def bilateral(
    items: Items,
    pairs: Pairs | None = None,
    *,
    formula: Formula,
    elasticity: float | None = None,
    basket: Floats | None = None,
) -> Floats:
    """Return the logarithm of a bilateral price index.

    Parameters
    ----------
    items : Items
        (r, n) prices and quantities; for a quantity index give them exchanged.
    pairs : Pairs or None
        (m,) comparisons; None compares all rows with all, (r, r), the base by row.
    formula : str
        One of ``FORMULAS``.
    elasticity : float or None
        Elasticity of substitution of ``lloyd_moulton``; 1 gives the geometric Laspeyres index.
    basket : (n,) or None
        Quantities of ``lowe``, values of ``young``, of another period; zero or missing where there is none.

    Returns
    -------
    (m,) or (r, r)
        NaN where no item is there at both ends (and in the basket).

    Notes
    -----
    laspeyres SUM p1 q0 / SUM p0 q0; paasche SUM p1 q1 / SUM p0 q1; fisher: their geometric mean; drobisch: their
    mean; tornqvist exp SUM (s0+s1)/2 ln(p1/p0); walsh SUM p1 sqrt(q0 q1) / SUM p0 sqrt(q0 q1); sato_vartia
    exp SUM w ln(p1/p0), w the log means of s0 and s1 scaled to 1; montgomery_vartia exp SUM L(v0,v1)/L(V0,V1)
    ln(p1/p0); lloyd_moulton [SUM s0 (p1/p0)^(1-e)]^(1/(1-e)); marshall_edgeworth SUM p1 (q0+q1) / SUM p0 (q0+q1);
    stuvel A + sqrt(A^2 + V1/V0), A half the difference of the Laspeyres price and quantity indices; palgrave
    SUM s1 p1/p0; young SUM s_b p1/p0; lowe SUM p1 q_b / SUM p0 q_b; geometric_laspeyres (_paasche)
    exp SUM s0 (s1) ln(p1/p0); geary_khamis SUM p1 h / SUM p0 h, h = q0 q1/(q0+q1); tpd: the weighted time product
    dummy of two rows, weights s0 s1/(s0+s1); jevons: geometric mean of p1/p0; dutot mean p1 / mean p0; carli:
    mean of p1/p0; harmonic: harmonic mean; cswd: geometric mean of carli and harmonic.

    References
    ----------
    ILO et al. (2004). Consumer Price Index Manual: Theory and Practice, chapters 15-17 and 20.

    Examples
    --------
    >>> import numpy as np
    >>> items = Items.of(np.array([[1.0, 1.0], [2.0, 1.0]]), np.array([[1.0, 1.0], [1.0, 2.0]]))
    >>> float(np.exp(bilateral(items, formula="laspeyres"))[0, 1])
    1.5
    """
    sums = _Sums(items, pairs, basket)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if formula == "lloyd_moulton":
            power = np.nan if elasticity is None else 1.0 - elasticity
            logs = _each(items, pairs, partial(_lloyd_moulton, power=power), both_ways=True)
        elif formula in _ITEM_BY_ITEM:
            logs = _each(items, pairs, _ITEM_BY_ITEM[formula])
        else:
            logs = _SUMMED[formula](sums)
    return np.where((sums.matched > 0) & np.isfinite(logs), logs, np.nan)


def matched(items: Items, pairs: Pairs | None = None) -> tuple[Floats, Floats, Floats]:
    """Return the number of items of each comparison, and their share in the value of the row before and of the end.

    The shape is that of :func:`bilateral`; shares are NaN where a row has no items.
    """
    sums, all_ = _Sums(items, pairs, None), np.ones_like(items.p)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        before = sums.value_before / sums.sum(all_, items.v)
        return sums.matched, before, sums.value_end / sums.sum(items.v, all_)


# Sums of products ---------------------------------------------------------------------------------


def _laspeyres(s: _Sums) -> Floats:
    return np.log(s.before_at_end / s.value_before)


def _paasche(s: _Sums) -> Floats:
    return np.log(s.value_end / s.end_at_before)


def _fisher(s: _Sums) -> Floats:
    return 0.5 * (_laspeyres(s) + _paasche(s))


def _drobisch(s: _Sums) -> Floats:
    return np.log(0.5 * (s.before_at_end / s.value_before + s.value_end / s.end_at_before))


def _marshall_edgeworth(s: _Sums) -> Floats:
    return np.log((s.before_at_end + s.value_end) / (s.value_before + s.end_at_before))


def _walsh(s: _Sums) -> Floats:
    root = np.sqrt(s.q)
    priced = s.items.p * root
    return np.log(s.sum(priced, root) / s.sum(root, priced))


def _stuvel(s: _Sums) -> Floats:
    half = 0.5 * (s.before_at_end - s.end_at_before) / s.value_before
    root = np.hypot(half, np.sqrt(s.value_end / s.value_before))
    # The two forms are equal; each is free of cancellation where it is taken.
    return np.where(half > 0, np.log(half + root), np.log(s.value_end / s.value_before) - np.log(root - half))


def _geometric_laspeyres(s: _Sums) -> Floats:
    return (s.sum(s.items.lnp, s.items.v) - s.sum(s.items.one, s.items.v * s.items.lnp)) / s.value_before


def _geometric_paasche(s: _Sums) -> Floats:
    return (s.sum(s.items.v * s.items.lnp, s.items.one) - s.sum(s.items.v, s.items.lnp)) / s.value_end


def _tornqvist(s: _Sums) -> Floats:
    return 0.5 * (_geometric_laspeyres(s) + _geometric_paasche(s))


def _palgrave(s: _Sums) -> Floats:
    return np.log(s.sum(s.items.v * s.relative(1.0), s.relative(-1.0)) / s.value_end)


def _young(s: _Sums) -> Floats:
    weights = _basket(s)
    return np.log(s.sum(s.relative(1.0), s.relative(-1.0) * weights) / s.sum(s.items.one, s.items.one * weights))


def _lowe(s: _Sums) -> Floats:
    weights = _basket(s)
    return np.log(s.sum(s.items.p, s.items.one * weights) / s.sum(s.items.one, s.items.p * weights))


def _basket(s: _Sums) -> Floats:
    assert s.basket is not None, "young and lowe need a basket"
    return np.where(s.basket > 0, s.basket, 0.0)


def _jevons(s: _Sums) -> Floats:
    return (s.sum(s.items.lnp, s.items.one) - s.sum(s.items.one, s.items.lnp)) / s.matched


def _dutot(s: _Sums) -> Floats:
    return np.log(s.sum(s.items.p, s.items.one) / s.sum(s.items.one, s.items.p))


def _carli(s: _Sums) -> Floats:
    return np.log(s.sum(s.relative(1.0), s.relative(-1.0)) / s.matched)


def _harmonic(s: _Sums) -> Floats:
    return -np.log(s.sum(s.relative(-1.0), s.relative(1.0)) / s.matched)


def _cswd(s: _Sums) -> Floats:
    return 0.5 * (_carli(s) + _harmonic(s))


_SUMMED: Mapping[str, Callable[[_Sums], Floats]] = {
    "laspeyres": _laspeyres,
    "paasche": _paasche,
    "fisher": _fisher,
    "drobisch": _drobisch,
    "marshall_edgeworth": _marshall_edgeworth,
    "walsh": _walsh,
    "stuvel": _stuvel,
    "geometric_laspeyres": _geometric_laspeyres,
    "geometric_paasche": _geometric_paasche,
    "tornqvist": _tornqvist,
    "palgrave": _palgrave,
    "young": _young,
    "lowe": _lowe,
    "jevons": _jevons,
    "dutot": _dutot,
    "carli": _carli,
    "harmonic": _harmonic,
    "cswd": _cswd,
}


# Item by item -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """Both ends of (m,) comparisons over the items there at both, (m, n) each; prices, quantities 1 elsewhere.

    ``there``: 1 where the item is there at both ends, else 0; ``s0``, ``s1``: shares in value, zero elsewhere.
    """

    p0: Floats
    p1: Floats
    q0: Floats
    q1: Floats
    there: Floats

    @classmethod
    def of(cls, items: Items, before: Ints, end: Ints) -> "Ends":
        """Return the ends of comparisons."""
        assert items.q is not None
        both = (items.p[before] > 0) & (items.p[end] > 0)
        cells = (items.p[before], items.p[end], items.q[before], items.q[end])
        p0, p1, q0, q1 = (np.where(both, values, 1.0) for values in cells)
        return cls(p0, p1, q0, q1, both.astype(np.float64))

    @property
    def v0(self) -> Floats:
        """Return values before."""
        return self.p0 * self.q0 * self.there

    @property
    def v1(self) -> Floats:
        """Return values at the end."""
        return self.p1 * self.q1 * self.there

    @property
    def s0(self) -> Floats:
        """Return shares in the value before."""
        return np.asarray(self.v0 / self.v0.sum(axis=1, keepdims=True))

    @property
    def s1(self) -> Floats:
        """Return shares in the value at the end."""
        return np.asarray(self.v1 / self.v1.sum(axis=1, keepdims=True))

    @property
    def ratios(self) -> Floats:
        """Return ln(p1 / p0)."""
        return np.asarray(np.log(self.p1 / self.p0))


def log_mean(a: Floats, b: Floats) -> Floats:
    """Return the logarithmic mean (a - b) / ln(a / b) of numbers that are not negative; a where both are equal."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = a - b
        mean = gap / np.log1p(gap / b)
    return np.where(gap == 0, a, np.where((a > 0) & (b > 0), mean, 0.0))


def _sato_vartia(ends: Ends) -> Floats:
    weights = log_mean(ends.s1, ends.s0)
    return np.asarray((weights * ends.ratios).sum(axis=1) / weights.sum(axis=1))


def _montgomery_vartia(ends: Ends) -> Floats:
    whole = log_mean(ends.v1.sum(axis=1), ends.v0.sum(axis=1))
    return np.asarray((log_mean(ends.v1, ends.v0) * ends.ratios).sum(axis=1) / whole)


def _geary_khamis(ends: Ends) -> Floats:
    h = ends.there * ends.q0 / (ends.q0 + ends.q1) * ends.q1
    return np.asarray(np.log((h * ends.p1).sum(axis=1) / (h * ends.p0).sum(axis=1)))


def _tpd(ends: Ends) -> Floats:
    s0, s1 = ends.s0, ends.s1
    weights = s0 * s1 / np.where(s0 + s1 > 0, s0 + s1, 1.0)
    return np.asarray((weights * ends.ratios).sum(axis=1) / weights.sum(axis=1))


_ITEM_BY_ITEM: Mapping[str, Callable[[Ends], Floats]] = {
    "sato_vartia": _sato_vartia,
    "montgomery_vartia": _montgomery_vartia,
    "geary_khamis": _geary_khamis,
    "tpd": _tpd,
}
"""All of them time reversible, so that half of the comparisons of all rows with all are enough."""


def each(items: Items, pairs: Pairs, of: Callable[[Ends], Floats]) -> Floats:
    """Return a number of both ends of each comparison, (m,), computed in blocks."""
    out = np.full(pairs.end.size, np.nan)
    size = max(1, BLOCK // max(items.p.shape[1], 1))
    for first in range(0, out.size, size):
        part = slice(first, first + size)
        out[part] = of(Ends.of(items, pairs.before[part], pairs.end[part]))
    return out


def upper_pairs(count: int) -> Pairs:
    """Return all comparisons of a later row with an earlier one."""
    before, end = np.triu_indices(count, 1)
    return Pairs(before.astype(np.int64), end.astype(np.int64))


def _each(items: Items, pairs: Pairs | None, of: Callable[[Ends], Floats], *, both_ways: bool = False) -> Floats:
    if pairs is not None:
        return each(items, pairs, of)
    count = items.p.shape[0]
    out, above = np.zeros((count, count)), upper_pairs(count)
    out[above.before, above.end] = each(items, above, of)
    back = each(items, Pairs(above.end, above.before), of) if both_ways else -out[above.before, above.end]
    out[above.end, above.before] = back
    return out


def _lloyd_moulton(ends: Ends, power: float) -> Floats:
    """Return ln [SUM s0 (p1/p0)^power]^(1/power), relative to its limit at power 0, the geometric Laspeyres index."""
    shares = ends.s0
    mean = (shares * ends.ratios).sum(axis=1, keepdims=True)
    terms = power * (ends.ratios - mean) * (shares > 0)
    peak = terms.max(axis=1, keepdims=True)
    # Two equal forms: the first does not cancel at small powers, the second does not overflow at large ones.
    near, far = np.log1p((shares * np.expm1(terms)).sum(axis=1)), np.log((shares * np.exp(terms - peak)).sum(axis=1))
    logs = np.where(np.abs(terms).max(axis=1) < 1.0, near, far + peak[:, 0])
    return np.asarray(mean[:, 0] + (logs / power if power else 0.0))


# Indicators ---------------------------------------------------------------------------------------

Indicator = Literal["bennet", "montgomery"]


def value_indicator(ends: Ends, *, formula: Indicator) -> tuple[Floats, Floats]:
    """Return the price and the quantity part of the change of value of each item, (m, n) each; zero where unmatched.

    Parameters
    ----------
    ends : Ends
        The comparisons.
    formula : "bennet" or "montgomery"
        Bennet: (q0+q1)/2 (p1-p0) and (p0+p1)/2 (q1-q0); Montgomery: L(v0,v1) ln(p1/p0) and L(v0,v1) ln(q1/q0), L
        the log mean. Both parts add up to v1 - v0.
    """
    if formula == "bennet":
        price = 0.5 * (ends.q0 + ends.q1) * (ends.p1 - ends.p0) * ends.there
        return price, 0.5 * (ends.p0 + ends.p1) * (ends.q1 - ends.q0) * ends.there
    weights = log_mean(ends.v1, ends.v0)
    return weights * ends.ratios, weights * np.log(ends.q1 / ends.q0)
