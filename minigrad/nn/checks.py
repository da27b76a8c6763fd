"""What layers and functions ask of their settings, and how they refuse."""
import numpy as np

from ..create import as_tensor
from ..tensor import Tensor


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of the losses, or all of them ("none").

    >>> mg.nn.functional.reduced(mg.tensor([1., 2.]), "sum")
    tensor(3.)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss


def several(layer: str, setting: str, value: int | tuple[int, ...], least: int, count: int) -> tuple[int, ...]:
    """A setting for each of `count` axes from one whole number or so many.

    >>> mg.nn.functional.several("Conv1d", "stride", 2, least=1, count=1)
    (2,)
    """
    each = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    each *= count if len(each) == 1 else 1
    if len(each) != count or not all(isinstance(n, (int, np.integer)) and n >= least for n in each):
        numbers = "one or two whole numbers" if count == 2 else "a whole number"
        raise ValueError(f"{layer}: expected {setting} to be {numbers} from {least} up, got {value!r}")
    return each


def pair(layer: str, setting: str, value: int | tuple[int, int], least: int) -> tuple[int, int]:
    """A setting for height and width from one whole number or two.

    >>> mg.nn.functional.pair("Conv2d", "stride", 2, least=1)
    (2, 2)
    """
    return several(layer, setting, value, least, 2)


def refuse(layer: str, **settings) -> None:
    """Raise for a setting that PyTorch has and minigrad has not: `name=(what came, what works, ...)`.

    >>> mg.nn.functional.refuse("Embedding", sparse=(False, False))      # False came, False works: no error
    """
    for name, (value, *allowed) in settings.items():
        if value not in allowed:
            raise NotImplementedError(f"{layer}: minigrad computes {name}={allowed[0]!r} only, got {value!r}")


def same_shape(layer: str, input: Tensor, target: Tensor) -> Tensor:
    """The target as a tensor; raises ValueError unless it has the input's shape.

    >>> mg.nn.checks.same_shape("mse_loss", mg.zeros(2), [1., 2.])
    tensor([1., 2.])
    """
    target = as_tensor(target)
    if target.shape != input.shape:
        raise ValueError(f"{layer}: expected a target of shape {input.shape}, the input's, got {target.shape}; "
                         "reshape one of them")
    return target


def fits(layer: str, input: Tensor, window: tuple[int, int], padding: tuple[int, int]) -> None:
    """Raise RuntimeError for a window larger than the padded image.

    >>> mg.nn.checks.fits("conv2d", mg.zeros(1, 1, 5, 5), (5, 3), (0, 0))      # it fits: no error
    """
    height, width = (n + 2 * p for n, p in zip(input.shape[2:], padding))
    if window[0] > height or window[1] > width:
        raise RuntimeError(f"{layer}: expected images of at least {window[0]} x {window[1]}, the window, "
                           f"got {height} x {width} (padding included) from shape {input.shape}")
