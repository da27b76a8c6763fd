"""What convolutions and pools share: windows that fit, with gaps, over images and signals."""
from ..tensor import Tensor
from .resize import pad


def reach(window: tuple[int, int], dilation: tuple[int, int]) -> tuple[int, int]:
    """How far a window reaches that reads every so many pixels."""
    return tuple(d * (k - 1) + 1 for k, d in zip(window, dilation))

def fits(layer: str, input: Tensor, window: tuple[int, int], padding: tuple[int, int]) -> None:
    """Raise RuntimeError for a window larger than the padded image."""
    height, width = (n + 2 * p for n, p in zip(input.shape[2:], padding))
    if window[0] > height or window[1] > width:
        raise RuntimeError(f"{layer}: expected images of at least {window[0]} x {window[1]}, the "
                           f"window, got {height} x {width} (padding included) from shape "
                           f"{input.shape}")

def signal(name: str, input: Tensor, weight: Tensor | None = None) -> None:
    """Raise RuntimeError unless these are signals (N, C, L) or (C, L), and a weight of 3 axes."""
    if input.ndim not in (2, 3) or (weight is not None and weight.ndim != 3):
        also = "" if weight is None else f" and a weight of 3 axes, got {weight.shape} and"
        raise RuntimeError(f"{name}: expected signals of shape (N, C, L) or (C, L)"
                           f"{also or ', got'} {input.shape}")

def by_phases(x: Tensor, dilation, window, compute) -> Tensor:
    """Windows with gaps: pixels that are d apart form an image of their own.

    Compute on these d · e images, and lay the results together.
    """
    (N, C, H, W), (d, e) = x.shape, dilation
    x = pad(x, (0, -W % e, 0, -H % d))                         # to multiples of e and d
    x = x.reshape(N, C, x.shape[2] // d, d, x.shape[3] // e, e).permute(3, 5, 0, 1, 2, 4)
    out = compute(x.reshape(d * e * N, C, *x.shape[4:]))
    O, h, w = out.shape[1:]
    out = out.reshape(d, e, N, O, h, w).permute(2, 3, 4, 0, 5, 1).reshape(N, O, h * d, w * e)
    rows, columns = reach(window, dilation)
    return out[:, :, :H - rows + 1, :W - columns + 1]
