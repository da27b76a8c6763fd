"""Recurrent layers beside PyTorch's: the same results, gradients and second derivatives from the same weights."""
import itertools

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

SETTINGS = [dict(num_layers=layers, bidirectional=both_ways, batch_first=first, bias=bias)
            for layers, both_ways, first, bias in itertools.product((1, 2), (False, True), (False, True), (True, False))]
RELU = [("RNN", dict(nonlinearity="relu")), ("RNN", dict(nonlinearity="relu", num_layers=2, bidirectional=True))]


def parts(state):
    return state if isinstance(state, tuple) else (state,)


def run(lib, kind, settings, weights, x, state):
    """Outputs, last states, their gradients and those gradients' gradients, as arrays."""
    layer = getattr(lib.nn, kind)(5, 7, **settings, dtype=lib.float64)
    layer.load_state_dict({name: lib.tensor(value) for name, value in weights.items()})
    x, *state = (lib.tensor(part, requires_grad=True) for part in (x, *state))
    out, last = layer(x, tuple(state) if kind == "LSTM" else state[0])
    wave = lib.cos(lib.arange(out.numel(), dtype=lib.float64)).reshape(out.shape)
    loss = (out * wave).sum() + sum((part ** 2).sum() for part in parts(last))
    leaves = [x, *state, *layer.parameters()]
    once = lib.autograd.grad(loss, leaves, retain_graph=True)
    first = lib.autograd.grad(loss, leaves, create_graph=True)
    second = lib.autograd.grad(sum((g ** 2).sum() for g in first), leaves)
    return [t.detach().numpy() for t in (out, *parts(last), *once, *first, *second)]


@pytest.mark.parametrize("kind, settings", [*itertools.product(("RNN", "LSTM", "GRU"), SETTINGS), *RELU],
                         ids=lambda x: x if isinstance(x, str) else "-".join(f"{k}={v}" for k, v in x.items()))
def test_layers(kind, settings):
    draw = np.random.default_rng(0)
    theirs = getattr(torch.nn, kind)(5, 7, **settings, dtype=torch.float64)
    mine = getattr(mg.nn, kind)(5, 7, **settings, dtype=mg.float64)
    assert [name for name, _ in mine.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    weights = {name: draw.standard_normal(tuple(value.shape)) * 0.4 for name, value in theirs.state_dict().items()}
    batch = 4 if settings.get("batch_first") else 3
    shape = settings.get("num_layers", 1) * (1 + settings.get("bidirectional", False)), batch, 7
    x, state = draw.standard_normal((4, 3, 5)), [draw.standard_normal(shape) for _ in range(1 + (kind == "LSTM"))]
    for a, b in zip(run(mg, kind, settings, weights, x, state), run(torch, kind, settings, weights, x, state), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-10, rtol=1e-10)


@pytest.mark.parametrize("kind", ["RNNCell", "LSTMCell", "GRUCell"])
@pytest.mark.parametrize("shape", [(5,), (3, 5)])
def test_cells(kind, shape):
    theirs, mine = getattr(torch.nn, kind)(5, 7), getattr(mg.nn, kind)(5, 7)
    mine.load_state_dict({name: mg.tensor(value.numpy()) for name, value in theirs.state_dict().items()})
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    a, b = mine(mg.tensor(x)), theirs(torch.tensor(x))
    a, b = mine(mg.tensor(x), a), theirs(torch.tensor(x), b)
    for mine_part, their_part in zip(parts(a), parts(b), strict=True):
        np.testing.assert_allclose(mine_part.detach().numpy(), their_part.detach().numpy(), atol=1e-6)


def test_an_lstm_stays_together_with_pytorchs_over_50_steps():
    draw = np.random.default_rng(0)
    x, y = draw.standard_normal((12, 8, 6)).astype("f4"), draw.standard_normal((8, 3)).astype("f4")
    torch.manual_seed(0)
    losses = []
    first = torch.nn.LSTM(6, 16, num_layers=2).state_dict(), torch.nn.Linear(16, 3).state_dict()
    for lib in (torch, mg):
        layer, head = lib.nn.LSTM(6, 16, num_layers=2), lib.nn.Linear(16, 3)
        for module, values in zip((layer, head), first):
            module.load_state_dict({name: lib.tensor(v.numpy()) for name, v in values.items()})
        optimizer = lib.optim.Adam([*layer.parameters(), *head.parameters()], lr=1e-2)
        losses.append([])
        for _ in range(50):
            loss = ((head(layer(lib.tensor(x))[0][-1]) - lib.tensor(y)) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("make", [
    lambda nn: nn.LSTM(3, 4), lambda nn: nn.GRU(3, 4, 2, batch_first=True, bidirectional=True), lambda nn: nn.RNN(3, 4, bias=False),
    lambda nn: nn.LSTM(3, 4, 2, dropout=0.25), lambda nn: nn.RNNCell(3, 4, nonlinearity="relu"), lambda nn: nn.LSTMCell(3, 4),
    lambda nn: nn.GRUCell(3, 4, bias=False), lambda nn: nn.RNN(3, 4, nonlinearity="relu")])
def test_they_are_written_alike(make):
    assert make(mg.nn).extra_repr() == make(torch.nn).extra_repr()
