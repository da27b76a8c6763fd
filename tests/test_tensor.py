"""The reader's face: attributes, ways out, protocols of Python and numpy."""
import copy
import inspect
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
    assert repr(x.sigmoid().grad_fn) == "<SigmoidBackward0>" and mg.log_softmax(x, 0).grad_fn.name() == "LogSoftmaxBackward0"
    assert repr(mg.tensor([0.1655]).requires_grad_()) == "tensor([0.1655], requires_grad=True)"
    assert repr(mg.sigmoid(mg.tensor([0.0], requires_grad=True))) == "tensor([0.5000], grad_fn=<SigmoidBackward0>)"


def test_numpy_shares_memory_and_refuses_to_lose_a_gradient():
    x = mg.zeros(2)
    x.numpy()[0] = 5
    assert x.tolist() == [5, 0]
    for way in (lambda t: t.numpy(), np.asarray, lambda t: np.array(t)):
        with pytest.raises(RuntimeError, match="detach"):
            way(mg.zeros(2, requires_grad=True))
    assert np.array(x) is not x.value and np.asarray(x) is x.value and np.asarray(x, np.float64).dtype == np.float64


def test_numpy_functions_ask_the_tensor():
    x = mg.tensor([1.0, 2.0], requires_grad=True)
    np.multiply(np.exp(x), np.array([1.0, 10.0], np.float32)).sum().backward()
    assert np.allclose(x.grad.numpy(), np.exp([1.0, 2.0]) * [1, 10]) and np.power(x, 2).requires_grad
    assert isinstance(np.ones(2, np.float32) + x, mg.Tensor) and isinstance(np.float32(2) * x, mg.Tensor)
    array = np.ones(2, np.float32)
    for refused in (lambda: np.add.reduce(x), lambda: np.cbrt(x), lambda: np.exp(x, out=array), lambda: np.add.at(array, 0, x)):
        with pytest.raises(TypeError, match="numpy|minigrad"):
            refused()
    with pytest.raises(TypeError):
        array += x


def test_pandas_takes_tensors():
    pd = pytest.importorskip("pandas")
    x = mg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert pd.Series(x[0].numpy()).sum() == 3 and pd.DataFrame(x.numpy(), columns=["a", "b"])["b"].tolist() == [2, 4]
    assert pd.Series(np.asarray(x[0])).tolist() == [1, 2]


def test_signatures_and_docstrings_are_there_for_tab():
    for name, method in inspect.getmembers(mg.Tensor):
        if callable(method) and not name.startswith("_"):
            kinds = [p.kind for p in inspect.signature(method).parameters.values()]
            assert kinds and kinds[0] != inspect.Parameter.VAR_POSITIONAL, name
    assert str(inspect.signature(mg.exp)) == "(input, *, out=None)" and str(inspect.signature(mg.Tensor.add_)) == "(input, other, *, alpha=1)"
    assert "alpha" in mg.add.__doc__ and mg.Tensor.relu_.__doc__


def test_a_misspelt_method_suggests_the_right_one():
    with pytest.raises(AttributeError) as caught:
        mg.ones(2).reshap(1)
    assert caught.value.name == "reshap" and isinstance(caught.value.obj, mg.Tensor)       # of which Python makes "Did you mean"
    assert not hasattr(mg.ones(1), "quantize") and not hasattr(mg.ones(1), "_nothing")


def test_devices():
    assert str(mg.device("cpu")) == "cpu" and mg.zeros(2, device="cpu").device == mg.device("cpu") and not mg.cuda.is_available()
    assert mg.ones(2).to("cpu", mg.float64).dtype == mg.float64 and mg.ones(2).cpu().tolist() == [1, 1]
    for wrong in (lambda: mg.zeros(2, device="cuda"), lambda: mg.ones(1).to("cuda:0"), lambda: mg.device("mps"), lambda: mg.ones(1).cuda()):
        with pytest.raises(RuntimeError, match="CPU only"):
            wrong()


