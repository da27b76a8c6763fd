"""Norms: numbers brought to mean 0 and variance 1 over some axes. They differ in the axes; the arithmetic is one."""
import numpy as np

from ...changes import changed
from ...graph import primitive, raw
from ...linalg import vector_norm
from ...ops import mean, sqrt
from ...tensor import Tensor


def _mean(x, axis):
    for i in axis:                         # one axis after the other: short sums round less than a long one
        x = mean(x, axis=i, keepdims=True)
    return x

def _standardize(x, *, axis, eps):
    away = x - _mean(x, axis)
    return away / np.sqrt(_mean(away * away, axis) + eps)

def _back(g, out, x, *, axis, eps):
    """The gradient without its mean and without its share along `out`: neither can change a standardized x."""
    away = x - _mean(x, axis)
    free = g - _mean(g, axis) - out * _mean(g * out, axis)
    return free / sqrt(_mean(away * away, axis) + eps)

standardize = primitive(_standardize, _back, name="standardize")
standardize.__doc__ = """(x − mean) / √(variance + eps) over the axes `axis`.

>>> mg.nn.arithmetic.norm.standardize(mg.tensor([1., 3.]), axis=(0,), eps=0.0)
tensor([-1.,  1.])
"""


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
    return _scaled(standardize(input, axis=tuple(range(-len(shape), 0)), eps=eps), weight, bias, shape)


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
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("batch_norm: expected running_mean and running_var, for it does not train")
        away = input - running_mean.reshape(shape)
        return _scaled(away / sqrt(running_var.reshape(shape) + eps), weight, bias, shape)
    count = raw(input).size // max(input.shape[1], 1)
    if count == 1:
        raise ValueError("batch_norm: expected more than one number for each channel in training, "
                         f"got shape {input.shape}")
    if count:
        _keep(running_mean, running_var, raw(input), axis, momentum)
    return _scaled(standardize(input, axis=axis, eps=eps), weight, bias, shape)


def _keep(running_mean, running_var, x, axis, momentum):
    """The running averages take in the mean and the variance (with n − 1) of x over the axes `axis`."""
    center, count = _mean(x, axis), x.size // max(np.prod([n for i, n in enumerate(x.shape) if i not in axis]), 1)
    for average, new in ((running_mean, lambda: center),
                         (running_var, lambda: _mean((x - center) ** 2, axis) * (count / (count - 1)))):
        if average is not None:                                # of instance_norm, the mean over the samples
            new = new().reshape(-1, average.value.size).mean(0)
            average.value[...] = (1 - momentum) * average.value + momentum * new
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
    axis, shape, x = tuple(range(2, input.ndim)), (-1, *[1] * (input.ndim - 2)), raw(input)
    if np.prod(x.shape[2:], dtype=int) <= 1:
        raise ValueError("instance_norm: expected more than one number in each channel in training, "
                         f"got shape {input.shape}")
    _keep(running_mean, running_var, x, axis, momentum)
    return _scaled(standardize(input, axis=axis, eps=eps), weight, bias, shape)


def normalize(input: Tensor, p: float = 2.0, dim=1, eps: float = 1e-12, out=None) -> Tensor:
    """x / ‖x‖ₚ along `dim`; a norm below eps counts as eps.

    >>> mg.nn.functional.normalize(mg.tensor([[3., 4.]]))
    tensor([[0.6000, 0.8000]])
    """
    if out is not None:
        raise NotImplementedError("normalize: minigrad has no out=; assign the result instead")
    return input / vector_norm(input, p, dim, keepdim=True).clamp(min=eps)
