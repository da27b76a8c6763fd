"""Norms: numbers brought to mean 0 and variance 1 over some axes. They differ in the axes; the arithmetic is one."""
import math

import numpy as np

from ...changes import changed
from ...dtypes import FLOAT16
from ...graph import Joint, Node, primitive, raw
from ...kernels import total
from ...catalog.linalg import vector_norm
from ...memory import in_pieces
from ...ops import mean, sqrt
from ...tensor import Tensor


def _mean(x, axis):
    if isinstance(x, Node) or x.dtype == FLOAT16:
        return mean(x, axis=axis, keepdims=True)
    out = total(x, axis=axis, keepdims=True)
    out /= math.prod(x.shape[a] for a in axis) or math.nan
    return out

def _moments(x, axis):
    """The mean and the variance of an array over the axes, and how far it is from the mean."""
    center = _mean(x, axis)
    away = x - center
    return center, _product_mean(away, away, axis), away

def _product_mean(x, y, axis):             # of the last axis without the products between
    if axis == (-1,) and isinstance(x, np.ndarray) and x.dtype != FLOAT16:
        return np.vecdot(x, y)[..., None] / x.dtype.type(x.shape[-1])
    return _mean(x * y, axis)

def _back(g, out, x, *, axis, eps, made):
    """The gradient without its mean and without its share along `out`: neither can change a standardized x."""
    if isinstance(g, Node):                # the next derivative needs to know that the scale depends on x
        away = x - _mean(x, axis)
        scale = 1 / sqrt(_mean(away * away, axis) + eps)
        return (g - _mean(g, axis) - out * _mean(g * out, axis)) * scale

    def piece(g, out, scale, gx):
        np.multiply(out, _product_mean(g, out, axis), out=gx)
        gx += _mean(g, axis)
        np.subtract(g, gx, out=gx)
        gx *= scale
    (_, scale), gx = made, np.empty_like(out)
    in_pieces(piece, g, out, scale, gx) if len(scale) == len(gx) > 1 else piece(g, out, scale, gx)
    return gx

def _standardize(x, *, axis, eps, made):
    out = x - made[0]
    out *= made[1]
    return out

_standardized = primitive(_standardize, _back, name="standardize")

def standardize(x, axis, eps, moments=None):
    """(x − mean) / √(variance + eps) over the axes `axis`; `moments` if mean, variance and x − mean are known.

    >>> mg.nn.arithmetic.norm.standardize(mg.tensor([1., 3.]), axis=(0,), eps=0.0)
    tensor([-1.,  1.])
    """
    center, variance, _ = moments or _moments(raw(x), axis)
    return _standardized(x, axis=axis, eps=eps, made=(center, 1 / np.sqrt(variance + eps)))


# The same with weight and bias in one node, for the two norms that networks are full of. `made`: x standardized, 1 / √…

def _unit(moments, eps):
    """x standardized, and 1 / √(variance + eps)."""
    _, variance, away = moments
    scale = 1 / np.sqrt(variance + eps)
    away *= scale
    return away, scale

def _norm(x, w, b, *, axis, eps, made):
    out = made[0] * w
    out += b
    return out

