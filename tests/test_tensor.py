"""The reader's face: attributes, ways out, protocols of Python and numpy."""
import copy
import pickle

import numpy as np
import pytest

import minigrad as mg


def test_attributes():
    x = mg.zeros(2, 3)
    assert (x.shape, x.ndim, x.dtype, x.numel(), x.dim(), x.size(), x.size(-1), len(x)) == ((2, 3), 2, np.float32, 6, 2, (2, 3), 3, 2)
    assert x.is_leaf and x.grad is None and x.grad_fn is None and x.name is None
    x.name = "x"
    assert x.name == "x"


def test_requires_grad_can_be_set_only_where_it_makes_sense():
    x = mg.ones(2)
    assert x.requires_grad_() is x and x.requires_grad
    with pytest.raises(RuntimeError, match="int64"):
        mg.arange(3).requires_grad_()
    with pytest.raises(RuntimeError, match="int64"):
        mg.tensor([1, 2], requires_grad=True)
    y = x * 2
    with pytest.raises(RuntimeError, match="detach"):
        y.requires_grad = False


def test_grad_fn_names_the_operation():
    x = mg.ones(1, requires_grad=True)
    assert repr(x.sigmoid().grad_fn) == "<Sigmoid>" and mg.log_softmax(x, 0).grad_fn.name() == "LogSoftmax"
    assert repr(mg.tensor([0.1655]).requires_grad_()) == "tensor([0.1655], requires_grad=True)"
    assert repr(mg.sigmoid(mg.tensor([0.0], requires_grad=True))) == "tensor([0.5000], grad_fn=<Sigmoid>)"


def test_numpy_shares_memory_and_refuses_to_lose_a_gradient():
    x = mg.zeros(2)
    x.numpy()[0] = 5
    assert x.tolist() == [5, 0]
    for way in (lambda t: t.numpy(), np.asarray, lambda t: np.array(t)):
        with pytest.raises(RuntimeError, match="detach"):
            way(mg.zeros(2, requires_grad=True))
    assert np.array(x) is not x.value and np.asarray(x) is x.value and np.asarray(x, np.float64).dtype == np.float64


def test_numpy_functions_ask_the_tensor():
    with pytest.raises(TypeError):
        np.exp(mg.ones(2))
    assert isinstance(np.ones(2, np.float32) + mg.ones(2), mg.Tensor)


def test_detach_and_data_share_memory_but_no_history():
    x = mg.ones(2, requires_grad=True)
    y = x * 2
    for t in (y.detach(), y.data):
        assert not t.requires_grad and t.is_leaf and t.value is y.value
    x.data -= 1
    assert x.tolist() == [0, 0] and x.requires_grad


def test_item_and_tolist():
    assert mg.tensor([[2]]).item() == 2 and isinstance(mg.tensor(2.5).item(), float)
    with pytest.raises(RuntimeError, match=r"\(2,\)"):
        mg.ones(2).item()
    assert mg.tensor([[1, 2]]).tolist() == [[1, 2]]


def test_equality_is_elementwise_and_hashing_by_identity():
    a, b = mg.tensor([1.0, 2.0]), mg.tensor([1.0, 3.0])
    assert (a == b).tolist() == [True, False] and (a != b).tolist() == [False, True]
    assert len({a, b, a}) == 2 and {a: 1}[a] == 1
    assert (a == None) is False and (a == "a") is False                     # noqa: E711


def test_truth_length_iteration_membership():
    with pytest.raises(RuntimeError, match="any"):
        bool(mg.ones(2))
    assert bool(mg.ones(1)) and not mg.tensor(0)
    assert [row.tolist() for row in mg.tensor([[1, 2], [3, 4]])] == [[1, 2], [3, 4]]
    assert 3 in mg.tensor([1, 3]) and 5 not in mg.tensor([1, 3])
    for refused in (lambda: len(mg.tensor(1)), lambda: list(mg.tensor(1))):
        with pytest.raises(TypeError, match="0-d"):
            refused()


def test_numbers():
    assert (float(mg.tensor(2.5)), int(mg.tensor([7])), [10, 20][mg.tensor(1)], f"{mg.tensor(0.12345):.2f}") == (2.5, 7, 20, "0.12")
    with pytest.raises(TypeError, match="index"):
        [1][mg.tensor(0.0)]


def test_functions_are_methods_and_unbound_too():
    x = mg.tensor([0.5])
    assert mg.sin(x).item() == x.sin().item() == mg.Tensor.sin(x).item()


def test_constructor_converts_and_refuses_sizes():
    assert mg.Tensor([1, 2]).dtype == mg.float32
    with pytest.raises(TypeError, match="empty"):
        mg.Tensor(4)


def test_conversions():
    x = mg.tensor([1.7])
    assert [t.dtype.name for t in (x.double(), x.long(), x.int(), x.bool(), x.to(mg.float16), x.long().float())] == [
        "float64", "int64", "int32", "bool", "float16", "float32"]
    assert x.float() is x and x.to("cpu") is x


def test_in_place_errors_change_nothing():
    x = mg.tensor([1, 2])
    with pytest.raises(RuntimeError, match="int64"):
        x += 0.5
    with pytest.raises(RuntimeError, match=r"\(3,\)"):
        x += mg.ones(3, dtype=mg.int64)
    assert x.tolist() == [1, 2]


def test_assignment_by_index_as_numpy_does():
    x = mg.zeros(3, 4)
    x[1] = 5
    x[:, 0] = mg.tensor([1.0, 2.0, 3.0])
    x[x == 5] = -1
    x[0, [1, 2]] = 9
    assert x.tolist() == [[1, 9, 9, 0], [2, -1, -1, -1], [3, 0, 0, 0]]


def test_a_view_changes_its_base():
    x = mg.zeros(2, 3)
    x[0, 0].fill_(7)
    x.T[2].fill_(1)
    x.view(-1)[3:4].fill_(4)
    assert x.tolist() == [[7, 0, 1], [4, 0, 1]]


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda t: pickle.loads(pickle.dumps(t))])
def test_copies_are_independent(way):
    x = mg.ones(2, requires_grad=True)
    x.name = "x"
    (x * 3).sum().backward()
    y = way(x)
    assert (y.tolist(), y.requires_grad, y.grad.tolist(), y.name, y.born != x.born) == ([1, 1], True, [3, 3], "x", True)
    with mg.no_grad():
        y += 1
    assert x.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="leaf"):
        way(x * 2)


def test_a_parameter_stays_a_parameter_when_copied():
    assert type(copy.deepcopy(mg.nn.Parameter(mg.ones(1)))) is mg.nn.Parameter


def test_matplotlib_and_numpy_take_tensors():
    assert np.mean(mg.tensor([1.0, 3.0]).numpy()) == 2 and np.stack([mg.ones(2), mg.zeros(2)]).shape == (2, 2)
