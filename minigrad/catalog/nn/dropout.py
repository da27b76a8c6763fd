"""Dropout of whole channels, and dropout that keeps what selu needs: mean 0 and variance 1."""
import math
import warnings

import numpy as np

from ...dtypes import FLOAT32
from ...graph import leaf
from ...inplace import in_place
from ...nn.arguments import probability
from ...nn.dropout import Dropping, dropped, kept
from ...public import at_least, floating, public
from .activation import ALPHA, SCALE


def _channels(name, input, *allowed):
    """One place for each channel: the first axis or, of a batch, the first two."""
    if input.ndim not in allowed:
        raise RuntimeError(f"{name}: expected {' or '.join(map(str, allowed))} axes, got shape "
                           f"{input.shape}")
    axes = 1 + (input.ndim == max(allowed))
    return (*input.shape[:axes], *[1] * (input.ndim - axes))

@public("dropout of whole channels of signals (N, C, L) or (C, L).",
        "mg.nn.functional.dropout1d(mg.ones(2, 50, 4)).sum(-1).unique()", "tensor([0., 8.])")
def dropout1d(input, p=0.5, training=True, inplace=False):
    shape = _channels("dropout1d", input, 2, 3)
    return dropped("dropout1d", input, p, training, inplace, shape)

@public("dropout of whole channels of images (N, C, H, W).",
        "mg.nn.functional.dropout2d(mg.ones(2, 50, 2, 2)).sum((2, 3)).unique()", "tensor([0., 8.])")
def dropout2d(input, p=0.5, training=True, inplace=False):
    if input.ndim != 4:
        warnings.warn(f"dropout2d: expected images (N, C, H, W), got shape {input.shape}; as "
                      "PyTorch, axis 1 is taken for the channels", stacklevel=2)
    shape = _features("dropout2d", input)
    return dropped("dropout2d", input, p, training, inplace, shape)

@public("dropout of whole channels of volumes (N, C, D, H, W) or (C, D, H, W).",
        "mg.nn.functional.dropout3d(mg.ones(9, 9, 2, 2, 2)).sum((2, 3, 4)).unique()",
        "tensor([ 0., 16.])")
def dropout3d(input, p=0.5, training=True, inplace=False):
    shape = _channels("dropout3d", input, 4, 5)
    return dropped("dropout3d", input, p, training, inplace, shape)

def _features(name, input):
    """One place for each of the first two axes."""
    return (*at_least(name, input, 2).shape[:2], *[1] * (input.ndim - 2))

def _alpha(name, input, p, training, inplace, shape):
    """What is dropped takes selu's lowest value; scaled and moved back (Klambauer et al. 2017)."""
    probability(name, p)
    if not training or p == 0 or not input.numel():
        return input
    if p == 1:
        return dropped(name, input, p, training, inplace, shape)
    dtype, low = floating(name, input).dtype, ALPHA * SCALE
    wide = np.promote_types(dtype, FLOAT32)
    a = 1 / math.sqrt((low * low * p + 1) * (1 - p))
    ones = kept(input, p, shape).astype(wide)
    moved = ((ones - 1) * wide.type(low * a)).astype(dtype) + dtype.type(low * a * p)
    times, moved = (leaf(x.astype(dtype)) for x in (ones * wide.type(a), moved))
    if inplace:
        return in_place(lambda x: x * times + moved, name=name)(input)
    return input * times + moved

@public("Dropout for networks of selu: mean and variance stay (Klambauer et al. 2017).",
        "mg.nn.functional.alpha_dropout(mg.ones(3), 0.0)", "tensor([1., 1., 1.])")
def alpha_dropout(input, p=0.5, training=False, inplace=False):
    return _alpha("alpha_dropout", input, p, training, inplace, input.shape)

@public("alpha_dropout of whole channels, axis 1.",
        "mg.nn.functional.feature_alpha_dropout(mg.ones(1, 3), 0.0)", "tensor([[1., 1., 1.]])")
def feature_alpha_dropout(input, p=0.5, training=False, inplace=False):
    shape = _features("feature_alpha_dropout", input)
    return _alpha("feature_alpha_dropout", input, p, training, inplace, shape)


class _Alpha(Dropping):
    def forward(self, input): return self._function(input, self.p, self.training)

class Dropout1d(Dropping, of=dropout1d, keeps="p inplace"): ...
class Dropout2d(Dropping, of=dropout2d, keeps="p inplace"): ...
class Dropout3d(Dropping, of=dropout3d, keeps="p inplace"): ...
class AlphaDropout(_Alpha, of=alpha_dropout, keeps="p inplace", example="0.0"): ...
class FeatureAlphaDropout(
        _Alpha, of=feature_alpha_dropout, keeps="p inplace", example="0.0"): ...
