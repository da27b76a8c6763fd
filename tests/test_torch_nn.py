"""Layers and losses beside PyTorch's: the same numbers and gradients from the same weights; skipped without torch."""
import copy

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

RNG = np.random.default_rng(0)


@pytest.fixture(autouse=True)
def the_same_numbers_in_every_order_of_tests():
    global RNG
    RNG = np.random.default_rng(0)
    mg.manual_seed(0)
    torch.manual_seed(0)


def numbers(*shape, dtype="float32"):
    return RNG.standard_normal(shape).astype(dtype)


def both(array, grad=False):
    """The same array as minigrad's and as PyTorch's tensor."""
    mine, theirs = mg.tensor(array), torch.tensor(array)
    return (mine.requires_grad_(), theirs.requires_grad_()) if grad else (mine, theirs)


def agree(mine, theirs, what, rtol=1e-5, atol=1e-6):
    theirs = theirs.detach()
    assert mine.shape == tuple(theirs.shape), what
    assert str(mine.dtype) == str(theirs.dtype), what
    np.testing.assert_allclose(mine.detach().numpy(), theirs.numpy(), rtol=rtol, atol=atol, err_msg=what)


def compare(function, *arrays, rest=()):
    """function(library, *tensors) in both libraries: results and the gradients of all floating inputs are equal."""
    pairs = [both(x, grad=x.dtype.kind == "f") for x in arrays]
    mine, theirs = function(mg, *(m for m, _ in pairs)), function(torch, *(t for _, t in pairs))
    agree(mine, theirs, "result")
    if not mine.requires_grad:
        assert not theirs.requires_grad
        return
    direction = numbers(*mine.shape, dtype=mine.dtype)
    mine.backward(mg.tensor(direction))
    theirs.backward(torch.tensor(direction))
    for i, (m, t) in enumerate(pairs):
        assert (m.grad is None) == (t.grad is None)
        if m.grad is not None:
            agree(m.grad, t.grad, f"gradient of input {i}")


# Layers

def layer_pairs():
    """name: what makes the layer in either library, and the shapes of inputs to try."""
    yield "linear", lambda nn: nn.Linear(4, 3), [(4,), (2, 4), (2, 5, 4), (0, 4)]
    yield "linear without bias", lambda nn: nn.Linear(4, 3, bias=False), [(2, 4)]
    for settings in [{}, {"stride": 2}, {"padding": 1}, {"stride": (2, 1), "padding": (0, 2)}, {"bias": False},
                     {"stride": 3, "padding": 2}]:
        shapes = [(2, 2, 7, 6), (2, 3, 2), (1, 2, 3, 3)]
        yield f"conv {settings}", lambda nn, s=settings: nn.Conv2d(2, 3, (3, 2), **s), shapes
    for settings in [{}, {"stride": 1}, {"padding": 1}, {"stride": (3, 2), "padding": (0, 1)}]:
        yield f"pool {settings}", lambda nn, s=settings: nn.MaxPool2d((3, 2), **s), [(2, 2, 7, 6), (2, 5, 4)]
    for name in ["ReLU", "Sigmoid", "Tanh", "Identity", "Flatten"]:
        yield name, lambda nn, n=name: getattr(nn, n)(), [(2, 3, 4), (1, 1)]
    yield "flatten from 0", lambda nn: nn.Flatten(0, 1), [(2, 3, 4)]
    yield "softmax", lambda nn: nn.Softmax(dim=-1), [(2, 3), (4,)]


@pytest.mark.parametrize("make, shape", [pytest.param(make, shape, id=f"{name} {shape}")
                                         for name, make, shapes in layer_pairs() for shape in shapes])
def test_layers(make, shape):
    mine, theirs = make(mg.nn), make(torch.nn)
    state = {name: t.numpy() for name, t in theirs.state_dict().items()}
    assert {name: t.shape for name, t in mine.state_dict().items()} == {name: t.shape for name, t in state.items()}
    mine.load_state_dict(state)
    compare(lambda lib, x: mine(x) if lib is mg else theirs(x), numbers(*shape))
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        agree(p.grad, q.grad, name)


