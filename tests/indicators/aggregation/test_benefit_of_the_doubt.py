"""Benefit of the doubt against SciPy and DEA; one indicator and equal shares in closed form; bounds, zeros, years."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

import xinzhi as xz
from tests.indicators.toys import SIGNS, TOY, columns, index, scores
from xinzhi.errors import UsageError
from xinzhi.panel.panel import Floats

TWIN = 1e-8  # SciPy runs the same solver at its own tolerance of 1e-7, on data of order 1
SAME = 1e-9  # two linear programmes of the same optimum: the tolerance of the solver
Z = np.random.default_rng(8).uniform(0.1, 1.0, (12, 4))


def bod(values: Floats, rule: xz.BenefitOfTheDoubt | None = None) -> Floats:
    """Return scores of an array as it is."""
    weights = np.full((1, values.shape[1]), 1 / values.shape[1])
    return (rule or xz.BenefitOfTheDoubt()).scored(columns(values), weights).scores


def twin(values: Floats, low: float = 0.0, high: float = 1.0) -> list[float]:
    """Return SciPy's scores, with shares between ``low`` and ``high``."""
    found = []
    for own in values:
        shares = [low * own - np.diag(own), np.diag(own) - high * own]
        matrix = np.vstack([values, *shares])
        found.append(-linprog(-own, A_ub=matrix, b_ub=np.r_[np.ones(len(values)), np.zeros(2 * own.size)]).fun)
    return found


def test_scores_are_scipys_with_and_without_bounds_of_shares() -> None:
    assert np.abs(bod(Z) - twin(Z)).max() < TWIN
    assert np.abs(bod(Z, xz.BenefitOfTheDoubt(lowest=0.1)) - twin(Z, low=0.1)).max() < TWIN
    assert np.abs(bod(Z, xz.BenefitOfTheDoubt(lowest=0.1, highest=0.4)) - twin(Z, 0.1, 0.4)).max() < TWIN


def test_it_is_dea_with_one_input_of_one() -> None:
    names = [f"y{j}" for j in range(4)]
    frame = pd.DataFrame(Z, columns=names).assign(unit=[f"u{k:02d}" for k in range(12)], one=1.0)
    dea = xz.DEA(inputs=["one"], outputs=names, orientation="output", returns="crs").fit(xz.Panel(frame, unit="unit"))
    assert np.abs(bod(Z) - 1 / np.asarray(dea.term("score"))).max() < SAME


def test_one_indicator_is_its_share_of_the_maximum() -> None:
    assert np.abs(bod(Z[:, :1])[:, None] - Z[:, :1] / Z[:, 0].max()).max() < SAME


def test_equal_shares_have_a_closed_form() -> None:
    """w_j z_kj = S / m leaves S = 1 / max_i mean_j(z_ij / z_kj)."""
    found = bod(Z, xz.BenefitOfTheDoubt(lowest=0.25, highest=0.25))
    expected = [1 / (Z / own).mean(axis=1).max() for own in Z]
    assert np.abs(found - expected).max() < SAME


def test_weights_of_a_unit_give_its_score_and_none_above_one() -> None:
    result = index(TOY, xz.VectorNorm(), xz.BenefitOfTheDoubt(lowest=0.05), signs=SIGNS)
    weights = result.last.facts["aggregate"]["index"]["unit_weights"]
    z = result.stage("normalise").values
    assert np.abs((weights * z).sum(axis=1) - result.term("index")).max() < SAME
    assert (z @ weights.T).max() < 1 + SAME
    assert weights.min() >= -SAME
    share = weights * z / result.term("index")[:, None]
    assert share.min() > 0.05 - SAME


def test_units_of_measurement_order_and_duplicates_do_not_matter_nor_does_a_dominated_unit() -> None:
    first, order = bod(Z), np.random.default_rng(0).permutation(12)
    assert np.abs(bod(Z * [1e3, 1, 1e-3, 7]) - first).max() < SAME
    assert np.abs(bod(Z[order]) - first[order]).max() < SAME
    assert np.abs(bod(np.vstack([Z, Z[:3], Z[5] / 2]))[:12] - first).max() < SAME
    assert first.max() < 1 + SAME
    assert (bod(Z, xz.BenefitOfTheDoubt(lowest=0.1)) < first + SAME).all()


def test_rows_that_do_not_count_are_no_peers() -> None:
    base = np.ones(12)
    base[np.argmax(Z[:, 0])] = 0
    kept = np.flatnonzero(base)
    found = xz.BenefitOfTheDoubt().scored(columns(Z, base=base), np.full((1, 4), 0.25)).scores
    assert np.abs(found[kept] - bod(Z[kept])).max() < SAME


def test_years_stand_against_each_other() -> None:
    both = np.vstack([TOY, TOY * [1.2, 1.3, 1.1, 0.8, 1.05]])
    found = scores(both, xz.OfMaximum(), xz.BenefitOfTheDoubt(), signs=SIGNS, years=(2001, 2004))
    assert (found[6:] > found[:6]).all()


def test_a_zero_under_a_smallest_share_and_a_missing_or_negative_part_leave_no_score() -> None:
    result = index(TOY, xz.MinMax(), xz.BenefitOfTheDoubt(lowest=0.05), signs=SIGNS)
    zero = (result.stage("normalise").values == 0).any(axis=1)
    assert (result.rows.status == np.where(zero, "not_identified", "ok")).all()
    assert (index(TOY, xz.MinMax(), xz.BenefitOfTheDoubt(), signs=SIGNS).rows.status == "ok").all()
    odd = Z.copy()
    odd[1, 2], odd[3, 0] = np.nan, -0.1
    kept = np.delete(np.arange(12), [1, 3])
    assert np.isnan(bod(odd)[[1, 3]]).all()
    assert np.abs(bod(odd)[kept] - bod(Z[kept])).max() < SAME


def test_bounds_are_in_order_and_signed_scores_are_refused() -> None:
    with pytest.raises(UsageError, match="lowest <= highest"):
        xz.BenefitOfTheDoubt(lowest=0.5, highest=0.2)
    with pytest.raises(UsageError, match="XZ-262"):
        index(TOY, xz.ZScore(), xz.BenefitOfTheDoubt())
