"""Recurrent cells and layers: one step and many are the same thing, and wrong shapes are named."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.nn.cells import CELLS
from minigrad.nn.over_time import packed, padded, states_over_time

KINDS = [(nn.RNN, nn.RNNCell), (nn.LSTM, nn.LSTMCell), (nn.GRU, nn.GRUCell)]


@pytest.mark.parametrize("Layer, Cell", KINDS)
def test_a_layer_is_its_cell_step_by_step(Layer, Cell):
    layer, cell = Layer(3, 5), Cell(3, 5)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = mg.randn(6, 2, 3)
    out, last = layer(x)
    state = None
    for t in range(6):
        state = cell(x[t], state)
        h = state[0] if isinstance(state, tuple) else state
        np.testing.assert_allclose(out[t].detach().numpy(), h.detach().numpy(), atol=1e-6)
    for part, end in zip(last, state) if isinstance(state, tuple) else [(last, state)]:
        np.testing.assert_allclose(part[0].detach().numpy(), end.detach().numpy(), atol=1e-6)


@pytest.mark.parametrize("Layer, Cell", KINDS)
def test_a_sequence_alone_is_a_batch_of_one(Layer, Cell):
    layer, cell = Layer(3, 4, num_layers=2, bidirectional=True), Cell(3, 4)
    x = mg.randn(5, 3)
    one, many = cell(x[0]), cell(x[:1])
    for a, b in zip(one, many) if isinstance(one, tuple) else [(one, many)]:
        assert a.shape == (4,) and mg.equal(a, b[0])
    (out, last), (many, lasts) = layer(x), layer(x.unsqueeze(1))
    assert mg.equal(out, many.squeeze(1))
    last, lasts = (last, lasts) if isinstance(last, tuple) else ((last,), (lasts,))
    for one, all_ in zip(last, lasts):
        assert one.shape == (4, 4) and mg.equal(one, all_.squeeze(1))


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("reverse", [False, True])
def test_who_is_at_the_end_keeps_the_state(cell, reverse):
    """A batch of sequences of lengths 4, 2 and 1 gives what each gives alone, values and gradients."""
    parts, gates = CELLS[cell][1:]
    x, first = mg.randn(4, 3, 2, dtype=mg.float64), mg.randn(parts, 3, 5, dtype=mg.float64)
    weights = [mg.randn(*shape, dtype=mg.float64) for shape in ((gates * 5, 2), (gates * 5, 5), (gates * 5,), (gates * 5,))]
    for t in (x, first, *weights):
        t.requires_grad_()
    lengths, sizes = (4, 2, 1), (3, 2, 1, 1)
    together = states_over_time(x, first, *weights, cell=cell, sizes=sizes, reverse=reverse)
    alone = [states_over_time(x[:n, i:i + 1], first[:, i:i + 1], *weights, cell=cell, sizes=(1,) * n, reverse=reverse)
             for i, n in enumerate(lengths)]
    for i, (n, states) in enumerate(zip(lengths, alone)):
        np.testing.assert_allclose(together[:, :n, i].detach().numpy(), states[:, :, 0].detach().numpy(), atol=1e-12)
        end = 0 if reverse else -1
        np.testing.assert_allclose(together[:, end, i].detach().numpy(), states[:, end, 0].detach().numpy(), atol=1e-12)
    inputs = [x, first, *weights]
    loss = sum((together[:, :n, i] ** 2).sum() for i, n in enumerate(lengths))
    for create_graph in (False, True):
        mine = mg.autograd.grad(loss, inputs, retain_graph=True, create_graph=create_graph)
        theirs = mg.autograd.grad(sum((states ** 2).sum() for states in alone), inputs, retain_graph=True)
        for a, b in zip(mine, theirs):
            np.testing.assert_allclose(a.detach().numpy(), b.numpy(), atol=1e-10)


def test_packed_and_padded_are_inverse():
    sizes = (3, 2, 2, 1)
    data = mg.arange(16.).reshape(8, 2)
    there = padded(data, sizes)
    assert there.shape == (4, 3, 2) and there[1, 2].tolist() == [0, 0] and there[3, 0].tolist() == [14, 15]
    assert mg.equal(packed(there, sizes), data)


def test_dropout_lies_between_the_layers_and_only_in_training():
    layer = nn.LSTM(3, 8, num_layers=2, dropout=0.5)
    x = mg.randn(4, 2, 3)
    assert not mg.equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert mg.equal(layer(x)[0], layer(x)[0])
    with pytest.warns(UserWarning, match="one only"):
        nn.GRU(3, 8, dropout=0.5)


@pytest.mark.parametrize("call, said", [
    (lambda: nn.LSTM(3, 5)(mg.zeros(2, 4, 6)), "LSTM: expected input_size=3"),
    (lambda: nn.LSTM(3, 5)(mg.zeros(3)), "LSTM: expected an input of 2 or 3 axes"),
    (lambda: nn.LSTM(3, 5)(mg.zeros(0, 2, 3)), "LSTM: expected a step or more"),
    (lambda: nn.GRU(3, 5)(mg.zeros(2, 4, 3), mg.zeros(1, 3, 5)), r"GRU: expected a state of shape \(1, 4, 5\), got \(1, 3, 5\)"),
    (lambda: nn.LSTM(3, 5)(mg.zeros(2, 4, 3), mg.zeros(1, 4, 5)), r"LSTM: expected the state \(h, c\)"),
    (lambda: nn.RNN(3, 5, nonlinearity="sin"), "RNN: expected the nonlinearity 'tanh' or 'relu', got 'sin'"),
    (lambda: nn.LSTM(3, 5, proj_size=2), "LSTM: minigrad has no projections"),
    (lambda: nn.LSTM(3, 5, num_layers=0), "LSTM: expected num_layers of 1 or more"),
    (lambda: nn.GRU(3, 5, dropout=2), "GRU: expected a dropout from 0 to 1"),
    (lambda: nn.GRUCell(3, 0), "GRUCell: expected sizes of 1 or more"),
    (lambda: nn.GRUCell(3, 5)(mg.zeros(2, 4)), "GRUCell: expected input_size=3"),
])
def test_what_does_not_fit_is_named(call, said):
    with pytest.raises((RuntimeError, TypeError, ValueError, NotImplementedError), match=said):
        call()


def test_a_layer_learns_to_remember():
    """The sum of the signs of a sequence, which no single step knows."""
    mg.manual_seed(0)
    layer, head = nn.GRU(1, 16), nn.Linear(16, 1)
    optimizer = mg.optim.Adam([*layer.parameters(), *head.parameters()], lr=0.02)
    for _ in range(150):
        x = mg.randint(0, 2, (8, 32, 1)).float() * 2 - 1
        loss = nn.functional.mse_loss(head(layer(x)[1][0]), x.sum(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.5, "guessing the mean would be off by 8"