def test_layers_describe_themselves_like_pytorchs():
    for name, make, _ in layer_pairs():
        mine = repr(make(mg.nn)).split("    #")[0].removesuffix(")")
        assert repr(make(torch.nn)).startswith(mine), name


def test_max_pooling_gives_the_gradient_to_the_same_one_of_equal_numbers():
    ties = RNG.integers(0, 2, (4, 3, 8, 8)).astype("float32")
    compare(lambda lib, x: lib.nn.functional.max_pool2d(x, 3, stride=2, padding=1), ties)


def test_max_pooling_with_nan_and_infinity():
    x = np.array([[1, np.nan, -np.inf, -np.inf], [2, 0, -np.inf, -np.inf]], "float32").reshape(1, 1, 2, 4)
    compare(lambda lib, x: lib.nn.functional.max_pool2d(x, 2), x)
    assert mg.nn.functional.max_pool2d(mg.tensor(x), 2).tolist()[0][0][0][1] == -np.inf


def test_max_pooling_of_whole_numbers():
    compare(lambda lib, x: lib.nn.functional.max_pool2d(x, 2, padding=1), RNG.integers(-9, 0, (1, 1, 4, 4)))


@pytest.mark.parametrize("settings", [{}, {"padding": 1}, {"stride": 1, "dilation": 2}, {"ceil_mode": True, "padding": 1}], ids=str)
def test_max_pooling_says_where_the_largest_were(settings):
    for x in (numbers(2, 3, 7, 8), RNG.integers(0, 2, (2, 3, 7, 8)).astype("float32"), np.full((1, 1, 7, 8), -np.inf, "float32")):
        mine, theirs = (lib.nn.functional.max_pool2d(lib.tensor(x), 3, return_indices=True, **settings) for lib in (mg, torch))
        for a, b in zip(mine, theirs, strict=True):
            agree(a, b, str(settings))


# Losses

WEIGHT = np.array([0.5, 2.0, 1.0], "float32")
INDICES = np.array([0, 2, 1, -100, 2])


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["indices", "one sample", "pixels", "probabilities", "probabilities of pixels",
                                  "one distribution"])
def test_cross_entropy(kind, weighted, smoothing, reduction):
    logits = numbers(3) if kind.startswith("one") else numbers(5, 3, 2, 4) if "pixels" in kind else numbers(5, 3)
    target = {"indices": INDICES, "one sample": np.array(2), "pixels": RNG.integers(0, 3, (5, 2, 4))}.get(kind)
    if target is None:
        target = abs(numbers(*logits.shape))

    def loss(lib, x, y):
        weight = lib.tensor(WEIGHT) if weighted else None
        return lib.nn.functional.cross_entropy(x, y, weight, label_smoothing=smoothing, reduction=reduction)
    compare(loss, logits, target)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_nll_loss(reduction):
    def loss(lib, x):
        target = lib.tensor(np.where(INDICES < 0, 3, INDICES))
        return lib.nn.functional.nll_loss(x, target, lib.tensor(WEIGHT), ignore_index=3, reduction=reduction)
    compare(loss, numbers(5, 3))


