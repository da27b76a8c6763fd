"""Changes of size: borders added, pixels repeated, channels turned into pixels and back."""
import math

import numpy as np

from ... import ops
from ...tensor import Tensor


def pad(input: Tensor, pad: tuple[int, ...], mode: str = "constant", value: float | None = None) -> Tensor:
    """Borders around the last axes: `pad` is (left, right, top, bottom, …), below 0 to cut off.

    Modes: "constant" (`value`, 0 by default), "reflect" (mirrored at the outermost pixel), "replicate" (that pixel
    again), "circular" (from the other side).

    >>> mg.nn.functional.pad(mg.tensor([[1., 2., 3.]]), (1, 1), mode="reflect")
    tensor([[2., 1., 2., 3., 2.]])
    """
    if len(pad) % 2 or len(pad) > 2 * input.ndim:
        raise RuntimeError(f"pad: expected a pair of widths for each of up to {input.ndim} axes, got {tuple(pad)}")
    if value is not None and mode != "constant":
        raise ValueError(f"pad: mode {mode!r} takes no value, got {value}")
    if mode not in ("constant", "reflect", "replicate", "circular"):
        raise NotImplementedError(f"pad: expected mode 'constant', 'reflect', 'replicate' or 'circular', got {mode!r}")
    widths = [(0, 0)] * (input.ndim - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    if any(n + a + b < 0 for n, (a, b) in zip(input.shape, widths)):
        raise RuntimeError(f"pad: {tuple(pad)} cuts off more than there is of shape {input.shape}")
    if mode != "constant":
        for axis, (before, after) in enumerate(widths):
            if mode == "circular" and min(before, after) < 0:
                raise NotImplementedError(f"pad: minigrad's mode 'circular' cuts nothing off, got {tuple(pad)}")
            if before or after:
                input = _take(input, axis, _border(mode, input.shape[axis], before, after))
        return input
    if any(n < 0 for both in widths for n in both):
        input = input[tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(input.shape, widths))]
        widths = [(max(a, 0), max(b, 0)) for a, b in widths]
    if not any(n for both in widths for n in both):
        return input
    return ops.pad(input, widths=tuple(widths), value=0 if value is None else value)


def _border(mode, n, before, after):
    """Which of n places stands at each place of the padded axis."""
    most = {"reflect": n - 1, "circular": n, "replicate": math.inf if n else 0}[mode]
    if max(before, after) > most:
        raise RuntimeError(f"pad: mode {mode!r} of an axis of {n} can add at most {most}, got ({before}, {after})")
    places = np.arange(-before, n + after)
    if mode == "reflect":
        return n - 1 - np.abs(n - 1 - np.abs(places))
    return places % n if mode == "circular" else np.clip(places, 0, n - 1)


def _take(input, axis, places):
    return ops.getitem(input, index=(slice(None),) * axis + (places,))


def interpolate(input: Tensor, size=None, scale_factor=None, mode: str = "nearest", align_corners: bool | None = None,
                recompute_scale_factor: bool | None = None, antialias: bool = False) -> Tensor:
    """(N, C, …) in another size, or scale_factor times as large: each new pixel is the nearest old one.

    Only mode "nearest".

    >>> mg.nn.functional.interpolate(mg.tensor([[[1., 2.]]]), scale_factor=2)
    tensor([[[1., 1., 2., 2.]]])
    """
    if mode != "nearest" or align_corners is not None or antialias:
        raise NotImplementedError(f"interpolate: minigrad computes mode 'nearest' only, got {mode!r}, align_corners="
                                  f"{align_corners}, antialias={antialias}; conv_transpose2d learns to interpolate")
    if (size is None) == (scale_factor is None):
        raise ValueError("interpolate: expected either size or scale_factor")
    count = input.ndim - 2
    given = scale_factor if size is None else size
    given = tuple(given) if isinstance(given, (tuple, list)) else (given,) * count
    if count not in (1, 2, 3) or len(given) != count:
        raise ValueError(f"interpolate: expected one number or {count} for shape {input.shape}, got {given}")
    for axis, (n, new) in enumerate(zip(input.shape[2:], given), start=2):
        m = math.floor(n * new) if size is None else new
        step = 1 / new if size is None and not recompute_scale_factor else n / m
        if m % n == 0 and step == n / m:                       # whole repetitions: a view is enough
            x = input.unsqueeze(axis + 1)
            x = x.expand(*x.shape[:axis + 1], m // n, *x.shape[axis + 2:])
            input = x.reshape(*input.shape[:axis], m, *input.shape[axis + 1:])
        else:
            nearest = np.floor(np.arange(m, dtype=np.float32) * np.float32(step)).astype(int)
            input = _take(input, axis, np.minimum(nearest, n - 1))
    return input


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """r · r channels become one channel of r times the height and width: (*, C·r², H, W) -> (*, C, H·r, W·r).

    >>> mg.nn.functional.pixel_shuffle(mg.tensor([1., 2., 3., 4.]).reshape(4, 1, 1), 2)
    tensor([[[1., 2.],
             [3., 4.]]])
    """
    r = upscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-3] % (r * r):
        raise RuntimeError(f"pixel_shuffle: expected (*, C·{r}·{r}, H, W), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C // (r * r), r, r, H, W), len(lead)
    return x.permute(*range(n + 1), n + 3, n + 1, n + 4, n + 2).reshape(*lead, C // (r * r), H * r, W * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of pixel_shuffle: (*, C, H·r, W·r) -> (*, C·r², H, W).

    >>> mg.nn.functional.pixel_unshuffle(mg.tensor([[[1., 2.], [3., 4.]]]), 2).flatten()
    tensor([1., 2., 3., 4.])
    """
    r = downscale_factor
    if input.ndim < 3 or r < 1 or input.shape[-1] % r or input.shape[-2] % r:
        raise RuntimeError(f"pixel_unshuffle: expected (*, C, H·{r}, W·{r}), got {input.shape}")
    *lead, C, H, W = input.shape
    x, n = input.reshape(*lead, C, H // r, r, W // r, r), len(lead)
    return x.permute(*range(n + 1), n + 2, n + 4, n + 1, n + 3).reshape(*lead, C * r * r, H // r, W // r)