@pytest.mark.parametrize("draw, mean, std", [
    (lambda: mg.normal(2.0, 3.0, (40000,)), 2, 3), (lambda: mg.empty(40000).normal_(1, 2), 1, 2),
    (lambda: mg.empty(40000).uniform_(-1, 1), 0, 3 ** -0.5), (lambda: mg.bernoulli(mg.full((40000,), 0.25)), 0.25, 0.433),
    (lambda: mg.empty(40000).exponential_(2.0), 0.5, 0.5), (lambda: mg.rand_like(mg.empty(40000)), 0.5, 12 ** -0.5),
    (lambda: mg.multinomial(mg.tensor([0.25, 0.75]), 40000, replacement=True).float(), 0.75, 0.433),
    (lambda: mg.empty(40000).random_(0, 2), 0.5, 0.5), (lambda: mg.randn_like(mg.empty(40000)), 0, 1)])
def test_random_numbers_have_their_moments(draw, mean, std):
    mg.manual_seed(0)
    x = draw()
    assert x.mean().item() == pytest.approx(mean, abs=0.05) and x.std().item() == pytest.approx(std, abs=0.05)


def test_multinomial_without_putting_back_draws_each_once():
    mg.manual_seed(0)
    first = [sorted(mg.multinomial(mg.tensor([1.0, 2.0, 0.0, 7.0]), 3).tolist()) for _ in range(50)]
    assert set(map(tuple, first)) == {(0, 1, 3)}
    heavy = sum(mg.multinomial(mg.tensor([1.0, 9.0]), 1).item() for _ in range(2000))
    assert heavy / 2000 == pytest.approx(0.9, abs=0.03)


def test_detach_and_data_share_memory_but_no_history():
    x = mg.ones(2, requires_grad=True)
    y = x * 2
    for t in (y.detach(), y.data):
        assert not t.requires_grad and t.is_leaf and t.value is y.value
    x.data -= 1
    assert x.tolist() == [0, 0] and x.requires_grad


def test_item_and_tolist():
    assert mg.tensor([[2]]).item() == 2 and isinstance(mg.tensor(2.5).item(), float)
    with pytest.raises(RuntimeError, match=r"torch.Size\(\[2\]\)"):
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


def test_constructor_converts_or_takes_sizes():
    assert mg.Tensor([1, 2]).dtype == mg.float32 and mg.Tensor().shape == (0,)
    assert mg.Tensor(4).shape == (4,) and mg.Tensor(2, 3).shape == mg.Tensor(mg.Size([2, 3])).shape == (2, 3)
    assert mg.Tensor((2, 3)).tolist() == [2, 3] and mg.Tensor(2, device="cpu").shape == (2,)
    x = mg.ones(2)
    mg.Tensor(x)[0] = 5                                   # a tensor's own memory, as in PyTorch
    assert x.tolist() == [5, 1]
    with pytest.raises(TypeError, match="use tensor"):
        mg.Tensor(2.5)


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


@pytest.mark.parametrize("way, grad, shared", [(copy.copy, False, True), (copy.deepcopy, True, False),
                                               (lambda t: pickle.loads(pickle.dumps(t)), False, False)])
def test_copies_are_leaves_of_their_own(way, grad, shared):
    x = mg.ones(2, requires_grad=True)
    x.name = "x"
    (x * 3).sum().backward()
    y = way(x)
    assert (y.tolist(), y.requires_grad, y.grad is not None, y.name, y.node is x.node) == ([1, 1], True, grad, "x", False)
    with mg.no_grad():
        y += 1
    assert x.tolist() == ([2, 2] if shared else [1, 1])
    if way is copy.deepcopy:
        with pytest.raises(RuntimeError, match="leaf"):
            way(x * 2)
    else:
        assert way(x * 2).is_leaf and way(x * 2).requires_grad


def test_a_parameter_stays_a_parameter_when_copied():
    assert type(copy.deepcopy(mg.nn.Parameter(mg.ones(1)))) is mg.nn.Parameter


def test_matplotlib_and_numpy_take_tensors():
    assert np.mean(mg.tensor([1.0, 3.0]).numpy()) == 2 and np.stack([mg.ones(2), mg.zeros(2)]).shape == (2, 2)
