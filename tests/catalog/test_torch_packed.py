"""Packed sequences beside PyTorch's: packing, padding, and the recurrent layers that read them."""
import itertools

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

LENGTHS = {"sorted": [5, 3, 3, 1], "unsorted": [3, 5, 1, 3]}
SETTINGS = [dict(num_layers=layers, bidirectional=both_ways, bias=bias)
            for layers, both_ways, bias in ((1, False, True), (1, True, True), (2, True, True), (2, False, False))]


def same(mine, theirs, tolerance=1e-10):
    if theirs is None:
        assert mine is None
        return
    mine, theirs = mine.detach().numpy(), theirs.detach().numpy()
    assert mine.dtype == theirs.dtype
    np.testing.assert_allclose(mine, theirs, atol=tolerance, rtol=tolerance)


def parts(state):
    return state if isinstance(state, tuple) else (state,)


@pytest.mark.parametrize("order, first, more, value, total", [
    *itertools.product(LENGTHS, (False, True), ((), (2,)), (0.0, -1.0), (None, 7))])
def test_pack_and_pad(order, first, more, value, total):
    lengths = LENGTHS[order]
    numbers = np.random.default_rng(0).standard_normal((4, 6, *more) if first else (6, 4, *more))
    results = []
    for lib in (mg, torch):
        rnn = lib.nn.utils.rnn
        x = lib.tensor(numbers, requires_grad=True)
        packed = rnn.pack_padded_sequence(x, lengths, first, enforce_sorted=order == "sorted")
        assert packed._fields == ("data", "batch_sizes", "sorted_indices", "unsorted_indices")
        out, there = rnn.pad_packed_sequence(packed, first, value, total)
        (out * lib.arange(out.numel(), dtype=lib.float64).reshape(out.shape)).sum().backward()
        sequences = [lib.tensor(numbers.swapaxes(0, 1 - first)[:n, k]) for k, n in enumerate(lengths)]
        again = rnn.pack_sequence(sequences, enforce_sorted=order == "sorted")
        results.append([*packed, out, there, x.grad, *again, *rnn.unpack_sequence(again)])
    for mine, theirs in zip(*results, strict=True):
        same(mine, theirs)


def run(lib, kind, settings, weights, x, state, lengths, sort):
    """Outputs, last states, gradients and second derivatives of a layer that reads a packed batch."""
    layer = getattr(lib.nn, kind)(5, 7, **settings, dtype=lib.float64)
    layer.load_state_dict({name: lib.tensor(value) for name, value in weights.items()})
    x, *state = (lib.tensor(part, requires_grad=True) for part in (x, *state))
    packed = lib.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=sort)
    given = (tuple(state) if kind == "LSTM" else state[0],) if state else ()
    out, last = layer(packed, *given)
    assert type(out) is lib.nn.utils.rnn.PackedSequence
    wave = lib.cos(lib.arange(out.data.numel(), dtype=lib.float64)).reshape(out.data.shape)
    loss = (out.data * wave).sum() + sum((part ** 3).sum() for part in parts(last))
    leaves = [x, *state, *layer.parameters()]
    once = lib.autograd.grad(loss, leaves, create_graph=True)
    twice = lib.autograd.grad(sum((g ** 2).sum() for g in once), leaves)
    return [*out, *parts(last), *lib.nn.utils.rnn.pad_packed_sequence(out), *once, *twice]


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("order, given", [*itertools.product(LENGTHS, (False, True))])
def test_layers_read_packed_sequences(kind, settings, order, given):
    draw = np.random.default_rng(0)
    shapes = getattr(torch.nn, kind)(5, 7, **settings).state_dict()
    weights = {name: draw.standard_normal(tuple(value.shape)) * 0.4 for name, value in shapes.items()}
    x, layers = draw.standard_normal((5, 4, 5)), settings["num_layers"] * (1 + settings["bidirectional"])
    state = [draw.standard_normal((layers, 4, 7)) for _ in range(1 + (kind == "LSTM"))] if given else []
    for mine, theirs in zip(*(run(lib, kind, settings, weights, x, state, LENGTHS[order], order == "sorted")
                              for lib in (mg, torch)), strict=True):
        same(mine, theirs)


@pytest.mark.parametrize("kind", ["RNN", "LSTM", "GRU"])
def test_with_dropout_off_in_evaluation(kind):
    results, x = [], np.random.default_rng(0).standard_normal((5, 4, 5)).astype(np.float32)
    weights = getattr(torch.nn, kind)(5, 7, num_layers=2, dropout=0.5).state_dict()
    for lib in (mg, torch):
        layer = getattr(lib.nn, kind)(5, 7, num_layers=2, dropout=0.5)
        layer.load_state_dict({name: lib.tensor(value.numpy()) for name, value in weights.items()})
        packed = lib.nn.utils.rnn.pack_padded_sequence(lib.tensor(x), LENGTHS["unsorted"], enforce_sorted=False)
        out, last = layer.eval()(packed)
        results.append([out.data, *parts(last)])
    for mine, theirs in zip(*results, strict=True):
        same(mine, theirs, 1e-5)


@pytest.mark.parametrize("call", [
    lambda rnn, x: rnn.pack_padded_sequence(x, [2, 4, 1]),
    lambda rnn, x: rnn.pack_padded_sequence(x, [4, 2, 0]),
    lambda rnn, x: rnn.pack_padded_sequence(x, [2, 1]),
    lambda rnn, x: rnn.pack_sequence([]),
    lambda rnn, x: rnn.pack_sequence([x[:1], x]),
    lambda rnn, x: rnn.pad_packed_sequence(rnn.pack_padded_sequence(x, [4, 3, 2]), total_length=3),
])
def test_what_both_refuse(call):
    for lib in (torch, mg):
        with pytest.raises((RuntimeError, ValueError)) as refused:
            call(lib.nn.utils.rnn, lib.zeros(4, 3))
    assert "expected" in str(refused.value)


def test_a_length_beyond_the_end_is_refused():
    """PyTorch packs sizes there that add up to more than the data."""
    with pytest.raises(RuntimeError, match="lengths from 1 to 4"):
        mg.nn.utils.rnn.pack_padded_sequence(mg.zeros(4, 3), [5, 2, 1])


def test_a_packed_sequence_is_a_tuple_with_a_few_methods():
    for lib in (mg, torch):
        packed = lib.nn.utils.rnn.pack_sequence([lib.tensor([1.0, 2.0]), lib.tensor([3.0])])
        data, sizes, order, back = packed
        assert packed.cpu() is packed and packed.float() is packed and not packed.is_cuda
        assert packed.double().data.dtype == lib.float64 and packed.double().batch_sizes.tolist() == [2, 1]
        assert repr(packed) == ("PackedSequence(data=tensor([1., 3., 2.]), batch_sizes=tensor([2, 1]), "
                                "sorted_indices=None, unsorted_indices=None)")
        made = lib.nn.utils.rnn.PackedSequence(data, sizes, lib.tensor([1, 0]))
        assert made.unsorted_indices.tolist() == [1, 0] and order is back is None
