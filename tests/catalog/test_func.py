"""torch.func without PyTorch: derivatives of derivatives, loops over slices, modules as functions."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.func import functional_call, grad, hessian, jacrev, jvp, vmap


def test_derivatives_of_derivatives_are_what_paper_says():
    x = mg.tensor(2.0, dtype=mg.float64)
    assert [f(x).item() for f in (grad(lambda x: x ** 4), grad(grad(lambda x: x ** 4)), grad(grad(grad(lambda x: x ** 4))))] == [32, 48, 48]
    matrix = mg.tensor([[2.0, 1.0], [1.0, 3.0]])
    assert mg.allclose(hessian(lambda x: x @ matrix @ x / 2)(mg.tensor([5.0, -1.0])), matrix)


def test_a_jacobian_times_a_vector_both_ways():
    mg.manual_seed(0)
    x, v, matrix = mg.randn(3), mg.randn(3), mg.randn(4, 3)

    def function(x):
        return (matrix @ x).tanh()
    jacobian = jacrev(function)(x)
    assert mg.allclose(jvp(function, (x,), (v,))[1], jacobian @ v, atol=1e-5)
    out, back = mg.func.vjp(function, x)
    assert mg.allclose(back(out)[0], jacobian.T @ out, atol=1e-5)


def test_nothing_is_left_behind():
    x = mg.ones(2, requires_grad=True)
    assert grad(lambda x: (x ** 2).sum())(x.detach()).requires_grad is False
    g = grad(lambda x: (x ** 3).sum())(x)
    g.sum().backward()
    assert x.grad.tolist() == [6, 6]
    layer = nn.Linear(2, 1)
    before = layer.weight
    with pytest.raises(RuntimeError):
        functional_call(layer, {"weight": mg.ones(1, 7)}, x)
    assert layer.weight is before and list(dict(layer.named_parameters())) == ["weight", "bias"]


def test_gradients_sample_by_sample_are_the_rows_of_the_jacobian():
    mg.manual_seed(1)
    net, x, y = nn.Linear(3, 1), mg.randn(5, 3), mg.randn(5, 1)
    weights = {name: p.detach() for name, p in net.named_parameters()}

    def loss(weights, x, y):
        return ((functional_call(net, weights, (x,)) - y) ** 2).mean()
    each = vmap(grad(loss), in_dims=(None, 0, 0))(weights, x, y)
    assert each["weight"].shape == (5, 1, 3)
    whole = grad(loss)(weights, x, y)
    assert mg.allclose(each["weight"].mean(0), whole["weight"], atol=1e-5)


def test_an_ensemble_in_one_call():
    nets = [nn.Sequential(nn.Linear(2, 3), nn.Tanh()) for _ in range(4)]
    weights, buffers = mg.func.stack_module_state(nets)
    x = mg.randn(5, 2)
    out = vmap(lambda w, b: functional_call(nets[0], (w, b), (x,)))(weights, buffers)
    np.testing.assert_allclose(out.detach().numpy(), np.stack([net(x).detach().numpy() for net in nets]), rtol=1e-6)


@pytest.mark.parametrize("call, error, message", [
    (lambda: vmap(mg.sum, randomness="different"), NotImplementedError, "different"),
    (lambda: vmap(mg.sum)(mg.ones(0, 2)), NotImplementedError, "at least one slice"),
    (lambda: mg.func.linearize, AttributeError, "func.jvp"),
    (lambda: functional_call(nn.Linear(2, 1), {"wei": mg.ones(1)}, mg.ones(2), strict=True), RuntimeError, "missing .*weight.* unexpected .*wei")])
def test_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()