def test_cross_entropy_of_huge_logits_is_finite_and_of_ignored_samples_alone_is_nan():
    huge = np.array([[1e4, 0], [1e4, 0]], "float32")
    compare(lambda lib, x: lib.nn.functional.cross_entropy(x, lib.tensor([0, 1])), huge)
    compare(lambda lib, x: lib.nn.functional.cross_entropy(x, lib.tensor([-100, -100])), numbers(2, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_mse_loss(reduction):
    compare(lambda lib, x, y: lib.nn.MSELoss(reduction=reduction)(x, y), numbers(4, 3), numbers(4, 3))


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_bce(weighted, reduction):
    p, y = RNG.random((5, 3)).astype("float32"), RNG.random((5, 3)).astype("float32")
    compare(lambda lib, p, y: lib.nn.BCELoss(lib.tensor(WEIGHT) if weighted else None, reduction=reduction)(p, y), p, y)


def test_bce_is_cut_off_where_the_probability_is_0_or_1():
    p, y = np.array([0, 1, 0, 1, 0.5], "float32"), np.array([1, 0, 0, 1, 1], "float32")
    compare(lambda lib, p, y: lib.nn.functional.binary_cross_entropy(p, y, reduction="none"), p, y)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("weighted", [False, True])
def test_bce_with_logits(weighted, reduction):
    x = np.concatenate([numbers(4, 3) * 3, np.array([[0, 1e4, -1e4]], "float32")])

    def loss(lib, x, y):
        extra = dict(weight=lib.tensor(WEIGHT), pos_weight=lib.tensor(WEIGHT[::-1].copy())) if weighted else {}
        return lib.nn.BCEWithLogitsLoss(**extra, reduction=reduction)(x, y)
    compare(loss, x, RNG.integers(0, 2, (5, 3)).astype("float32"))


def test_one_hot():
    compare(lambda lib, x: lib.nn.functional.one_hot(x), np.array([[0, 2], [1, 1]]))
    compare(lambda lib, x: lib.nn.functional.one_hot(x, 5), np.array([0, 2]))
    compare(lambda lib, x: lib.nn.functional.one_hot(x), np.array(3))


@pytest.mark.parametrize("case", [
    lambda lib: lib.nn.functional.linear(lib.ones(2, 4), lib.ones(3, 5)),
    lambda lib: lib.nn.functional.conv2d(lib.ones(1, 1, 3, 3), lib.ones(1, 1, 5, 5)),
    lambda lib: lib.nn.functional.conv2d(lib.ones(1, 2, 8, 8), lib.ones(1, 1, 5, 5)),
    lambda lib: lib.nn.functional.conv2d(lib.ones(8, 8), lib.ones(1, 1, 5, 5)),
    lambda lib: lib.nn.functional.max_pool2d(lib.ones(1, 1, 2, 2), 3),
    lambda lib: lib.nn.functional.max_pool2d(lib.ones(1, 1, 4, 4), 2, padding=2),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.tensor([0, 3])),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.tensor([0, -1])),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.tensor([[0], [1]])),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.tensor([0.0, 1.0])),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.zeros(2, 3, dtype=lib.int64)),
    lambda lib: lib.nn.functional.cross_entropy(lib.zeros(2, 3), lib.tensor([0, 1]), reduction="average"),
    lambda lib: lib.nn.functional.binary_cross_entropy(lib.tensor([2.0]), lib.tensor([1.0])),
    lambda lib: lib.nn.functional.binary_cross_entropy(lib.tensor([0.5]), lib.tensor([[1.0]])),
    lambda lib: lib.nn.functional.binary_cross_entropy_with_logits(lib.zeros(2), lib.zeros(1, 2)),
    lambda lib: lib.nn.functional.one_hot(lib.tensor([3]), 2),
])
def test_what_pytorch_refuses_is_refused(case):
    with pytest.raises(Exception) as theirs:
        case(torch)
    with pytest.raises(type(theirs.value)):
        case(mg)


# Modules

