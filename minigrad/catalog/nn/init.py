"""The rarer first values, and the old names without underscore; adds them to nn.init."""
import math
import warnings
from functools import wraps

import numpy as np

from ...graph import raw
from ...nn import init as core
from ...nn.init import _fill, normal_
from ...public import public, refuse
from ...random import drawn, exactly, normal, randperm, real, uniform


@public("Numbers from the normal distribution, drawn anew until they lie between a and b.",
        "mg.nn.init.trunc_normal_(mg.empty(99)).abs().max() <= 2", "tensor(True)")
def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn("mean is more than 2 std from [a, b] in nn.init.trunc_normal_. The "
                      "distribution of values may be incorrect.", stacklevel=2)
    dtype, like = real("trunc_normal_", tensor.dtype), raw(tensor)
    inside = (math.erf((b - mean) / std / math.sqrt(2)) - math.erf((a - mean) / std / math.sqrt(2)))

    def draw(how, *bounds): return drawn(how, generator, like, dtype, *map(float, bounds))

    if inside / 2 > 0.3:
        low, high, out = dtype.type(a), dtype.type(b), draw(normal, mean, std)
        like = np.empty_like(out)
        while (wrong := (out < low) | (out > high)).any():
            out = np.where(wrong, draw(normal, mean, std), out)
        return _fill(tensor, out)

    peak = ((max(a, min(mean, b)) - mean) / std) ** 2 * -0.5

    def refused(x):
        x = (x - mean) / std
        with np.errstate(divide="ignore"):
            chance = exactly(lambda u: math.log(u) if u else -math.inf, np.log, draw(uniform, 0, 1))
        return chance > x * x * -0.5 - peak

    out = draw(uniform, a, b)
    pending = refused(out)
    while pending.any():
        candidates = draw(uniform, a, b)
        out = np.where(pending, candidates, out)
        pending &= refused(candidates)
    return _fill(tensor, out)

@public("Rows (or columns, the fewer ones) at right angles, of length gain (Saxe et al. 2014).",
        "(mg.nn.init.orthogonal_(mg.empty(2, 3), gain=2).norm(dim=1) - 2).abs().max() < 1e-5",
        "tensor(True)")
def orthogonal_(tensor, gain=1, generator=None):
    refuse(tensor.ndim < 2, f"orthogonal_: expected 2 axes or more, got shape {tensor.shape}",
           ValueError)
    if not tensor.numel():
        return tensor
    flat = np.empty((tensor.shape[0], tensor.numel() // tensor.shape[0]), tensor.dtype)
    flat = drawn(normal, generator, flat, real("orthogonal_", tensor.dtype))
    wide = flat.shape[0] < flat.shape[1]
    q, r = np.linalg.qr(flat.T if wide else flat)
    q *= np.sign(np.diagonal(r))
    return _fill(tensor, (q.T if wide else q).reshape(tensor.shape) * tensor.dtype.type(gain))

@public("Normal numbers, but in each column a part of `sparsity` zeros (Martens 2010).",
        "(mg.nn.init.sparse_(mg.empty(4, 2), 0.5) == 0).sum(0)", "tensor([2, 2])")
def sparse_(tensor, sparsity, std=0.01, generator=None):
    rows, columns = _two("sparse_", tensor)
    normal_(tensor, 0, std, generator)
    values, zeros = raw(tensor), math.ceil(sparsity * rows)
    for column in range(columns):
        values[raw(randperm(rows))[:zeros], column] = 0
    return tensor

def _two(name, tensor):
    refuse(tensor.ndim != 2, f"{name}: expected 2 axes, got shape {tensor.shape}", ValueError)
    return tensor.shape

@public("The identity matrix.", "mg.nn.init.eye_(mg.empty(1, 2))", "tensor([[1., 0.]])")
def eye_(tensor): return _fill(tensor, np.eye(*_two("eye_", tensor)))

@public("Kernels (out, in, …) of convolutions that let their channels pass, in each group.",
        "mg.nn.init.dirac_(mg.empty(1, 1, 3))", "tensor([[[0., 1., 0.]]])")
def dirac_(tensor, groups=1):
    refuse(tensor.ndim not in (3, 4, 5), "dirac_: expected 3, 4 or 5 axes, got shape "
           f"{tensor.shape}", ValueError)
    refuse(bool(tensor.shape[0] % groups), f"dirac_: expected a number of kernels that {groups} "
           f"groups share, got {tensor.shape[0]}", ValueError)
    values, out = np.zeros(tensor.shape, tensor.dtype), tensor.shape[0] // groups
    middle = [n // 2 for n in tensor.shape[2:]]
    for i in range(min(out, tensor.shape[1])):
        values[(slice(i, None, out), i, *middle)] = 1
    return _fill(tensor, values)

for _new in (trunc_normal_, orthogonal_, sparse_, eye_, dirac_):
    setattr(core, _new.__name__, _new)

def _old(name):
    new = getattr(core, f"{name}_")

    @wraps(new)
    def function(*args, **settings):
        warnings.warn(f"`nn.init.{name}` is now deprecated in favor of `nn.init.{name}_`.",
                      FutureWarning, stacklevel=2)
        return new(*args, **settings)
    function.__name__ = function.__qualname__ = name
    return function

for _name in ("uniform", "normal", "constant", "eye", "dirac", "xavier_uniform", "xavier_normal",
              "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse"):
    setattr(core, _name, _old(_name))
