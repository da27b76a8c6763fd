"""Dropout as layers: in training, numbers are set to zero by chance; in eval() they pass."""
from . import functional as F
from .layer import Layer


class _Dropout(Layer):
    _quiet = ()

    def __post_init__(self):
        if not 0 <= self.p <= 1:
            raise ValueError(f"{type(self).__name__}: expected a probability p from 0 to 1, got {self.p}")

    def forward(self, input):
        return self._function(input, self.p, self.training, self.inplace)


class Dropout(_Dropout, of=F.dropout, keeps="p inplace"): ...
class Dropout1d(_Dropout, of=F.dropout1d, keeps="p inplace"): ...
class Dropout2d(_Dropout, of=F.dropout2d, keeps="p inplace"): ...
