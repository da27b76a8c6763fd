"""Module: what it finds among its attributes, what it saves and loads, what it refuses."""
import copy
import pickle

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(mg.ones(3))
        self.register_buffer("seen", mg.zeros(1))
        self.register_buffer("passing", mg.zeros(1), persistent=False)
        self.linear = nn.Linear(3, 3)

    def forward(self, x):
        return self.linear(x) * self.scale


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Block(), Block()
        self.second.scale = self.first.scale
        self.width, self.head = 3, nn.Linear(3, 2, bias=False)

    def forward(self, x):
        return self.head(self.second(self.first(x)))


class Pickled(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)


# Finding

def test_a_parameter_is_a_tensor_that_shares_memory_and_what_is_computed_from_it_is_not_one():
    data = mg.ones(2)
    p = nn.Parameter(data)
    assert isinstance(p, mg.Tensor) and p.requires_grad and p.is_leaf and np.shares_memory(p.value, data.value)
    assert type(p * 2) is mg.Tensor and type(p.detach()) is mg.Tensor
    assert not nn.Parameter(data, requires_grad=False).requires_grad
    assert nn.Parameter(mg.zeros(2, dtype=mg.float64)).dtype == mg.float64
    with pytest.raises(RuntimeError, match="floating"):
        nn.Parameter(mg.tensor([1, 2]))
    assert not nn.Parameter(mg.tensor([1, 2]), requires_grad=False).requires_grad


def test_everything_inside_is_found_with_its_path_and_what_is_shared_once():
    net = Net()
    assert [name for name, _ in net.named_parameters()] == [
        "first.scale", "first.linear.weight", "first.linear.bias",
        "second.linear.weight", "second.linear.bias", "head.weight"]
    assert len(list(net.parameters())) == 6
    assert "second.scale" in dict(net.named_parameters(remove_duplicate=False))
    assert [name for name, _ in net.named_parameters(recurse=False)] == []
    assert [name for name, _ in net.first.named_parameters(prefix="x", recurse=False)] == ["x.scale"]
    assert [name for name, _ in net.named_buffers()] == ["first.seen", "first.passing", "second.seen", "second.passing"]
    assert len(list(net.buffers())) == 4
    assert [name for name, _ in net.named_modules()] == ["", "first", "first.linear", "second", "second.linear", "head"]
    assert len(list(net.modules())) == 6
    assert [name for name, _ in net.named_children()] == ["first", "second", "head"]
    assert list(net.children()) == [net.first, net.second, net.head]


def test_a_module_used_twice_is_found_once():
    net = nn.Module()
    net.a = net.b = nn.Linear(2, 2)
    assert len(list(net.parameters())) == 2 and list(net.children()) == [net.a]
    assert sorted(net.state_dict()) == ["a.bias", "a.weight", "b.bias", "b.weight"]


def test_attributes_come_and_go():
    net = Net()
    del net.second
    net.head = None
    assert [name for name, _ in net.named_children()] == ["first"]
    net.first.seen = mg.ones(1)                          # still a buffer
    assert net.first.state_dict()["seen"].item() == 1
    del net.first.seen
    assert "seen" not in net.first.state_dict() and not hasattr(net.first, "seen")
    net.first.scale = nn.Parameter(mg.zeros(3))
    assert dict(net.named_parameters())["first.scale"].tolist() == [0, 0, 0]
    net.extra = mg.ones(2)                               # a plain tensor is neither
    assert "extra" not in net.state_dict()


def test_a_buffer_can_become_a_parameter():
    block = Block()
    block.seen = nn.Parameter(mg.zeros(1))
    assert "seen" in dict(block.named_parameters()) and "seen" not in dict(block.named_buffers())


@pytest.mark.parametrize("register, name, value, error", [
    ("register_buffer", "a.b", None, KeyError),
    ("register_buffer", "", None, KeyError),
    ("register_buffer", "forward", None, KeyError),
    ("register_buffer", "b", np.ones(1), TypeError),
    ("register_buffer", 3, None, KeyError),
])
def test_registering_refuses(register, name, value, error):
    with pytest.raises(error, match=register):
        getattr(nn.Module(), register)(name, value)


# Slips

def test_a_forgotten_super_init_is_named():
    class Forgetful(nn.Module):
        def __init__(self):
            self.width = 3
            self.linear = nn.Linear(self.width, 3)
    with pytest.raises(AttributeError, match=r"Forgetful: call super\(\).__init__\(\) before assigning self.linear"):
        Forgetful()

    class ForgetfulOfBuffers(nn.Module):
        def __init__(self):
            self.register_buffer("seen", mg.zeros(1))
    with pytest.raises(AttributeError, match="super"):
        ForgetfulOfBuffers()


