"""Every rule of the derivative table is proved: first and second order, both types, all shapes that broadcast."""
import inspect
import sys

import numpy as np
import pytest
from cases import ADJOINTS, CASES
from hypothesis import given, settings
from hypothesis.extra.numpy import mutually_broadcastable_shapes

import minigrad as mg
from minigrad import graph
from minigrad.autograd import gradcheck, gradgradcheck

ALL = CASES + ADJOINTS
NO_GRADIENT = {"cast", "eq", "ne", "lt", "le", "gt", "ge", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "all", "any",
               "argmax", "argmin", "gcd", "lcm", "bitwise_left_shift", "bitwise_right_shift", "logical_and", "logical_or", "logical_xor", "logical_not", "isnan",
               "isinf", "isfinite", "signbit", "isposinf", "isneginf", "isreal"}


def tensors(case, dtype=mg.float64):
    return [mg.tensor(x, dtype=dtype, requires_grad=True) for x in case.inputs()]


def outputs(case, inputs):
    out = case.function(mg, *inputs)
    return list(out) if isinstance(out, tuple) else [out]


def weighted(outs):
    """One number out of all outputs, by fixed random weights."""
    weights = [np.random.default_rng(i).standard_normal(o.shape).astype(o.dtype) for i, o in enumerate(outs)]
    return sum((o * mg.tensor(w)).sum() for o, w in zip(outs, weights))


