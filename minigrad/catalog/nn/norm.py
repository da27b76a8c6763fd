"""Norms over groups of channels, over each channel of a sample, and of vectors."""
import math

from ...public import public, refuse
from ..linalg import vector_norm
from .standardize import Running, Scaled, batch_norm, keep_average, scaled, standardize

@public("Each sample standardized over groups of its channels (Wu & He 2018).",
        "[[1., 3., 5., 7.]], 2", "tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    refuse(input.ndim < 2 or input.shape[1] % num_groups, "group_norm: expected channels (axis "
           f"1) that {num_groups} groups divide, got {input.shape}")
    groups = input.reshape(input.shape[0], num_groups, -1)
    refuse(groups.shape[0] * groups.shape[2] == 1, "group_norm: expected more than one number for "
           f"each group, got shape {input.shape}", ValueError)
    x = standardize(groups, axis=(2,), eps=eps).reshape(input.shape)
    return scaled(x, weight, bias, (-1, *[1] * (input.ndim - 2)))

@public("Each channel of each sample standardized on its own: (N, C, ...) (Ulyanov et al. 2016).\n"
        "Running averages take in the mean over the samples of each channel's mean and variance.",
        "mg.nn.functional.instance_norm(mg.tensor([[[1., 3.]]]))", "tensor([[[-1.0000,  1.0000]]])")
def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None,
                  use_input_stats=True, momentum=0.1, eps=1e-5):
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    axis, count = tuple(range(2, input.ndim)), math.prod(input.shape[2:])
    refuse(count <= 1, "instance_norm: expected more than one number in each channel in "
           f"training, got shape {input.shape}", ValueError)
    out = standardize(input, axis=axis, eps=eps)
    keep_average(running_mean, running_var, out, input, axis, momentum)
    return scaled(out, weight, bias, (-1, *[1] * (input.ndim - 2)))

@public("x / ‖x‖ₚ along `dim`, the norm at least eps.", "[[3., 4.]]", "tensor([[0.6000, 0.8000]])")
def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    refuse(out is not None, "normalize: minigrad has no out=; assign the result instead",
           NotImplementedError)
    return input / vector_norm(input, p, dim, keepdim=True).clamp(min=eps)

@public("Each sample standardized over groups of its channels: (N, num_channels, …).",
        "mg.nn.GroupNorm(2, 4)(mg.ones(3, 4, 5)).shape", "torch.Size([3, 4, 5])")
class GroupNorm(Scaled):
    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *,
                 bias=True):
        refuse(num_channels % num_groups, f"GroupNorm: expected channels that {num_groups} groups "
               f"divide, got {num_channels}", ValueError)
        super().__init__((num_channels,), affine, affine and bias, dtype)
        self.num_groups, self.num_channels = num_groups, num_channels
        self.eps, self.affine = eps, affine

    def forward(self, input):
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
                f"bias={self.bias is not None}")

class _InstanceNorm(Running):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=False,
                 track_running_stats=False, device=None, dtype=None, *, bias=True):
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype,
                         bias=bias)

    def forward(self, input):
        if input.ndim == self.axes[0]:
            return self(input[None])[0]
        self._check(input)
        new = self.training or not self.track_running_stats
        return instance_norm(input, self.running_mean, self.running_var, self.weight, self.bias,
                             new, self.momentum or 0.0, self.eps)

@public("Each channel of each sample standardized on its own: (N, C, L) or (C, L).",
        "mg.nn.InstanceNorm1d(1)(mg.tensor([[[1., 3.]]]))", "tensor([[[-1.0000,  1.0000]]])")
class InstanceNorm1d(_InstanceNorm):
    axes = (2, 3)

@public("Each channel of each image standardized on its own: (N, C, H, W) or (C, H, W).",
        "mg.nn.InstanceNorm2d(3)(mg.ones(2, 3, 4, 4)).shape", "torch.Size([2, 3, 4, 4])")
class InstanceNorm2d(_InstanceNorm):
    axes = (3, 4)
