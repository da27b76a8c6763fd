"""Layers that learn the size of their input from the first one that comes."""
from inspect import signature

import numpy as np

from ... import nn
from ...dtypes import FLOAT32
from ...graph import TensorBase
from ...nn.module import Module, Parameter
from ...public import public, refuse
from ...tensor import Tensor

class _Unknown:
    """What an uninitialized tensor holds: a dtype; all else would be a guess."""

    def __init__(self, dtype): self.dtype = np.dtype(dtype)
    def astype(self, dtype, copy=True): return _Unknown(dtype)

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        _too_early()

def _too_early(*_, **__):
    raise RuntimeError("an uninitialized parameter or buffer was used: its shape is not known "
                       "before the first forward of its lazy layer; call the model on a batch")

for _way in ("__array__", "__array_ufunc__", "__array_function__", "__getitem__", "__len__"):
    setattr(_Unknown, _way, _too_early)

class _Uninitialized:
    def __init__(self, requires_grad=None, device=None, dtype=None):
        tracked = self._becomes is Parameter if requires_grad is None else requires_grad
        TensorBase.__init__(self, _Unknown(dtype or FLOAT32), tracked)

    def materialize(self, shape, device=None, dtype=None):
        """Be a tensor of this shape, whose elements are not set yet."""
        array = np.empty(shape, dtype or self.value.dtype)
        self.__class__ = self._becomes
        self.hold(array)

    def detach(self): return self
    def __repr__(self): return f"<{type(self).__name__}>"
    def __reduce_ex__(self, protocol): return type(self), (self.tracked, None, self.value.dtype)
    def __copy__(self): return type(self)(self.tracked, None, self.value.dtype)
    def __deepcopy__(self, memo): return memo.setdefault(id(self), self.__copy__())

class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose shape is not known yet; RuntimeError where it is used before.

    >>> p = mg.nn.UninitializedParameter()
    >>> p
    <UninitializedParameter>
    >>> p.materialize((2, 3))
    >>> p.numel()
    6
    """

    __slots__, _becomes = (), Parameter

class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose shape is not known yet; RuntimeError where it is used before.

    >>> mg.nn.UninitializedBuffer()
    <UninitializedBuffer>
    """

    __slots__, _becomes = (), Tensor

def is_lazy(x):
    """Whether it is a parameter or buffer whose shape is not known yet.

    >>> mg.nn.lazy.is_lazy(mg.nn.LazyLinear(3).weight)
    True
    """
    return isinstance(x, _Uninitialized)

class LazyModuleMixin(Module):
    """What lazy layers share: the first call tells the size, and makes a usual layer of it.

    >>> layer = mg.nn.LazyLinear(2)
    >>> layer(mg.ones(4, 3)).numel(), type(layer).__name__, layer.in_features
    (8, 'Linear', 3)
    """

    cls_to_become = _given = None

    def __init_subclass__(cls):
        super().__init_subclass__()
        if "__init__" in vars(cls):
            cls.__signature__ = None              # Tab and help show that of its own __init__

    def __init__(self, *args, **settings):
        given = self._takes.bind(*args, **settings)
        given.apply_defaults()
        self._given = given = given.arguments
        super().__init__(0, **{**given, "bias": False})
        for name in ("running_mean", "running_var"):
            if getattr(self, name, None) is not None:
                setattr(self, name, UninitializedBuffer(dtype=given["dtype"]))
        if self.weight is not None:
            self.weight = UninitializedParameter(dtype=given["dtype"])
            if given["bias"]:
                self.bias = UninitializedParameter(dtype=given["dtype"])
        self._initialize_hook = self.register_forward_pre_hook(_infer, with_kwargs=True)

    def has_uninitialized_params(self):
        """Whether the size of the input is still unknown."""
        return any(is_lazy(t) for _, t in self._own(Tensor))

    def reset_parameters(self):
        """Draw new first values, if there is a place for them."""
        if not self.has_uninitialized_params() and all(p.numel() for p in self.parameters()):
            super().reset_parameters()

    def initialize_parameters(self, input):
        """Take the size from an input, and begin as the usual layer of that size does."""
        size = self._size(input)
        setattr(self, self._counted, size)
        if not self.has_uninitialized_params():
            return
        dtype = next(t.value.dtype for _, t in self._own(Tensor) if is_lazy(t))
        usual = self.cls_to_become(size, **{**self._given, "dtype": dtype})
        for name, t in usual._own(Parameter) + usual._own_buffers():
            own = getattr(self, name)
            if is_lazy(own):
                own.materialize(t.value.shape)
                own.value[...] = t.value

def _infer(module, args, settings):
    """Before the first forward: be the usual layer."""
    module.initialize_parameters(*args, **settings)
    module._initialize_hook.remove()
    del module._initialize_hook, module._given
    module.__class__ = module.cls_to_become

def _lazy(name, usual, counted, size, like=None):
    """The lazy form of a layer whose first argument is the size that `counted` holds."""
    given = signature(like or usual)
    given = given.replace(parameters=[*given.parameters.values()][1:])
    return type(name, (LazyModuleMixin, usual), {
        "cls_to_become": usual, "_counted": counted, "_size": size, "_takes": given,
        "__signature__": given, "__module__": __name__})

def _channels(axes):
    def size(self, input):
        refuse(input.ndim not in (axes + 1, axes + 2), f"{type(self).__name__}: expected an input "
               f"of {axes + 1} or {axes + 2} axes, got shape {input.shape}")
        return input.shape[-axes - 1]
    return size

LazyLinear = public("Linear whose in_features the first input tells.",
                    "mg.nn.LazyLinear(2)(mg.ones(4, 3)).numel()", "8")(
    _lazy("LazyLinear", nn.Linear, "in_features", lambda self, input: input.shape[-1]))

for _n in (1, 2, 3):
    for _kind, _counted, _set in (("Conv", "in_channels", "5, 2"),
                                  ("BatchNorm", "num_features", ""),
                                  ("ConvTranspose", "in_channels", "5, 2"),
                                  ("InstanceNorm", "num_features", "")):
        if _usual := getattr(nn, f"{_kind}{_n}d", None):
            _size = _channels(_n) if "Conv" in _kind else lambda self, input: input.shape[1]
            _like = None if "Conv" in _kind else nn.BatchNorm1d
            globals()[f"Lazy{_kind}{_n}d"] = public(
                f"{_kind}{_n}d whose {_counted} the first input tells.",
                f"mg.nn.Lazy{_kind}{_n}d({_set})(mg.ones({'2, ' * (_n + 1)}2)).ndim", str(_n + 2))(
                _lazy(f"Lazy{_kind}{_n}d", _usual, _counted, _size, _like))
