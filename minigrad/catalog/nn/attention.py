"""Attention: every query looks at all keys, and takes the values of those that fit."""
import math

import numpy as np

from ... import ops
from ...functions import softmax
from ...graph import raw
from ...nn.dropout import dropout
from ...public import refuse


def scaled_dot_product_attention(query, key, value, attn_mask=None, dropout_p: float = 0.0,
                                 is_causal=False, scale=None, enable_gqa=False):
    """softmax(query · keyᵀ / √E) · value: (…, L, E), (…, S, E), (…, S, V) -> (…, L, V).

    Vaswani et al. 2017. `attn_mask` is True where a query may look at a key, or is added to the
    scores. `is_causal` lets query i look at keys 0 to i. A query that may look nowhere gets zeros.
    `enable_gqa` lets several heads of queries share a key's.

    >>> q, v = mg.zeros(1, 2, 4), mg.tensor([[[1.], [3.]]])
    >>> mg.nn.functional.scaled_dot_product_attention(q, q, v, is_causal=True)
    tensor([[[1.],
             [2.]]])
    """
    refuse(is_causal and attn_mask is not None, "scaled_dot_product_attention: expected either "
           "attn_mask or is_causal, got both")
    if enable_gqa:                                                              # (…, heads, S, E)
        key, value = (_shared(x, query.shape[-3] // x.shape[-3]) for x in (key, value))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = query @ key.mT * scale                                             # (…, L, S)
    if is_causal:
        attn_mask = np.tri(*scores.shape[-2:], dtype=bool)
    elif attn_mask is not None and raw(attn_mask).dtype.kind == "f":
        scores, attn_mask = scores + attn_mask, None
    blind = np.isneginf(raw(scores)).all(-1, keepdims=True)
    if attn_mask is not None:
        allowed = np.broadcast_to(raw(attn_mask), scores.shape)
        scores = ops.where(allowed, scores, -math.inf)
        blind = ~allowed.any(-1, keepdims=True)
    if blind.any():                                                             # softmax: NaN
        weights = softmax(ops.where(~blind, scores, 0), -1)
        weights = ops.where(~blind, weights, 0)
    else:
        weights = softmax(scores, -1)
    return dropout(weights, dropout_p, dropout_p > 0) @ value

def _shared(x, times):
    *lead, heads, S, E = x.shape
    x = x.unsqueeze(-3).expand(*lead, heads, times, S, E)
    return x.reshape(*lead, heads * times, S, E)
