"""Layers that keep the size of signals: norms, which differ in the axes that they standardize over."""
from ..create import ones, tensor, zeros
from ..dtypes import INT64
from . import functional as F
from .init import constant_
from .module import Module, Parameter


class _Scaled(Module):
    """A norm with a learned factor and shift for each place of `shape`, where it has them."""

    def __init__(self, shape, weight, bias, dtype):
        super().__init__()
        self.weight = Parameter(ones(shape, dtype=dtype)) if weight else None
        self.bias = Parameter(zeros(shape, dtype=dtype)) if bias else None

    def reset_parameters(self) -> None:
        """Begin again with factor 1 and shift 0."""
        _begin({self.weight: 1, self.bias: 0})


def _begin(values):
    for t, value in values.items():
        if t is not None:
            constant_(t, value)


class _OfLastAxes(_Scaled):
    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float = 1e-5, elementwise_affine: bool = True,
                 bias: bool = True, device=None, dtype=None):
        shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        super().__init__(shape, elementwise_affine, elementwise_affine and bias, dtype)
        self.normalized_shape, self.eps, self.elementwise_affine = shape, eps, elementwise_affine

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class LayerNorm(_OfLastAxes):
    """Each sample standardized over its last axes, then scaled and shifted; settings as in PyTorch.

    >>> mg.nn.LayerNorm(2)(mg.tensor([[1., 3.]])).detach()
    tensor([[-1.0000,  1.0000]])
    """

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)


class RMSNorm(_OfLastAxes):
    """x / √(mean of x²) over the last axes, then scaled.

    >>> mg.nn.RMSNorm(2)(mg.tensor([[3., 4.]])).detach()
    tensor([[0.8485, 1.1314]])
    """

    def __init__(self, normalized_shape: int | tuple[int, ...], eps: float | None = None,
                 elementwise_affine: bool = True, device=None, dtype=None):
        super().__init__(normalized_shape, eps, elementwise_affine, False, device, dtype)

    def forward(self, input):
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)


class GroupNorm(_Scaled):
    """Each sample standardized over groups of its channels: (N, num_channels, …).

    >>> mg.nn.GroupNorm(2, 4)(mg.tensor([[1., 3., 5., 7.]])).detach()
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(self, num_groups: int, num_channels: int, eps: float = 1e-5, affine: bool = True, device=None,
                 dtype=None, *, bias: bool = True):
        if num_channels % num_groups:
            raise ValueError(f"GroupNorm: expected channels that {num_groups} groups divide, got {num_channels}")
        super().__init__((num_channels,), affine, affine and bias, dtype)
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}"


class _Running(_Scaled):
    """A norm over the batch, which keeps running averages for the time after training."""

    axes: tuple[int, ...]

    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float | None = 0.1, affine: bool = True,
                 track_running_stats: bool = True, device=None, dtype=None, *, bias: bool = True):
        super().__init__((num_features,), affine, affine and bias, dtype)
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        on = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, dtype=dtype) if on else None)
        self.register_buffer("running_var", ones(num_features, dtype=dtype) if on else None)
        self.register_buffer("num_batches_tracked", tensor(0, dtype=INT64) if on else None)

    def reset_running_stats(self) -> None:
        """Forget the averages."""
        _begin({self.running_mean: 0, self.running_var: 1, self.num_batches_tracked: 0})

    def reset_parameters(self) -> None:
        """Begin again: factor 1, shift 0, no averages."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check(self, input):
        if input.ndim not in self.axes:
            raise ValueError(f"{type(self).__name__}: expected {' or '.join(map(str, self.axes))} axes, "
                             f"got shape {input.shape}")
        if input.shape[1] != self.num_features:
            raise RuntimeError(f"{type(self).__name__}: expected {self.num_features} channels (axis 1), "
                               f"got shape {input.shape}")

    def extra_repr(self):
        return (f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
                f"track_running_stats={self.track_running_stats}")


class _BatchNorm(_Running):
    def forward(self, input):
        self._check(input)
        momentum = self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.value[...] += 1
            if momentum is None:                               # the plain mean of all batches so far
                momentum = 1 / self.num_batches_tracked.item()
        new = self.training or self.running_mean is None
        kept = not self.training or self.track_running_stats
        return F.batch_norm(input, self.running_mean if kept else None, self.running_var if kept else None,
                            self.weight, self.bias, new, momentum or 0.0, self.eps)


class BatchNorm1d(_BatchNorm):
    """Each channel standardized over the batch: (N, C) or (N, C, L); with running averages in eval().

    >>> mg.nn.BatchNorm1d(1)(mg.tensor([[1.], [3.]])).detach()
    tensor([[-1.0000],
            [ 1.0000]])
    """

    axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Each channel standardized over the batch and all pixels: (N, C, H, W); with running averages in eval().

    >>> mg.nn.BatchNorm2d(3)(mg.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """

    axes = (4,)


class _InstanceNorm(_Running):
    def __init__(self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
                 track_running_stats: bool = False, device=None, dtype=None, *, bias: bool = True):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input):
        if input.ndim == self.axes[0]:
            return self(input[None])[0]
        self._check(input)
        return F.instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                               self.training or not self.track_running_stats, self.momentum or 0.0, self.eps)


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample standardized on its own: (N, C, L) or (C, L).

    >>> mg.nn.InstanceNorm1d(1)(mg.tensor([[[1., 3.]]]))
    tensor([[[-1.0000,  1.0000]]])
    """

    axes = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Each channel of each image standardized on its own: (N, C, H, W) or (C, H, W).

    >>> mg.nn.InstanceNorm2d(3)(mg.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """

    axes = (3, 4)
