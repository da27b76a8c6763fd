"""Attention: every query looks at all keys, and takes the values of those that fit."""
import math

import numpy as np

from .. import ops
from ..create import empty
from ..functions import softmax
from ..graph import leaf, raw
from ..public import refuse
from ..shape import along
from .dropout import dropout
from .init import constant_, xavier_uniform_
from .linear import Linear, linear
from .module import Module, Parameter


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
    if is_causal:
        attn_mask = np.tri(query.shape[-2], key.shape[-2], dtype=bool)
    weights = _weights(_scores(query, key, attn_mask, scale))
    return dropout(weights, dropout_p, dropout_p > 0) @ value

def _scores(query, key, mask=None, scale=None):
    """How well each query fits each key: (…, L, E), (…, S, E) -> (…, L, S)."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ key.mT
    if mask is None:
        return scores
    if raw(mask).dtype.kind == "b":                  # True where it may look
        return ops.where(raw(mask), scores, -math.inf)
    return scores + mask

def _weights(scores):
    """How much each query takes of each value; they add up to 1, or are 0 where all is masked."""
    weights = softmax(scores, -1)
    if np.isnan(raw(weights)[..., :1]).any():        # a row of −∞ alone gives 0 / 0
        blind = np.isneginf(raw(scores)).all(-1, keepdims=True)
        weights = ops.where(blind, 0, softmax(ops.where(blind, 0, scores), -1))
    return weights

def _shared(x, times):
    *lead, heads, S, E = x.shape
    x = x.unsqueeze(-3).expand(*lead, heads, times, S, E)
    return x.reshape(*lead, heads * times, S, E)


class NonDynamicallyQuantizableLinear(Linear):
    """A Linear under the name that PyTorch's MultiheadAttention shows.

    >>> mg.nn.MultiheadAttention(4, 2).out_proj
    NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)
    """


class MultiheadAttention(Module):
    """Several attentions side by side, each in its part of the features (Vaswani et al. 2017).

    query (L, N, E), key and value (S, N, E) -> the values that fit (L, N, E), and the weights
    (N, L, S), None unless `need_weights`; with `batch_first` N comes first; without a batch there
    is no N. Masks are True where a query must not look, or are added to the scores. Raises
    ValueError where num_heads does not divide embed_dim, RuntimeError where shapes do not fit.

    >>> x = mg.ones(5, 2, 8)
    >>> y, weights = mg.nn.MultiheadAttention(8, num_heads=4)(x, x, x)
    >>> y.shape, weights.shape
    (torch.Size([5, 2, 8]), torch.Size([2, 5, 5]))
    """

    def __init__(self, embed_dim: int, num_heads: int, dropout=0.0, bias=True, add_bias_kv=False,
                 add_zero_attn=False, kdim=None, vdim=None, batch_first=False, device=None,
                 dtype=None):
        super().__init__()
        refuse(embed_dim < 1 or num_heads < 1 or embed_dim % num_heads, "MultiheadAttention: "
               f"expected num_heads to divide embed_dim, got {num_heads} and {embed_dim}",
               ValueError)
        refuse(add_bias_kv or add_zero_attn, "MultiheadAttention: minigrad adds no further key; "
               "leave add_bias_kv and add_zero_attn out", NotImplementedError)
        self.embed_dim, self.num_heads, self.dropout, self.batch_first = (
            embed_dim, num_heads, dropout, batch_first)
        self.kdim, self.vdim, self.head_dim = (
            kdim or embed_dim, vdim or embed_dim, embed_dim // num_heads)
        if self.kdim == self.vdim == embed_dim:
            self.in_proj_weight = Parameter(empty(3 * embed_dim, embed_dim, dtype=dtype))
        else:                                     # keys and values of other sizes
            for name, size in zip("qkv", (embed_dim, self.kdim, self.vdim)):
                weight = Parameter(empty(embed_dim, size, dtype=dtype))
                setattr(self, f"{name}_proj_weight", weight)
            self.in_proj_weight = None
        self.in_proj_bias = Parameter(empty(3 * embed_dim, dtype=dtype)) if bias else None
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, dtype=dtype)
        for name, parameter in self.named_parameters():
            if "proj_weight" in name:
                xavier_uniform_(parameter)
            elif "bias" in name:
                constant_(parameter, 0.0)

    def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                average_attn_weights=True, is_causal=False):
        refuse(is_causal and attn_mask is None, "MultiheadAttention: is_causal only says what "
               "attn_mask is; give that too")
        lone = query.ndim == 2
        swapped = not (lone or self.batch_first)
        if lone or swapped:                       # (N, L, E) from here on
            def first(x): return x.unsqueeze(0) if lone else x.transpose(0, 1)
            same, query = query is key is value, first(query)
            key, value = (query, query) if same else (first(key), first(value))
            if lone and key_padding_mask is not None:
                key_padding_mask = key_padding_mask.unsqueeze(0)
        mask = self._mask(attn_mask, key_padding_mask, len(query), query.shape[1], key.shape[1])
        y, weights = self._attend(*self._projected(query, key, value), mask, need_weights)
        y = self.out_proj(y)
        if need_weights:
            weights = weights.mean(1) if average_attn_weights else weights
            weights = weights.squeeze(0) if lone else weights
        return y.squeeze(0) if lone else y.transpose(0, 1) if swapped else y, weights

    def _attend(self, q, k, v, mask, need_weights):
        N, L, C = q.shape
        q, k, v = (x.reshape(N, -1, self.num_heads, self.head_dim).transpose(1, 2)
                   for x in (q, k, v))                     # (N, L or S, C) -> (N, nh, L or S, hs)
        p, weights = self.dropout if self.training else 0.0, None
        if need_weights:
            weights = softmax(_scores(q, k, mask), -1)     # (N, nh, L, S)
            weights = dropout(weights, p, p > 0)
            y = weights @ v
        else:
            y = scaled_dot_product_attention(q, k, v, mask, p)
        return y.transpose(1, 2).reshape(N, L, C), weights     # (N, nh, L, hs) -> (N, L, C)

    def _projected(self, query, key, value):
        """Each through its matrix; where all three are the same tensor, in one product."""
        weight, bias = self.in_proj_weight, self.in_proj_bias
        if weight is None:
            weights = [getattr(self, f"{name}_proj_weight") for name in "qkv"]
        elif query is key is value:
            return _thirds(linear(query, weight, bias), -1)
        else:
            weights = _thirds(weight, 0)
        biases = (None,) * 3 if bias is None else _thirds(bias, 0)
        return [linear(*each) for each in zip((query, key, value), weights, biases)]

    def _mask(self, attn_mask, key_padding_mask, N, L, S):
        """Both masks as one that is added to the scores, or None."""
        mask = None
        for name, given, shapes in (
                ("attn_mask", attn_mask, {(L, S): (1, 1, L, S),
                                          (N * self.num_heads, L, S): (N, -1, L, S)}),
                ("key_padding_mask", key_padding_mask, {(N, S): (N, 1, 1, S)})):
            if given is None:
                continue
            refuse(given.shape not in shapes, f"MultiheadAttention: expected {name} of shape "
                   f"{' or '.join(map(str, shapes))}, got {tuple(given.shape)}")
            given = given.reshape(shapes[given.shape])
            if raw(given).dtype.kind == "b":
                added = np.where(raw(given), -math.inf, 0)
                given = leaf(added.astype(self.out_proj.weight.value.dtype))
            mask = given if mask is None else mask + given
        return mask

def _thirds(x, axis):
    n = x.shape[axis] // 3
    return [along(x, axis % x.ndim, slice(i * n, (i + 1) * n)) for i in range(3)]
