"""Intervals and tests of an event study; arrays in, arrays out.

Student's t with clusters - 1 degrees of freedom throughout:
pointwise      estimate +- t SE
simultaneous   estimate +- c SE,  c the quantile of the largest |t| over event times, by draws with their correlation
leads          F = (G - q) / (G - 1) b' V^-1 b / q with q and G - q degrees of freedom,  q leads, G clusters (Hotelling)
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from xinzhi.panel.panel import Bools, Floats, Ints
from xinzhi.regions.regressions.estimation.least_squares import reach, two_sided
from xinzhi.regions.regressions.events.design import Design
from xinzhi.regions.regressions.events.estimators import Sample

DRAWS = 20_000
"""Draws behind the simultaneous intervals: their critical value has a standard error of about 0.01."""
SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix below which leads are not tested jointly."""


@dataclass(frozen=True)
class Behind:
    """What stands behind each event time: ``time``, ``rows``, ``units``, ``cohorts``, ``clusters``, (e,) each."""

    time: Ints
    rows: Ints
    units: Ints
    cohorts: Ints
    clusters: Ints

    @classmethod
    def of(cls, design: Design, year: Ints, sample: Sample) -> "Behind":
        """Return the counts of a sample; ``year``: (n,) of the rows of the design."""
        rows = design.used & ~design.control
        place, cohort = design.place[rows].astype(np.int64), (year - design.event)[rows]
        mine = ~design.control[design.used]
        time, count = np.unique(place, return_counts=True)

        def different(values: Floats | Ints) -> Ints:
            pairs = np.unique(np.column_stack([place, values.astype(np.int64)]), axis=0)
            return np.asarray((pairs[:, :1] == time).sum(axis=0), dtype=np.int64)

        return cls(time, count, different(sample.unit[mine]), different(cohort), different(sample.cluster[mine]))


@dataclass(frozen=True)
class Path:
    """Effects by event time.

    ``estimate``, ``error``, ``low``, ``high``, ``low_all``, ``high_all``: (e,) with pointwise and simultaneous ends,
    errors NaN where there is none; ``base``: (e,) whether it is zero by choice; ``covariance``: (e, e); ``critical``:
    of the simultaneous intervals; ``behind``: see :class:`Behind`.
    """

    estimate: Floats
    error: Floats
    low: Floats
    high: Floats
    low_all: Floats
    high_all: Floats
    base: Bools
    covariance: Floats
    critical: float
    behind: Behind

    @property
    def time(self) -> Ints:
        """Return the event times, (e,)."""
        return self.behind.time


@dataclass(frozen=True)
class Average:
    """The average effect after treatment: ``estimate``, ``error``, ``low``, ``high``, ``t``, ``p``."""

    estimate: float
    error: float
    low: float
    high: float
    t: float
    p: float


@dataclass(frozen=True)
class LeadTest:
    """Whether leads are zero together: ``statistic`` F, ``leads`` q, ``freedom`` G - q, ``p``; NaN if not tested."""

    statistic: float
    leads: int
    freedom: int
    p: float


def simultaneous(covariance: Floats, freedom: int, *, level: float, draw: np.random.Generator) -> float:
    """Return the quantile of the largest |t| of estimates with an (e, e) covariance."""
    error = np.sqrt(np.diag(covariance))
    if freedom < 1 or error.size == 0:
        return float("nan")
    values, vectors = np.linalg.eigh(covariance / np.outer(error, error))
    normal = draw.standard_normal((DRAWS, error.size)) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    scale = np.sqrt(draw.chisquare(freedom, DRAWS) / freedom)
    return float(np.quantile(np.abs(normal).max(axis=1) / scale, level))


def path_of(
    times: Ints,
    estimate: Floats,
    covariance: Floats,
    *,
    behind: Behind,
    freedom: int,
    level: float,
    draw: np.random.Generator,
) -> Path:
    """Return the path of effects with its intervals.

    Parameters
    ----------
    times : (k,)
        Event times that are estimated; the others of ``behind`` are the base.
    estimate : (k,)
    covariance : (k, k)
    behind : Behind
    freedom : int
    level : float
    draw : Generator
        Of the simultaneous intervals.
    """
    size, at = behind.time.size, np.searchsorted(behind.time, times)
    effects, joint = np.zeros(size), np.full((size, size), np.nan)
    effects[at], joint[np.ix_(at, at)] = estimate, covariance
    alone = behind.clusters < 2
    joint[alone], joint[:, alone] = np.nan, np.nan
    error = np.sqrt(np.diag(joint))
    usable = error > 0
    critical = simultaneous(joint[np.ix_(usable, usable)], freedom, level=level, draw=draw)
    near, far = reach(freedom, level) * error, critical * error
    base = ~np.isin(behind.time, times)
    ends = (effects - near, effects + near, effects - far, effects + far)
    return Path(effects, error, *ends, base, joint, critical, behind)


def average_of(estimate: float, error: float, freedom: int, level: float) -> Average:
    """Return an average effect with its interval and test."""
    wide = reach(freedom, level) * error
    t = estimate / error if error > 0 else float("nan")
    p = float(two_sided(np.array([t]), freedom)[0])
    return Average(estimate, error, estimate - wide, estimate + wide, t, p)


def lead_test(estimate: Floats, covariance: Floats, clusters: int) -> LeadTest:
    """Return the joint test that (q,) estimates are zero; not made where their covariance is singular.

    The form of Hotelling allows for a covariance that is itself estimated: with it 7 leads of 30 clusters are rejected
    in 12, without it in 18 per cent of samples at the level of five.
    """
    q, error = estimate.size, np.sqrt(np.diag(covariance))
    freedom = clusters - q
    bad = LeadTest(float("nan"), q, freedom, float("nan"))
    if q == 0 or freedom < 1 or not (np.isfinite(error) & (error > 0)).all():
        return bad
    correlation = covariance / np.outer(error, error)
    if np.linalg.eigvalsh(correlation)[0] < SINGULAR:
        return bad
    scaled = estimate / error
    distance = float(scaled @ np.linalg.solve(correlation, scaled))
    statistic = distance * freedom / ((clusters - 1) * q)
    return LeadTest(statistic, q, freedom, float(fdtrc(q, freedom, statistic)))
