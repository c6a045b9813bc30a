"""Arithmetic on strips against NumPy."""

import numpy as np
import pytest

from tests.compute.strip_kernels import Numbers
from xinzhi.compute.kernels import LINE, aligned, load

N = 16


@pytest.fixture(scope="module")
def numbers():
    draw = np.random.default_rng(3)
    one, two = draw.normal(size=(2, N))
    one[[2, 11]] = 9.0  # the largest, twice
    two[5] = one[5]
    table, singles = draw.normal(size=(3, N)), draw.normal(size=(2, N)).astype(np.float32)
    record = Numbers(one, two, table, singles, np.zeros((14, N)), np.zeros(N, dtype=np.float32), np.zeros(6))
    load("tests.compute.strip_kernels", "find")(record)
    return record


def test_operations(numbers):
    a, b = numbers.one, numbers.two
    mixed = ((a > b) & (b > 0)) | (a < -1)
    every = [
        a + b,
        a - b,
        a * b,
        a / b,
        2 / b,
        -a,
        abs(a),
        np.maximum(a, b),
        np.minimum(a, 0.5),
        np.where(mixed, a, 7.0),
    ]
    every += [np.arange(N), np.where(np.arange(N) == 9, a, b), np.where(a <= b, 1.0, b), np.where(a == b, b, 0.0)]
    np.testing.assert_array_equal(numbers.lines, every)


def test_product_of_singles_and_its_largest(numbers):
    right = numbers.singles[0, :2] @ numbers.singles
    np.testing.assert_allclose(numbers.product, right, rtol=1e-6)
    assert numbers.found[0] == numbers.product.max()


def test_what_strips_are_folded_to(numbers):
    assert numbers.found[1] == pytest.approx(numbers.one.sum(), rel=1e-14)
    assert numbers.found[2] == numbers.table[1].min()
    assert numbers.found[3] == numbers.table[2, 5]


def test_first_of_equals_or_none(numbers):
    assert numbers.found[4:].tolist() == [2, -1]


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.bool_, np.int64])
@pytest.mark.parametrize("shape", [(0,), (5,), (3, 7), (2, 3, 64)])
def test_aligned_copies(kind, shape):
    values = np.arange(np.prod(shape)).reshape(shape).astype(kind)
    found = aligned(values)
    np.testing.assert_array_equal(found, values)
    assert (found.dtype, found.flags.c_contiguous) == (kind, True)
    assert not values.size or found.ctypes.data % LINE == 0
    assert not np.shares_memory(found, values)