@pytest.mark.parametrize("name, value, message", [
    ("scale", mg.ones(3), "Block.scale: expected a Parameter or None, got Tensor; wrap it"),
    ("scale", 1.0, "got float"),
    ("linear", mg.ones(3), "Block.linear: expected a Module or None, got Tensor"),
    ("seen", np.ones(1), "Block.seen: expected a Tensor or None, for it is a buffer, got ndarray"),
])
def test_assigning_something_of_another_kind_is_refused_and_changes_nothing(name, value, message):
    block = Block()
    before = getattr(block, name)
    with pytest.raises(TypeError, match=message):
        setattr(block, name, value)
    assert getattr(block, name) is before


def test_a_module_without_forward_says_so():
    class Silent(nn.Module):
        pass
    with pytest.raises(NotImplementedError, match="Silent has no forward"):
        Silent()(mg.ones(1))


def test_a_misspelt_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'haed'"):
        print(Net().haed)


# State

def test_state_dict_shares_memory_and_has_no_history():
    net = Net()
    state = net.state_dict()
    assert list(state) == ["first.scale", "first.seen", "first.linear.weight", "first.linear.bias",
                           "second.scale", "second.seen", "second.linear.weight", "second.linear.bias", "head.weight"]
    assert all(type(t) is mg.Tensor and not t.requires_grad for t in state.values())
    assert np.shares_memory(state["head.weight"].value, net.head.weight.value)
    assert net.state_dict(keep_vars=True)["head.weight"] is net.head.weight


def test_loading_copies_values_into_the_same_parameters():
    a, b = Net(), Net()
    weight = a.head.weight
    result = a.load_state_dict(b.state_dict())
    assert repr(result) == "<All keys matched successfully>" and result == ([], [])
    assert result.missing_keys == result.unexpected_keys == []
    assert a.head.weight is weight and mg.equal(weight, b.head.weight)
    assert not np.shares_memory(weight.value, b.head.weight.value)
    x = mg.randn(4, 3)
    assert mg.equal(a(x), b(x))


def test_loading_converts_dtypes_and_takes_arrays():
    linear = nn.Linear(2, 1)
    linear.load_state_dict({"weight": np.ones((1, 2)), "bias": mg.zeros(1, dtype=mg.float64)})
    assert linear.weight.dtype == mg.float32 and linear.weight.tolist() == [[1, 1]]


def test_a_failed_load_names_everything_and_loads_nothing():
    net = Net()
    before = {name: t.value.copy() for name, t in net.state_dict().items()}
    state = {name: mg.full(t.shape, 7.0) for name, t in net.state_dict().items()}
    del state["first.scale"], state["head.weight"]
    state["first.linear.bias"] = mg.zeros(5)
    state["second.scale"] = "ones"
    state["head.bias"] = mg.zeros(2)
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    message = str(error.value)
    for part in ("nothing was loaded into Net", "missing key 'first.scale', shape torch.Size([3])", "missing key 'head.weight'",
                 "unexpected key 'head.bias'",
                 "'first.linear.bias': expected numbers of shape torch.Size([3]), got float32 of shape (5,)",
                 "'second.scale': expected numbers of shape torch.Size([3]), got <U4 of shape ()"):
        assert part in message
    assert all(np.array_equal(t.value, before[name]) for name, t in net.state_dict().items())


def test_a_loose_load_returns_what_did_not_match_but_insists_on_shapes():
    net = Net()
    state = {"head.weight": mg.ones(2, 3), "tail.weight": mg.ones(1)}
    missing, unexpected = net.load_state_dict(state, strict=False)
    assert "first.scale" in missing and len(missing) == 8 and unexpected == ["tail.weight"]
    assert net.head.weight.tolist() == [[1, 1, 1]] * 2
    with pytest.raises(RuntimeError, match=r"shape torch.Size\(\[2, 3\]\), got float32 of shape \(3,\)"):
        net.load_state_dict({"head.weight": mg.ones(3)}, strict=False)
    with pytest.raises(TypeError, match=r"got str; load\(path\)"):
        net.load_state_dict("net.npz")


def test_backward_notices_a_load_in_between():
    linear = nn.Linear(2, 2)
    out = linear(linear(mg.ones(1, 2))).sum()
    linear.load_state_dict({"weight": mg.ones(2, 2), "bias": mg.zeros(2)})
    with pytest.raises(RuntimeError, match="changed in place"):
        out.backward()


