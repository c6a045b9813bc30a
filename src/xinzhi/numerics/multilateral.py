"""Multilateral index numbers: levels that compare all rows with all without contradiction.

    items (r, n) or bilateral indices (r, r) -> log levels (r,), zero in the base row

Rows are periods or places. Rows that share no item with the base row, not even by way of others, have no level (NaN).
"""

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from xinzhi.numerics.index_numbers import Ends, Items, bilateral, each, matched, upper_pairs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

Measure = Literal["spread", "log_quadratic", "asymptotically_linear", "predicted_share"]
Splice = Literal[
    "movement",
    "window",
    "half",
    "mean",
    "window_published",
    "half_published",
    "mean_published",
    "fbew",
    "fbmw",
]
SPLICES: tuple[Splice, ...] = get_args(Splice)

CONVERGED = 1e-13
"""Largest remaining gap of an equation of the Iklé system, relative to 1, the size of its terms."""

TURNS = 100
"""Newton steps of the Iklé system; fewer than ten are needed from the start that is taken."""


def connected(linked: Bools, base: int = 0) -> Bools:
    """Return the rows that are linked with the base row directly or by way of others, (r,)."""
    reached = np.zeros(linked.shape[0], dtype=bool)
    reached[base] = linked[base].any()
    while True:
        further = reached | linked[reached].any(axis=0)
        if (further == reached).all():
            return reached
        reached = further


def geks(logs: Floats, base: int = 0) -> Floats:
    """Return the levels nearest to bilateral indices by least squares: the GEKS (EKS) index.

    Parameters
    ----------
    logs : (r, r)
        ln P of the column's row relative to the row's, NaN where two rows have no item in common; of a formula that
        is time reversible.
    base : int
        The row with level zero.

    Notes
    -----
    Where all rows can be compared this is ln P_jk = (1/r) SUM_l (ln P_jl + ln P_lk). Where some cannot, least
    squares takes the comparisons that there are, so that the levels stay transitive.

    References
    ----------
    Rao, D. S. P. and Banerjee, K. S. (1986). Statistische Hefte 27, 297-313.
    """
    there = np.isfinite(logs) & np.isfinite(logs.T)
    rows = np.flatnonzero(connected(there, base))
    levels = np.full(logs.shape[0], np.nan)
    if rows.size == 0:
        return levels
    some = np.ix_(rows, rows)
    links = there[some].astype(np.float64)
    np.fill_diagonal(links, 0.0)
    one_way = np.where(there[some], 0.5 * (logs[some] - logs.T[some]), 0.0)
    levels[rows] = _grounded(np.diag(links.sum(axis=1)) - links, one_way.sum(axis=0))
    return np.asarray(levels - levels[base])


def _grounded(laplacian: Floats, right: Floats) -> Floats:
    """Solve a connected Laplacian system with the first level zero."""
    out = np.zeros(right.size)
    out[1:] = np.linalg.solve(laplacian[1:, 1:], right[1:])
    return out


def _on_connected(items: Items, base: int, of: Callable[[Items], Floats]) -> Floats:
    """Return levels of the rows connected with the base row, by a function of the items of those rows.

    NaN where numbers are too far apart for the function's system.
    """
    rows = np.flatnonzero(connected(matched(items)[0] > 0, base))
    levels = np.full(items.p.shape[0], np.nan)
    if rows.size:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            levels[rows] = of(items.rows(rows))
    return np.asarray(levels - levels[base])


def centred(levels: Floats) -> Floats:
    """Return (r,) log levels less the mean of those that are known."""
    known = levels[np.isfinite(levels)]
    return levels - known.mean() if known.size else levels


def geary_khamis(items: Items, base: int = 0) -> Floats:
    """Return Geary-Khamis price levels: P_j = SUM p q / SUM pi q, pi_i = SUM_j (p q / P_j) / SUM_j q.

    Notes
    -----
    Linear in 1/P: V_j / P_j = SUM_k [SUM_i q_ij v_ik / Q_i] / P_k, solved with 1/P of the first row given. Quantities
    at the reference prices pi add up over items; large rows have the larger say in pi.

    References
    ----------
    Khamis, S. H. (1972). Journal of the Royal Statistical Society A 135(1), 96-121. doi:10.2307/2345041
    """

    def solved(some: Items) -> Floats:
        assert some.q is not None
        start = wtpd(some)  # unknowns near 1, whatever the currencies
        values = some.v * np.exp(-start)[:, None]
        quantities, total = some.q.sum(axis=0), values.sum(axis=1)
        system = np.diag(total) - (some.q / np.where(quantities > 0, quantities, 1.0)) @ values.T
        inverse = np.ones(total.size)
        inverse[1:] = np.linalg.solve(system[1:, 1:], -system[1:, 0])
        return np.asarray(start - np.log(inverse))

    return _on_connected(items, base, solved)