def nets(lib):
    class Block(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = lib.nn.Conv2d(2, 4, 3, padding=1)
            self.scale = lib.nn.Parameter(lib.ones(4, 1, 1))
            self.register_buffer("seen", lib.zeros(2))
            self.register_buffer("passing", lib.zeros(2), persistent=False)

        def forward(self, x):
            return lib.relu(self.conv(x)) * self.scale

    class Net(lib.nn.Module):
        def __init__(self):
            super().__init__()
            self.block = Block()
            self.shift = lib.nn.Parameter(lib.zeros(1))
            self.head = lib.nn.Sequential(lib.nn.MaxPool2d(2), lib.nn.Flatten(), lib.nn.Linear(64, 10), lib.nn.Tanh())
            self.tails = lib.nn.ModuleList([lib.nn.Linear(10, 3), lib.nn.Linear(10, 3)])
            self.tails[1].weight = self.tails[0].weight

        def forward(self, x):
            x = self.head(self.block(x)) + self.shift
            return self.tails[0](x) * self.tails[1](x)
    return Net()


def test_names_are_pytorchs():
    mine, theirs = nets(mg), nets(torch)
    assert list(mine.state_dict()) == list(theirs.state_dict())
    assert list(mine.state_dict(prefix="net.")) == list(theirs.state_dict(prefix="net."))
    for listing in ("named_parameters", "named_buffers", "named_modules", "named_children"):
        assert [n for n, _ in getattr(mine, listing)()] == [n for n, _ in getattr(theirs, listing)()], listing
    assert ([n for n, _ in mine.named_parameters(prefix="a", recurse=False)]
            == [n for n, _ in theirs.named_parameters(prefix="a", recurse=False)])
    assert ([n for n, _ in mine.named_parameters(remove_duplicate=False)]
            == [n for n, _ in theirs.named_parameters(remove_duplicate=False)])


def test_a_network_computes_and_differentiates_as_in_pytorch():
    mine, theirs = nets(mg), nets(torch)
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    compare(lambda lib, x: (mine if lib is mg else theirs)(x), numbers(3, 2, 8, 8))
    for (name, p), q in zip(mine.named_parameters(), theirs.parameters(), strict=True):
        agree(p.grad, q.grad, name, atol=1e-5)


def test_a_network_in_float64():
    mine, theirs = nets(mg).double(), nets(torch).double()
    mine.load_state_dict({k: v.numpy() for k, v in theirs.state_dict().items()})
    compare(lambda lib, x: (mine if lib is mg else theirs)(x), numbers(3, 2, 8, 8, dtype="float64"))


def test_copies_are_independent():
    mine = nets(mg)
    twin = copy.deepcopy(mine)
    assert type(twin.shift) is mg.nn.Parameter and twin.shift is not mine.shift
    assert twin.tails[0].weight is twin.tails[1].weight
    with mg.no_grad():
        twin.shift += 1
    assert mine.shift.item() == 0


# First values

@pytest.mark.parametrize("shape", [(40, 60), (20, 10, 3, 4)])
@pytest.mark.parametrize("name, settings", [
    ("uniform_", {"a": -2, "b": 3}), ("normal_", {"mean": 1, "std": 2}),
    ("xavier_uniform_", {"gain": 2}), ("xavier_normal_", {}),
    ("kaiming_uniform_", {}), ("kaiming_uniform_", {"a": 5 ** 0.5}), ("kaiming_normal_", {"nonlinearity": "relu"}),
    ("kaiming_normal_", {"mode": "fan_out", "a": 0.3}), ("constant_", {"val": 0.3}), ("zeros_", {}), ("ones_", {}),
])
def test_first_values_are_spread_as_in_pytorch(name, settings, shape):
    mine = getattr(mg.nn.init, name)(mg.empty(*shape), **settings)
    theirs = getattr(torch.nn.init, name)(torch.empty(*shape), **settings)
    spread = theirs.std().item()
    assert abs(mine.std().item() - spread) <= 0.05 * spread
    assert abs(mine.mean().item() - theirs.mean().item()) <= 0.1 * spread + 1e-7
    if "uniform" in name:
        assert abs(mine.max().item() - theirs.max().item()) <= 0.05 * theirs.max().item()


@pytest.mark.parametrize("name, param", [("linear", None), ("conv2d", None), ("sigmoid", None), ("tanh", None),
                                         ("relu", None), ("leaky_relu", None), ("leaky_relu", 0.2), ("selu", None)])
def test_gains(name, param):
    assert mg.nn.init.calculate_gain(name, param) == pytest.approx(torch.nn.init.calculate_gain(name, param))


@pytest.mark.parametrize("make", [lambda nn: nn.Linear(300, 200), lambda nn: nn.Conv2d(30, 40, 5)])
def test_layers_begin_as_in_pytorch(make):
    mine, theirs = make(mg.nn), make(torch.nn)
    for p, q in zip(mine.parameters(), theirs.parameters(), strict=True):
        assert p.abs().max().item() == pytest.approx(q.abs().max().item(), rel=0.1)
        assert p.std().item() == pytest.approx(q.std().item(), rel=0.2)