def test_copying_and_pickling():
    net = Net()
    twin = copy.deepcopy(net)
    assert twin.first.scale is twin.second.scale and type(twin.first.scale) is nn.Parameter
    with mg.no_grad():
        twin.first.scale *= 0
    assert net.first.scale.tolist() == [1, 1, 1]
    again = pickle.loads(pickle.dumps(Pickled()))
    assert [name for name, _ in again.named_parameters()] == ["linear.weight", "linear.bias"]


# Changes to all

def test_train_and_eval_reach_everything():
    net = Net()
    assert net.training and net.eval() is net
    assert not any(m.training for m in net.modules())
    assert all(m.training for m in net.train().modules())
    with pytest.raises(ValueError, match="True or False"):
        net.train("yes")


def test_zero_grad():
    net = Net()
    net(mg.ones(1, 3)).sum().backward()
    held = net.head.weight.grad
    net.zero_grad(set_to_none=False)
    assert all(p.grad.tolist() == mg.zeros_like(p).tolist() for p in net.parameters()) and not held.value.any()
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())


def test_zero_grad_of_gradients_with_a_graph():
    net = nn.Linear(2, 1)
    (net(mg.ones(1, 2)) ** 2).sum().backward(create_graph=True)
    net.zero_grad(set_to_none=False)
    assert net.weight.grad.tolist() == [[0, 0]] and not net.weight.grad.requires_grad


# What it looks like

def test_repr():
    net = Net()
    assert repr(net) == """\
Net(
  (first): Block(
    (linear): Linear(in_features=3, out_features=3, bias=True)
  )
  (second): Block(
    (linear): Linear(in_features=3, out_features=3, bias=True)
  )
  (head): Linear(in_features=3, out_features=2, bias=False)
)"""
    assert repr(nn.Sequential(nn.ReLU())) == "Sequential(\n  (0): ReLU()\n)"
    assert repr(nn.Sequential()) == "Sequential()"


# All or nothing

class Counting(nn.Linear):
    def __init__(self):
        super().__init__(2, 2)
        self.register_buffer("steps", mg.tensor(0))


@pytest.mark.parametrize("make", [lambda: nn.Linear(2, 2, device="cuda"), lambda: nn.Conv2d(1, 1, 1, device="mps:0")])
def test_a_layer_elsewhere_is_refused(make):
    with pytest.raises(RuntimeError, match="device: expected 'cpu', got '(cuda|mps:0)'"):
        make()
    assert nn.Linear(2, 2, device="cpu").weight.device == mg.device("cpu")


def two():
    return nn.Sequential(nn.Linear(2, 2), Counting())


@pytest.mark.parametrize("spoil, message", [
    (lambda net, state: net[1].weight.value.setflags(write=False), "'1.weight': its array is read-only"),
    (lambda net, state: state.update({"1.steps": mg.tensor(float("nan"))}), "'1.steps': float32 does not become int64"),
    (lambda net, state: state.update({"1.steps": mg.tensor(2.0)}), "float32 does not become int64"),
    (lambda net, state: state.update({"1.weight": mg.ones(3)}), "'1.weight': expected numbers of shape"),
])
def test_a_state_is_loaded_whole_or_not_at_all(spoil, message):
    net, state = two(), {key: mg.ones_like(t) * 7 for key, t in two().state_dict().items()}
    before = {key: t.tolist() for key, t in net.state_dict().items()}
    spoil(net, state)
    with pytest.raises(RuntimeError, match=f"nothing was loaded into Sequential(.|\\n)*{message}"):
        net.load_state_dict(state)
    assert {key: t.tolist() for key, t in net.state_dict().items()} == before


def test_whole_numbers_become_floating_ones():
    net = nn.Linear(1, 1)
    net.load_state_dict({"weight": mg.tensor([[3]]), "bias": mg.tensor([True])})
    assert net.weight.tolist() == [[3.0]] and net.bias.tolist() == [1.0]


# 3,000 modules inside one another

@pytest.fixture
def deep():
    net = nn.Linear(2, 1)
    for _ in range(3_000):
        net = nn.Sequential(net)
    yield net
    while isinstance(net, nn.Sequential):                 # let go of one after the other
        net = net[0]


def test_a_deep_net_is_walked_through(deep):
    assert len(list(deep.modules())) == 3_001 and len(list(deep.parameters())) == 2
    state = deep.state_dict()
    assert list(state) == [3_000 * "0." + "weight", 3_000 * "0." + "bias"]
    assert deep.load_state_dict(state).missing_keys == [] and deep.eval().training is False
    deep.zero_grad()


@pytest.mark.parametrize("use", [repr, lambda net: net(mg.ones(1, 2))], ids=["repr", "forward"])
def test_what_calls_itself_says_that_a_net_is_too_deep(deep, use):
    with pytest.raises(RecursionError, match="these modules are nested more levels deep than Python's calls may be"):
        use(deep)
