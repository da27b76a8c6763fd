"""Hooks beside PyTorch's: the same calls, in the same order, with the same gradients."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def story(lib, program):
    """What a program, written for either library, tells of its hooks."""
    told = []

    def tell(name, *things):
        told.append((name, *(None if x is None else np.round(x.detach().numpy(), 5).tolist() for x in things)))
    program(lib, tell)
    return told


def tensors(lib, tell):
    a, b = (lib.tensor([float(x), 2.0], requires_grad=True) for x in (1, 3))
    c = a * b
    c.retain_grad()
    c.register_hook(lambda g: tell("c first", g))
    c.register_hook(lambda g: g * 2)
    handle = c.register_hook(lambda g: tell("c removed", g))
    handle.remove()
    a.register_hook(lambda g: tell("a", g))
    b.register_hook(lambda g: -g)
    (c * c + c).sum().backward()
    tell("grads", a.grad, b.grad, c.grad)


def modules(lib, tell):
    nn = lib.nn

    class Two(nn.Module):
        def forward(self, x, y, scale=1.0):
            return x * y * scale, x + y
    layer = Two()
    layer.register_forward_pre_hook(lambda m, args: (args[0] * 2, args[1]))
    layer.register_forward_pre_hook(lambda m, args, kwargs: (args, {"scale": 3.0}), with_kwargs=True)
    layer.register_forward_hook(lambda m, args, out: tell("out", *args, *out))
    layer.register_forward_hook(lambda m, args, out: tell("before all", out[0]), prepend=True)
    layer.register_forward_hook(lambda m, args, out: (out[0] + 1, out[1]))
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: tell("backward", *grad_input, *grad_output))
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: tuple(g * 10 for g in grad_input))
    x, y = (lib.tensor([float(n)], requires_grad=True) for n in (2, 5))
    first, second = layer(x, y)
    (first * first + second).sum().backward()
    tell("grads", x.grad, y.grad)
    layer(x, y)[0].sum().backward()                      # the second output is not used
    tell("grads", x.grad, y.grad)


def first_layer(lib, tell):
    relu = lib.nn.ReLU()
    w = lib.tensor([1.0, -1.0], requires_grad=True)
    relu.register_full_backward_hook(lambda m, grad_input, grad_output: tell("relu", *grad_input, *grad_output))
    out = relu(w)
    out.sum().backward(retain_graph=True)
    (out * 2).sum().backward()
    relu(lib.ones(2))                                    # nothing flows: no hook is called
    tell("grad", w.grad)


@pytest.mark.parametrize("program", [tensors, modules, first_layer])
def test_the_same_story(program):
    assert story(mg, program) == story(torch, program)
