"""Attention and transformers beside PyTorch's: results, gradients, second derivatives from the same weights."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

LIBRARIES = (mg, torch)
FUTURE = np.triu(np.ones((4, 4), bool), 1)
PADDING = np.array([[False, False, False, True], [False, False, True, True], [False] * 4])
ADDED = np.random.default_rng(1).standard_normal((6, 4, 4))


def run(lib, make, weights, arrays, masks=(), call=None):
    """What a module gives, and gradients of first and second order."""
    module = make(lib.nn, lib.float64).eval()
    module.load_state_dict({name: lib.tensor(value) for name, value in weights.items()})
    xs = [lib.tensor(x, requires_grad=True) for x in arrays]
    masks = {name: lib.tensor(mask) for name, mask in dict(masks).items()}
    out = call(module, *xs, **masks) if call else module(*xs, **masks)
    outs = [o for o in (out if isinstance(out, tuple) else (out,)) if o is not None]
    loss = sum((o * lib.cos(lib.arange(o.numel(), dtype=lib.float64)).reshape(o.shape)).sum() for o in outs)
    leaves = [*xs, *module.parameters()]
    once = lib.autograd.grad(loss, leaves, retain_graph=True)
    first = lib.autograd.grad(loss, leaves, create_graph=True)
    second = lib.autograd.grad(sum((g ** 2).sum() for g in first), leaves, allow_unused=True)
    return [np.zeros(0) if t is None else t.detach().numpy() for t in (*outs, *once, *first, *second)]


def agree(make, *shapes, masks=(), call=None):
    draw = np.random.default_rng(0)
    theirs, mine = make(torch.nn, torch.float64), make(mg.nn, mg.float64)
    assert [name for name, _ in mine.named_parameters()] == [name for name, _ in theirs.named_parameters()]
    weights = {name: draw.standard_normal(tuple(value.shape)) * 0.5 for name, value in theirs.state_dict().items()}
    arrays = [draw.standard_normal(shape) for shape in shapes]
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):      # others have no second derivative
        mine, theirs = (run(lib, make, weights, arrays, masks, call) for lib in LIBRARIES)
    for a, b in zip(mine, theirs, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("masks", [{}, {"attn_mask": FUTURE}, {"key_padding_mask": PADDING}, {"attn_mask": ADDED},
                                   {"attn_mask": FUTURE, "key_padding_mask": PADDING}], ids=lambda m: "+".join(m) or "none")
@pytest.mark.parametrize("settings", [{}, {"need_weights": False}, {"average_attn_weights": False}], ids=str)
def test_attention_to_oneself(masks, settings):
    agree(lambda nn, dtype: nn.MultiheadAttention(8, 2, dtype=dtype), (4, 3, 8), masks=masks,
          call=lambda module, x, **masks: module(x, x, x, **settings, **masks))


@pytest.mark.parametrize("settings, shapes", [
    ({}, [(4, 3, 8), (5, 3, 8), (5, 3, 8)]),
    ({"batch_first": True, "bias": False}, [(3, 4, 8), (3, 5, 8), (3, 5, 8)]),
    ({"kdim": 6, "vdim": 7}, [(4, 3, 8), (5, 3, 6), (5, 3, 7)]),
    ({}, [(4, 8), (5, 8), (5, 8)])], ids=str)
def test_attention_to_others(settings, shapes):
    agree(lambda nn, dtype: nn.MultiheadAttention(8, 2, **settings, dtype=dtype), *shapes)


@pytest.mark.parametrize("settings", [{}, {"norm_first": True, "activation": "gelu"}, {"batch_first": True, "bias": False}], ids=str)
def test_layers_and_stacks(settings):
    shape = (3, 4, 8) if "batch_first" in settings else (4, 3, 8)
    agree(lambda nn, dtype: nn.TransformerEncoderLayer(8, 2, 16, **settings, dtype=dtype), shape,
          masks={"src_mask": FUTURE, "src_key_padding_mask": PADDING})
    agree(lambda nn, dtype: nn.TransformerDecoderLayer(8, 2, 16, **settings, dtype=dtype), shape, shape,
          masks={"tgt_mask": FUTURE, "memory_key_padding_mask": PADDING})
    agree(lambda nn, dtype: nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, **settings, dtype=dtype), 2,
                                                  nn.LayerNorm(8, dtype=dtype), enable_nested_tensor=False), shape)
    agree(lambda nn, dtype: nn.Transformer(8, 2, 1, 2, 16, **settings, dtype=dtype), shape, shape, masks={"tgt_mask": FUTURE})


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_mask_of_the_future(dtype):
    a, b = (lib.nn.Transformer.generate_square_subsequent_mask(5, dtype=getattr(lib, dtype)) for lib in LIBRARIES)
    np.testing.assert_array_equal(a.numpy(), b.numpy())
    assert a.numpy().dtype == dtype
