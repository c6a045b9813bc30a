"""Weights by pymcdm: published example, the formulas written out, a second package, refusals."""

import sys

import numpy as np
import pytest

import xinzhi as xz
from tests.indicators.toys import TOY, framework
from tests.indicators.weights.cases import CLOSE, LIFTED, NORMALISED, PRINTED, PUBLISHED, index, random_values, weights
from xinzhi.errors import DataError, UsageError
from xinzhi.indicators.weights.entropy import Entropy
from xinzhi.indicators.weights.multi_criteria import MultiCriteria
from xinzhi.panel.panel import Floats

METHODS = ("merec", "cilos", "idocriw", "lopcow", "angle", "gini", "variance")
MACHINES = np.array(
    [[450.0, 8000, 54, 145], [10, 9100, 2, 160], [100, 8200, 31, 153], [220, 9300, 1, 162], [5, 8400, 23, 158]]
)
"""Example of Keshavarz-Ghorabaee et al. (2021), Symmetry 13(4), 525: two benefits, two costs."""
MACHINES_MEREC = (0.5752, 0.0141, 0.4016, 0.0091)


def test_merec_of_its_authors_example() -> None:
    best = np.where([1, 1, 0, 0], MACHINES / MACHINES.max(axis=0), MACHINES.min(axis=0) / MACHINES)
    assert np.abs(weights(MultiCriteria(method="merec"), best) - MACHINES_MEREC).max() < 6e-5
    tree = framework(4, signs=[1, 1, -1, -1])
    result = index(MACHINES, xz.Weigh(by=MultiCriteria(method="merec")), tree=tree, by=xz.OfMaximum(cost="reciprocal"))
    assert np.abs(np.array(list(result.weights().values())) - MACHINES_MEREC).max() < 6e-5


@pytest.mark.parametrize(
    ("method", "key"), [("merec", "skcriteria_merec_of_lifted"), ("gini", "skcriteria_gini_of_lifted")]
)
def test_a_second_package_agrees(method: str, key: str) -> None:
    assert np.abs(weights(MultiCriteria(method=method), LIFTED) - PUBLISHED[key]).max() < PRINTED


def cilos(z: Floats) -> Floats:
    """Return q > 0 with F q = 0, F_ij = (a_jj - a_ij) / a_jj off the diagonal, columns adding up to zero."""
    a = z[np.argmax(z, axis=0)]
    f = 1 - a / np.diag(a)
    f = f - np.diag(f.sum(axis=0))
    q = np.linalg.lstsq(np.vstack([f, np.ones(len(f))]), np.r_[np.zeros(len(f)), 1.0], rcond=None)[0]
    return np.asarray(q)


def by_hand(method: str, z: Floats) -> Floats:
    """Return weights by the formula as its authors print it."""
    n, m = z.shape
    if method == "merec":
        log = np.abs(np.log(z.min(axis=0) / z))
        whole = np.log(1 + log.mean(axis=1))
        amounts = np.abs(np.log(1 + (log.sum(axis=1)[:, None] - log) / m) - whole[:, None]).sum(axis=0)
    elif method == "cilos":
        amounts = cilos(z)
    elif method == "idocriw":
        amounts = cilos(z) * weights(Entropy(), z)
    elif method == "lopcow":
        r = (z - z.min(axis=0)) / np.ptp(z, axis=0)
        amounts = np.abs(100 * np.log(np.sqrt((r**2).mean(axis=0)) / r.std(axis=0, ddof=1)))
    elif method == "angle":
        amounts = np.arccos(z.sum(axis=0) / np.sqrt((z**2).sum(axis=0) * n))
    elif method == "gini":
        amounts = np.abs(z[:, None] - z).sum(axis=(0, 1)) / (2 * n**2 * z.mean(axis=0))
    else:
        amounts = ((z - z.min(axis=0)) / np.ptp(z, axis=0)).var(axis=0)
    return np.asarray(amounts / amounts.sum())


@pytest.mark.parametrize("method", METHODS)
def test_formulas_invariances_and_repeated_rows(method: str) -> None:
    z, rule = 0.05 + random_values(), MultiCriteria(method=method)
    got = weights(rule, z)
    assert np.abs(got - by_hand(method, z)).max() < 100 * CLOSE
    assert np.abs(weights(rule, z[::-1]) - got).max() < CLOSE
    assert np.abs(weights(rule, z[:, ::-1])[::-1] - got).max() < CLOSE
    assert np.abs(weights(rule, z * [1, 7, 1e3, 1, 1e-3]) - got).max() < CLOSE
    base = np.random.default_rng(2).integers(1, 3, 30).astype(float)
    repeated = weights(rule, np.repeat(z, base.astype(int), axis=0))
    assert np.abs(weights(rule, z, base=base) - repeated).max() < CLOSE
    assert weights(rule, z[:, :1]) == 1.0


@pytest.mark.parametrize("method", ["merec", "cilos", "idocriw", "angle"])
def test_values_of_zero_are_refused_where_pymcdm_cannot_take_them(method: str) -> None:
    with pytest.raises(DataError, match=r"XZ-263.*x0: u02"):
        index(TOY, xz.Weigh(by=MultiCriteria(method=method)), tree=framework(5))
    with pytest.raises(UsageError, match="XZ-262"):
        index(TOY, xz.Weigh(by=MultiCriteria(method=method)), tree=framework(5), by=xz.ZScore())


def test_gini_takes_zeros_and_no_negative_values() -> None:
    assert np.abs(weights(MultiCriteria(method="gini"), NORMALISED) - by_hand("gini", NORMALISED)).max() < CLOSE
    with pytest.raises(DataError, match="XZ-263"):
        weights(MultiCriteria(method="gini"), NORMALISED - 0.1)


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_column_is_refused(method: str) -> None:
    z = 0.05 + random_values()
    z[:, 1] = 0.5
    with pytest.raises(DataError, match=r"XZ-270.*x1"):
        weights(MultiCriteria(method=method), z)


@pytest.mark.parametrize("method", ["cilos", "idocriw"])
def test_best_rows_that_do_not_settle_cilos_are_refused(method: str) -> None:
    rule = MultiCriteria(method=method)
    tied = np.array([[1.0, 0.2, 0.5], [1.0, 0.9, 0.1], [0.3, 0.1, 0.9]])
    with pytest.raises(DataError, match=r"XZ-270.*x0"):  # two best rows: which comes first would decide
        weights(rule, tied)
    one_best = np.array([[1.0, 0.9, 0.9], [0.5, 0.4, 0.1], [0.3, 0.1, 0.5]])
    with pytest.raises(DataError, match="XZ-270"):  # no loss anywhere: every q solves F q = 0
        weights(rule, one_best)


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pymcdm", None)
    with pytest.raises(UsageError, match=r"XZ-108.*pymcdm") as error:
        weights(MultiCriteria(), LIFTED)
    assert "xinzhi[mcdm]" in error.value.remedy
