"""Dropout: numbers set to zero by chance, so that no part of a network relies on another."""
from ... import ops
from ...create import default_generator
from ...graph import leaf
from ...inplace import in_place
from ...tensor import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training, each number is 0 with probability p and the others are divided by 1 − p; else all pass.

    Srivastava et al. 2014.

    >>> mg.nn.functional.dropout(mg.ones(100)).unique()
    tensor([0., 2.])
    """
    return _dropped("dropout", input, p, training, inplace, input.shape)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """dropout of whole channels of signals (N, C, L) or (C, L).

    >>> mg.nn.functional.dropout1d(mg.ones(2, 50, 4)).sum(-1).unique()
    tensor([0., 8.])
    """
    return _dropped("dropout1d", input, p, training, inplace, (*input.shape[:-1], 1))


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """dropout of whole channels of images (N, C, H, W).

    >>> mg.nn.functional.dropout2d(mg.ones(2, 50, 2, 2)).sum((2, 3)).unique()
    tensor([0., 8.])
    """
    return _dropped("dropout2d", input, p, training, inplace, (*input.shape[:2], *[1] * (input.ndim - 2)))


def _dropped(name, input, p, training, inplace, shape):
    if not 0 <= p <= 1:
        raise ValueError(f"{name}: expected a probability p from 0 to 1, got {p}")
    if not training or p == 0:
        return input
    kept = default_generator.rng.random(shape, input.dtype if input.dtype.itemsize >= 4 else "float32") >= p
    mask = leaf((kept / (1 - p if p < 1 else 1)).astype(input.dtype))
    return in_place(ops.mul)(input, mask) if inplace else input * mask
