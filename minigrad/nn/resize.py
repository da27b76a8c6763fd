"""Changes of size without weights: borders added, pixels repeated."""
import math

import numpy as np

from .. import convolution, ops
from ..public import refuse
from .layer import Layer


def pad(input, pad: tuple[int, ...], mode: str = "constant", value: float | None = None):
    """Borders around the last axes: `pad` is (left, right, top, bottom, …), below 0 to cut off.

    Modes: "constant" (`value`, 0 by default), "reflect" (mirrored at the outermost pixel),
    "replicate" (that pixel again), "circular" (from the other side).

    >>> mg.nn.functional.pad(mg.tensor([[1., 2., 3.]]), (1, 1), mode="reflect")
    tensor([[2., 1., 2., 3., 2.]])
    """
    count, modes = len(pad) // 2, ("constant", "reflect", "replicate", "circular")
    refuse(len(pad) % 2 or count > input.ndim, f"pad: expected a pair of widths for each of up to "
           f"{input.ndim} axes, got {tuple(pad)}")
    refuse(value is not None and mode != "constant",
           f"pad: mode {mode!r} takes no value, got {value}", ValueError)
    refuse(mode not in modes, "pad: expected mode 'constant', 'reflect', 'replicate' or "
           f"'circular', got {mode!r}", NotImplementedError)
    widths = [(0, 0)] * (input.ndim - count) + [*zip(pad[-2::-2], pad[::-2])]
    refuse(any(n + a + b < 0 for n, (a, b) in zip(input.shape, widths)),
           f"pad: {tuple(pad)} cuts off more than there is of shape {input.shape}")
    changed = any(map(any, widths))
    if mode != "constant":
        for axis, (before, after) in enumerate(widths):
            refuse(mode == "circular" and min(before, after) < 0, "pad: minigrad's mode 'circular' "
                   f"cuts nothing off, got {tuple(pad)}", NotImplementedError)
            if before or after:
                input = _take(input, axis, _border(mode, input.shape[axis], before, after))
        return input if changed else ops.clone(input, order="C")
    if min(pad, default=0) < 0:
        input = input[tuple(slice(max(-a, 0), n - max(-b, 0))
                            for n, (a, b) in zip(input.shape, widths))]
        widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    if not any(map(any, widths)):                          # cut off, or nothing to do: still a copy
        return ops.clone(input, order="C" if changed else None)
    return convolution.pad(input, widths=tuple(widths), value=0 if value is None else value)

def _border(mode, n, before, after):
    """Which of n places stands at each place of the padded axis."""
    most = {"reflect": n - 1, "circular": n, "replicate": math.inf if n else 0}[mode]
    refuse(max(before, after) > most, f"pad: mode {mode!r} of an axis of {n} can add at most "
           f"{most}, got ({before}, {after})")
    places = np.arange(-before, n + after)
    if mode == "reflect":
        return n - 1 - np.abs(n - 1 - np.abs(places))
    return places % n if mode == "circular" else np.clip(places, 0, n - 1)

def _take(input, axis, places):
    return ops.getitem(input, index=(slice(None),) * axis + (places,))

def interpolate(input, size=None, scale_factor=None, mode: str = "nearest", align_corners=None,
                recompute_scale_factor: bool | None = None, antialias: bool = False):
    """(N, C, …) in another size, or scale_factor times as large; "nearest": each an old pixel.

    `align_corners`, of modes that mix pixels: the outermost pixels' centres stay where they are.

    >>> mg.nn.functional.interpolate(mg.tensor([[[1., 2.]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    refuse(mode not in MODES or antialias, "interpolate: minigrad computes mode "
           f"{', '.join(map(repr, MODES))} without antialias, got {mode!r}, antialias={antialias}",
           NotImplementedError)
    count, (dims, resized) = input.ndim - 2, MODES[mode]
    refuse(align_corners is not None and len(dims) > 1, f"interpolate: mode {mode!r} mixes no "
           "corners; align_corners is for linear, bilinear, bicubic and trilinear", ValueError)
    refuse((size is None) == (scale_factor is None) or recompute_scale_factor and size is not None,
           "interpolate: expected either size or scale_factor", ValueError)
    given, start = scale_factor if size is None else size, input
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * count
    refuse(len(given) != count, "interpolate: expected one number or "
           f"{count} for shape {input.shape}, got {given}", ValueError)
    refuse(count not in dims, f"interpolate: mode {mode!r} needs an input (N, C, and "
           f"{' or '.join(map(str, dims))} more axes), got shape {input.shape}",
           NotImplementedError)
    for axis in reversed(range(2, input.ndim)):
        n, new = input.shape[axis], given[axis - 2]
        m = math.floor(n * new) if size is None else new
        refuse(min(m, n) < 1, f"interpolate: expected sizes above 0, got {n} and {m}")
        step = 1 / new if size is None and not recompute_scale_factor else n / m
        input = resized(input, axis, m, step, align_corners)
    view = input is start or input.origin is not None
    return ops.clone(input, order="C") if view else input

def _nearest(input, axis, m, step, align_corners):
    """m pixels along an axis, each from as many steps on."""
    n = input.shape[axis]
    if m % n == 0 and step == n / m:                           # whole repetitions: a view is enough
        x = input.unsqueeze(axis + 1)
        x = x.expand(*x.shape[:axis + 1], m // n, *x.shape[axis + 2:])
        return x.reshape(*input.shape[:axis], m, *input.shape[axis + 1:])
    nearest = np.floor(np.arange(m, dtype=np.float32) * np.float32(step)).astype(int)
    return _take(input, axis, np.minimum(nearest, n - 1))

MODES = {"nearest": ((1, 2, 3), _nearest)}     # for how many axes, and how one of them is resized


class Upsample(Layer, of=interpolate, example="scale_factor=2",
               keeps="size scale_factor mode align_corners recompute_scale_factor"):
    mode, align_corners = "nearest", None

    def __post_init__(self):
        scale = self.scale_factor
        if scale is not None:
            self.scale_factor = tuple(map(float, scale)) if isinstance(scale, tuple) else (
                float(scale))

    def extra_repr(self):
        scaled = self.scale_factor is not None
        given = f"scale_factor={self.scale_factor}" if scaled else f"size={self.size}"
        return f"{given}, mode={self.mode!r}"
