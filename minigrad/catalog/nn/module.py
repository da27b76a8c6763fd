"""Methods that every Module has: names that are computed, paths, and changes to all parameters."""
import numpy as np

from ...nn.module import Module, Parameter, _join, nested
from ...public import refuse
from ...tensor import Tensor

def register_parameter(self, name, param):
    """`self.name = param`, for names that are computed; None says that there is none."""
    self._add("register_parameter", name, param, Parameter)

def register_module(self, name, module):
    """`self.name = module`, for names that are computed."""
    self._add("register_module", name, module, Module)

add_module = register_module

def get_submodule(self, target):
    """The module at a path such as "encoder.0"; AttributeError if there is none."""
    module, path = self, ""
    for name in target.split(".") if target else ():
        module, path = _inside(module, Module, name, target, path), _join(path, name)
    return module

def get_parameter(self, target):
    """The parameter at a path such as "encoder.0.weight"; AttributeError if there is none."""
    path, _, name = target.rpartition(".")
    return _inside(get_submodule(self, path), Parameter, name, target, path)

def _inside(self, kind, name, target, path):
    own = dict(self._own(kind))
    refuse(name not in own, f"no {kind.__name__.lower()} {target!r}: "
           f"{path or type(self).__name__} has {list(own)}, not {name!r}", AttributeError)
    return own[name]

@nested
def apply(self, fn):
    """Call fn on every module inside, then on this one.

    >>> net = mg.nn.Sequential(mg.nn.ReLU(), mg.nn.Tanh())
    >>> net = net.apply(lambda module: print(type(module).__name__))
    ReLU
    Tanh
    Sequential
    """
    for child in self.children():
        child.apply(fn)
    fn(self)
    return self

def requires_grad_(self, requires_grad: bool = True):
    """Freeze all parameters (False) or make them trainable.

    >>> [p.requires_grad for p in mg.nn.Linear(2, 1).requires_grad_(False).parameters()]
    [False, False]
    """
    for p in self.parameters():
        p.requires_grad_(requires_grad)
    return self

def to(self, *args, device=None, dtype=None, non_blocking: bool = False):
    """Turn all floating parameters, gradients and buffers into another floating type, in place.

    Takes a dtype, a device (which is "cpu"), both, or a tensor whose dtype it shall be.

    >>> mg.nn.Linear(2, 2).to(mg.float64).weight.dtype
    torch.float64
    """
    for x in (*args, *(x for x in (device, dtype) if x is not None)):
        if str(x) != "cpu" and not isinstance(x, bool):
            _convert(self, x.dtype if isinstance(x, Tensor) else x)
    return self

def _convert(self, dtype):
    try:
        kind = dtype is not None and np.dtype(dtype).kind  # numpy reads None as float64
    except TypeError:
        kind = None
    refuse(kind != "f", "Module.to: expected a floating dtype, or 'cpu', where everything is, "
           f"got {dtype!r}", TypeError)
    owned = [*self.parameters(), *self.buffers()]
    for t in owned + [t.grad for t in owned if t.grad is not None]:
        if t.dtype.kind == "f":
            t.hold(t.value.astype(dtype, copy=False))

def cpu(self): return self
def float(self): return self.to(np.float32)
def double(self): return self.to(np.float64)
def half(self): return self.to(np.float16)
