"""Norms: numbers brought to mean 0 and variance 1 over some axes, as functions and as layers.

They differ in the axes; the arithmetic is one.
"""
import math

import numpy as np

from ...changes import changed
from ...create import ones, tensor, zeros
from ...dtypes import FLOAT16, INT64
from ...graph import Joint, TensorBase, primitive, raw
from ...kernels import total
from ...memory import in_pieces, left_by_convolution
from ...nn.init import constant_
from ...nn.module import Module, Parameter
from ...ops import mean, sqrt
from ...public import public as says, refuse

__all__ = ["BatchNorm1d", "BatchNorm2d", "LayerNorm", "batch_norm", "layer_norm"]

def _mean(x, axis):
    if isinstance(x, TensorBase) or x.dtype == FLOAT16:
        return mean(x, axis=axis, keepdims=True)
    out = total(x, axis=axis, keepdims=True)
    out /= math.prod(x.shape[a] for a in axis) or math.nan
    return out

def moments(x, axis):
    """The mean and the variance of an array over the axes, and how far it is from the mean.

    A mean that is large against the spread is rounded by too much: what is left of it goes, too.
    """
    center = _mean(x, axis)
    away = np.subtract(x, center, order="K" if left_by_convolution(x) else "C")
    variance = _product_mean(away, away, axis)
    if (center * center > 100 * variance).any():
        rest = _mean(away, axis)
        away -= rest
        center, variance = center + rest, _product_mean(away, away, axis)
    return center, variance, away

def _product_mean(x, y, axis):             # of the last axis without the products between
    if axis == (-1,) and isinstance(x, np.ndarray) and x.dtype != FLOAT16:
        return np.vecdot(x, y)[..., None] / x.dtype.type(x.shape[-1])
    return _mean(x * y, axis)

# x standardized over some axes, scaled and shifted. What the rule needs is saved: the moments, and
# what they made of x. Where there are other axes than the last, weight and bias are one a channel.

def _norm(x, w, b, *, axis, eps):
    center, variance, unit = moments(x, axis)
    scale = 1 / np.sqrt(variance + eps)
    unit *= scale
    out = unit * w
    out += b
    return out, (center, variance, scale, unit)

def _norm_rule(g, out, x, w, b, *, axis, eps, saved=None):
    """The gradient without its mean and its share along the result: neither can change that."""
    if isinstance(g, TensorBase):                # for the next derivative, the scale depends on x
        away, each = x - _mean(x, axis), g * w
        away = away - _mean(away, axis)
        scale = 1 / sqrt(_mean(away * away, axis) + eps)
        unit = away * scale
        return (each - _mean(each, axis) - unit * _mean(each * unit, axis)) * scale, g * unit, g
    *_, scale, unit = saved
    if axis != (-1,):
        return _norm_over_batch(g, unit, w, scale, axis)
    gx, sums = np.empty(g.shape, g.dtype), np.zeros((2, g.shape[-1]), g.dtype)
    shape = g.size // max(g.shape[-1], 1), g.shape[-1]
    rows = [np.ascontiguousarray(part).reshape(shape) for part in (g, unit, gx)]

    def piece(g, unit, gx, scale):
        ones = np.ones(len(g), g.dtype)
        np.multiply(g, unit, out=gx)
        sums[0] += ones @ gx
        sums[1] += ones @ g
        each = g * w
        np.multiply(unit, _product_mean(each, unit, axis), out=gx)
        gx += _mean(each, axis)
        np.subtract(each, gx, out=gx)
        gx *= scale
    if g.size:
        in_pieces(piece, *rows, scale.reshape(-1, 1))
    return gx, *sums

def _norm_over_batch(g, unit, w, scale, axis):
    """The sums that weight and bias receive are what the gradient of x needs, too."""
    gx = g * unit
    to_weight, to_bias = total(gx, axis=axis, keepdims=True), total(g, axis=axis, keepdims=True)
    share = 1 / (math.prod(g.shape[a] for a in axis) or math.nan)
    np.multiply(unit, to_weight * share, out=gx)
    gx += to_bias * share
    np.subtract(g, gx, out=gx)
    gx *= scale * w
    shape = np.shape(w) or to_weight.shape       # () where there are no weights, but a 1
    return gx, to_weight.reshape(shape), to_bias.reshape(shape)

