"""Radial linear programmes of one reference set, solved by HiGHS and certified in double precision.

    input   min theta   X'L - theta x_o + s = 0,   Y'L - s = y_o,         1'L = 1,   L, s >= 0
    output  max phi     X'L + s = x_o,             Y'L - phi y_o - s = 0, 1'L = 1,   L, s >= 0

The last row is = 1 (vrs), <= 1 (drs), >= 1 (irs) or absent (crs). One model is kept warm for all
evaluated points; of its answers only the final basis is used: it is solved again with NumPy, and the
answer counts when no variable is negative and no column of the reference set prices out.
"""

from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
Bools = NDArray[np.bool_]
Orientation = Literal["input", "output"]
Returns = Literal["crs", "vrs", "drs", "irs"]

TOLERANCE = 1e-10
"""Of the solver and of the certificate, on normalised goods; the smallest that HiGHS accepts."""

ROUNDING = 1e-14
"""What the sum of products of a price may lose, relative to the sum of their sizes."""

PEER = 1e-9
"""Intensities above this make a peer."""

DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
"""The solver's numbers of its strategies."""

_WORDS = {
    highspy.HighsModelStatus.kOptimal: "ok",
    highspy.HighsModelStatus.kInfeasible: "infeasible",
    highspy.HighsModelStatus.kUnbounded: "unbounded",
}


@dataclass(frozen=True)
class Technology:
    """What a reference set spans.

    Parameters
    ----------
    x, y : (n, m), (n, s)
        Inputs and outputs of the reference units, not negative.
    returns : "crs", "vrs", "drs" or "irs"
        Returns to scale; "drs" bounds the sum of intensities by 1 from above, "irs" from below.
    """

    x: Floats
    y: Floats
    returns: Returns


@dataclass(frozen=True)
class RadialScores:
    """Answers for e evaluated points, in the user's units.

    ``score``: (e,) Farrell scores, inside the technology at most 1 (input) or at least 1 (output); NaN
    unless ``status`` is ``ok``. ``status``: (e,) text. ``v``, ``u``, ``w``: (e, m), (e, s), (e,) multipliers
    of the supporting hyperplane ``u y - v x + w <= 0``, with ``v x_o = 1`` (input) or ``u y_o = 1`` (output).
    ``peers``: (e, k) places in the reference set in rising order, -1 where empty; ``intensities``: (e, k).
    """

    score: Floats
    status: Texts
    v: Floats
    u: Floats
    w: Floats
    peers: Ints
    intensities: Floats


def radial_scores(technology: Technology, points: tuple[Floats, Floats], *, orientation: Orientation) -> RadialScores:
    """Return the radial distance of each point to the frontier of a technology.

    Parameters
    ----------
    technology : Technology
        The reference set.
    points : (e, m) and (e, s)
        Inputs and outputs of the evaluated points; they need not belong to the reference set.
    orientation : "input" or "output"
        Whether inputs shrink or outputs grow.

    Returns
    -------
    RadialScores
        Status ``infeasible``: no expansion or contraction reaches the technology; ``unbounded``: output is
        free; ``not_identified``: no positive input, no positive output or no reference unit;
        ``numerical``: no certified answer.

    References
    ----------
    Banker, R. D., Charnes, A. and Cooper, W. W. (1984). Management Science 30(9), eq. 9-20. doi:10.1287/mnsc.30.9.1078
    """
    x, y = (np.asarray(goods, dtype=np.float64) for goods in points)
    defined = (x > 0).any(axis=1) & (y > 0).any(axis=1) & (technology.x.shape[0] > 0)
    solvable = np.flatnonzero(defined)
    status = np.full(x.shape[0], "not_identified", dtype=object)
    m, s = x.shape[1], y.shape[1]
    k = m + s + (technology.returns != "crs")
    out = RadialScores(
        score=np.full(x.shape[0], np.nan),
        status=status,
        v=np.full(x.shape, np.nan),
        u=np.full(y.shape, np.nan),
        w=np.full(x.shape[0], np.nan),
        peers=np.full((x.shape[0], k), -1),
        intensities=np.zeros((x.shape[0], k)),
    )
    if solvable.size:
        scales = (
            column_scales(np.vstack((technology.x, x[solvable]))),
            column_scales(np.vstack((technology.y, y[solvable]))),
        )
        reference = np.hstack((technology.x / scales[0], technology.y / scales[1]))
        evaluated = np.hstack((x[solvable] / scales[0], y[solvable] / scales[1]))
        sizes = unit_sizes(reference, technology.returns), unit_sizes(evaluated, technology.returns)
        programmes = Programmes.of(
            reference / sizes[0][:, None], evaluated / sizes[1][:, None], (m, technology.returns, orientation)
        )
        answer = solve_all(programmes)
        _store(out, solvable, programmes, answer, scales, sizes)
    return out


