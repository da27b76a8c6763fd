"""Bags of embeddings, borders and padded sequences beside PyTorch's; skipped without torch."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

BAGS = [
    ({}, (4, 3), None), ({}, (0, 3), None), ({"padding_idx": 2}, (4, 3), None), ({}, (9,), [0, 2, 2, 5]),
    ({"padding_idx": -1}, (9,), [0, 1, 4]), ({"include_last_offset": True}, (9,), [0, 3, 3, 9]), ({}, (9,), [0, 9]),
]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
@pytest.mark.parametrize("settings, shape, offsets", BAGS, ids=str)
def test_bags(settings, shape, offsets, mode, weighted):
    rng = np.random.default_rng(0)
    numbers, weight, scale = rng.integers(0, 6, shape), rng.standard_normal((6, 4)), rng.standard_normal(shape)
    if weighted and mode != "sum":
        for lib in (mg, torch):
            with pytest.raises(NotImplementedError):
                lib.nn.functional.embedding_bag(lib.tensor(numbers), lib.tensor(weight), lib.tensor(offsets or [0]) if len(shape) == 1
                                                else None, mode=mode, per_sample_weights=lib.tensor(scale))
        return
    outs = []
    for lib in (mg, torch):
        bag = lib.nn.EmbeddingBag(6, 4, mode=mode, **settings).double()
        with lib.no_grad():
            bag.weight.copy_(lib.tensor(weight))
        s = lib.tensor(scale, requires_grad=True) if weighted else None
        out = bag(lib.tensor(numbers), None if offsets is None else lib.tensor(offsets), s)
        (out ** 3).sum().backward()
        outs.append([out, bag.weight.grad] + ([s.grad] if weighted else []))
        said = bag.extra_repr()
    assert said == mg.nn.EmbeddingBag(6, 4, mode=mode, **settings).extra_repr()
    for mine, theirs in zip(*outs, strict=True):
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("mode", ["sum", "mean", "max"])
def test_the_second_derivative_of_bags_which_pytorch_has_not(mode):
    rng = np.random.default_rng(0)
    weight, scale = (mg.tensor(rng.standard_normal(shape), requires_grad=True) for shape in ((6, 4), (7,)))
    numbers, offsets = mg.tensor([0, 5, 2, 2, 1, 4, 0]), mg.tensor([0, 3, 3])
    scale = scale if mode == "sum" else None

    def cubed(*tensors):
        return mg.nn.functional.embedding_bag(numbers, tensors[0], offsets, mode=mode, padding_idx=4,
                                              per_sample_weights=tensors[1] if tensors[1:] else None) ** 3
    given = (weight,) if scale is None else (weight, scale)
    assert mg.autograd.gradcheck(cubed, given) and mg.autograd.gradgradcheck(cubed, given)


@pytest.mark.parametrize("case", [
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([1, 2]), w),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([[1, 2]]), w, lib.tensor([0])),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([1, 2]), w, lib.tensor([1])),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([1, 2]), w, lib.tensor([0, 3])),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([[1, 9]]), w),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([[1, 2]]), w, mode="median"),
    lambda lib, w: lib.nn.functional.embedding_bag(lib.tensor([[1, 2]]), w, mode="sum", per_sample_weights=lib.ones(2)),
    lambda lib, w: lib.nn.EmbeddingBag(3, 2, padding_idx=3),
])
def test_what_bags_refuse(case):
    for lib in (mg, torch):
        with pytest.raises((ValueError, RuntimeError, AssertionError)):
            case(lib, lib.ones(5, 2))


def test_bags_of_given_vectors():
    for lib in (mg, torch):
        table = lib.arange(6.0).reshape(3, 2)
        bag = lib.nn.EmbeddingBag.from_pretrained(table, mode="sum")
        assert not bag.weight.requires_grad and bag(lib.tensor([[0, 2]])).tolist() == [[4.0, 6.0]]
    for setting in ({"sparse": True}, {"max_norm": 1.0}, {"scale_grad_by_freq": True}):
        with pytest.raises(NotImplementedError, match=next(iter(setting))):
            mg.nn.EmbeddingBag(3, 2, **setting)


PADS = [(kind, n, settings) for kind, widths in [("Zero", 2), ("Reflection", 2), ("Replication", 3), ("Circular", 2)] for n in (1, 2, 3)
        for settings in [(1,), (widths,), (tuple(range(2 * n))[::-1] if kind in ("Zero", "Replication") else (1, 2) * n,)]]
PADS += [("Constant", n, (widths, 1.5)) for n in (1, 2, 3) for widths in (1, (2, 0) * n, (-1, 1) * n)]


@pytest.mark.parametrize("kind, n, settings", PADS, ids=str)
def test_borders(kind, n, settings):
    array, outs = np.random.default_rng(0).standard_normal((2, 3, *(4, 5, 6)[:n])), []
    for lib in (mg, torch):
        layer, x = getattr(lib.nn, f"{kind}Pad{n}d")(*settings), lib.tensor(array, requires_grad=True)
        out = layer(x)
        (out ** 2 * lib.arange(out.numel()).reshape(out.shape).double()).sum().backward()
        outs.append((out.detach().numpy(), x.grad.numpy(), layer.extra_repr()))
    (mine, slope, said), (theirs, there, shown) = outs
    np.testing.assert_allclose(mine, theirs)
    np.testing.assert_allclose(slope, there, rtol=1e-12)
    assert said == shown


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("side", ["right", "left"])
@pytest.mark.parametrize("shape, dtype", [((), "int64"), ((), "float32"), ((3,), "float64"), ((2, 3), "bool")])
def test_sequences_side_by_side(shape, dtype, side, batch_first):
    rng, outs = np.random.default_rng(0), []
    arrays = [(rng.standard_normal((n, *shape)) * 3).astype(dtype) for n in (4, 2, 0, 5)]
    for lib in (mg, torch):
        rnn = lib.nn.utils.rnn
        sequences = [lib.tensor(a) for a in arrays]
        padded = rnn.pad_sequence(sequences, batch_first, 1 if dtype == "bool" else -1, side)
        back = rnn.unpad_sequence(rnn.pad_sequence(sequences, batch_first), lib.tensor([4, 2, 0, 5]), batch_first)
        outs.append([padded, *back])
    for mine, theirs in zip(*outs, strict=True):
        assert str(mine.dtype).removeprefix("torch.") == dtype
        np.testing.assert_array_equal(mine.numpy(), theirs.numpy())


def test_gradients_flow_through_padding():
    grads = []
    for lib in (mg, torch):
        sequences = [lib.ones(n, 2, requires_grad=True) for n in (1, 3)]
        (lib.nn.utils.rnn.pad_sequence(sequences) ** 2 * lib.arange(12.0).reshape(3, 2, 2)).sum().backward()
        grads.append([x.grad.tolist() for x in sequences])
    assert grads[0] == grads[1]


def test_skip_init_draws_nothing():
    for lib in (mg, torch):
        lib.manual_seed(0)
        expected = lib.rand(3).tolist()
        lib.manual_seed(0)
        layer = lib.nn.utils.skip_init(lib.nn.Linear, 3, 2, bias=False)
        assert tuple(layer.weight.shape) == (2, 3) and layer.bias is None and lib.rand(3).tolist() == expected
        with pytest.raises(RuntimeError):
            lib.nn.utils.skip_init(list)
        with pytest.raises(RuntimeError):
            lib.nn.utils.skip_init(lib.nn.ReLU)
