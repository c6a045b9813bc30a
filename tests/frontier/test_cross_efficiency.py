"""Cross-efficiency: published ratings, the textbook programme by SciPy, a case by hand, invariances."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.support import SHARED, needs_shared
from xinzhi.errors import DataError, UsageError
from xinzhi.frontier import DEA
from xinzhi.frontier.cross_efficiency import CrossEfficiency

REFERENCE = 1e-8  # the files print 15 digits; the issue asks for 1e-8 of the size of a number
PRINTED = 5e-7  # six digits are printed
SCORE = 1e-9  # of scores of order one, against another solver with its own tolerance of 1e-9
SAME = 1e-12  # the same arithmetic in another order
INPUTS, OUTPUTS = ["X1", "X2", "X3"], ["Y1", "Y2"]
# methods/frontier.md, "Headline reference numbers": scores received (column means), units 1 to 10.
RECEIVED = {
    "aggressive": [0.690481, 0.725965, 0.520116, 0.899250, 0.549023, 0.764316, 0.823450, 0.511433, 0.380217, 0.826219],
    "benevolent": [0.794607, 0.855332, 0.636246, 1.0, 0.556162, 0.919322, 0.838719, 0.598301, 0.467529, 0.914116],
}
FILES = {"aggressive": "M2agg_A", "benevolent": "M2ben_A", "arbitrary": "arbitrary_avg"}
UNIQUE = [1, 2, 3, 5, 8, 9]  # units of the "arbitrary" file whose weights are unique


def golany_roll() -> pd.DataFrame:
    """Return the first ten units of Golany and Roll (1989), in their order."""
    return pd.read_csv(SHARED / "frontier" / "deaR_Golany_Roll_1989.csv").iloc[:10, 1:]


def world(n: int, seed: int) -> pd.DataFrame:
    """Return n units with three inputs and two outputs."""
    draw = np.random.default_rng(seed)
    values = np.exp(draw.normal(0, 0.5, (n, 5)))
    return pd.DataFrame(dict(zip(INPUTS + OUTPUTS, values.T, strict=True)) | {"DMU": [f"D{k:02d}" for k in range(n)]})


def fit(frame: pd.DataFrame, **settings):
    return CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS, **settings).fit(xz.Panel(frame, unit="DMU"))


def column(result, name: str, units):
    return result.tidy().set_index("unit").loc[list(units), name].to_numpy(float)


def matrix(result, units):
    """Return ratings, raters by rows, both in the order of the units."""
    return result.matrix().set_index("rater").loc[list(units), list(units)].to_numpy(float)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("goal", FILES)
def test_ratings_given(goal):
    """R deaR 1.5.3: column x holds the mean of the ratings that a unit gives, self-appraisal included."""
    frame = golany_roll()
    known = pd.read_csv(SHARED / "frontier" / f"deaR_GolanyRoll_cross_expected_{FILES[goal]}.csv", index_col=0)["x"]
    units = [f"DMU_{k}" for k in (UNIQUE if goal == "arbitrary" else range(1, 11))]
    given = column(fit(frame, goal=goal), "given", units)
    np.testing.assert_allclose(given, known[units], rtol=REFERENCE, atol=REFERENCE)


@needs_shared
@pytest.mark.reference
@pytest.mark.parametrize("goal", RECEIVED)
def test_ratings_received(goal):
    received = column(fit(golany_roll(), goal=goal), "received", [f"DMU_{k}" for k in range(1, 11)])
    np.testing.assert_allclose(received, RECEIVED[goal], atol=PRINTED)


def second_goal(x, y, o: int, *, aggressive: bool):
    """Return model II's value for the others of unit o, and the unit's own score, from the textbook programmes."""
    n, m, s = len(x), x.shape[1], y.shape[1]
    ratio = np.hstack((-x, y))
    own = linprog(np.r_[np.zeros(m), -y[o]], A_ub=ratio, b_ub=np.zeros(n), A_eq=[np.r_[x[o], np.zeros(s)]], b_eq=[1.0])
    others = np.arange(n) != o
    found = linprog(
        np.r_[np.zeros(m), y[others].sum(axis=0)] * (1 if aggressive else -1),
        A_ub=ratio,
        b_ub=np.zeros(n),
        A_eq=[np.r_[x[others].sum(axis=0), np.zeros(s)], np.r_[own.fun * x[o], y[o]]],
        b_eq=[1.0, 0.0],
    )
    assert own.status == found.status == 0
    return abs(found.fun), -own.fun


@pytest.mark.parametrize("goal", ["aggressive", "benevolent"])
def test_weights_solve_the_second_goal(goal):
    """The weights are optimal for the rater, admit no unit above 1, and reach the value that SciPy finds."""
    frame = world(14, 3)
    result = fit(frame, goal=goal)
    x, y = frame[INPUTS].to_numpy(), frame[OUTPUTS].to_numpy()
    ratings, weights = matrix(result, frame["DMU"]), result.multipliers()
    assert ratings.max() <= 1.0 + SCORE
    v, u = weights[INPUTS].to_numpy(float), weights[OUTPUTS].to_numpy(float)
    for o in range(len(frame)):
        best, own = second_goal(x, y, o, aggressive=goal == "aggressive")
        others = np.arange(len(frame)) != o
        assert u[o] @ y[others].sum(axis=0) / (v[o] @ x[others].sum(axis=0)) == pytest.approx(best, abs=SCORE)
        assert ratings[o, o] == pytest.approx(own, abs=SCORE)
    radial = DEA(inputs=INPUTS, outputs=OUTPUTS, orientation="input", returns="crs")
    scores = radial.fit(xz.Panel(frame, unit="DMU")).term("score")
    np.testing.assert_allclose(result.term("self"), scores, atol=SCORE)
    assert (result.term("received") <= scores + SCORE).all()


def test_the_goals_pull_apart():
    frame = world(14, 3)
    low, middle, high = (fit(frame, goal=goal).term("received") for goal in ("aggressive", "arbitrary", "benevolent"))
    assert low.mean() < middle.mean() < high.mean()


def test_a_case_by_hand():
    """One input of 1, outputs (4, 1), (2, 2), (1, 4): raters A and C use one output, B has the unique (1, 1) / 5."""
    frame = pd.DataFrame({"j": list("ABC"), "x": [1.0] * 3, "y": [4.0, 2, 1], "z": [1.0, 2, 4]})
    panel = xz.Panel(frame, unit="j")
    expected = np.array([[1.0, 0.5, 0.25], [1.0, 0.8, 1.0], [0.25, 0.5, 1.0]])
    model = CrossEfficiency(inputs=["x"], outputs=["y", "z"], goal="aggressive")
    result = model.fit(panel)
    np.testing.assert_allclose(matrix(result, "ABC"), expected, atol=SAME)
    np.testing.assert_allclose(result.term("received"), expected.mean(axis=0), atol=SAME)
    np.testing.assert_allclose(result.term("given"), expected.mean(axis=1), atol=SAME)
    peers = np.array([0.625, 0.5, 0.625])
    np.testing.assert_allclose(result.term("maverick"), (np.array([1, 0.8, 1]) - peers) / peers, atol=SAME)
    apart = model.model_copy(update={"self_appraisal": "excluded"}).fit(panel)
    np.testing.assert_allclose(apart.term("received"), peers, atol=SAME)
    np.testing.assert_allclose(apart.term("given"), [0.375, 1.0, 0.375], atol=SAME)
    np.testing.assert_allclose(apart.term("maverick"), result.term("maverick"), atol=SAME)
    outward = model.model_copy(update={"orientation": "output"}).fit(panel)
    np.testing.assert_allclose(matrix(outward, "ABC"), 1 / expected, atol=SAME)
    np.testing.assert_allclose(outward.term("received"), (1 / expected).mean(axis=0), atol=SAME)
    np.testing.assert_allclose(outward.term("self"), [1.0, 1.25, 1.0], atol=SAME)


def test_raters_are_the_reference_units_of_the_year():
    frame = pd.concat([world(8, 1).assign(t=1), world(8, 2).assign(t=2)], ignore_index=True)
    both = CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS).fit(xz.Panel(frame, unit="DMU", time="t"))
    for year in (1, 2):
        single = fit(frame[frame["t"] == year])
        mine = both.rows.time == year
        np.testing.assert_allclose(both.term("received")[mine], single.term("received"), atol=SCORE)
        shown = both.matrix(year)
        assert set(shown["rater_time"]) == {year}
        ratings = shown[[f"D{k:02d}" for k in range(8)]].to_numpy(float)
        np.testing.assert_allclose(ratings.mean(axis=0), single.term("received"), atol=SCORE)
    pooled = CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS, technology="sequential")
    assert len(pooled.fit(xz.Panel(frame, unit="DMU", time="t")).matrix()) == 16
    with pytest.raises(DataError, match="XZ-208"):
        both.matrix(3)


def test_a_unit_outside_the_raters_is_rated_and_does_not_rate():
    frame = world(8, 4)
    raters = tuple(frame["DMU"][:7])
    inside, result = fit(frame[:7]), fit(frame, reference=raters)
    np.testing.assert_allclose(result.term("received")[:7], inside.term("received"), atol=SCORE)
    assert list(result.matrix()["rater"]) == list(raters)
    assert result.matrix()["D07"].mean() == pytest.approx(result.term("received")[7], abs=SCORE)
    assert result.rows.status.tolist() == ["ok"] * 8


# Invariances ------------------------------------------------------------------------------------


@pytest.mark.parametrize("goal", ["aggressive", "benevolent"])
@pytest.mark.parametrize("orientation", ["input", "output"])
def test_units_of_measurement_do_not_matter(goal, orientation):
    frame = world(12, 6)
    scaled = frame.assign(X1=frame["X1"] * 1e9, X2=frame["X2"] * 1e-9, Y1=frame["Y1"] * 1e9)
    one, other = (fit(data, goal=goal, orientation=orientation) for data in (frame, scaled))
    for name in one.rows.terms:
        np.testing.assert_allclose(other.term(name), one.term(name), rtol=SCORE, atol=SCORE)
    assert one.method.invariances == {"units"}
    assert CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS, goal="arbitrary").invariances == frozenset()


def test_what_is_not_claimed_does_not_hold():
    """A duplicate is a second rater of its kind; a constant that is added changes the ratios."""
    frame = world(10, 7)
    base = fit(frame).term("received")
    double = pd.concat([frame, frame.iloc[[0]].assign(DMU="ZZ")], ignore_index=True)
    assert np.abs(fit(double).term("received")[:10] - base).max() > 1e-4
    for name in ("X1", "Y1"):
        assert np.abs(fit(frame.assign(**{name: frame[name] + 3.0})).term("received") - base).max() > 1e-3


# Cells and settings -----------------------------------------------------------------------------


def test_weights_that_give_a_unit_no_value_are_said_so():
    """A makes nothing of w: a rater that values w alone gives it no output at all, so its output score has no value."""
    frame = pd.DataFrame(
        {"j": list("ABC"), "x": [1.0, 1, 0], "z": [4.0, 3, 1], "y": [1.0, 0.2, 0.1], "w": [0.0, 1.0, 1.0]}
    )
    model = CrossEfficiency(inputs=["x", "z"], outputs=["y", "w"], orientation="output", goal="aggressive")
    result = model.fit(xz.Panel(frame, unit="j"))
    odd = result.rows.status != "ok"
    assert odd.any()
    assert set(result.rows.status[odd]) == {"not_identified"}
    assert all("no value" in reason for reason in result.rows.reason[odd])
    assert np.isnan(np.column_stack(list(result.rows.terms.values()))[odd]).all()
    assert np.isfinite(np.column_stack(list(result.rows.terms.values()))[~odd]).all()


def test_a_lone_unit_has_no_other_rater():
    for appraisal in ("included", "excluded"):
        result = fit(world(1, 1), self_appraisal=appraisal)
        assert result.rows.status.tolist() == ["not_identified"]


def test_settings_tables_and_words():
    with pytest.raises(UsageError, match="XZ-103"):
        CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS, returns="vrs")
    with pytest.raises(UsageError, match="XZ-103"):
        CrossEfficiency(inputs=INPUTS, outputs=OUTPUTS, goal="neutral")
    small, large = fit(world(6, 2)), fit(world(25, 2))
    assert [table.name for table in small.tables()] == ["rows", "by_period", "ratings"]
    assert [table.name for table in large.tables()] == ["rows", "by_period"]
    assert len(small.tables()[2].rows) == 6
    assert "benevolent" in small.title
    missing = fit(world(6, 2).assign(X1=[np.nan, 1, 1, 1, 1, 1]))
    assert missing.rows.status.tolist() == ["missing_data", *["ok"] * 5]
    assert missing.rows.reason[0] == "X1 missing"