def column_scales(goods: Floats) -> Floats:
    """Return a power of two near the geometric mean of each good, (k,); near the mean where there are zeros."""
    positive = (goods > 0).all(axis=0)
    logs = np.log2(np.where(goods > 0, goods, 1.0)).mean(axis=0)
    mean = np.log2(np.maximum(goods.mean(axis=0), np.finfo(np.float64).tiny))
    scale: Floats = np.exp2(np.round(np.where(positive, logs, np.where(goods.any(axis=0), mean, 0.0))))
    return scale


def unit_sizes(goods: Floats, returns: Returns) -> Floats:
    """Return by how much each unit is divided, (n,): its size under crs, where only its ray matters."""
    if returns != "crs":
        return np.ones(goods.shape[0])
    size = np.maximum(goods.max(axis=1), np.finfo(np.float64).tiny)
    rounded: Floats = np.exp2(np.round(np.log2(size)))
    return rounded


@dataclass(frozen=True)
class Programmes:
    """The programmes of e points in standard form ``A L + theta t + slack = b``, k rows.

    ``reference``: (k, n) columns of the reference units; ``theta``: (e, k) column of the score; ``b``: (e, k);
    ``slack``: (k,) sign of each row's slack; ``equal``: (k,) rows without slack; ``scale``: (e, k) the
    point's own goods, by which its rows are judged; ``cost``: 1 minimises the score, -1 maximises it;
    ``m``: number of inputs.
    """

    reference: Floats
    theta: Floats
    b: Floats
    slack: Floats
    equal: Bools
    scale: Floats
    cost: float
    m: int

    @classmethod
    def of(cls, reference: Floats, evaluated: Floats, kind: tuple[int, Returns, Orientation]) -> "Programmes":
        """Return the programmes of evaluated (e, m + s) against reference (n, m + s); kind: m, returns, orientation."""
        m, returns, orientation = kind
        x, y = evaluated[:, :m], evaluated[:, m:]
        if orientation == "input":
            theta, b = np.hstack((-x, np.zeros_like(y))), np.hstack((np.zeros_like(x), y))
        else:
            theta, b = np.hstack((np.zeros_like(x), -y)), np.hstack((x, np.zeros_like(y)))
        slack, scale = np.r_[np.ones(m), -np.ones(y.shape[1])], np.where(evaluated > 0, evaluated, 1.0)
        columns = reference.T
        if returns != "crs":
            one = np.ones((evaluated.shape[0], 1))
            columns = np.vstack((columns, np.ones(columns.shape[1])))
            theta, b, scale = np.hstack((theta, 0 * one)), np.hstack((b, one)), np.hstack((scale, one))
            slack = np.r_[slack, -1.0 if returns == "irs" else 1.0]
        equal = np.arange(slack.size) == (m + y.shape[1] if returns == "vrs" else -1)
        return cls(
            np.ascontiguousarray(columns), theta, b, slack, equal, scale, 1.0 if orientation == "input" else -1.0, m
        )

    def one(self, e: int) -> "Programmes":
        """Return programme e alone, its rows divided by the point's own goods."""
        by = self.scale[e]
        return Programmes(
            self.reference / by[:, None],
            self.theta[[e]] / by,
            self.b[[e]] / by,
            self.slack,
            self.equal,
            np.ones((1, by.size)),
            self.cost,
            self.m,
        )


