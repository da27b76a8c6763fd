"""Shape and indexing against numpy, and the errors of both."""
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, basic_indices

import minigrad as mg


def numbers(*shape):
    return np.arange(int(np.prod(shape)), dtype=np.float32).reshape(shape)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_basic_indexing_equals_numpy_and_its_gradient_counts(data):
    shape = data.draw(array_shapes(max_dims=4, max_side=4))
    index = data.draw(basic_indices(shape, allow_newaxis=True, allow_ellipsis=True).filter(
        lambda i: all(not isinstance(s, slice) or s.step is None or s.step > 0 for s in (i if isinstance(i, tuple) else (i,)))))
    x = mg.tensor(numbers(*shape), requires_grad=True)
    expected = numbers(*shape)[index]
    out = x[index]
    assert out.shape == np.shape(expected) and np.array_equal(out.value, expected)
    if out.numel():
        out.sum().backward()
        count = np.zeros(shape)
        count[index] += 1
        assert np.array_equal(x.grad.numpy(), count)


@pytest.mark.parametrize("index", [
    [0, 2], ([0, 1], [2, 2]), (slice(None), [1, 1]), ([[0], [1]], [0, 2]), (..., [0, 1]), np.array([True, False, True]), (None, [0, 1])])
def test_indexing_by_arrays_equals_numpy(index):
    x = numbers(3, 4)
    assert np.array_equal(mg.tensor(x)[index].numpy(), x[index])
    as_tensors = tuple(mg.tensor(i) if isinstance(i, (list, np.ndarray)) else i for i in (index if isinstance(index, tuple) else (index,)))
    assert np.array_equal(mg.tensor(x)[as_tensors].numpy(), x[index])


def test_whole_numbers_pick_before_arrays_do():
    x = numbers(2, 3, 4)
    assert np.array_equal(mg.tensor(x)[0, :, [1, 1]].numpy(), x[0][:, [1, 1]])       # numpy alone would put the list first
    y = mg.zeros(2, 3, 4)
    y[0, :, [1, 2]] = 1
    assert y.sum().item() == 6


@pytest.mark.parametrize("index, error, match", [
    (5, IndexError, "out of bounds"), ((0, 0, 0), IndexError, "too many"), (1.0, IndexError, "whole number"), ("a", IndexError, "whole number"),
    (slice(None, None, -1), ValueError, "flip"), (np.array([0.5]), IndexError, "mask"), (np.array([True]), IndexError, "boolean")])
def test_indexing_refuses(index, error, match):
    with pytest.raises(error, match=match):
        mg.tensor(numbers(3, 4))[index]


def test_reshape_flatten_squeeze():
    x = mg.tensor(numbers(2, 3, 1))
    assert x.reshape(-1).shape == x.view((6,)).shape == x.flatten().shape == (6,)
    assert (x.flatten(0, 1).shape, x.squeeze().shape, x.squeeze(0).shape, x.squeeze(-1).shape, x.unsqueeze(1).shape) == (
        (6, 1), (2, 3), (2, 3, 1), (2, 3), (2, 1, 3, 1))
    assert mg.tensor(5).flatten().shape == (1,) and mg.tensor(5).unsqueeze(0).shape == (1,) and mg.tensor(5).squeeze().shape == ()
    with pytest.raises(RuntimeError, match=r"reshape: got shapes \(2, 3, 1\)"):
        x.reshape(4)
    with pytest.raises(IndexError, match="dim 4"):
        x.squeeze(4)
    with pytest.raises(RuntimeError, match="start_dim"):
        x.flatten(2, 0)


def test_permute_and_transpose():
    x = numbers(2, 3, 4)
    t = mg.tensor(x)
    assert np.array_equal(t.permute(2, 0, 1).numpy(), x.transpose(2, 0, 1)) and np.array_equal(t.transpose(0, -1).numpy(), x.swapaxes(0, 2))
    assert t.T.shape == (4, 3, 2) and t.mT.shape == (2, 4, 3) and mg.ones(3).T.shape == (3,)
    for wrong, error in (((0, 1), RuntimeError), ((0, 0, 1), RuntimeError), ((0, 1, 5), IndexError)):
        with pytest.raises(error):
            t.permute(*wrong)


def test_expand():
    assert mg.ones(3, 1).expand(2, -1, 4).shape == (2, 3, 4) and mg.ones(1).expand_as(mg.ones(2, 2)).shape == (2, 2)
    for wrong in ((4, -1), (-1, 3, 4), (3,)):
        with pytest.raises(RuntimeError, match="expand"):
            mg.ones(3, 2).expand(*wrong)


def test_cat_and_stack():
    a, b = mg.tensor(numbers(2, 3)), mg.tensor(numbers(1, 3))
    assert mg.cat([a, b]).shape == (3, 3) and mg.cat((a, a), dim=-1).shape == (2, 6) and mg.stack([a, a], dim=-1).shape == (2, 3, 2)
    assert mg.cat([mg.tensor([1]), mg.tensor([2.5])]).tolist() == [1, 2.5]
    for refused in (lambda: mg.cat([]), lambda: mg.cat([a, mg.ones(2, 2)]), lambda: mg.stack([a, b]),
                    lambda: mg.cat([mg.tensor(1), mg.tensor(2)])):
        with pytest.raises(RuntimeError):
            refused()
