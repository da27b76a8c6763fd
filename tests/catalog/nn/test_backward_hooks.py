"""Hooks of modules in backward: PyTorch's behaviour."""
import pytest

import minigrad as mg
from minigrad import nn


def leafy(*numbers):
    return mg.tensor([float(n) for n in numbers], requires_grad=True)


class Add(nn.Module):
    def forward(self, x, y, *, scale=1.0):
        return x + y * scale, x * y


def test_a_full_backward_hook_sees_both_sides_once_for_each_call():
    layer, seen = Add(), []
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append((grad_input, grad_output)))
    x, y = leafy(2), leafy(5)
    total, product = layer(x, y)
    (total + 10 * product).sum().backward()
    ((grad_input, grad_output),) = seen
    assert [g.tolist() for g in grad_input] == [[51], [21]] and [g.tolist() for g in grad_output] == [[1], [10]]
    assert x.grad.tolist() == [51] and y.grad.tolist() == [21]
    layer(x, 1.0)[0].sum().backward()                    # no tensor, no gradient; an unused output: None
    assert seen[1][0][1] is None and seen[1][1][1] is None and len(seen) == 2


def test_a_full_backward_hook_replaces_every_grad_input():
    layer = Add()
    handle = layer.register_full_backward_hook(lambda m, grad_input, _: tuple(g * 0 + i for i, g in enumerate(grad_input)))
    x, y = leafy(2), leafy(5)
    layer(x, y)[0].sum().backward()
    assert x.grad.tolist() == [0] and y.grad.tolist() == [1]
    handle.remove()
    layer(x, y)[0].sum().backward()
    assert x.grad.tolist() == [1] and y.grad.tolist() == [2]


def test_the_first_layer_has_a_grad_output_but_no_grad_input():
    layer, seen = nn.Linear(3, 2), []
    handle = layer.register_full_backward_hook(lambda m, grad_input, grad_output: seen.append((grad_input, grad_output)))
    loss = layer(mg.ones(4, 3)).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert [(i, o[0].shape) for i, o in seen] == [((None,), (4, 2))] * 2
    handle.remove()
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: grad_output)
    with pytest.raises(RuntimeError, match="no input of the module requires grad"):
        layer(mg.ones(4, 3)).sum().backward()


def test_without_recording_backward_hooks_add_nothing_to_the_graph():
    layer = nn.Identity()
    layer.register_full_backward_hook(lambda *_: None)
    x = leafy(1)
    with mg.no_grad():
        assert layer(x) is x
    assert layer(x) is not x


def test_wrong_answers_are_refused():
    layer = nn.Linear(2, 2)
    layer.register_full_backward_hook(lambda m, grad_input, grad_output: (None, None))
    with pytest.raises(RuntimeError, match="2 gradients; expected None, or one for each of its 1 inputs"):
        layer(mg.ones(2, requires_grad=True)).sum().backward()
