"""Optimizers: the formulas by hand, groups, memory, refusals. The comparison with PyTorch is test_torch_optim."""
import copy
import gc
import weakref

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.optim import SGD, Adam, AdamW, Optimizer


def weight(*values, grad=None):
    w = mg.tensor(list(values), requires_grad=True)
    w.grad = mg.tensor(grad) if grad is not None else None
    return w


# The formulas, on numbers that can be checked with a pencil

def test_sgd():
    w = weight(1.0, -2.0, grad=[0.5, -1.0])
    SGD([w], lr=0.1).step()
    np.testing.assert_allclose(w.detach().numpy(), [0.95, -1.9], rtol=1e-6)


def test_sgd_with_momentum_rolls_on():
    w = weight(0.0, grad=[1.0])
    optimizer = SGD([w], lr=1.0, momentum=0.5)
    places = []
    for g in (1.0, 0.0, 0.0):
        w.grad = mg.tensor([g])
        optimizer.step()
        places.append(w.item())
    assert places == [-1.0, -1.5, -1.75]
    assert optimizer.state[w]["momentum_buffer"].tolist() == [0.25]


def test_nesterov_dampening_decay_and_maximize():
    for settings, expected in [({"momentum": 0.5, "nesterov": True}, -1.5), ({"momentum": 0.5, "dampening": 0.9}, -1.0),
                               ({"weight_decay": 0.5}, -1.0), ({"maximize": True}, 1.0)]:
        w = weight(0.0, grad=[1.0])
        SGD([w], lr=1.0, **settings).step()
        assert w.item() == expected, settings
    w = weight(2.0, grad=[0.0])
    SGD([w], lr=0.5, weight_decay=0.5).step()
    assert w.item() == 1.5


@pytest.mark.parametrize("g", [1e-3, 1.0, 1e3])
def test_the_first_step_of_adam_is_lr_however_steep_the_slope(g):
    w = weight(1.0, grad=[g])
    Adam([w], lr=0.25).step()
    assert w.item() == pytest.approx(0.75, abs=1e-5)


def test_adam_forgets_old_squares_and_amsgrad_does_not():
    steps = {}
    for amsgrad in (False, True):
        w = weight(0.0)
        optimizer = Adam([w], lr=1.0, betas=(0.0, 0.5), amsgrad=amsgrad)
        for g in [100.0] + [1.0] * 30:
            before = w.item()
            w.grad = mg.tensor([g])
            optimizer.step()
        steps[amsgrad] = before - w.item()
    assert steps[False] == pytest.approx(1.0, rel=1e-3) and steps[True] < 0.02


def test_weight_decay_of_adamw_does_not_pass_through_the_averages():
    w = weight(2.0, grad=[0.0])
    AdamW([w], lr=0.5, weight_decay=0.1).step()
    assert w.item() == pytest.approx(2.0 * 0.95)
    w = weight(2.0, grad=[0.0])
    Adam([w], lr=0.5, weight_decay=0.1).step()          # a gradient of 0.2, hence a step of lr
    assert w.item() == pytest.approx(1.5, abs=1e-5)


@pytest.mark.parametrize("make", [lambda p: SGD(p, lr=0.05), lambda p: SGD(p, lr=0.02, momentum=0.9),
                                  lambda p: Adam(p, lr=0.1), lambda p: AdamW(p, lr=0.1, weight_decay=0)])
def test_they_find_the_bottom_of_a_valley(make):
    w = weight(3.0, -2.0)
    optimizer = make([w])
    for _ in range(300):
        optimizer.zero_grad()
        ((w - mg.tensor([1.0, 2.0])) ** 2 * mg.tensor([1.0, 5.0])).sum().backward()
        optimizer.step()
    np.testing.assert_allclose(w.detach().numpy(), [1, 2], atol=1e-2)


# A step changes what it should, and nothing else

