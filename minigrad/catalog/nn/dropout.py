"""Dropout of whole channels."""
from ...public import public as says
from ...nn.dropout import Dropping, dropped
from ...tensor import Tensor

@says("dropout of whole channels of signals (N, C, L) or (C, L).",
      "mg.nn.functional.dropout1d(mg.ones(2, 50, 4)).sum(-1).unique()", "tensor([0., 8.])")
def dropout1d(input, p=0.5, training=True, inplace=False):
    return dropped("dropout1d", input, p, training, inplace, (*input.shape[:-1], 1))

@says("dropout of whole channels of images (N, C, H, W).",
      "mg.nn.functional.dropout2d(mg.ones(2, 50, 2, 2)).sum((2, 3)).unique()", "tensor([0., 8.])")
def dropout2d(input, p=0.5, training=True, inplace=False):
    shape = (*input.shape[:2], *[1] * (input.ndim - 2))
    return dropped("dropout2d", input, p, training, inplace, shape)

class Dropout1d(Dropping, of=dropout1d, keeps="p inplace"): ...
class Dropout2d(Dropping, of=dropout2d, keeps="p inplace"): ...
