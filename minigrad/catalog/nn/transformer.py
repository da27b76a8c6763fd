"""The transformer of Vaswani et al. 2017 as PyTorch ships it: layers, stacks, both joined."""
import copy
from functools import partial

import numpy as np

from ...graph import leaf
from ...nn.activation import relu
from ...nn.attention import MultiheadAttention
from ...nn.container import ModuleList
from ...nn.dropout import Dropout
from ...nn.init import xavier_uniform_
from ...nn.linear import Linear
from ...nn.module import Module
from ...public import refuse
from .activation import gelu
from .standardize import LayerNorm


class _Block(Module):
    """What layers of encoder and decoder share: parts that are added to x, each with its norm.

    The norm stands behind the sum, or with `norm_first` before the part (Xiong et al. 2020).
    """

    attentions = ("self_attn",)

    def __init__(self, d_model: int, nhead: int, dim_feedforward: int = 2048, dropout=0.1,
                 activation=relu, layer_norm_eps=1e-5, batch_first=False, norm_first=False,
                 bias=True, device=None, dtype=None):
        super().__init__()
        named = {"relu": relu, "gelu": gelu}
        refuse(isinstance(activation, str) and activation not in named, f"{type(self).__name__}: "
               f"expected the activation 'relu', 'gelu' or a function, got {activation!r}")
        for name in self.attentions:
            setattr(self, name, MultiheadAttention(d_model, nhead, dropout, bias, dtype=dtype,
                                                   batch_first=batch_first))
        self.linear1 = Linear(d_model, dim_feedforward, bias, dtype=dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, dtype=dtype)
        self.norm_first = norm_first
        parts = range(1, len(self.attentions) + 2)
        for i in parts:
            setattr(self, f"norm{i}", LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype))
        for i in parts:
            setattr(self, f"dropout{i}", Dropout(dropout))
        self.activation = named.get(activation, activation)

    def _run(self, x, parts):
        for i, part in enumerate((*parts, self._feed_forward), start=1):
            norm, drop = getattr(self, f"norm{i}"), getattr(self, f"dropout{i}")
            x = x + drop(part(norm(x))) if self.norm_first else norm(x + drop(part(x)))
        return x

    def _feed_forward(self, x):
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


def _attend(attention, mask, padding, x, memory=None):
    memory = x if memory is None else memory
    return attention(x, memory, memory, padding, need_weights=False, attn_mask=mask)[0]


class TransformerEncoderLayer(_Block):
    """Self-attention and two linear layers: (S, N, E) -> (S, N, E), or N first with `batch_first`.

    Raises RuntimeError where shapes do not fit.

    >>> mg.nn.TransformerEncoderLayer(8, nhead=2)(mg.ones(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def forward(self, src, src_mask=None, src_key_padding_mask=None, is_causal=False):
        return self._run(src, [partial(_attend, self.self_attn, src_mask, src_key_padding_mask)])


class TransformerDecoderLayer(_Block):
    """As the encoder's, with an attention to the encoder's `memory` (S, N, E) between.

    >>> mg.nn.TransformerDecoderLayer(8, nhead=2)(mg.ones(5, 3, 8), mg.ones(7, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    attentions = ("self_attn", "multihead_attn")

    def forward(self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
                memory_key_padding_mask=None, tgt_is_causal=False, memory_is_causal=False):
        own = partial(_attend, self.self_attn, tgt_mask, tgt_key_padding_mask)
        other = partial(_attend, self.multihead_attn, memory_mask, memory_key_padding_mask,
                        memory=memory)
        return self._run(tgt, [own, other])


class _Stack(Module):
    """Copies of a layer, one above the other, and a norm at the end where one is given."""

    def __init__(self, layer, num_layers: int, norm=None):
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(layer) for _ in range(num_layers)])
        self.num_layers, self.norm = num_layers, norm

    def _run(self, x, *inputs, **named):
        for layer in self.layers:
            x = layer(x, *inputs, **named)
        return x if self.norm is None else self.norm(x)


