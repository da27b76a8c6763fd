"""What modules can do with names that are computed, with paths, and with all their parameters."""
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


def test_registering_by_name():
    net = nn.Module()
    net.register_parameter("w", nn.Parameter(mg.ones(1)))
    net.register_parameter("none", None)
    net.register_buffer("b", None)
    net.add_module("m", nn.ReLU())
    net.register_module("n", nn.Tanh())
    assert list(net.state_dict()) == ["w"] and net.none is None and net.b is None
    assert [name for name, _ in net.named_children()] == ["m", "n"]


def test_paths():
    net = Net()
    assert net.get_submodule("first.linear") is net.first.linear and net.get_submodule("") is net
    assert net.get_parameter("first.linear.weight") is net.first.linear.weight
    with pytest.raises(AttributeError, match=r"no module 'first.conv': first has \['linear'\], not 'conv'"):
        net.get_submodule("first.conv")
    with pytest.raises(AttributeError, match=r"no parameter 'head.bias': head has \['weight'\], not 'bias'"):
        net.get_parameter("head.bias")


def test_apply_visits_children_first():
    seen = []
    net = Net()
    assert net.apply(lambda m: seen.append(m)) is net
    assert seen == [net.first.linear, net.first, net.second.linear, net.second, net.head, net]


def test_freezing():
    net = Net()
    assert net.first.requires_grad_(False) is net.first
    trained = [name for name, p in net.named_parameters() if p.requires_grad]
    assert trained == ["second.linear.weight", "second.linear.bias", "head.weight"]
    out = net(mg.ones(1, 3))
    out.sum().backward()
    assert net.first.linear.weight.grad is None and net.head.weight.grad is not None


def test_changing_the_dtype_keeps_the_parameters():
    net = Net()
    net.register_buffer("count", mg.tensor(3))
    weight = net.head.weight
    net(mg.ones(1, 3)).sum().backward()
    assert net.double() is net and net.head.weight is weight
    assert {t.dtype for t in net.parameters()} == {weight.grad.dtype} == {mg.float64}
    assert net.first.seen.dtype == mg.float64 and net.count.dtype == mg.int64
    assert net(mg.ones(1, 3, dtype=mg.float64)).dtype == mg.float64
    assert net.float().head.weight.dtype == mg.float32 and net.to(mg.float64).head.weight.dtype == mg.float64
    assert net.to("cpu") is net
    for wrong in (mg.int64, "cuda", None):
        with pytest.raises(TypeError, match="expected a floating dtype"):
            net.to(wrong)


@pytest.mark.parametrize("register, name, value, error", [
    ("register_parameter", "a.b", None, KeyError),
    ("register_parameter", "", None, KeyError),
    ("register_parameter", "forward", None, KeyError),
    ("register_parameter", "w", mg.ones(1), TypeError),
    ("add_module", "m", "Linear", TypeError),
])
def test_registering_refuses(register, name, value, error):
    with pytest.raises(error, match=register.replace("add_module", "register_module")):
        getattr(nn.Module(), register)(name, value)


def test_apply_says_that_a_net_is_too_deep():
    net = nn.Linear(1, 1)
    for _ in range(3_000):
        net = nn.Sequential(net)
    assert net.get_submodule(".".join("0" * 3_000)).weight is next(net.parameters())
    with pytest.raises(RecursionError, match="these modules are nested more levels deep than Python's calls may be"):
        net.apply(lambda module: None)
    while isinstance(net, nn.Sequential):                 # let go of one after the other
        net = net[0]
