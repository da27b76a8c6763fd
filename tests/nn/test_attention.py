"""Attention: what does not fit is named."""
import pytest

import minigrad as mg
from minigrad import nn


@pytest.mark.parametrize("call, said", [
    (lambda: nn.MultiheadAttention(8, 3), "MultiheadAttention: expected num_heads to divide embed_dim, got 3 and 8"),
    (lambda: nn.MultiheadAttention(8, 2, add_bias_kv=True), "MultiheadAttention: minigrad adds no further key"),
    (lambda: attend(mg.ones(4, 3, 8), attn_mask=mg.ones(4, 5) > 0), r"expected attn_mask of shape \(4, 4\) or \(6, 4, 4\), got \(4, 5\)"),
    (lambda: attend(mg.ones(4, 3, 8), key_padding_mask=mg.ones(4, 3) > 0), r"expected key_padding_mask of shape \(3, 4\), got \(4, 3\)"),
    (lambda: attend(mg.ones(4, 3, 8), is_causal=True), "is_causal only says what attn_mask is"),
    (lambda: attend(mg.ones(4, 3, 7)), r"linear: expected an input of shape \(..., 8\)"),
])
def test_what_does_not_fit_is_named(call, said):
    with pytest.raises((RuntimeError, ValueError, NotImplementedError), match=said):
        call()


def attend(x, **masks):
    return nn.MultiheadAttention(8, 2)(x, x, x, **masks)


def test_dropout_falls_on_the_weights_in_training_only():
    layer, x = nn.MultiheadAttention(8, 2, dropout=0.5), mg.randn(4, 3, 8)
    assert not mg.equal(layer(x, x, x)[0], layer(x, x, x)[0])
    layer.eval()
    assert mg.equal(layer(x, x, x)[0], layer(x, x, x)[0])