@dataclass(frozen=True)
class Vertices:
    """Certified answers of e programmes.

    ``status``: (e,) text; ``basis``: (e, k) basic columns (reference units, then the score as n, then
    slacks); ``value``: (e, k) of the basic columns; ``dual``: (e, k) of the rows.
    """

    status: Texts
    basis: Ints
    value: Floats
    dual: Floats


def solve_all(programmes: Programmes) -> Vertices:
    """Return certified vertices: warm first; what fails alone, cold and scaled to the point, else ``numerical``.

    That a programme has no solution is believed when two attempts say so.
    """
    words, basis = run_solver(programmes)
    out = certified(programmes, words, basis)
    for e in np.flatnonzero(out.status != "ok"):
        said = [words[e]]
        out.status[e] = "numerical"
        for strategy in (DUAL_SIMPLEX, PRIMAL_SIMPLEX):
            alone = programmes.one(int(e))
            again = certified(alone, *run_solver(alone, strategy))
            if again.status[0] == "ok":
                slack = again.basis[0] - programmes.reference.shape[1] - 1
                out.status[e], out.basis[e] = "ok", again.basis[0]
                out.value[e] = again.value[0] * np.where(slack >= 0, programmes.scale[e][np.maximum(slack, 0)], 1.0)
                out.dual[e] = again.dual[0] / programmes.scale[e]
                break
            if again.status[0] != "numerical" and again.status[0] in said:
                out.status[e] = again.status[0]
                break
            said.append(again.status[0])
    return out


def run_solver(programmes: Programmes, strategy: int = DUAL_SIMPLEX) -> tuple[Texts, Ints]:
    """Return status words (e,) and basic columns (e, k) of all programmes, one warm model after the other."""
    k, n = programmes.reference.shape
    rows = np.arange(k)
    model = _model(programmes)
    model.setOptionValue("simplex_strategy", strategy)
    moving = [int(r) for r in np.flatnonzero((programmes.theta != 0).any(axis=0))]
    bounded = [int(r) for r in np.flatnonzero((programmes.b != programmes.b[0]).any(axis=0))]
    words = np.full(programmes.b.shape[0], "numerical", dtype=object)
    basis = np.tile(n + 1 + rows, (words.size, 1))
    lower, upper = _row_bounds(programmes)
    for e in range(words.size):
        for r in moving:
            model.changeCoeff(r, n, programmes.theta[e, r])
        for r in bounded:
            model.changeRowBounds(r, lower[e, r], upper[e, r])
        model.run()
        words[e] = _WORDS.get(model.getModelStatus(), "numerical")
        if words[e] == "ok":
            basic = np.asarray(model.getBasicVariables()[1], dtype=np.int64)  # type: ignore[attr-defined]
            basis[e] = np.where(basic < 0, n - basic, basic)
    return words, basis


def certified(programmes: Programmes, words: Texts, basis: Ints) -> Vertices:
    """Solve the final bases in double precision and keep ``ok`` only where primal and dual conditions hold."""
    k, n = programmes.reference.shape
    status = words.copy()
    columns = np.hstack((programmes.reference, np.zeros((k, 1)), np.diag(programmes.slack)))
    matrix = np.where((basis == n)[:, None, :], programmes.theta[:, :, None], columns[:, basis].transpose(1, 0, 2))
    singular = np.linalg.slogdet(matrix)[0] == 0
    matrix[singular] = np.eye(k)
    rough = np.linalg.solve(matrix, programmes.b[:, :, None])
    refined = rough + np.linalg.solve(matrix, programmes.b[:, :, None] - matrix @ rough)
    value: Floats = refined[:, :, 0].astype(np.float64)
    cost = programmes.cost * (basis == n)
    dual = np.linalg.solve(matrix.transpose(0, 2, 1), cost[:, :, None])[:, :, 0]

    weight = np.abs(matrix / programmes.scale[:, :, None]).max(axis=1)
    fixed = np.isin(basis, n + 1 + np.flatnonzero(programmes.equal))
    negative = np.where(fixed, np.abs(value), -value) * weight > TOLERANCE
    score = np.abs((value * (basis == n)).sum(axis=1))
    used = np.where(basis < n, value, 0.0).sum(axis=1)
    admitted = (TOLERANCE * np.maximum(1.0, score) / np.maximum(1.0, used))[:, None]
    prices = dual @ programmes.reference
    wrong_price = prices > admitted + ROUNDING * (np.abs(dual) @ np.abs(programmes.reference))
    wrong_sign = (dual * programmes.slack * programmes.scale > admitted) & ~programmes.equal
    bad = negative.any(axis=1) | wrong_price.any(axis=1) | wrong_sign.any(axis=1) | singular | ~(basis == n).any(axis=1)
    status[(words == "ok") & bad] = "numerical"
    return Vertices(status, basis.copy(), value, dual.astype(np.float64))