_standardize, _layer_norm, _batch_norm = (
    primitive(_norm, Joint(_norm_rule), saves=True, quiet=True, name=name)
    for name in ("standardize", "layer_norm", "batch_norm"))

def standardize(x, axis, eps):
    """x with mean 0 and variance 1 over the axes."""
    return _standardize(x, 1.0, 0.0, axis=axis, eps=eps)

def _or(weight, bias, shape=None):
    """Both, in this shape; where one is left out, the number that changes nothing."""
    return [number if t is None else t if shape is None else t.reshape(shape)
            for t, number in ((weight, 1.0), (bias, 0.0))]

def _fitting(name, shape, weight, bias):
    """Raise RuntimeError unless weight and bias, where there are any, have this shape."""
    for what, t in (("weight", weight), ("bias", bias)):
        if t is not None and t.shape != shape:
            raise RuntimeError(f"{name}: expected a {what} of shape {shape}, got {t.shape}")

def scaled(x, weight, bias, shape):
    """x · weight + bias, each of them a number for each place of `shape`."""
    x = x if weight is None else x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)

# The functions

def layer_norm(input, normalized_shape, weight=None, bias=None, eps: float = 1e-5):
    """Each sample standardized over its last axes, `normalized_shape` (Ba, Kiros & Hinton 2016).

    >>> mg.nn.functional.layer_norm(mg.tensor([[1., 3.], [5., 5.]]), (2,))
    tensor([[-1.0000,  1.0000],
            [ 0.0000,  0.0000]])
    """
    shape, axes = last_axes("layer_norm", input, normalized_shape)
    _fitting("layer_norm", shape, weight, bias)
    rows = input if len(axes) == 1 else input.reshape(*input.shape[:-len(axes)], math.prod(shape))
    weight, bias = _or(weight, bias, None if len(axes) == 1 else -1)
    out = _layer_norm(rows, weight, bias, axis=(-1,), eps=eps)
    return out if rows is input else out.reshape(input.shape)

def _tuple(normalized_shape):
    return (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)

def last_axes(name, input, normalized_shape):
    """The shape, and the axes that it names."""
    shape = _tuple(normalized_shape)
    if not shape or input.shape[-len(shape):] != shape:
        raise RuntimeError(f"{name}: expected an input of shape (*, {', '.join(map(str, shape))}), "
                           f"got {input.shape}")
    return shape, tuple(range(-len(shape), 0))

