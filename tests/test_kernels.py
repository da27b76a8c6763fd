"""The array functions that stand in for numpy's: the same numbers, whatever the layout in memory."""
import itertools

import numpy as np
import pytest

import minigrad as mg
from minigrad import kernels


def layouts(shape, dtype=np.float32, seed=0):
    """The same kind of array in every order of its axes in memory."""
    rng = np.random.default_rng(seed)
    for order in itertools.permutations(range(len(shape))):
        yield rng.standard_normal([shape[a] for a in order]).astype(dtype).transpose(np.argsort(order))


@pytest.mark.parametrize("shape", [(3000, 7), (40, 300), (5, 60, 40), (16, 5, 12, 12)])
@pytest.mark.parametrize("keepdims", [False, True])
def test_total_is_the_sum_over_any_axes_in_any_layout(shape, keepdims):
    for x in layouts(shape):
        for count in range(1, len(shape) + 1):
            for axis in itertools.combinations(range(len(shape)), count):
                got, expected = kernels.total(x, axis=axis, keepdims=keepdims), x.sum(axis, np.float64, keepdims=keepdims)
                assert got.shape == expected.shape and got.dtype == x.dtype
                np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-3)


def test_total_does_not_drift():
    x = np.full((2**17, 8), 0.1, np.float32)
    np.testing.assert_allclose(kernels.total(x, axis=0), 2**17 * np.float64(np.float32(0.1)), rtol=1e-5)


def softmax(x):
    away = np.exp(x.astype(np.float64) - x.max(-1, keepdims=True))
    return away / away.sum(-1, keepdims=True)


@pytest.mark.parametrize("spread", [1, 10, 100, 1e4])
def test_softmax_of_rows_that_lie_far_apart(spread):
    rng = np.random.default_rng(0)
    x = (rng.standard_normal((50, 40, 64)) + spread * rng.standard_normal((50, 40, 1))).astype(np.float32)
    got = kernels.softmax(x, axis=-1)
    np.testing.assert_allclose(got, softmax(x), rtol=3e-6, atol=1e-12)
    assert got.dtype == np.float32


def test_softmax_of_masked_infinite_and_empty_rows():
    inf, nan = np.inf, np.nan
    x = np.array([[1, -inf, 2], [-inf, -inf, -50], [-inf, -inf, -inf], [inf, 0, 0], [nan, 0, 0], [0, 0, 0]], np.float32)
    got = kernels.softmax(x, axis=1)
    np.testing.assert_allclose(got[[0, 1, 5]], softmax(x[[0, 1, 5]]), rtol=1e-6)
    assert np.isnan(got[[2, 3, 4]]).any(axis=1).all()
    for shape in ((0, 3), (3, 0), ()):
        assert kernels.softmax(np.ones(shape, np.float32), axis=-1).shape == shape


def test_where_with_a_number_on_either_side():
    x, condition = np.array([[1, np.nan], [-0.0, np.inf]], np.float32), np.array([True, False])
    for a, b in ((x, 0), (0, x), (x, -np.inf), (-np.inf, x), (x, 2.5), (x, x[::-1])):
        got, expected = kernels.where(condition, a, b), np.where(condition, a, b).astype(np.float32)
        assert got.dtype == np.float32 and got.tobytes() == expected.tobytes()


@pytest.mark.parametrize("empty", [True, False])
def test_rows_named_more_than_once_receive_more_than_once(empty):
    rng = np.random.default_rng(0)
    for rows, many in ((5, 200), (1000, 300), (1, 7), (3, 0)):
        index, g = rng.integers(0, rows, many), rng.standard_normal((many, 4))
        got = np.zeros((rows, 4)) if empty else np.ones((rows, 4))
        expected = got.copy()
        kernels.add_rows(got, index, g, empty)
        np.add.at(expected, index, g)
        np.testing.assert_allclose(got, expected, atol=1e-12)


def test_a_stack_of_small_products_with_transposed_matrices():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((3, 2, 5, 4)), rng.standard_normal((3, 2, 6, 4))
    np.testing.assert_allclose(kernels.matmul(x, y.transpose(0, 1, 3, 2)), np.einsum("abij,abkj->abik", x, y))


def test_the_target_of_a_cross_entropy_may_not_change_before_backward():
    x, target = mg.zeros(2, 3, requires_grad=True), mg.tensor([0, 1])
    loss = mg.nn.functional.cross_entropy(x, target)
    target[0] = 2
    with pytest.raises(RuntimeError, match="backward through 'cross_entropy'.*changed in place"):
        loss.backward()