class TransformerEncoder(_Stack):
    """`num_layers` copies of an encoder's layer: (S, N, E) -> (S, N, E).

    >>> layer = mg.nn.TransformerEncoderLayer(8, nhead=2)
    >>> mg.nn.TransformerEncoder(layer, num_layers=3)(mg.ones(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, encoder_layer, num_layers: int, norm=None, enable_nested_tensor=True,
                 mask_check=True):
        super().__init__(encoder_layer, num_layers, norm)

    def forward(self, src, mask=None, src_key_padding_mask=None, is_causal=None):
        return self._run(src, mask, src_key_padding_mask)


class TransformerDecoder(_Stack):
    """`num_layers` copies of a decoder's layer: (T, N, E), memory (S, N, E) -> (T, N, E).

    >>> layer = mg.nn.TransformerDecoderLayer(8, nhead=2)
    >>> mg.nn.TransformerDecoder(layer, num_layers=3)(mg.ones(5, 3, 8), mg.ones(7, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, decoder_layer, num_layers: int, norm=None):
        super().__init__(decoder_layer, num_layers, norm)

    def forward(self, tgt, memory, tgt_mask=None, memory_mask=None, tgt_key_padding_mask=None,
                memory_key_padding_mask=None, tgt_is_causal=None, memory_is_causal=False):
        return self._run(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
                         memory_key_padding_mask)


class Transformer(Module):
    """Encoder and decoder: src (S, N, E), tgt (T, N, E) -> (T, N, E) (Vaswani et al. 2017).

    Raises RuntimeError where the shapes do not fit.

    >>> net = mg.nn.Transformer(8, 2, 1, 1, dim_feedforward=16)
    >>> net(mg.ones(7, 3, 8), mg.ones(5, 3, 8)).shape
    torch.Size([5, 3, 8])
    """

    def __init__(self, d_model: int = 512, nhead: int = 8, num_encoder_layers: int = 6,
                 num_decoder_layers: int = 6, dim_feedforward: int = 2048, dropout=0.1,
                 activation=relu, custom_encoder=None, custom_decoder=None, layer_norm_eps=1e-5,
                 batch_first=False, norm_first=False, bias=True, device=None, dtype=None):
        super().__init__()
        settings = (d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps,
                    batch_first, norm_first, bias)
        def norm(): return LayerNorm(d_model, layer_norm_eps, bias=bias, dtype=dtype)
        self.encoder = custom_encoder or TransformerEncoder(
            TransformerEncoderLayer(*settings, dtype=dtype), num_encoder_layers, norm())
        self.decoder = custom_decoder or TransformerDecoder(
            TransformerDecoderLayer(*settings, dtype=dtype), num_decoder_layers, norm())
        for parameter in self.parameters():
            if parameter.ndim > 1:
                xavier_uniform_(parameter)
        self.d_model, self.nhead, self.batch_first = d_model, nhead, batch_first

    def forward(self, src, tgt, src_mask=None, tgt_mask=None, memory_mask=None,
                src_key_padding_mask=None, tgt_key_padding_mask=None, memory_key_padding_mask=None,
                src_is_causal=None, tgt_is_causal=None, memory_is_causal=False):
        batch = 0 if self.batch_first else 1
        refuse(src.ndim == 3 and src.shape[batch] != tgt.shape[batch], "Transformer: expected one "
               f"batch size, got src {tuple(src.shape)} and tgt {tuple(tgt.shape)}")
        for name, x in (("src", src), ("tgt", tgt)):
            refuse(x.shape[-1] != self.d_model, f"Transformer: expected d_model={self.d_model} "
                   f"features, got {name} of shape {tuple(x.shape)}")
        memory = self.encoder(src, src_mask, src_key_padding_mask)
        return self.decoder(tgt, memory, tgt_mask, memory_mask, tgt_key_padding_mask,
                            memory_key_padding_mask)

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device=None, dtype=None):
        """A mask (sz, sz) that is added to scores: −∞ above the diagonal, where the future is.

        >>> mg.nn.Transformer.generate_square_subsequent_mask(2)
        tensor([[0., -inf],
                [0., 0.]])
        """
        mask = np.full((sz, sz), -np.inf, dtype or np.float32)
        return leaf(np.triu(mask, 1))
