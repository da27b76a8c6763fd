"""Checkpoints: the same gradients, fewer values kept, and clear errors where a second run would differ."""
import tracemalloc
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential


def network():
    mg.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.ReLU(inplace=True), nn.Dropout(0.5), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)).double()


def gradients(net, way, x):
    mg.manual_seed(1)
    net.zero_grad()
    way(net, x).sum().backward()
    return [x.grad.clone(), *(p.grad.clone() for p in net.parameters())]


WAYS = {
    "one": lambda net, x: checkpoint(net, x, use_reentrant=False), "reentrant": lambda net, x: checkpoint(net, x, use_reentrant=True),
    "inside another": lambda net, x: checkpoint(lambda x: checkpoint(net, x * 1, use_reentrant=False) * 1, x, use_reentrant=False),
    "two rows": lambda net, x: checkpoint_sequential(net, 3, x, use_reentrant=False)}


@pytest.mark.parametrize("way", WAYS)
def test_the_same_gradients(way):
    net, x = network(), mg.randn(5, 4, dtype=mg.float64)
    plain = gradients(net, lambda net, x: net(x), x.clone().requires_grad_())
    again = gradients(net, WAYS[way], x.clone().requires_grad_())
    assert all(mg.equal(a, b) for a, b in zip(plain, again))


def test_it_runs_twice_and_the_dice_go_on():
    calls = []

    def noisy(x):
        calls.append(mg.rand(3).tolist())
        return x.exp()
    x = mg.ones(2, requires_grad=True)
    y = checkpoint(noisy, x, use_reentrant=False)
    after = mg.rand(1)
    y.sum().backward()
    assert len(calls) == 2 and calls[0] == calls[1] and not mg.equal(mg.rand(1), after)


def test_a_parameter_inside_and_higher_derivatives():
    w = mg.tensor([0.5, 2.0], dtype=mg.float64, requires_grad=True)

    def function(x):
        return checkpoint(lambda x: (x * w).sin().exp(), x, use_reentrant=False)
    x = mg.tensor([1.0, -2.0], dtype=mg.float64, requires_grad=True)
    assert mg.autograd.gradcheck(function, [x]) and mg.autograd.gradgradcheck(function, [x])
    there, = mg.autograd.grad(function(x).sum(), w)
    assert mg.allclose(there, mg.autograd.grad((x * w).sin().exp().sum(), w)[0])


def test_nested_results_and_what_requires_no_grad():
    x = mg.ones(2, requires_grad=True)
    a, (b, c), rest = checkpoint(lambda x, by: (x * by, [x.exp(), 3], {"k": x}), x, by=2, use_reentrant=False)
    (a.sum() + b.sum()).backward()
    assert x.grad.tolist() == pytest.approx([2 + np.e] * 2) and c == 3 and rest["k"] is x
    with mg.no_grad():
        assert not checkpoint(lambda x: x * 2, x, use_reentrant=False).requires_grad


def test_it_keeps_less():
    def deep(x):
        for _ in range(20):
            x = x.sin()
        return x

    def kept(way):
        x = mg.rand(100_000, requires_grad=True)
        tracemalloc.start()
        y = way(x)
        size = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
        y.sum().backward()
        return size
    assert kept(lambda x: checkpoint(deep, x, use_reentrant=False)) < kept(deep) / 10


# Where it refuses

def test_a_second_run_that_differs():
    ways = iter([lambda x: x.exp(), lambda x: x.sin()])
    x = mg.ones(2, requires_grad=True)
    y = checkpoint(lambda x: next(ways)(x), x, use_reentrant=False)
    with pytest.raises(CheckpointError, match="other operations"):
        y.sum().backward()


def test_changes_in_place():
    x = mg.ones(2, requires_grad=True)
    middle = x * 2
    y = checkpoint(lambda t: t.exp(), middle, use_reentrant=False)
    middle.add_(1)
    with pytest.raises(RuntimeError, match="changed in place since"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="cannot run twice"):
        checkpoint(lambda t: t.mul_(2), x * 2, use_reentrant=False)


def test_spent_as_any_graph_is():
    x = mg.ones(2, requires_grad=True)
    y = checkpoint(lambda x: x.exp(), x, use_reentrant=False).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == pytest.approx([2 * np.e] * 2)
    with pytest.raises(RuntimeError, match="spent"):
        y.backward()


def test_what_pytorch_asks_for():
    layer, x = nn.Linear(2, 2), mg.ones(1, 2)
    with pytest.warns(UserWarning) as told:
        assert not checkpoint(layer, x).requires_grad
    assert ["use_reentrant" in str(told[0].message), "None of the inputs" in str(told[1].message)] == [True, True]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert checkpoint(layer, x, use_reentrant=False).requires_grad
    with pytest.raises(ValueError, match="Unexpected keyword arguments: by"):
        checkpoint(lambda x, by: x * by, x, use_reentrant=True, by=2)
    with pytest.raises(ValueError, match="at most 1 segments"):
        checkpoint_sequential([layer], 2, x, use_reentrant=False)
