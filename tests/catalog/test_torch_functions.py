"""Functions of the catalog beside PyTorch's, where its own samples do not look: corners, ties, limits, old names."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def both(program):
    """What a program gives with minigrad and with PyTorch, as plain values, and the dtypes."""
    return [said(program(m)) for m in (mg, torch)]


def said(x):
    if isinstance(x, (tuple, list)):
        return [said(part) for part in x]
    if hasattr(x, "detach"):
        return str(x.dtype).rpartition(".")[2], tuple(x.shape), np.nan_to_num(x.detach().numpy(), nan=-77.0).tolist()
    return x


def slopes(m, function, *data, dtype="float64"):
    xs = [m.tensor(x, dtype=getattr(m, dtype), requires_grad=True) for x in data]
    return m.autograd.grad(function(*xs).sum(), xs)


# Limits

@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
def test_finfo_gives_python_numbers(kind):
    mine, other = mg.finfo(getattr(mg, kind)), torch.finfo(getattr(torch, kind))
    for name in "bits eps max min tiny smallest_normal resolution dtype".split():
        assert type(getattr(mine, name)) is type(getattr(other, name)) and getattr(mine, name) == getattr(other, name)
    assert repr(mine) == repr(other)


@pytest.mark.parametrize("kind", ["uint8", "int8", "int16", "int32", "int64"])
def test_iinfo_gives_python_numbers(kind):
    mine, other = mg.iinfo(getattr(mg, kind)), torch.iinfo(getattr(torch, kind))
    assert [(type(x.min), x.min, x.max, x.bits, x.dtype, repr(x)) for x in (mine,)] == [
        (int, other.min, other.max, other.bits, other.dtype, repr(other))]


@pytest.mark.parametrize("call", [lambda m: m.finfo(m.int64), lambda m: m.iinfo(m.float32), lambda m: m.iinfo(m.bool), lambda m: m.iinfo()])
def test_limits_that_a_dtype_has_not(call):
    for m in (mg, torch):
        with pytest.raises(TypeError):
            call(m)


# Dtypes and slopes that once differed

@pytest.mark.parametrize("kind, value", [("int64", 2.5), ("bool", 2.5), ("float32", 7), ("uint8", 3), ("float16", 0.1), ("int32", True)])
def test_index_fill_keeps_the_dtype(kind, value):
    mine, other = both(lambda m: m.ones(3, dtype=getattr(m, kind)).index_fill(0, m.tensor([0, 2]), value))
    assert mine == other


@pytest.mark.parametrize("value", [300, float("nan"), -300])
def test_index_fill_refuses_what_does_not_fit(value):
    for m in (mg, torch):
        with pytest.raises(RuntimeError):
            m.ones(2, dtype=m.uint8).index_fill(0, m.tensor([0]), value)


def test_the_slope_of_atan2_where_no_direction_is_steeper():
    mine, other = both(lambda m: slopes(m, m.atan2, [0.0, 0.0, 1.0, -0.0], [0.0, 1.0, 0.0, -1.0]))
    assert mine == other


@pytest.mark.parametrize("kind", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", ["cumsum", "cumprod"])
def test_running_sums_round_as_pytorch_s(kind, name):
    x = np.random.default_rng(0).standard_normal((3, 4000)).astype(kind)
    mine, other = both(lambda m: getattr(m.from_numpy(x), name)(1))
    assert mine == other
