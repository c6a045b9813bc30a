"""Roots, sparse factors and means of powers of weights against the full matrices."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from tests.regions.panels.worlds import lattice
from xinzhi.regions.panels import space as module
from xinzhi.regions.panels.effects import multipliers
from xinzhi.regions.panels.space import compressed, multiplier, solver, space_of, symmetric_roots

ROUNDING = 1e-10
LINKS = (lattice(12, 30) > 0).astype(float)
SUMS = LINKS.sum(axis=1)


def raw(kind, rng):
    """Return symmetric weights: of which the roots come from a band, or from the full matrix."""
    order = rng.permutation(len(LINKS))
    if kind == "band":
        return LINKS[np.ix_(order, order)]
    full = rng.random((40, 40)) + 0.1
    return (full + full.T) * (1 - np.eye(40))


@pytest.mark.parametrize("kind", ["band", "full"])
def test_roots_of_symmetric_weights_are_those_of_the_general_method(kind):
    links = raw(kind, np.random.default_rng(3))
    sums = links.sum(axis=1)
    w = links / sums[:, None]
    found = space_of(w, sums=sums)
    assert np.isrealobj(found.roots)
    assert np.sort(found.roots) == pytest.approx(np.sort(np.linalg.eigvals(w).real), abs=ROUNDING)
    assert found.normalised
    assert found.range == pytest.approx(space_of(w).range, abs=ROUNDING)
    assert np.sort(symmetric_roots(csr_array(links))) == pytest.approx(np.linalg.eigvalsh(links), abs=ROUNDING)


def test_weights_that_only_look_symmetric_have_general_roots():
    """Sums that are not those of the rows leave W / s asymmetric."""
    w = LINKS / SUMS[:, None]
    assert np.sort_complex(space_of(w, sums=np.arange(1.0, len(w) + 1)).roots) == pytest.approx(
        np.sort_complex(np.linalg.eigvals(w)), abs=1e-7
    )


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_multiplier_block_by_block(monkeypatch, share):
    """With sparse factors (share 1: none is full enough for others) and with a full inverse (share 0)."""
    monkeypatch.setattr(module, "FULL", share)
    monkeypatch.setattr(module, "BLOCK", 7 * len(LINKS))
    w = csr_array(LINKS / SUMS[:, None])
    full = w.toarray() @ np.linalg.inv(np.eye(len(LINKS)) - 0.6 * w.toarray())
    found = multiplier(solver(0.6, w), w)
    for centred in (False, True):
        expected = full - full.mean(axis=0) if centred else full
        diagonal, squares = found.taken(centred=centred)
        assert diagonal == pytest.approx(np.diag(expected), abs=ROUNDING)
        assert squares == pytest.approx((expected**2).sum(), rel=ROUNDING)


@pytest.mark.parametrize("share", [0.3, 0.999])
def test_sums_of_rows_of_weights_that_do_not_add_up_to_one(share):
    """Up to a thousandth below the largest spatial parameter."""
    found = space_of(np.triu(LINKS) / 3 + np.tril(LINKS) / 4)
    rho, w = share * found.range[1], found.w.toarray()
    inverse = np.linalg.inv(np.eye(len(w)) - rho * w)
    one = multipliers(np.array([-rho / 2, rho]), found)
    assert one.rows[1] == pytest.approx([inverse.sum() / len(w), (inverse @ w).sum() / len(w)], rel=1e-9)
    slope = multipliers(np.array([rho]), found, derivative=1)
    expected = [np.trace(inverse @ w @ inverse) / len(w), (inverse @ w @ inverse @ w).sum() / len(w)]
    assert [slope.diagonal[0, 0], slope.rows[0, 1]] == pytest.approx(expected, rel=1e-9)


def test_span_of_row_normalised_weights_is_one_vector():
    assert compressed(csr_array(LINKS / SUMS[:, None]), (-0.5, 0.9)) == pytest.approx(np.ones((1, 1)), abs=ROUNDING)
