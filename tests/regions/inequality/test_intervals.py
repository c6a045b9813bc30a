"""Intervals: coverage by simulation, the jackknife by its definition, equal bits, bad settings."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from tests.regions.inequality.worlds import EXACT, dagum_of_pairs, panel, random_years
from xinzhi.compute import Run
from xinzhi.errors import UsageError
from xinzhi.regions.inequality.dagum import DagumDecomposition, DagumOf, Sorted
from xinzhi.regions.inequality.intervals import Resampled, bounds, drawn
from xinzhi.regions.inequality.measures import Inequality, MeasuresOf
from xinzhi.regions.inequality.theil import TheilDecomposition

SPREAD = 0.5
"""Standard deviation of logarithms in the simulations."""
WORLDS = 400
ERROR = 3 * np.sqrt(0.95 * 0.05 / WORLDS)
"""Three standard errors of a coverage of .95."""
WITHIN = [
    ((3, 4, 4, 4), "bootstrap", 0.66),
    ((3, 4, 4, 4), "jackknife", 0.85),
    ((10, 10, 10), "bootstrap", 0.81),
    ((10, 10, 10), "jackknife", 0.91),
]
"""Sizes of groups, the way of resampling, and how often intervals of .95 hold what is within them."""
TRUE = {"gini": 2 * stats.norm.cdf(SPREAD / np.sqrt(2)) - 1, "theil": SPREAD**2 / 2, "mld": SPREAD**2 / 2}
"""Of a log-normal distribution, in closed form."""


def coverage(resampled, names, n=200):
    """Return how often the interval holds the truth, by measure."""
    draw, hits = np.random.default_rng(20261127), np.zeros(len(names))
    for world in range(WORLDS):
        y = draw.lognormal(0, SPREAD, n)
        low, high = bounds(
            MeasuresOf.of(y, names, 1.0),
            np.ones(n),
            np.zeros(n, dtype=np.int64),
            resampled=resampled,
            run=Run(seed=world),
            key=0,
        )
        truth = np.array([TRUE[name] for name in names])
        hits += (low <= truth) & (truth <= high)
    return dict(zip(names, hits / WORLDS, strict=True))


@pytest.mark.parametrize("resampled", [Resampled(by="jackknife"), Resampled(draws=199)], ids=["jackknife", "bootstrap"])
def test_coverage(resampled):
    """Within three standard errors of .95, less .03 for the skewness of the estimates at n = 200."""
    found = coverage(resampled, ("gini", "theil", "mld"))
    assert all(0.95 - ERROR - 0.03 <= rate <= 0.95 + ERROR for rate in found.values()), found


@pytest.mark.parametrize(
    ("n", "by", "gini", "theil"),
    [
        (10, "bootstrap", 0.83, 0.72),
        (10, "jackknife", 0.905, 0.83),
        (30, "bootstrap", 0.86, 0.84),
        (30, "jackknife", 0.91, 0.87),
    ],
)
def test_small_samples_are_covered_less(n, by, gini, theil):
    """What the notes of Inequality say: rates of 600 other worlds, within three standard errors of a difference."""
    found = coverage(Resampled(draws=199, by=by), ("gini", "theil"), n=n)
    for name, rate in (("gini", gini), ("theil", theil)):
        error = 3 * np.sqrt(rate * (1 - rate) * (1 / WORLDS + 1 / 600))
        assert abs(found[name] - rate) <= error


def test_bias_of_small_groups_is_taken_out():
    """Ten units a group: the mean of G inside groups is nine tenths of the truth; bounds lie around the truth.

    Percentiles without the correction hold the truth of what is within in half of the worlds (measured: .48).
    """
    code, truth = np.repeat([0, 1, 2], 10), TRUE["gini"]
    hits, worlds = 0, 150
    for world in range(worlds):
        y = np.random.default_rng(world).lognormal(0.2 * code, SPREAD)
        year = DagumOf(Sorted.of(y, code, 3))
        low, high = bounds(year, np.ones(30), code, resampled=Resampled(draws=199), run=Run(seed=world), key=0)
        hits += int(((low <= truth) & (truth <= high))[4:7].sum())
    assert 0.75 <= hits / (3 * worlds) <= 0.9


@pytest.mark.parametrize("weight", [None, "pop"])
def test_jackknife_by_its_definition(weight):
    """Wolter (2007): the others of the group count n / (n - 1) times; Student's t with n - g degrees of freedom."""
    frame = random_years(2, years=1).query("g in ('g2', 'g3')")
    method = DagumDecomposition(of="y", group="g", weight=weight, intervals=Resampled(by="jackknife", level=0.9))
    result = method.fit(panel(frame))
    y, g = frame["y"].to_numpy(), frame["g"].to_numpy()
    w = frame["pop"].to_numpy() if weight else np.ones(len(frame))
    theirs = dagum_of_pairs(y, w, g)
    for k, part in enumerate(("gini", "within_groups", "net_between", "transvariation")):
        variance = bias = freedom = 0
        for name in sorted(set(g)):
            members = np.flatnonzero(g == name)
            n, others = members.size, w * np.where(g == name, members.size / (members.size - 1), 1.0)
            kept = [np.arange(y.size) != i for i in members]
            without = np.array([dagum_of_pairs(y[rest], others[rest], g[rest])[part] for rest in kept])
            variance += (n - 1) / n * ((without - without.mean()) ** 2).sum()
            bias += (n - 1) * (without.mean() - theirs[part])
            freedom += n - 1
        reach, centre = stats.t.ppf(0.95, freedom) * np.sqrt(variance), theirs[part] - bias
        found = result.bounds.low[0, k], result.bounds.high[0, k]
        assert found == pytest.approx((centre - reach, centre + reach), abs=EXACT)


