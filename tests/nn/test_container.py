"""Sequential and ModuleList behave like the lists and the functions they are."""
from collections import OrderedDict

import pytest

import minigrad as mg
from minigrad import nn


def row(n=3):
    return [nn.Linear(2, 2) for _ in range(n)]


def test_sequential_calls_one_after_the_other():
    a, b, c = row()
    x = mg.randn(5, 2)
    assert mg.equal(nn.Sequential(a, nn.ReLU(), b, c)(x), c(b(a(x).relu())))
    assert nn.Sequential()(x) is x


def test_a_module_may_stand_in_a_row_twice():
    a, relu = nn.Linear(2, 2), nn.ReLU()
    net = nn.Sequential(relu, a, relu, a)
    assert len(net) == 4 and net[3] is a and len(list(net.parameters())) == 2
    assert list(net.state_dict()) == ["1.weight", "1.bias", "3.weight", "3.bias"]


def test_sequential_with_names():
    a, b, c = row()
    net = nn.Sequential(OrderedDict(first=a, second=b))
    assert net.first is a and net[1] is b and list(net.state_dict())[0] == "first.weight"
    net.append(c)
    assert [name for name, _ in net.named_children()] == ["first", "second", "2"]


@pytest.mark.parametrize("kind", [lambda modules: nn.Sequential(*modules), nn.ModuleList])
def test_list_behaviour(kind):
    a, b, c = row()
    d, e = row(2)
    layers = kind([a, b, c])
    assert len(layers) == 3 and list(layers) == [a, b, c]
    assert layers[0] is a and layers[-1] is c and a in layers and d not in layers
    assert type(layers[1:]) is type(layers) and list(layers[1:]) == [b, c] and list(layers[::-1]) == [c, b, a]
    assert layers.append(d) is layers and list(layers) == [a, b, c, d]
    layers[1] = e
    assert list(layers) == [a, e, c, d]
    del layers[0]
    assert list(layers) == [e, c, d] and [name for name, _ in layers.named_children()] == ["0", "1", "2"]
    layers.insert(1, a)
    assert list(layers) == [e, a, c, d]
    assert layers.pop() is d and layers.pop(0) is e and list(layers) == [a, c]
    layers.extend([b])
    layers += [d]
    assert list(layers) == [a, c, b, d] and list(layers + [e]) == [a, c, b, d, e] and len(layers) == 4
    del layers[1:3]
    assert list(layers) == [a, d] and len(list(layers.parameters())) == 4
    layers.extend(layers)
    assert list(layers) == [a, d, a, d]


def test_a_slice_shares_its_modules_and_can_grow():
    a, b, c = row()
    tail = nn.Sequential(a, b)[1:]
    assert tail[0] is b
    assert list(tail.append(c)) == [b, c]


@pytest.mark.parametrize("kind", [nn.Sequential, nn.ModuleList])
def test_what_does_not_belong_in_a_row(kind):
    layers = kind()
    with pytest.raises(TypeError, match=f"{kind.__name__}: expected a Module, got function"):
        layers.append(mg.relu)
    layers.append(nn.ReLU())
    for index in (1, -2):
        with pytest.raises(IndexError, match=f"index {index} is out of range for 1 modules"):
            layers[index]
    with pytest.raises(TypeError):
        layers[0] = mg.ones(1)


def test_a_module_list_is_not_a_function():
    with pytest.raises(NotImplementedError, match="ModuleList has no forward"):
        nn.ModuleList(row())(mg.ones(1, 2))
