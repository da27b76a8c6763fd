"""What layers and functions ask of their arguments, and how they refuse."""
import numpy as np

from ..create import as_tensor
from ..graph import raw
from ..tensor import Tensor

Size = int | tuple[int, ...]
Pair = int | tuple[int, int]


def check_reduction(reduction: str) -> None:
    """Raise ValueError for another reduction than PyTorch's three."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction: expected 'mean', 'sum' or 'none', got {reduction!r}")

def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The mean or the sum of the losses, or all of them ("none")."""
    check_reduction(reduction)
    return loss.mean() if reduction == "mean" else loss.sum() if reduction == "sum" else loss

def several(layer: str, setting: str, value: Size, least: int, count: int) -> tuple[int, ...]:
    """A setting for each of `count` axes from one whole number or so many."""
    each = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    each *= count if len(each) == 1 else 1
    whole = all(isinstance(n, (int, np.integer)) and n >= least for n in each)
    if len(each) != count or not whole:
        numbers = "one or two whole numbers" if count == 2 else "a whole number"
        raise ValueError(f"{layer}: expected {setting} to be {numbers} from {least} up, "
                         f"got {value!r}")
    return each

def pair(layer: str, setting: str, value: Pair, least: int) -> tuple[int, int]:
    """A setting for height and width from one whole number or two."""
    return several(layer, setting, value, least, 2)

def refuse(layer: str, **settings) -> None:
    """Raise for a setting that PyTorch has and minigrad has not: `name=(what came, what works)`."""
    for name, (value, *allowed) in settings.items():
        if value not in allowed:
            raise NotImplementedError(f"{layer}: minigrad computes {name}={allowed[0]!r} only, "
                                      f"got {value!r}")

def probability(layer: str, p: float) -> None:
    """Raise ValueError unless p is from 0 to 1."""
    if not 0 <= p <= 1:
        raise ValueError(f"{layer}: expected a probability p from 0 to 1, got {p}")

def same_shape(layer: str, input: Tensor, target: Tensor) -> Tensor:
    """The target as a tensor; raises ValueError unless it has the input's shape."""
    target = as_tensor(target)
    if target.value.shape != raw(input).shape:
        raise ValueError(f"{layer}: expected a target of shape {input.shape}, the input's, "
                         f"got {target.shape}; reshape one of them")
    return target