@pytest.mark.parametrize(("sizes", "by", "rate"), WITHIN)
def test_groups_keep_their_sizes(sizes, by, rate):
    """Log-normal groups whose means rise by e^.2; the truth by 4,000 quantiles of each. The rates are those of 400
    other worlds and are told in the notes of Dagum's decomposition; the middle of a jackknife is without bias."""
    count, points = len(sizes), 4000
    quantiles = np.exp(SPREAD * stats.norm.ppf((np.arange(points) + 0.5) / points))
    every = np.concatenate([quantiles * np.exp(0.2 * k) for k in range(count)])
    year = Sorted.of(every, np.repeat(np.arange(count), points), count)
    truth = DagumOf(year)(np.repeat(np.array(sizes, dtype=float), points)[None])[0, 1]
    code, found = np.repeat(np.arange(count), sizes), []
    for world in range(1000, 1000 + WORLDS):
        y = np.random.default_rng(world).lognormal(0.2 * code, SPREAD)
        one = DagumOf(Sorted.of(y, code, count))
        resampled, run = Resampled(draws=199, by=by), Run(seed=world)
        low, high = bounds(one, np.ones(y.size), code, resampled=resampled, run=run, key=0)
        found.append((low[1], high[1]))
    low, high = np.array(found).T
    assert abs(((low <= truth) & (truth <= high)).mean() - rate) <= 3 * np.sqrt(rate * (1 - rate) * 2 / WORLDS)
    if by == "jackknife":
        middle = (low + high) / 2
        assert abs(middle.mean() - truth) <= 3 * middle.std() / np.sqrt(WORLDS)


@pytest.mark.parametrize(
    ("sizes", "by", "there"),
    [
        ((1, 5), "bootstrap", False),
        ((2, 5), "bootstrap", True),
        ((2, 5), "jackknife", False),
        ((3, 5), "jackknife", True),
    ],
)
def test_too_few_units_have_no_interval(sizes, by, there):
    """No interval of no width: none at all, and a note says why."""
    code = np.repeat([0, 1], sizes)
    y = np.random.default_rng(5).lognormal(0.2 * code, SPREAD)
    frame = pd.DataFrame({"unit": [f"u{k}" for k in range(y.size)], "g": [f"g{k}" for k in code], "y": y})
    intervals = Resampled(draws=99, by=by)
    for kind in (DagumDecomposition, TheilDecomposition):
        result = kind(of="y", group="g", intervals=intervals).fit(panel(frame))
        assert np.isfinite(result.bounds.low).all() == there
        assert (" to " in result.summary()) == there
        notes = {table.name: table.notes for table in result.tables()}["intervals"]
        assert any("No interval" in note for note in notes) != there


def test_jackknife_of_two_units_has_no_interval():
    frame = pd.DataFrame({"unit": list("AB"), "y": [1.0, 3.0]})
    result = Inequality(of="y", intervals=Resampled(by="jackknife")).fit(panel(frame))
    assert np.isnan(result.bounds.low).all()
    assert "Gini coefficient: 0.2500." in result.summary()


def test_bootstrap_draws_within_groups():
    """The order of the groups' means is made anew in each draw, so that net between is never negative."""
    frame = random_years(2, years=1)
    code = np.unique(frame["g"], return_inverse=True)[1]
    year = Sorted.of(frame["y"].to_numpy(), code, 4)
    draws = drawn(DagumOf(year), np.ones(len(frame)), code, 99, np.random.default_rng(1))
    assert draws[:, 2].min() >= 0


def test_a_draw_is_a_weighting():
    """A draw in which units stand twice, or not at all, is the decomposition of those units."""
    draw = np.random.default_rng(7)
    y, code = draw.uniform(1, 2, 12), np.repeat([0, 1, 2], 4)
    times = np.array([2, 0, 1, 1, 1, 1, 1, 1, 0, 3, 0, 1])
    weighted = DagumOf(Sorted.of(y, code, 3))(times[None].astype(float))
    repeated = DagumOf(Sorted.of(np.repeat(y, times), np.repeat(code, times), 3))(np.ones((1, 12)))
    np.testing.assert_allclose(weighted, repeated, rtol=0, atol=EXACT)


@pytest.mark.parametrize("method", [Inequality, TheilDecomposition])
def test_equal_seeds_give_equal_bits(method):
    frame = random_years(1).query("g != 'g0'")
    frame["y"] += 1.0
    settings = {} if method is Inequality else {"group": "g"}
    one, two, other = (
        method(of="y", intervals=Resampled(draws=99), **settings).fit(panel(frame), seed=seed) for seed in (4, 4, 5)
    )
    assert one.bounds.low.tobytes() == two.bounds.low.tobytes()
    assert one.bounds.low.tobytes() != other.bounds.low.tobytes()
    assert "99" in one.methods_text()


@pytest.mark.parametrize("settings", [{"draws": 3}, {"level": 1.0}, {"by": "delta"}])
def test_bad_settings(settings):
    with pytest.raises(UsageError) as caught:
        Resampled(**settings)
    assert caught.value.code == "XZ-103"