def wtpd(items: Items, base: int = 0) -> Floats:
    """Return levels of the time (country) product dummy regression ln p_ij = a_j + g_i, weighted by value shares.

    References
    ----------
    Diewert, W. E. (2005). Review of Income and Wealth 51(4), 561-570. doi:10.1111/j.1475-4991.2005.00168.x
    """

    def solved(some: Items) -> Floats:
        shares = some.shares
        of_item = shares.sum(axis=0)
        scaled = shares / np.where(of_item > 0, of_item, 1.0)
        mean = (scaled * some.lnp).sum(axis=0)
        right = (shares * (some.lnp - mean)).sum(axis=1)
        return _grounded(np.diag(shares.sum(axis=1)) - scaled @ shares.T, right)

    return _on_connected(items, base, solved)


def ikle(items: Items, base: int = 0) -> Floats:
    """Return Iklé (Iklé-Dikhanov-Balk) price levels: additive like Geary-Khamis, but every row has the same say.

    P_j = SUM p q / SUM pi q;  1 / pi_i = SUM_j s_ij (P_j / p_ij) / SUM_j s_ij.

    Notes
    -----
    With x_ij = s_ij / p_ij the two equations say that P_j x_ij pi_i has row sums 1 and column sums SUM_j s_ij. Its
    solution minimises a convex function of ln P, by Newton steps from the weighted product dummies; NaN if it is not
    reached within ``TURNS`` steps.

    References
    ----------
    Balk, B. M. (1996). Journal of Official Statistics 12(2), 199-222.
    """

    def solved(some: Items) -> Floats:
        shares, of_item = some.shares, some.shares.sum(axis=0)
        cells = shares * np.exp(-some.lnp)
        log = wtpd(some)
        for _ in range(TURNS):
            weighted = cells * np.exp(log)[:, None]
            weights = weighted / np.where(of_item > 0, weighted.sum(axis=0), 1.0)
            filled = weights * of_item
            gap = filled.sum(axis=1) - 1.0
            if np.abs(gap).max() < CONVERGED:
                return log
            step = _grounded(np.diag(filled.sum(axis=1)) - weights @ filled.T, gap)
            log = log - step / max(1.0, float(np.abs(step).max()))  # far away, no further than a factor e
        return np.full(log.size, np.nan)

    return _on_connected(items, base, solved)


# Linking of the most similar rows -----------------------------------------------------------------


def dissimilarity(items: Items, *, measure: Measure) -> Floats:
    """Return how unlike the prices of two rows are, (r, r); infinite where they have no item in common.

    Parameters
    ----------
    items : Items
    measure : str
        ``spread``: |ln(Laspeyres / Paasche)|. With P the Fisher index, ``log_quadratic``: SUM (s0+s1)/2
        ln(p1/(P p0))^2; ``asymptotically_linear``: SUM (s0+s1)/2 [p1/(P p0) + P p0/p1 - 2]. ``predicted_share``:
        SUM [s0 - p1 q0/SUM p1 q0]^2 + SUM [s1 - p0 q1/SUM p0 q1]^2.

    References
    ----------
    Hill, R. J. (1999). Review of Economics and Statistics 81(1), 135-142. doi:10.1162/003465399767923881
    Diewert, W. E. (2009). In Purchasing Power Parities of Currencies, ed. D. S. Prasada Rao, 183-216. Edward Elgar.
    """
    if measure == "spread":
        gap = np.abs(bilateral(items, formula="laspeyres") - bilateral(items, formula="paasche"))
        gap = np.where(np.isfinite(gap), np.maximum(gap, gap.T), np.inf)
    else:
        above = upper_pairs(items.p.shape[0])
        gap = np.full((items.p.shape[0],) * 2, np.inf)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = each(items, above, _MEASURES[measure])
        gap[above.before, above.end] = gap[above.end, above.before] = np.where(np.isfinite(found), found, np.inf)
    np.fill_diagonal(gap, 0.0)
    return np.asarray(gap)


def _deflated(ends: Ends) -> Floats:
    """Return ln(p1 / (P p0)) with the Fisher index P, zero where unmatched."""
    laspeyres = (ends.p1 * ends.q0 * ends.there).sum(axis=1) / ends.v0.sum(axis=1)
    paasche = ends.v1.sum(axis=1) / (ends.p0 * ends.q1 * ends.there).sum(axis=1)
    return np.asarray((ends.ratios - 0.5 * np.log(laspeyres * paasche)[:, None]) * ends.there)


def _log_quadratic(ends: Ends) -> Floats:
    return np.asarray((0.5 * (ends.s0 + ends.s1) * _deflated(ends) ** 2).sum(axis=1))


