"""detect_anomaly blames the operation that made the first NaN or Inf, and no other; off, nothing looks."""
import random
import sys

import numpy as np
import pytest

import minigrad as mg
from minigrad import watch
from minigrad.anomaly import AnomalyError, made_at
from minigrad.graph import primitive


def blamed(function):
    with pytest.raises(AnomalyError) as caught, mg.detect_anomaly():
        function()
    return caught.value


def leafy(*numbers, **settings):
    return mg.tensor([float(n) for n in numbers], requires_grad=True, **settings)


def test_forward_says_operation_shape_range_and_the_line():
    p = leafy(0.5, 0, 0.25)
    p.name = "p"
    line = sys._getframe().f_lineno + 1
    error = blamed(lambda: (1 - p.log()).sum())
    assert str(error) == ("'log' made Inf: 1 of 3 numbers, shape (3,)\n    input 0 'p': shape (3,), from 0 to 0.5\n    at "
                          f"tests/test_anomaly.py, line {line}: error = blamed(lambda: (1 - p.log()).sum())")
    assert error.operation == "log" and error.node.op.__name__ == "log"


def test_backward_says_which_input_and_what_arrived():
    x = leafy(0, 4)
    line = sys._getframe().f_lineno + 4

    def forward_then_backward():
        y = x * 1
        root = y.sqrt()
        root.sum().backward()
    error = blamed(forward_then_backward)
    said = str(error).splitlines()
    assert said[0] == "backward through 'sqrt' made Inf: 1 of 2 numbers, shape (2,), in the gradient for its input 0"
    assert said[1:4] == ["    gradient that arrived: shape (2,), from 1 to 1", "    input 0: shape (2,), from 0 to 4",
                         "    output: shape (2,), from 0 to 2"]
    assert said[4] == f"    at tests/test_anomaly.py, line {line}: root = y.sqrt()"


def test_a_graph_made_before_is_still_checked():
    root = leafy(0).sqrt()
    error = blamed(lambda: root.sum().backward())
    assert error.node is root.node and "made outside detect_anomaly" in str(error)


def test_the_operation_that_only_passes_it_on_is_not_blamed():
    with mg.detect_anomaly():
        masked = leafy(1, 2) + mg.tensor([0., -np.inf])
        assert masked.softmax(0).tolist() == [1, 0]
        mg.tensor([1., np.nan]) * 2
        mg.where(mg.tensor([True, False]), leafy(1, 2), -np.inf)
        masked.log_softmax(0)[0].backward()
    assert blamed(lambda: mg.tensor([np.inf]) - mg.tensor([np.inf])).operation == "sub"       # a NaN from two Infs is new


@pytest.mark.parametrize("function, operation", [
    (lambda: leafy(1) / mg.zeros(1), "div"),
    (lambda: mg.zeros(1) / 0, "div"),
    (lambda: leafy(1000).exp(), "exp"),
    (lambda: leafy(-1).log(), "log"),
    (lambda: leafy(-1) ** 0.5, "pow"),
    (lambda: leafy(1e30) * 1e30, "mul"),
])  # fmt: skip
def test_the_usual_suspects(function, operation):
    assert blamed(function).operation == operation


def test_what_a_rule_computes_on_the_way_is_part_of_that_rule():
    x = leafy(0)
    root = x.sqrt()
    error = blamed(lambda: mg.autograd.grad(root.sum(), x, create_graph=True))
    assert error.node is root.node and error.operation == "sqrt"


def test_a_hook_can_be_the_one():
    x = leafy(1, 2)
    x.name = "weight"
    x.register_hook(lambda g: mg.tensor([np.inf, np.inf]))
    assert "a hook made Inf: 2 of 2 numbers, shape (2,), in the gradient of a tensor 'weight' of shape (2,)" in str(
        blamed(lambda: x.sum().backward()))


def test_off_duty_nothing_looks_and_nothing_stays_behind():
    assert not watch.observers
    with pytest.raises(ZeroDivisionError), mg.detect_anomaly():
        1 / 0
    assert not watch.observers
    y = leafy(0).log()
    assert made_at(y) is None and not np.isfinite(y.value).all()

    @mg.autograd.detect_anomaly()
    def inside():
        with mg.detect_anomaly():
            pass
        return leafy(0).log()
    with pytest.raises(AnomalyError):
        inside()
    assert not watch.observers


def test_lines_alone():
    with mg.detect_anomaly(check_nan=False):
        y = leafy(0).log() * 2
    assert made_at(y) == f"tests/test_anomaly.py, line {sys._getframe().f_lineno - 1}" and made_at(leafy(1)) is None


# Planted faults

ONE = [mg.exp, mg.tanh, mg.sin, mg.sigmoid, mg.abs, lambda x: x * 0.5, lambda x: x.reshape(2, 6).T.reshape(3, 4)]
TWO = [mg.add, mg.mul, mg.maximum, lambda x, y: x @ y.T @ x * 0.1, lambda x, y: mg.cat([x, y])[1:4]]


def planted(where, element, bad):
    """An operation that computes x · 1, except for one element of its result or of its gradient."""
    def spoil(x):
        out = np.array(x, order="C")     # so that reshape gives a view
        out.reshape(-1)[element] = bad
        return out
    forward, backward = (spoil, lambda g: g) if where == "forward" else (lambda x: x * 1, spoil)
    return primitive(forward, lambda g, out, x: backward(g), name="planted")


@pytest.mark.parametrize("seed", range(50))
def test_a_planted_fault_is_located_at_the_right_node(seed):
    rng = random.Random(seed)
    where, bad = rng.choice(["forward", "backward"]), rng.choice([np.nan, np.inf, -np.inf])
    fault, at, size = planted(where, rng.randrange(12), bad), rng.randrange(30), 30

    def network():
        mg.manual_seed(seed)
        nodes, culprit = [mg.randn(3, 4, requires_grad=True) for _ in range(3)], []
        for i in range(size):
            few = rng.sample(nodes[-4:], 2)
            new = rng.choice(ONE)(few[0]) if rng.random() < 0.5 else rng.choice(TWO)(*few)
            if i == at:
                new = fault(new)
                culprit.append((new.node.born, len(nodes)))
            nodes.append(mg.tanh(new) if i != at else new)     # tanh, so that nothing else overflows
        return mg.stack(nodes[3:]).sum(), culprit              # every node has a part in the loss

    with pytest.raises(AnomalyError) as caught, mg.detect_anomaly():
        loss, culprit = network()
        assert where == "backward"
        loss.backward()
    assert caught.value.operation == "planted" and ("backward through" in str(caught.value)) == (where == "backward")
    assert "fault(new)" in str(caught.value)
    if where == "backward":
        assert caught.value.node.born == culprit[0][0]


def test_a_function_of_ones_own_is_blamed():
    class Lost(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, why):
            return x * 3

        @staticmethod
        def backward(ctx, g):
            return g * float("nan"), None

    with pytest.raises(AnomalyError, match="backward through 'Lost' made NaN"), mg.detect_anomaly():
        Lost.apply(mg.ones(2, requires_grad=True), "for fun").sum().backward()