@pytest.mark.parametrize("case", ALL, ids=str)
def test_first_derivative(case):
    assert gradcheck(lambda *xs: outputs(case, xs), tensors(case), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_second_derivative(case):
    assert gradgradcheck(lambda *xs: outputs(case, xs), tensors(case), atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_along_a_random_direction(case):
    """The slope along one random direction through all inputs at once."""
    xs, rng, eps = tensors(case), np.random.default_rng(1), 1e-6
    ways = [rng.standard_normal(x.shape) for x in xs]
    slopes = mg.autograd.grad(weighted(outputs(case, xs)), xs, allow_unused=True)
    claimed = sum(float((g.numpy() * w).sum()) for g, w in zip(slopes, ways) if g is not None)
    up, down = (weighted(outputs(case, [mg.tensor(x.value + s * eps * w) for x, w in zip(xs, ways)])).item() for s in (1, -1))
    assert claimed == pytest.approx((up - down) / (2 * eps), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_float32_stays_float32_and_agrees(case):
    if case.op == "to":
        pytest.skip("this one changes the type on purpose")
    wide, narrow = tensors(case), tensors(case, mg.float32)
    for out in outputs(case, narrow):
        assert out.dtype == mg.float32
    for a, b in zip(mg.autograd.grad(weighted(outputs(case, wide)), wide), mg.autograd.grad(weighted(outputs(case, narrow)), narrow)):
        assert b.dtype == mg.float32
        np.testing.assert_allclose(b.numpy(), a.numpy(), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_on_tensors_a_rule_gives_what_it_gives_on_arrays(case):
    a, b = tensors(case), tensors(case)
    plain = mg.autograd.grad(weighted(outputs(case, a)), a)
    recorded = mg.autograd.grad(weighted(outputs(case, b)), b, create_graph=True)
    for x, y in zip(plain, recorded):
        assert x.shape == y.shape and x.dtype == y.dtype
        np.testing.assert_allclose(x.numpy(), y.detach().numpy(), rtol=1e-12, atol=1e-12)


def primitives():
    """Every operation that the package defines, by name; a public function of two keeps its own in `op`."""
    modules = [module for name, module in sys.modules.items() if name.split(".")[0] == "minigrad"]
    found = [getattr(f, "op", f) for module in modules for f in vars(module).values() if callable(f)]
    found = {op.__name__: op for op in found if hasattr(op, "rules") and hasattr(op, "forward")}
    return {name: op for name, op in found.items() if op is not mg.catalog.nn.hooks.through}    # it computes nothing


def test_every_primitive_is_in_the_table_of_cases():
    found = primitives()
    assert {name for name, f in found.items() if not f.rules} == NO_GRADIENT
    assert set(found) - NO_GRADIENT == {case.op for case in ALL}


def test_every_case_uses_its_primitive():
    for case in ALL:
        seen = graph.ancestors([o.node for o in outputs(case, tensors(case))])
        assert case.op in {n.op.__name__ for n in seen if n.op}, str(case)


def test_rules_are_as_many_as_inputs():
    for name, op in primitives().items():
        if op.rules and not isinstance(op.rules, graph.Joint) and name != "einsum":      # it takes any number of inputs
            rule = next(filter(None, op.rules))
            positional = [p for p in inspect.signature(rule).parameters.values() if p.kind == p.POSITIONAL_OR_KEYWORD]
            assert len(positional) == 2 + len(op.rules), name


@settings(deadline=None, max_examples=150)
@given(mutually_broadcastable_shapes(num_shapes=2, max_dims=4, max_side=3, min_side=0))
def test_whatever_broadcasts_comes_back_in_its_own_shape(shapes):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(s) for s in shapes.input_shapes]
    x, y = (mg.tensor(a, requires_grad=True) for a in arrays)
    out = x * y
    assert out.shape == shapes.result_shape
    seed = rng.standard_normal(out.shape)
    out.backward(mg.tensor(seed))
    wide_x, wide_y = np.broadcast_arrays(*arrays)
    for t, factor in ((x, wide_y), (y, wide_x)):
        assert t.grad.shape == t.shape
        full = seed * factor                      # what each repeat receives; the repeats add up
        lead = full.ndim - t.ndim
        axes = (*range(lead), *(i + lead for i, n in enumerate(t.shape) if n == 1))
        np.testing.assert_allclose(t.grad.numpy(), full.sum(axis=axes, keepdims=True).reshape(t.shape), atol=1e-12)


# Corners: where a function has no slope, the rule takes PyTorch's choice.

@pytest.mark.parametrize("function, at, slope", [
    (lambda x: x.relu(), 0.0, 0.0),
    (lambda x: x.abs(), 0.0, 0.0),
    (lambda x: x.sign(), 2.0, 0.0),
    (lambda x: x.clamp(0, 1), 0.0, 1.0),
    (lambda x: x.clamp(0, 1), 1.5, 0.0),
    (lambda x: x ** 0, 0.0, 0.0),
    (lambda x: x ** 1, 0.0, 1.0),
    (lambda x: x ** mg.tensor(0.0), 0.0, 0.0),
    (lambda x: 0 ** x, 2.0, 0.0),
    (lambda x: mg.tensor(0.0) ** x, 2.0, 0.0),
    (lambda x: mg.maximum(x, mg.tensor(1.0)), 1.0, 0.5),
    (lambda x: mg.minimum(x, mg.tensor(1.0)), 1.0, 0.5),
    (lambda x: mg.sigmoid(x), -1000.0, 0.0),
    (lambda x: mg.softmax(mg.stack([x, x]), 0)[0], 1000.0, 0.0),
])
def test_corners(function, at, slope):
    x = mg.tensor(at, requires_grad=True)
    function(x).backward()
    assert x.grad.item() == slope


def test_ties_share_over_everything_and_the_first_wins_along_an_axis():
    x = mg.tensor([2.0, 2.0, 1.0], requires_grad=True)
    x.max().backward()
    assert x.grad.tolist() == [0.5, 0.5, 0.0]
    x.grad = None
    x.max(dim=0).values.backward()
    assert x.grad.tolist() == [1.0, 0.0, 0.0]


def test_repeated_indices_accumulate():
    x = mg.zeros(3, requires_grad=True)
    x[[0, 0, 0, 2]].sum().backward()
    assert x.grad.tolist() == [3.0, 0.0, 1.0]


def test_third_derivative_from_the_same_rules():
    x = mg.tensor(0.7, dtype=mg.float64, requires_grad=True)
    y = x.sin() * x.exp()
    for _ in range(3):
        y, = mg.autograd.grad(y, x, create_graph=True)
    assert y.item() == pytest.approx(2 * np.exp(0.7) * (np.cos(0.7) - np.sin(0.7)))