class _Quiet(highspy.Highs):
    """HiGHS without the callbacks of its Python class, which print a banner when they are set up."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()


def _model(programmes: Programmes) -> highspy.Highs:
    """Return a cold model of the first programme."""
    k, n = programmes.reference.shape
    lower, upper = _row_bounds(programmes)
    stored = np.hstack((programmes.reference, np.ones((k, 1))))
    kept = stored.T != 0
    linear = highspy.HighsLp()
    linear.num_col_, linear.num_row_ = n + 1, k
    linear.col_cost_ = np.r_[np.zeros(n), programmes.cost]
    linear.col_lower_, linear.col_upper_ = np.r_[np.zeros(n), -highspy.kHighsInf], np.full(n + 1, highspy.kHighsInf)
    linear.row_lower_, linear.row_upper_ = lower[0], upper[0]
    linear.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    linear.a_matrix_.start_ = np.r_[0, np.cumsum(kept.sum(axis=1))].astype(np.int32)
    linear.a_matrix_.index_ = np.nonzero(kept)[1].astype(np.int32)
    linear.a_matrix_.value_ = stored.T[kept]
    model = _Quiet()
    for option, setting in (
        ("output_flag", False),
        ("presolve", "off"),
        ("parallel", "off"),
        ("solver", "simplex"),
        ("primal_feasibility_tolerance", TOLERANCE),
        ("dual_feasibility_tolerance", TOLERANCE),
        ("small_matrix_value", 1e-12),
    ):
        model.setOptionValue(option, setting)
    model.passModel(linear)
    for r in range(k):
        model.changeCoeff(r, n, float(programmes.theta[0, r]))
    return model


def _row_bounds(programmes: Programmes) -> tuple[Floats, Floats]:
    """Return lower and upper bounds of the rows, (e, k) each."""
    lower = np.where((programmes.slack < 0) | programmes.equal, programmes.b, -highspy.kHighsInf)
    upper = np.where((programmes.slack > 0) | programmes.equal, programmes.b, highspy.kHighsInf)
    return lower, upper


def _store(
    out: RadialScores,
    where: Ints,
    programmes: Programmes,
    answer: Vertices,
    scales: tuple[Floats, Floats],
    sizes: tuple[Floats, Floats],
) -> None:
    """Write certified answers into ``out`` in the user's units."""
    n, m, s = programmes.reference.shape[1], programmes.m, out.u.shape[1]
    out.status[where] = answer.status
    good = answer.status == "ok"
    at, basis, value, dual = where[good], answer.basis[good], answer.value[good], answer.dual[good]
    out.score[at] = (value * (basis == n)).sum(axis=1)
    own = sizes[1][good]
    out.v[at] = -dual[:, :m] / scales[0] / own[:, None] + 0.0
    out.u[at] = dual[:, m : m + s] / scales[1] / own[:, None] + 0.0
    out.w[at] = dual[:, m + s] if dual.shape[1] > m + s else 0.0
    size = sizes[0][np.minimum(basis, n - 1)]
    intensity = np.where(basis < n, value * own[:, None] / size, 0.0)
    peer = np.where((basis < n) & (value > PEER), basis, n)
    order = np.argsort(peer, axis=1, kind="stable")
    peer, intensity = np.take_along_axis(peer, order, axis=1), np.take_along_axis(intensity, order, axis=1)
    out.peers[at] = np.where(peer < n, peer, -1)
    out.intensities[at] = np.where(peer < n, intensity, 0.0)