def _norm_rule(g, out, x, w, b, *, axis, eps, made):
    if isinstance(g, Node):
        away = x - _mean(x, axis)
        scale = 1 / sqrt(_mean(away * away, axis) + eps)
        unit, each = away * scale, g * w
        return (each - _mean(each, axis) - unit * _mean(each * unit, axis)) * scale, g * unit, g
    unit, scale = made
    if axis != (-1,):
        return _norm_over_batch(g, unit, w, scale, axis)
    gx, sums = np.empty(g.shape, g.dtype), np.zeros((2, *w.shape), g.dtype)
    rows = [np.ascontiguousarray(part).reshape(g.size // max(g.shape[-1], 1), g.shape[-1]) for part in (g, unit, gx)]

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
    share = 1 / math.prod(g.shape[a] for a in axis)
    np.multiply(unit, to_weight * share, out=gx)
    gx += to_bias * share
    np.subtract(g, gx, out=gx)
    gx *= scale * w
    return gx, to_weight.reshape(w.shape), to_bias.reshape(w.shape)

_layer_norm = primitive(_norm, Joint(_norm_rule, reads={2, 3}), name="layer_norm")      # x and w, as in PyTorch
_batch_norm = primitive(_norm, Joint(_norm_rule, reads={2, 3}), name="batch_norm")


def _fitting(name, shape, weight, bias):
    """Raise RuntimeError unless weight and bias, where there are any, have one number for each place of `shape`."""
    for what, t in (("weight", weight), ("bias", bias)):
        if t is not None and t.shape != shape:
            raise RuntimeError(f"{name}: expected a {what} of shape {shape}, got {t.shape}")


def _scaled(x, weight, bias, shape):
    """x · weight + bias, each of them a number for each place of `shape`."""
    x = x if weight is None else x * weight.reshape(shape)
    return x if bias is None else x + bias.reshape(shape)


def layer_norm(input: Tensor, normalized_shape, weight: Tensor | None = None, bias: Tensor | None = None,
               eps: float = 1e-5) -> Tensor:
    """Each sample standardized over its last axes, those of `normalized_shape` (Ba, Kiros & Hinton 2016).

    >>> mg.nn.functional.layer_norm(mg.tensor([[1., 3.], [5., 5.]]), (2,))
    tensor([[-1.0000,  1.0000],
            [ 0.0000,  0.0000]])
    """
    shape = _last_axes("layer_norm", input, normalized_shape)
    axis = tuple(range(-len(shape), 0))
    _fitting("layer_norm", shape, weight, bias)
    if weight is None or bias is None or len(shape) > 1:
        return _scaled(standardize(input, axis, eps), weight, bias, shape)
    return _layer_norm(input, weight, bias, axis=axis, eps=eps, made=_unit(_moments(raw(input), axis), eps))


def rms_norm(input: Tensor, normalized_shape, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    """x / √(mean of x² + eps) over the last axes: layer_norm without the mean (Zhang & Sennrich 2019).

    eps: None is the smallest step of the dtype at 1.

    >>> mg.nn.functional.rms_norm(mg.tensor([3., 4.]), (2,))
    tensor([0.8485, 1.1314])
    """
    shape = _last_axes("rms_norm", input, normalized_shape)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    square = mean(input * input, axis=tuple(range(-len(shape), 0)), keepdims=True)
    return _scaled(input / sqrt(square + eps), weight, None, shape)


def _last_axes(name, input, normalized_shape):
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not shape or input.shape[-len(shape):] != shape:
        raise RuntimeError(f"{name}: expected an input of shape (*, {', '.join(map(str, shape))}), got {input.shape}")
    return shape


def batch_norm(input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
               bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """Each channel (axis 1) standardized over the batch and all positions (Ioffe & Szegedy 2015).

    In training with the batch's own mean and variance, of which `running_mean` and `running_var` keep an average
    (the new value counts `momentum`; the variance with n − 1); otherwise with that average.

    >>> mg.nn.functional.batch_norm(mg.tensor([[1.], [3.]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    shape, axis = (1, -1, *[1] * (input.ndim - 2)), (0, *range(2, input.ndim))
    if input.ndim < 2:
        raise RuntimeError(f"batch_norm: expected an input of shape (N, C, ...), got {input.shape}")
    _fitting("batch_norm", input.shape[1:2], weight, bias)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: expected running_mean and running_var, for it does not train")
        away = input - running_mean.reshape(shape)
        return _scaled(away / sqrt(running_var.reshape(shape) + eps), weight, bias, shape)
    count = raw(input).size // max(input.shape[1], 1)
    if count == 1:
        raise ValueError("batch_norm: expected more than one number for each channel in training, "
                         f"got shape {input.shape}")
    moments = _moments(raw(input), axis)
    if count:
        _keep(running_mean, running_var, moments, count, momentum)
    if weight is None or bias is None:
        return _scaled(standardize(input, axis, eps, moments), weight, bias, shape)
    if input.ndim > 2:
        weight, bias = weight.reshape(shape), bias.reshape(shape)
    return _batch_norm(input, weight, bias, axis=axis, eps=eps, made=_unit(moments, eps))


def _keep(running_mean, running_var, moments, count, momentum):
    """The running averages take in the mean and the variance, this one with n − 1, of `count` numbers each."""
    for average, new, factor in zip((running_mean, running_var), moments, (1, count / (count - 1))):
        if average is not None:
            new = new.reshape(-1, average.value.size)
            new = new[0] if len(new) == 1 else new.mean(0)     # of instance_norm, the mean over the samples
            average.value *= 1 - momentum
            average.value += momentum * factor * new
            changed(average.value)


def group_norm(input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None,
               eps: float = 1e-5) -> Tensor:
    """Each sample standardized over groups of its channels (Wu & He 2018).

    >>> mg.nn.functional.group_norm(mg.tensor([[1., 3., 5., 7.]]), 2)
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    if input.ndim < 2 or input.shape[1] % num_groups:
        raise RuntimeError(f"group_norm: expected channels (axis 1) that {num_groups} groups divide, got {input.shape}")
    groups = input.reshape(input.shape[0], num_groups, -1)
    if groups.shape[0] * groups.shape[2] == 1:
        raise ValueError(f"group_norm: expected more than one number for each group, got shape {input.shape}")
    x = standardize(groups, axis=(2,), eps=eps).reshape(input.shape)
    return _scaled(x, weight, bias, (-1, *[1] * (input.ndim - 2)))


def instance_norm(input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
                  weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
                  momentum: float = 0.1, eps: float = 1e-5) -> Tensor:
    """Each channel of each sample standardized on its own: (N, C, ...) (Ulyanov et al. 2016).

    With running averages, these take in the mean over the samples of each channel's mean and variance.

    >>> mg.nn.functional.instance_norm(mg.tensor([[[1., 3.]]]))
    tensor([[[-1.0000,  1.0000]]])
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    axis, shape, count = tuple(range(2, input.ndim)), (-1, *[1] * (input.ndim - 2)), math.prod(input.shape[2:])
    if count <= 1:
        raise ValueError("instance_norm: expected more than one number in each channel in training, "
                         f"got shape {input.shape}")
    moments = _moments(raw(input), axis)
    _keep(running_mean, running_var, moments, count, momentum)
    return _scaled(standardize(input, axis, eps, moments), weight, bias, shape)


def normalize(input: Tensor, p: float = 2.0, dim=1, eps: float = 1e-12, out=None) -> Tensor:
    """x / ‖x‖ₚ along `dim`; a norm below eps counts as eps.

    >>> mg.nn.functional.normalize(mg.tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    if out is not None:
        raise NotImplementedError("normalize: minigrad has no out=; assign the result instead")
    return input / vector_norm(input, p, dim, keepdim=True).clamp(min=eps)