@pytest.mark.parametrize("make", [lambda p: SGD(p, lr=0.1, momentum=0.9),
                                  lambda p: SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1),
                                  lambda p: Adam(p, weight_decay=0.1, maximize=True)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_step_is_in_place_keeps_dtypes_and_leaves_gradients_alone(make, dtype):
    params = [mg.ones(*shape, dtype=getattr(mg, dtype), requires_grad=True) for shape in [(2, 3), (), (0,)]]
    optimizer = make(params)
    values = [p.value for p in params]
    for p in params:
        p.grad = mg.full(p.shape, 0.5, dtype=p.dtype)
    optimizer.step()
    optimizer.step()
    for p, value in zip(params, values, strict=True):
        assert p.value is value and p.dtype.name == dtype and p.is_leaf and p.requires_grad
        assert np.all(p.grad.value == 0.5) and p.grad.dtype is p.dtype
        memory = [t for key, t in optimizer.state[p].items() if key != "step"]
        assert memory and all(t.dtype is p.dtype and t.shape == p.shape for t in memory)
    assert (params[0].value != 1).all()


def test_parameters_without_a_gradient_are_left_alone():
    a, b = weight(1.0, grad=[1.0]), weight(1.0)
    optimizer = Adam([a, b])
    optimizer.step()
    assert a.item() != 1 and b.item() == 1 and b not in optimizer.state


def test_backward_notices_a_step_in_between():
    w = weight(1.0)
    loss = (w * w).sum()
    w.grad = mg.ones(1)
    SGD([w], lr=0.1).step()
    with pytest.raises(RuntimeError, match="changed in place"):
        loss.backward()


def test_zero_grad():
    w = weight(1.0, grad=[2.0])
    held, optimizer = w.grad, SGD([w], lr=0.1)
    optimizer.zero_grad(set_to_none=False)
    assert w.grad.tolist() == [0] and held.tolist() == [0]
    optimizer.zero_grad()
    assert w.grad is None


def test_a_closure_is_called_with_gradients_on_and_its_loss_returned():
    w = weight(3.0)
    optimizer = SGD([w], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss
    with mg.no_grad():
        assert optimizer.step(closure).item() == 9
    assert w.item() == pytest.approx(2.4)


# Groups

def test_groups_have_settings_of_their_own():
    a, b, c = weight(0.0, grad=[1.0]), weight(0.0, grad=[1.0]), weight(0.0, grad=[1.0])
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1)
    optimizer.add_param_group({"params": iter([c]), "lr": 0.25})
    optimizer.step()
    assert [w.item() for w in (a, b, c)] == pytest.approx([-0.1, -0.5, -0.25])
    optimizer.param_groups[0]["lr"] = 1.0
    optimizer.step()
    assert a.item() == pytest.approx(-1.1)
    assert "\nParameter Group 1\n    dampening: 0\n    differentiable: False\n" in repr(optimizer)


def test_an_optimizer_of_ones_own():
    class Halving(Optimizer):
        def __init__(self, params):
            super().__init__(params, {})

        def update(self, w, g, state, group):
            state["seen"] = state.get("seen", 0) + 1
            w *= 0.5
    w = weight(8.0, grad=[1.0])
    optimizer = Halving([w])
    optimizer.step()
    optimizer.step()
    assert w.item() == 2 and optimizer.state[w]["seen"] == 2

    class Idle(Optimizer):
        pass
    with pytest.raises(NotImplementedError, match="Idle needs a method `update"):
        Idle([w], {}).step()


# Memory

def test_state_dict_and_back_continues_as_if_nothing_had_happened(tmp_path):
    mg.manual_seed(0)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    data = [mg.randn(8, 3) for _ in range(10)]

    def train(net, optimizer, batches):
        for x in batches:
            optimizer.zero_grad()
            (net(x) ** 2).mean().backward()
            optimizer.step()
    optimizer = Adam(net.parameters(), lr=0.01, amsgrad=True)
    train(net, optimizer, data[:5])
    mg.save({"net": net.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "checkpoint.npz")
    train(net, optimizer, data[5:])

    twin = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    other = Adam(twin.parameters())
    checkpoint = mg.load(tmp_path / "checkpoint.npz")
    twin.load_state_dict(checkpoint["net"])
    other.load_state_dict(checkpoint["optimizer"])
    assert other.param_groups[0]["lr"] == 0.01 and other.state[twin[0].weight]["step"] == 5
    train(twin, other, data[5:])
    assert all(mg.equal(p, q) for p, q in zip(net.parameters(), twin.parameters(), strict=True))


def test_a_loaded_memory_is_a_copy():
    w = weight(1.0, grad=[1.0])
    optimizer = SGD([w], lr=0.1, momentum=0.9)
    optimizer.step()
    state = copy.deepcopy(optimizer.state_dict())
    other = SGD([weight(1.0)], lr=0.1)
    other.load_state_dict(optimizer.state_dict())
    optimizer.step()
    assert other.state_dict()["state"][0]["momentum_buffer"].tolist() == state["state"][0]["momentum_buffer"].tolist()


def test_a_memory_that_does_not_fit_is_refused_and_nothing_is_loaded():
    a, b = weight(1.0, 2.0, grad=[1.0, 1.0]), weight(1.0, grad=[1.0])
    saved = Adam([a, b], lr=0.5)
    saved.step()
    other = Adam([weight(1.0), weight(1.0)], lr=0.1)
    with pytest.raises(ValueError, match=r"expected exp_avg of shape torch.Size\(\[1\]\), got torch.Size\(\[2\]\)"):
        other.load_state_dict(saved.state_dict())
    with pytest.raises(ValueError, match=r"expected groups of \[2\] parameters, got \[1\]"):
        other.load_state_dict(Adam([weight(1.0)]).state_dict())
    assert other.param_groups[0]["lr"] == 0.1 and not other.state


def test_memory_follows_the_parameter_not_its_address():
    w = weight(1.0, grad=[1.0])
    optimizer = Adam([w])
    optimizer.step()
    assert list(optimizer.state) == [w]
    gone = weakref.ref(w)
    del w, optimizer
    gc.collect()
    assert gone() is None


# What is refused

@pytest.mark.parametrize("call, error, message", [
    (lambda: SGD([], lr=0.1), ValueError, "SGD: got an empty list of parameters"),
    (lambda: SGD(nn.ReLU().parameters()), ValueError, "empty"),
    (lambda: SGD(weight(1.0)), TypeError, "got a Tensor; pass model.parameters"),
    (lambda: SGD(nn.Linear(1, 1).state_dict()), TypeError, "got a dict"),
    (lambda: SGD({weight(1.0)}), TypeError, "ordered iterable.*got a set"),
    (lambda: SGD([np.ones(1)]), TypeError, "got ndarray"),
    (lambda: SGD([weight(1.0) * 2]), ValueError, r"of shape torch.Size\(\[1\]\) was computed by 'mul'"),
    (lambda: SGD([w := weight(1.0), w]), ValueError, "appears twice"),
    (lambda: SGD([{"params": [w := weight(1.0)]}, {"params": [w]}]), ValueError, "appears twice"),
    (lambda: SGD([{"lr": 0.1}]), TypeError, r"expected a group like \{'params'"),
    (lambda: SGD([{"params": [weight(1.0)], "lr": -1}]), ValueError, "SGD: expected lr .* from 0 up, got -1"),
    (lambda: Adam([weight(1.0)], lr=-1e-3), ValueError, "Adam: expected lr"),
    (lambda: SGD([weight(1.0)], lr=float("nan")), ValueError, "got nan"),
    (lambda: SGD([weight(1.0)], lr="fast"), ValueError, "got 'fast'"),
    (lambda: SGD([weight(1.0)], momentum=-0.9), ValueError, "momentum"),
    (lambda: SGD([weight(1.0)], nesterov=True), ValueError, "nesterov needs a momentum above 0"),
    (lambda: SGD([weight(1.0)], momentum=0.9, dampening=0.1, nesterov=True), ValueError, "no dampening"),
    (lambda: Adam([weight(1.0)], betas=(0.9, 1.0)), ValueError, r"two betas from 0 to below 1, got \(0.9, 1.0\)"),
    (lambda: Adam([weight(1.0)], betas=0.9), ValueError, "betas"),
    (lambda: AdamW([weight(1.0)], eps=-1), ValueError, "AdamW: expected eps"),
])
def test_refused_with_the_reason(call, error, message):
    with pytest.raises(error, match=message):
        call()
