"""Ranges by simulation, against what a linear identity says of them in closed form."""

import numpy as np
import pandas as pd
import pytest

import xinzhi as xz
from xinzhi.errors import UsageError

FIXED = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share=0.6)
YEARS = (2000, 2010)
SAME = 1e-10  # rounding of log changes
FOUR_SIGMA = 4.0  # a test fails by chance once in 16,000


@pytest.fixture(scope="module")
def panel() -> xz.Panel:
    """Two economies whose inputs and output grow at constant rates."""
    years = np.arange(YEARS[0], YEARS[1] + 1)
    rates = {"A": (0.05, 0.04, 0.01), "B": (0.02, 0.03, 0.00)}
    frames = [
        pd.DataFrame({"u": u, "t": years, **{c: np.exp(g * (years - 2000)) for c, g in zip("ykl", r, strict=True)}})
        for u, r in rates.items()
    ]
    return xz.Panel(pd.concat(frames).assign(s=0.6), unit="u", time="t")


def simulated(panel, *sources, reps=400, columns=("capital", "labour", "tfp"), of=FIXED, seed=0):
    method = xz.SimulatedRange(of=of, columns=columns, sources=sources, period=YEARS, reps=reps)
    return method.fit(panel, seed=seed)


def sd_band(sd: float, reps: int) -> float:
    """Return four standard errors of a standard deviation of normal draws."""
    return FOUR_SIGMA * sd / np.sqrt(2 * reps)


def test_a_drift_moves_tfp_by_the_share_times_the_drift(panel):
    """dln A = dln y - s dln l - ..., so an error e in dln l moves TFP by -s e: sd(TFP) = s sd."""
    source = xz.ColumnError(name="labour", column="l", sd=0.01, varies="drift")
    result = simulated(panel, source, columns=("labour", "tfp"))
    assert result.term("tfp_sd") == pytest.approx(0.6, abs=sd_band(0.6, 400))
    assert result.term("tfp_mean") == pytest.approx(result.term("tfp_point"), abs=FOUR_SIGMA * 0.6 / 20)
    assert result.alone[0, :, 1].tolist() == result.term("tfp_sd").tolist(), "the one source is the whole"


def test_errors_of_cells_count_at_both_ends_of_a_period_only(panel):
    """The mean rate telescopes: sd = s sd sqrt(2) / years."""
    source = xz.ColumnError(name="labour", column="l", sd=0.05, varies="cell")
    expected = 100 * 0.6 * 0.05 * np.sqrt(2) / 10
    result = simulated(panel, source, columns=("labour", "tfp"))
    assert result.term("tfp_sd") == pytest.approx(expected, abs=sd_band(expected, 400))


@pytest.mark.parametrize("varies", ["unit", "all"])
def test_an_error_of_the_level_does_not_move_growth(panel, varies):
    source = xz.ColumnError(name="capital", column="k", sd=0.5, varies=varies)
    result = simulated(panel, source, columns=("capital", "tfp"), reps=10)
    assert result.term("tfp_sd") == pytest.approx(0.0, abs=SAME)


def test_a_uniform_share_gives_a_uniform_contribution(panel):
    """Contribution of capital = (1 - s) g_K with s uniform on [.5, .7]: quantiles in closed form."""
    source = xz.Draw(name="share", path="labour_share", low=0.5, high=0.7)
    result = simulated(panel, source, columns=("capital", "labour", "tfp"), reps=2000)
    a = result.rows.unit == "A"
    for word, s in (("p05", 0.69), ("p50", 0.6), ("p95", 0.51)):
        spread = FOUR_SIGMA * 0.2 * 4.0 * np.sqrt(0.25 / 2000)  # of a quantile of a uniform distribution
        assert result.term(f"capital_{word}")[a] == pytest.approx((1 - s) * 4.0, abs=spread), word


def test_terms_of_every_draw_add_up(panel):
    sources = (
        xz.Draw(name="share", path="labour_share", low=0.5, high=0.7, mode=0.55),
        xz.ColumnError(name="capital", column="k", sd=0.02, varies="cell"),
    )
    result = simulated(panel, *sources, columns=("capital", "labour", "tfp", "growth"), reps=50)
    assert np.abs(result.draws[:, :, :3].sum(axis=2) - result.draws[:, :, 3]).max() < SAME
    assert result.alone.shape == (2, 2, 4)


def test_a_share_column_stays_a_fraction(panel):
    source = xz.ColumnError(name="share", column="s", sd=3.0, varies="unit", scale="log_odds")
    of = xz.GrowthAccounts(output="y", capital="k", labour="l", labour_share="s")
    result = simulated(panel, source, columns=("capital", "tfp"), of=of, reps=50)
    assert result.diagnostics == {"draws": 50, "computed": 50}
    assert (result.draws[:, 0, 0] < 4.0).all(), "the share of capital is below one"


def test_equal_seeds_give_equal_draws_and_others_do_not(panel):
    source = xz.Draw(name="share", path="labour_share", low=0.5, high=0.7)
    one, two, other = (simulated(panel, source, columns=("tfp",), reps=5, seed=seed) for seed in (1, 1, 2))
    assert one.draws.tobytes() == two.draws.tobytes() != other.draws.tobytes()


def test_draws_that_cannot_be_computed_are_counted(panel):
    options = (xz.Option(label="there"), xz.Option(label="absent", set={"period": None}))
    with pytest.raises(UsageError, match="path 'period'"):
        simulated(panel, xz.Choice(name="capital", options=options), columns=("tfp",), reps=5)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (lambda: xz.Draw(name="d", path="labour_share", low=0.7, high=0.5), "needs low < high"),
        (lambda: xz.Draw(name="d", path="labour_share", low=0.5, high=0.7, mode=0.9), "mode between them"),
        (lambda: xz.ColumnError(name="c", column="l", sd=-1.0), "more than 0"),
    ],
)
def test_impossible_sources_are_refused(source, words):
    with pytest.raises(UsageError, match=words):
        source()


def test_log_odds_of_a_level_are_refused(panel):
    source = xz.ColumnError(name="labour", column="l", sd=0.1, scale="log_odds")
    with pytest.raises(UsageError, match="no fraction"):
        simulated(panel, source, columns=("tfp",), reps=5)


def test_sources_need_names_of_their_own(panel):
    source = xz.Draw(name="share", path="labour_share", low=0.5, high=0.7)
    with pytest.raises(UsageError, match="share a name"):
        simulated(panel, source, source, columns=("tfp",))


def test_tables_say_what_was_drawn(panel):
    sources = (
        xz.Draw(name="share", path="labour_share", low=0.5, high=0.7),
        xz.ColumnError(name="capital", column="k", sd=0.02),
    )
    ranges, parts = simulated(panel, *sources, columns=("tfp",), reps=10).tables(xz.View(units=("B",)))
    assert [row[0] for row in ranges.rows] == ["B"]
    assert "share (uniform, 0.5 to 0.7)" in ranges.notes[1]
    assert [row[0] for row in parts.rows] == ["share", "capital"]
