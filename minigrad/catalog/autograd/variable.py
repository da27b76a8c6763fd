"""Names of older programs: `Variable`, and the switch of detect_anomaly."""
import warnings

import numpy as np

from ...anomaly import detect_anomaly
from ...public import refuse
from ...graph import leaf
from ...tensor import Tensor
from ...watch import observers


class _OfTensors(type):
    def __instancecheck__(cls, thing):
        return isinstance(thing, Tensor)


class Variable(metaclass=_OfTensors):
    """A tensor in the memory of another one, without its history; every tensor is a Variable.

    Raises TypeError for what is no tensor.

    >>> x = mg.autograd.Variable(mg.ones(2), requires_grad=True)
    >>> type(x).__name__, x.requires_grad, isinstance(mg.ones(1), mg.autograd.Variable)
    ('Tensor', True, True)
    """

    def __new__(cls, data=None, requires_grad=False, volatile=None):
        refuse(data is not None and not isinstance(data, Tensor), "Variable: expected a tensor, "
               f"got {type(data).__name__}; wrap it in tensor(...)", TypeError)
        if volatile:
            warnings.warn("volatile was removed and now has no effect. Use `with torch.no_grad():` "
                          "instead.", stacklevel=2)
        return leaf(np.zeros(0, np.float32) if data is None else data.value).requires_grad_(
            requires_grad)


class set_detect_anomaly:
    """Switch detect_anomaly on or off, at once; as a `with` block it switches back at the end.

    >>> with mg.autograd.set_detect_anomaly(True):
    ...     mg.autograd.is_anomaly_enabled()
    True
    """

    _now: list = []                            # the one that is on; outside its blocks, one at most

    def __init__(self, mode: bool, check_nan: bool = True):
        self.before = self._now[:]
        self._set([detect_anomaly(check_nan)] if mode else [])

    def _set(self, wanted):
        for one in self._now:
            one.__exit__()
        self._now[:] = wanted
        for one in wanted:
            one.__enter__()

    def __enter__(self): return self
    def __exit__(self, *_): self._set(self.before)


def is_anomaly_enabled() -> bool:
    """True under detect_anomaly.

    >>> mg.autograd.is_anomaly_enabled()
    False
    """
    return any(type(one).__module__ == detect_anomaly.__module__ for one in observers)