def batch_norm(input, running_mean, running_var, weight=None, bias=None, training: bool = False,
               momentum: float = 0.1, eps: float = 1e-5):
    """Each channel (axis 1) standardized over the batch and all positions (Ioffe & Szegedy 2015).

    In training with the batch's own mean and variance, of which `running_mean` and `running_var`
    keep an average (the new value counts `momentum`; the variance with n − 1); otherwise with that
    average.

    >>> mg.nn.functional.batch_norm(mg.tensor([[1.], [3.]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape, axis = (1, -1, *[1] * (input.ndim - 2)), (0, *range(2, input.ndim))
    refuse(input.ndim < 2, f"batch_norm: expected an input of shape (N, C, ...), got {input.shape}")
    _fitting("batch_norm", input.shape[1:2], weight, bias)
    if not training:
        refuse(running_mean is None or running_var is None, "batch_norm: expected running_mean and "
               "running_var, for it does not train")
        away = input - running_mean.reshape(shape)
        unit = away / sqrt(running_var.reshape(shape) + eps)
        return scaled(unit, weight, bias, shape)
    count = raw(input).size // max(input.shape[1], 1)
    refuse(count == 1, "batch_norm: expected more than one number for each channel in training, "
           f"got shape {input.shape}", ValueError)
    weight, bias = _or(weight, bias, shape if input.ndim > 2 else None)
    out = _batch_norm(input, weight, bias, axis=axis, eps=eps)
    if count and not (running_mean is None and running_var is None):
        keep_average(running_mean, running_var, out, input, axis, momentum)
    return out

def keep_average(running_mean, running_var, out, x, axis, momentum):
    """The running averages take in mean and variance (with n − 1), saved beside `out` or of x."""
    known, count = out.node.saved or moments(raw(x), axis), math.prod(x.shape[a] for a in axis)
    factors = 1, count / (count - 1)
    for average, new, factor in zip((running_mean, running_var), known, factors):
        if average is not None:
            new = new.reshape(-1, average.value.size)
            new = new[0] if len(new) == 1 else new.mean(0)     # of instance_norm, over the samples
            average.value *= 1 - momentum
            average.value += momentum * factor * new
            changed(average.value)

# The layers

class Scaled(Module):
    """A norm with a learned factor and shift for each place of `shape`, where it has them."""

    def __init__(self, shape, weight, bias, dtype):
        super().__init__()
        self.weight = Parameter(ones(shape, dtype=dtype)) if weight else None
        self.bias = Parameter(zeros(shape, dtype=dtype)) if bias else None

    def reset_parameters(self) -> None:
        """Begin again with factor 1 and shift 0."""
        self._begin(weight=1, bias=0)

    def _begin(self, **values):
        for name, value in values.items():
            if getattr(self, name) is not None:
                constant_(getattr(self, name), value)

class OfLastAxes(Scaled):
    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5,
                 elementwise_affine: bool = True, bias: bool = True, device=None, dtype=None):
        shape = _tuple(normalized_shape)
        super().__init__(shape, elementwise_affine, elementwise_affine and bias, dtype)
        self.normalized_shape, self.eps = shape, eps
        self.elementwise_affine = elementwise_affine

    def extra_repr(self):
        return (f"{self.normalized_shape}, eps={self.eps}, "
                f"elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}")

@says("Each sample standardized over its last axes, then scaled and shifted.",
      "mg.nn.LayerNorm(2)(mg.tensor([[1., 3.]])).detach()", "tensor([[-1.0000,  1.0000]])")
class LayerNorm(OfLastAxes):
    def forward(self, input):
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

class Running(Scaled):
    """A norm of channels, which can keep running averages for the time after training."""

    axes: tuple[int, ...]

    def __init__(self, num_features: int, eps: float = 1e-5, momentum=0.1, affine=True,
                 track_running_stats=True, device=None, dtype=None, *, bias=True):
        super().__init__((num_features,), affine, affine and bias, dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        on = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if on else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if on else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=INT64) if on else None)

    def reset_running_stats(self) -> None:
        """Forget the averages."""
        self._begin(running_mean=0, running_var=1, num_batches_tracked=0)

    def reset_parameters(self) -> None:
        """Begin again: factor 1, shift 0, no averages."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check(self, input):
        name = type(self).__name__
        if input.ndim not in self.axes:
            raise ValueError(f"{name}: expected {' or '.join(map(str, self.axes))} axes, "
                             f"got shape {input.shape}")
        refuse(input.shape[1] != self.num_features, f"{name}: expected {self.num_features} "
               f"channels (axis 1), got shape {input.shape}")

    def extra_repr(self):
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
                f"affine={self.affine}, bias={self.bias is not None}, "
                f"track_running_stats={self.track_running_stats}")

class _BatchNorm(Running):
    def forward(self, input):
        self._check(input)
        momentum = self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.value[...] += 1
            if momentum is None:           # the plain mean of all batches so far
                momentum = 1 / self.num_batches_tracked.item()
        new = self.training or self.running_mean is None
        kept = not self.training or self.track_running_stats
        averages = (self.running_mean, self.running_var) if kept else (None, None)
        return batch_norm(input, *averages, self.weight, self.bias, new, momentum or 0.0, self.eps)

@says("Each channel standardized over the batch, (N, C) or (N, C, L); by averages in eval().",
      "mg.nn.BatchNorm1d(1)(mg.tensor([[1.], [3.]])).detach().flatten()",
      "tensor([-1.0000,  1.0000])")
class BatchNorm1d(_BatchNorm):
    axes = (2, 3)

@says("Each channel standardized over batch and pixels, (N, C, H, W); by averages in eval().",
      "mg.nn.BatchNorm2d(3)(mg.ones(2, 3, 4, 4)).shape", "torch.Size([2, 3, 4, 4])")
class BatchNorm2d(_BatchNorm):
    axes = (4,)
