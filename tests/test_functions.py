"""PyTorch's arguments: dims, keepdim and their numpy spellings, several results, refusals."""
import math

import numpy as np
import pytest

import minigrad as mg

X = np.array([[1.0, 5.0, 3.0], [4.0, 2.0, 6.0]], np.float32)


@pytest.mark.parametrize("name", ["sum", "mean", "amax", "amin"])
@pytest.mark.parametrize("dim", [None, 0, -1, (0, 1), ()])
def test_reductions_over_any_axes_equal_numpy(name, dim):
    axis = None if dim == () else dim
    for keep in (False, True):
        expected = getattr(np, name)(X, axis=axis, keepdims=keep)
        for settings in ({"dim": dim, "keepdim": keep}, {"axis": dim, "keepdims": keep}):
            out = getattr(mg.tensor(X), name)(**settings)
            assert out.shape == expected.shape and np.allclose(out.numpy(), expected)


@pytest.mark.parametrize("name", ["sum", "mean", "argmax", "max", "logsumexp", "softmax", "var", "all"])
def test_a_dim_that_does_not_exist_is_refused(name):
    with pytest.raises(IndexError, match=rf"{'mean' if name == 'var' else name}: dim 2 .* expected -2 to 1"):
        getattr(mg, name)(mg.tensor(X), dim=2)
    with pytest.raises((TypeError, IndexError)):
        getattr(mg, name)(mg.tensor(X), dim="rows")


def test_max_and_min_have_three_forms():
    x = mg.tensor(X)
    assert x.max().item() == 6 and x.max(dim=1).values.tolist() == [5, 6] and x.max(1)[1].tolist() == [1, 2]
    assert x.min(0, keepdim=True).indices.tolist() == [[0, 1, 0]] and mg.max(x, mg.tensor(3.5)).tolist() == [[3.5, 5, 3.5], [4, 3.5, 6]]
    assert mg.tensor(3.0).max(0).indices.item() == 0
    with pytest.raises(RuntimeError, match="at least one element"):
        mg.zeros(0).max()
    with pytest.raises(TypeError, match="amax"):
        x.max((0, 1))


def test_whole_numbers():
    i = mg.tensor([1, 2, 3])
    assert (i.sum().dtype, mg.tensor([True, True]).sum().item(), i.exp().dtype, (i / 2).dtype, (i * 2.5).dtype) == (
        mg.int64, 2, mg.float32, mg.float32, mg.float32)
    assert i.sum(dtype=mg.float32).dtype == mg.float32
    with pytest.raises(RuntimeError, match="float"):
        i.mean()


def test_spread():
    x = mg.tensor([1.0, 2.0, 3.0, 4.0])
    assert x.var().item() == pytest.approx(5 / 3) and x.var(correction=0).item() == 1.25 and x.var(False).item() == 1.25
    assert x.std(unbiased=False).item() == pytest.approx(math.sqrt(1.25)) and math.isnan(mg.tensor([1.0]).var().item())


def test_argmax_and_argmin():
    assert mg.tensor(X).argmax().item() == 5 and mg.tensor(X).argmin(dim=1, keepdim=True).tolist() == [[0], [1]]


def test_stable_where_exp_overflows():
    x = mg.tensor([1000.0, 1000.0])
    assert mg.softmax(x, 0).tolist() == [0.5, 0.5] and mg.log_softmax(x, 0).tolist() == pytest.approx([-math.log(2)] * 2)
    assert mg.logsumexp(x, 0).item() == pytest.approx(1000.693, rel=1e-6) and mg.logsumexp(mg.tensor([-math.inf, -math.inf]), 0).item() == -math.inf
    assert mg.sigmoid(mg.tensor([-1000.0, 1000.0])).tolist() == [0, 1]
    assert mg.log_softmax(mg.tensor([0.0, 200.0]), 0)[0].item() == -200
    with pytest.raises(TypeError, match="dim"):
        mg.softmax(x, None)


def test_clamp():
    x = mg.tensor([-2.0, 0.5, 3.0])
    assert x.clamp(0).tolist() == [0, 0.5, 3] and x.clamp(max=1).tolist() == [-2, 0.5, 1] and mg.arange(5).clamp(1, 3).tolist() == [1, 1, 2, 3, 3]
    assert mg.arange(2).clamp(0.5).dtype == mg.float32
    with pytest.raises(RuntimeError, match="neither"):
        x.clamp()


def test_where():
    assert mg.where(mg.tensor([True, False]), 1.0, 2.0).tolist() == [1, 2] and mg.where(mg.tensor([True, False]), 1, 2).dtype == mg.int64
    assert mg.tensor([1.0, -1.0]).where(mg.tensor([True, False]), 0.0).tolist() == [1, 0]
    with pytest.raises(RuntimeError, match="bool"):
        mg.where(mg.tensor([1.0]), 1.0, 2.0)


def test_all_and_any():
    a = mg.tensor([True, False])
    assert not a.all().item() and a.any().item()


def test_agreement():
    assert mg.allclose(mg.ones(2), mg.ones(2) + 1e-7) and not mg.allclose(mg.ones(1), mg.zeros(1)) and not mg.equal(mg.ones(2), mg.ones(1))


def test_infinities_are_answers_without_warnings(recwarn):
    x = mg.tensor([0.0, -1.0])
    assert math.isinf(x.log()[0].item()) and math.isnan(x.log()[1].item()) and math.isinf((1 / x)[0].item()) and math.isnan(x.sqrt()[1].item())
