"""Sequences of several lengths, packed, beside PyTorch's."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
LENGTHS = [[4, 2, 2, 1], [2, 4, 1, 4], [1, 1, 1, 1]]


def both(lengths, *shape):
    batch = np.random.default_rng(0).standard_normal((max(lengths), len(lengths), *shape))
    return [(lib, lib.tensor(batch.tolist(), dtype=lib.float64, requires_grad=True)) for lib in (mg, torch)]


def plain(results):
    return [None if x is None else x.detach().numpy() for x in results]


def assert_same(mine, theirs):
    for a, b in zip(plain(mine), plain(theirs), strict=True):
        assert (a is None) == (b is None)
        if b is not None:
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-12)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("shape", [(), (3,)])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_packed_and_padded_again(lengths, shape, batch_first):
    results = []
    for lib, x in both(lengths, *shape):
        rnn = lib.nn.utils.rnn
        packed = rnn.pack_padded_sequence(x.transpose(0, 1) if batch_first else x, lib.tensor(lengths), batch_first, False)
        out, back = rnn.pad_packed_sequence(packed, batch_first, padding_value=-7.0, total_length=6)
        (out ** 2).sum().backward()
        results.append([*packed, out, back, x.grad, *rnn.unpack_sequence(packed)])
    assert_same(*results)


@pytest.mark.parametrize("layer", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("lengths", LENGTHS)
def test_a_layer_reads_a_packed_batch(layer, lengths):
    results = []
    for lib, x in both(lengths, 3):
        lib.manual_seed(0)
        net = getattr(lib.nn, layer)(3, 4, num_layers=2, bidirectional=True).double()
        out, state = net(lib.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False))
        state = state if layer == "LSTM" else (state,)
        assert type(out).__name__ == "PackedSequence"
        (out.data.sum() + sum((part ** 2).sum() for part in state)).backward()
        results.append([*out, *state, x.grad])
    assert_same(*results)


def test_sequences_are_packed_as_they_are():
    results = []
    for lib in (mg, torch):
        sequences = [lib.arange(n) + 10.0 * n for n in (1, 3, 2)]
        results.append([*lib.nn.utils.rnn.pack_sequence(sequences, enforce_sorted=False)])
    assert_same(*results)


@pytest.mark.parametrize("call", [
    lambda rnn, x: rnn.pack_padded_sequence(x, [1, 3]), lambda rnn, x: rnn.pack_padded_sequence(x, [3, 3, 3]),
    lambda rnn, x: rnn.pack_padded_sequence(x, [3, 0]),
    lambda rnn, x: rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [3, 1]), total_length=2)])
def test_what_pytorch_refuses(call):
    for lib in (torch, mg):
        with pytest.raises((RuntimeError, ValueError)):
            call(lib.nn.utils.rnn, lib.ones(3, 2))


def test_lengths_behind_the_end_are_refused():
    with pytest.raises(RuntimeError, match="expected lengths from 1 to 3, the padded one, got"):
        mg.nn.utils.rnn.pack_padded_sequence(mg.ones(3, 2), [4, 1])


def test_to_show_a_layer_draws_no_number():
    for make in (lambda: mg.nn.LSTM(2, 3, num_layers=2, dropout=0.5), lambda: mg.nn.RNNCell(2, 3, nonlinearity="relu")):
        layer, state = make(), mg.get_rng_state()
        repr(layer)
        assert mg.equal(mg.get_rng_state(), state)
