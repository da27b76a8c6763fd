"""Generators under no_grad, Variable, arguments of autograd.grad and backward, beside PyTorch's."""
import warnings

import numpy as np
import pytest
from test_torch_func import plain

import minigrad as mg

torch = pytest.importorskip("torch")

# Each line is a program that ends in a value; `t` is the library, x = [1, 2] and u = [1] require grad.
PROGRAMS = """
t.autograd.grad(x.sum(), [x, u], materialize_grads=True)
t.autograd.grad(x.sum(), [x, u], allow_unused=False, materialize_grads=True)
t.autograd.grad(x.sum(), [x, u], allow_unused=True)
t.autograd.grad(x.sum(), [x, u])
t.autograd.grad(x.sum(), u, create_graph=True, materialize_grads=True)
t.autograd.grad((x ** 2).sum(), x, None, None, True, True, True, False)
t.autograd.grad((x ** 2).sum(), x, only_inputs=False)
V(t.ones(2)).requires_grad
V(t.ones(2), requires_grad=True)
V(x).requires_grad
V(x * 2, requires_grad=True).is_leaf
V([1, 2])
[isinstance(x, V), isinstance(3, V), type(V(t.ones(1))) is t.Tensor]
V(t.ones(2), volatile=True)
y = t.ones(2); V(y).data_ptr() == y.data_ptr()
y = x * 2; y.retain_grad(); y.sum().backward(); [y.grad, y.retains_grad, x.retains_grad]
x.retain_grad(); x.retains_grad
t.ones(2).retain_grad()
y = x * 2; y.sum().backward(inputs=[y]); [y.grad, x.grad]
y = x * 2; y.sum().backward(inputs=x); x.grad
y = x * 2; y.sum().backward(inputs=[x, u]); [x.grad, u.grad]
y = x * 2; y.sum().backward(inputs=[])
y = x * 2; y.backward(t.ones(2), True); y.backward(gradient=t.ones(2)); x.grad
y = t.ones(2); y.data = t.zeros(3); y
x.data = t.zeros(3); x
x.data = t.zeros(3, dtype=t.int64); None
y = t.ones(2); y.data = t.zeros(3, dtype=t.int64); y
y = t.ones(2); y.data.add_(1); y
x.data = 3; None
x.data *= 2; x
x.data.requires_grad
h = x.register_hook(lambda g: g * 10); (x * 3).sum().backward(); h.remove(); (x * 3).sum().backward(); x.grad
h = x.register_hook(lambda g: None); x.sum().backward(); x.grad
h = x.register_hook(lambda g: g[:1]); x.sum().backward()
t.ones(1).register_hook(print)
[x.is_leaf, (x * 2).is_leaf, t.ones(1).is_leaf, (t.ones(1) * 2).is_leaf, x.detach().is_leaf]
x.requires_grad_(False); x.requires_grad
y = x * 2; y.requires_grad_(False)
y = x * 2; y.detach_(); [y.requires_grad, y.is_leaf]
x.grad = t.ones(2); x.grad
x.grad = t.ones(3); None
x.grad = t.ones(2).double(); None
x.grad = 3; None
x.grad = None; x.grad
m = t.autograd.set_detect_anomaly(True); on = t.is_anomaly_enabled() if hasattr(t, "is_anomaly_enabled") else t.autograd.is_anomaly_enabled(); t.autograd.set_detect_anomaly(False); on
@t.no_grad()\\ndef f(x): return x * 2; f(x).requires_grad
@t.no_grad\\ndef f(x): return x * 2; f(x).requires_grad
@t.inference_mode()\\ndef f(x): return x * 2; f(x).requires_grad
@t.inference_mode\\ndef f(x): return x * 2; f(x).requires_grad
@t.set_grad_enabled(False)\\ndef f(x): return x * 2; [f(x).requires_grad, t.is_grad_enabled()]
@t.no_grad()\\n@t.enable_grad()\\ndef f(x): return x * 2; f(x).requires_grad
@t.no_grad()\\ndef f():\\n    with t.enable_grad(): yield t.is_grad_enabled()\\n    yield t.is_grad_enabled(); [[*f()], t.is_grad_enabled()]
@t.enable_grad()\\ndef f():\\n    yield t.is_grad_enabled(); n = t.no_grad(); n.__enter__(); out = [next(f()), t.is_grad_enabled()]; n.__exit__(None, None, None); out
"""


def answer(library, program):
    *lines, last = program.replace("\\n", "\n").split("; ")
    names = {"t": library, "V": library.autograd.Variable, "x": library.tensor([1.0, 2.0], requires_grad=True),
             "u": library.ones(1, requires_grad=True)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec("\n".join(lines), names)
            return plain(eval(last, names))
        except Exception as error:
            return "an error" if isinstance(error, (RuntimeError, TypeError, ValueError)) else error


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_the_same_answer(program):
    np.testing.assert_equal(answer(mg, program), answer(torch, program))
