"""autograd beside PyTorch: Functions of one's own, Jacobians, Hessians and their products."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
BOTH = pytest.mark.parametrize("name", ["jacobian", "hessian", "vjp", "jvp", "hvp", "vhp"])


def plain(x):
    return [plain(part) for part in x] if isinstance(x, (tuple, list)) else x.detach().numpy()


def equal(mine, other):
    assert type(mine) is type(other)
    if isinstance(mine, list):
        assert len(mine) == len(other)
        for a, b in zip(mine, other):
            equal(a, b)
    else:
        assert mine.shape == other.shape and mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, rtol=1e-10, atol=1e-10)


def both(run):
    mine, other = run(mg), run(torch)
    equal(plain(mine), plain(other))
    return mine


X, Y = np.array([[0.5, -1.0], [2.0, 0.25]]), np.array([1.5, -0.5])


@BOTH
def test_functional_with_one_input(name):
    def run(m):
        x = m.tensor(X, dtype=m.float64)
        def function(x):
            return (x.sin() * x @ x).sum() if name in ("hessian", "hvp", "vhp") else (x @ x).exp()[0]
        v = {"vjp": m.tensor(Y, dtype=m.float64)}.get(name, x * 2)
        f = getattr(m.autograd.functional, name)
        return f(function, x) if name in ("jacobian", "hessian") else f(function, x, v)
    both(run)


@BOTH
def test_functional_with_two_inputs_and_something_unused(name):
    def run(m):
        x, y = m.tensor(X, dtype=m.float64), m.tensor(Y, dtype=m.float64)
        def function(x, y):
            return (x ** 3).sum() + 0 * y.sum() if name in ("hessian", "hvp", "vhp") else (x @ y, x * 2)
        f = getattr(m.autograd.functional, name)
        if name in ("jacobian", "hessian"):
            return f(function, (x, y))
        return f(function, (x, y), (y, x) if name == "vjp" else (x, y))
    both(run)


def test_functional_refuses_as_pytorch_does():
    for m, error in ((mg, (RuntimeError, TypeError)), (torch, (RuntimeError, TypeError))):
        f = m.autograd.functional
        x = m.ones(2)
        for wrong in (lambda: f.hessian(lambda x: x, x), lambda: f.vjp(lambda x: x, x), lambda: f.vjp(lambda x: x, x, m.ones(3)),
                      lambda: f.jacobian(lambda x: 1.0, x), lambda: f.jacobian(lambda x: m.ones(1), x, strict=True)):
            with pytest.raises(error):
                wrong()


def cube(m):
    class Cube(m.autograd.Function):
        @staticmethod
        def forward(ctx, x, power):
            ctx.save_for_backward(x)
            ctx.power = power
            return x ** power

        @staticmethod
        def backward(ctx, g):
            x, = ctx.saved_tensors
            assert ctx.needs_input_grad == (True, False)
            return g * ctx.power * x ** (ctx.power - 1), None
    return Cube


def test_a_function_of_ones_own_and_its_second_derivative():
    def run(m):
        x = m.tensor(Y, dtype=m.float64, requires_grad=True)
        y = cube(m).apply(x, 3)
        first, = m.autograd.grad((y * y).sum(), x, create_graph=True)
        return [y, first, *m.autograd.grad(first.sum(), x)]
    both(run)
    assert repr(cube(mg).apply(mg.ones(1, requires_grad=True), 3).grad_fn) == "<CubeBackward>"


def test_several_outputs_an_unused_one_and_one_without_gradient():
    calls = []

    def run(m):
        class Parts(m.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                order = x.argsort()
                ctx.mark_non_differentiable(order)
                ctx.save_for_backward(x, y)
                return x * y, x + y, order

            @staticmethod
            def backward(ctx, a, b, c):
                calls.append(m.__name__)
                x, y = ctx.saved_tensors
                return a * y + b, a * x + b
        x, y = (m.tensor(v, dtype=m.float64, requires_grad=True) for v in (Y, Y * 3))
        first, second, order = Parts.apply(x, y)
        assert not order.requires_grad and first.requires_grad
        return [first, second, *m.autograd.grad((first ** 2).sum(), [x, y], retain_graph=True),
                *m.autograd.grad((first * second).sum(), [x, y])]
    both(run)
    assert calls.count("minigrad") == 2                 # once for each backward, whatever the number of inputs


def test_the_newer_form_with_setup_context_and_a_saved_output():
    def run(m):
        class Exp(m.autograd.Function):
            @staticmethod
            def forward(x):
                return m.exp(x)

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.save_for_backward(output)

            @staticmethod
            def backward(ctx, g):
                out, = ctx.saved_tensors
                return g * out
        x = m.tensor(Y, dtype=m.float64, requires_grad=True)
        first, = m.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
        return [first, *m.autograd.grad((first ** 2).sum(), x)]
    both(run)


def test_what_a_function_must_not_do():
    class Wrong(mg.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x * y

        @staticmethod
        def backward(ctx, g):
            return g
    x = mg.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="Wrong.backward: expected 2 gradients"):
        Wrong.apply(x, x).sum().backward()
    assert not Wrong.apply(mg.ones(1), mg.ones(1)).requires_grad
    with mg.no_grad():
        assert not Wrong.apply(x, x).requires_grad
    saved = mg.ones(2, requires_grad=True) * 1
    y = cube(mg).apply(saved, 2)
    saved += 1
    with pytest.raises(RuntimeError, match="changed in place"):
        y.sum().backward()


def test_backward_of_several_and_the_modes():
    def run(m):
        x = m.tensor(Y, dtype=m.float64, requires_grad=True)
        shared = x * x
        m.autograd.backward([shared.sum(), (shared * x).sum()])
        with m.inference_mode():
            assert not (x * 2).requires_grad
        with m.no_grad(), m.inference_mode(False):
            assert (x * 2).requires_grad
        with m.inference_mode(False):
            assert (x * 2).requires_grad

        @m.inference_mode()
        def inside():
            return (x * 2).requires_grad
        assert not inside()
        return x.grad
    both(run)