def _asymptotically_linear(ends: Ends) -> Floats:
    return np.asarray((0.5 * (ends.s0 + ends.s1) * 4.0 * np.sinh(0.5 * _deflated(ends)) ** 2).sum(axis=1))


def _predicted_share(ends: Ends) -> Floats:
    before, end = ends.p1 * ends.q0 * ends.there, ends.p0 * ends.q1 * ends.there
    gaps = (ends.s0 - before / before.sum(axis=1, keepdims=True)), (ends.s1 - end / end.sum(axis=1, keepdims=True))
    return np.asarray((gaps[0] ** 2 + gaps[1] ** 2).sum(axis=1))


_MEASURES: dict[str, Callable[[Ends], Floats]] = {
    "log_quadratic": _log_quadratic,
    "asymptotically_linear": _asymptotically_linear,
    "predicted_share": _predicted_share,
}


def spanning_tree(gap: Floats, base: int = 0) -> Ints:
    """Return the links of the minimum spanning tree, (k, 2): from a row already linked to a new one, in their order.

    Of equal gaps the first pair is taken. Rows that cannot be reached are left out.
    """
    nearest, best = np.full(gap.shape[0], base), gap[base].copy()
    open_ = np.ones(gap.shape[0], dtype=bool)
    open_[base] = False
    links = []
    while open_.any():
        new = int(np.argmin(np.where(open_, best, np.inf)))
        if not np.isfinite(best[new]) or not open_[new]:
            break
        links.append((int(nearest[new]), new))
        open_[new] = False
        closer = open_ & (gap[new] < best)
        nearest[closer], best[closer] = new, gap[new][closer]
    return np.array(links, dtype=np.int64).reshape(-1, 2)


def similarity_chain(gap: Floats) -> Ints:
    """Return links of each row to the most similar row before it, (k, 2); the first of equals."""
    links = [
        (int(np.argmin(gap[row, :row])), row) for row in range(1, gap.shape[0]) if np.isfinite(gap[row, :row]).any()
    ]
    return np.array(links, dtype=np.int64).reshape(-1, 2)


def along(links: Ints, logs: Floats, base: int = 0) -> Floats:
    """Return the levels that bilateral indices give along links, (r,); NaN where no link leads."""
    levels = np.full(logs.shape[0], np.nan)
    levels[base] = 0.0
    for known, new in links:
        levels[new] = levels[known] + logs[known, new]
    return np.asarray(levels - levels[base])


# Windows ------------------------------------------------------------------------------------------


def rolled(levels: Callable[[Ints], Floats], periods: int, *, width: int, splice: Splice) -> Floats:
    """Return levels of all periods that no later period revises, (t,).

    Parameters
    ----------
    levels : callable
        Log levels of the periods (k,) of a window.
    periods : int
        Number of periods.
    width : int
        Periods of a window.
    splice : str
        How the last period of a new window is linked to the series. ``movement``: at the period before; ``window``:
        at the first of the new window; ``half``: in the middle of the new
        window; ``mean``: geometric mean of all.
        These compare the old window with the new; ``..._published`` link the new window to the published series.
        ``fbew``: windows that begin in a base period and grow, linked there; ``fbmw``: windows of full width (growing
        ones in the first width-1 periods) linked at the base period; every width-1 periods a new base.

    References
    ----------
    Diewert, W. E. and Fox, K. J. (2022). JBES 40(1), 355-369. doi:10.1080/07350015.2020.1816176
    Lamboray, C. (2017). The Geary Khamis index and the Lehr index: how much do they differ? Ottawa Group.
    """
    series = np.full(periods, np.nan)
    if splice in {"fbew", "fbmw"}:
        series[0] = 0.0
        for t in range(1, periods):
            base = (t - 1) // (width - 1) * (width - 1)
            first = base if splice == "fbew" else max(0, t - width + 1)
            new = levels(np.arange(first, t + 1))
            series[t] = series[base] + new[-1] - new[base - first]
        return series
    width = min(width, periods)
    old = levels(np.arange(width))
    series[:width] = old - old[0]
    for t in range(width, periods):
        new = levels(np.arange(t - width + 1, t + 1))
        at = link_places(splice, width)
        if splice.endswith("_published"):
            series[t] = (series[t - width + 1 + at] + new[-1] - new[at]).mean()
        else:
            series[t] = series[t - 1] + (new[-1] - new[at] - old[-1] + old[at + 1]).mean()
        old = new
    return series


def link_places(splice: str, width: int) -> Ints:
    """Return the places in the new window at which it is linked; the old window has them one place later."""
    half = width - 1 - width // 2  # a window of 25 months is linked at the same month of the year before
    places = {"movement": [width - 2], "window": [0], "half": [half], "mean": range(width - 1)}
    return np.array(places[splice.removesuffix("_published")], dtype=np.int64)
