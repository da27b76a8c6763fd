"""Making tensors: types as in PyTorch, chance that repeats itself, errors that help."""
import numpy as np
import pytest

import minigrad as mg


@pytest.mark.parametrize("data, dtype", [
    (1.5, "float32"), (1, "int64"), (True, "bool"), ([1, 2.5], "float32"), ([[True, False]], "bool"), ([], "float32"),
    (np.float64(1), "float64"), (np.zeros(2), "float64"), (np.zeros(2, np.float32), "float32"), (np.arange(2, dtype=np.int32), "int32"),
    ([np.float64(1)], "float64"), (range(3), "int64"), (np.zeros(2, ">f4"), "float32")])
def test_types_of_data(data, dtype):
    assert mg.tensor(data).dtype.name == dtype and mg.tensor(data).value.dtype.isnative


def test_tensor_copies_and_from_numpy_shares():
    array = np.zeros(2, np.float32)
    copied, shared, same = mg.tensor(array), mg.from_numpy(array), mg.as_tensor(array)
    array[0] = 5
    assert (copied.tolist(), shared.tolist(), same.tolist()) == ([0, 0], [5, 0], [5, 0])
    assert mg.as_tensor(shared) is shared


def test_tensors_inside_lists():
    one = mg.tensor([[1.0]])
    for data, dtype, expected in (([mg.tensor(1.0), mg.tensor(2.0)], mg.float32, [1, 2]), ([one, 2], mg.float32, [1, 2]),
                                  ([1, mg.tensor(2.0)], mg.float32, [1, 2]), ([[one, 2], [3, 4]], mg.float32, [[1, 2], [3, 4]]),
                                  ([mg.tensor(3).int(), 2.5], mg.float32, [3, 2.5]), ([one.double(), one], mg.float64, [1, 1]),
                                  ([True, mg.tensor(2)], mg.int64, [1, 2]), ([one.half()], mg.float16, [1])):
        made = mg.tensor(data)
        assert made.tolist() == expected and made.dtype is dtype
    with pytest.raises(ValueError, match="one element"):
        mg.tensor([mg.ones(2), mg.ones(2)])
    w = mg.ones(2, requires_grad=True)
    assert mg.tensor(w).requires_grad is False


@pytest.mark.parametrize("data, error", [
    ([[1, 2], [3]], ValueError), ("text", TypeError), ([1, "a"], TypeError), (1 + 2j, TypeError), (None, TypeError), ({"a": 1}, TypeError)])
def test_what_is_not_numbers_is_refused(data, error):
    with pytest.raises(error, match="expected numbers"):
        mg.tensor(data)


def test_sizes_in_either_form():
    assert mg.zeros(2, 3).shape == mg.zeros((2, 3)).shape == mg.zeros([2, 3]).shape == (2, 3) and mg.zeros(()).shape == ()
    with pytest.raises(RuntimeError, match="-1"):
        mg.zeros(-1)


def test_filled():
    assert mg.full((2,), 1.5).dtype == mg.float32 and mg.full((2,), True).dtype == mg.bool and mg.full(3, 7).shape == (3,)
    like = mg.tensor([1, 2])
    assert [f(like).dtype.name for f in (mg.zeros_like, mg.ones_like)] == ["int64"] * 2
    assert mg.eye(2, 3).tolist() == [[1, 0, 0], [0, 1, 0]] and mg.empty(2, 0).shape == (2, 0)


def test_arange_and_linspace():
    assert mg.arange(3).tolist() == [0, 1, 2] and mg.arange(0, 1, 0.25).dtype == mg.float32
    assert mg.arange(3, 0, -1).tolist() == [3, 2, 1]
    with pytest.raises(RuntimeError, match="step"):
        mg.arange(0, 3, -1)
    assert mg.linspace(0, 1, 3).tolist() == [0, 0.5, 1]


def test_chance_repeats_itself_from_a_seed():
    def draw():
        mg.manual_seed(3)
        return [t.tolist() for t in (mg.rand(2), mg.randn(2), mg.randint(0, 9, (4,)), mg.randperm(5))]
    assert draw() == draw()
    a, b = mg.Generator().manual_seed(1), mg.Generator().manual_seed(2)
    assert mg.rand(3, generator=a).tolist() != mg.rand(3, generator=b).tolist() and a.initial_seed() == 1
    with pytest.raises(RuntimeError, match="CPU"):
        mg.Generator("cuda")


def test_chance_has_the_right_shape_type_and_spread():
    mg.manual_seed(0)
    u, n, i = mg.rand(20_000), mg.randn(20_000, dtype=mg.float64), mg.randint(2, 5, (1000,))
    assert u.dtype == mg.float32 and 0 <= u.min().item() and u.max().item() < 1 and abs(u.mean().item() - 0.5) < 0.02
    assert n.dtype == mg.float64 and abs(n.mean().item()) < 0.05 and abs(n.std().item() - 1) < 0.05
    assert set(i.tolist()) == {2, 3, 4} and i.dtype == mg.int64 and mg.randint(3, (2, 2)).shape == (2, 2)
    assert sorted(mg.randperm(100).tolist()) == list(range(100)) and mg.randn(()).shape == ()
    for refused in (lambda: mg.randint(3, 3, (1,)), lambda: mg.rand(2, dtype=mg.int64)):
        with pytest.raises(RuntimeError):
            refused()


def test_requires_grad_from_birth():
    for t in (mg.zeros(1, requires_grad=True), mg.randn(1, requires_grad=True), mg.tensor([1.0], requires_grad=True)):
        assert t.requires_grad and t.is_leaf
