"""Parameters that are computed from others whenever they are asked for.

`register_parametrization(layer, "weight", module)` makes `layer.weight` the output of the module,
whose input, `layer.parametrizations.weight.original`, is what is trained.
"""
from contextlib import contextmanager

from ...grad_mode import no_grad
from ...nn.container import ModuleList
from ...nn.module import Parameter
from ...public import refuse
from ...tensor import Tensor
from .container import ModuleDict

_kept: dict = {}                                  # inside `cached()`: (module, name) -> the tensor
_depth = 0

@contextmanager
def cached():
    """Inside the block each parametrized tensor is computed once.

    >>> with mg.nn.utils.parametrize.cached():
    ...     pass
    """
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if not _depth:
            _kept.clear()

class ParametrizationList(ModuleList):
    """The modules that compute one tensor, and what they compute it from: the originals."""

    def __init__(self, modules, original, unsafe=False):
        super().__init__(modules)
        self.unsafe, first = unsafe, original
        with no_grad():
            for module in reversed(list(self)):
                first = module.right_inverse(first) if hasattr(module, "right_inverse") else first
        self.is_tensor = isinstance(first, Tensor)
        if self.is_tensor:
            original.data = first.detach()
            self._put("original", original)
        else:
            self.ntensors = len(first)
            for i, part in enumerate(first):
                like = isinstance(original, Parameter)
                self._put(f"original{i}", Parameter(part.detach(), original.requires_grad)
                          if like else part)
        if not unsafe:
            _same(original, self(), modules[0])

    def _put(self, name, tensor):
        if isinstance(tensor, Parameter):
            setattr(self, name, tensor)
        else:
            self.register_buffer(name, tensor)

    def _originals(self):
        return [self.original] if self.is_tensor else [
            getattr(self, f"original{i}") for i in range(self.ntensors)]

    def right_inverse(self, value):
        """Set the originals so that the modules compute this value."""
        with no_grad():
            for module in reversed(list(self)):
                refuse(not hasattr(module, "right_inverse"), f"{type(module).__name__} has no "
                       "right_inverse, which assigning to a parametrized tensor needs")
                value = module.right_inverse(value)
            for own, new in zip(self._originals(), [value] if self.is_tensor else value):
                own.data = new.detach()

    def forward(self):
        first, *others = self
        out = first(*self._originals())
        for module in others:
            out = module(out)
        return out

def _same(old, new, module):
    """A parametrization gives a tensor of the same dtype and shape."""
    what = f"{type(module).__name__}: expected a parametrization that gives"
    refuse(not isinstance(new, Tensor), f"{what} a tensor, got {type(new).__name__}", ValueError)
    refuse(new.dtype != old.dtype or new.shape != old.shape, f"{what} {old.dtype} of shape "
           f"{old.shape}, got {new.dtype} of shape {new.shape}; or pass unsafe=True", ValueError)

def _computed(name):
    """The property that stands where the parameter was."""
    def compute(self):
        key = id(self), name
        if not _depth:
            return self.parametrizations[name]()
        if key not in _kept:
            _kept[key] = self.parametrizations[name]()
        return _kept[key]
    return property(compute, lambda self, value: self.parametrizations[name].right_inverse(value))

def register_parametrization(module, tensor_name, parametrization, *, unsafe=False):
    """Let `parametrization(original)` stand where the module had a parameter or buffer.

    Its method `right_inverse`, if it has one, says which original gives the tensor as it is; a
    tuple becomes several originals. Raises ValueError where dtype or shape would change, unless
    `unsafe`.

    >>> class Symmetric(mg.nn.Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).mT
    >>> layer = mg.nn.utils.parametrize.register_parametrization(
    ...     mg.nn.Linear(2, 2), "weight", Symmetric())
    >>> (layer.weight == layer.weight.mT).all()
    tensor(True)
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        if not unsafe:
            old = getattr(module, tensor_name)
            _same(old, parametrization(old), parametrization)
        module.parametrizations[tensor_name].append(parametrization)
        return module
    own = dict(module._own(Parameter) + module._own_buffers())
    refuse(tensor_name not in own, f"{type(module).__name__} has no parameter, parametrized tensor "
           f"or buffer {tensor_name!r}", ValueError)
    parts = ParametrizationList([parametrization], own[tensor_name], unsafe)
    delattr(module, tensor_name)
    if not is_parametrized(module):
        cls = type(module)
        module.__class__ = type(f"Parametrized{cls.__name__}", (cls,), {})
        module.parametrizations = ModuleDict()
    setattr(type(module), tensor_name, _computed(tensor_name))
    module.parametrizations[tensor_name] = parts
    return module

def is_parametrized(module, tensor_name=None):
    """Whether the module has a parametrized tensor, or this one.

    >>> mg.nn.utils.parametrize.is_parametrized(mg.nn.Linear(2, 2))
    False
    """
    parts = getattr(module, "parametrizations", None)
    return isinstance(parts, ModuleDict) and (len(parts) > 0 if tensor_name is None
                                              else tensor_name in parts)

def remove_parametrizations(module, tensor_name, leave_parametrized=True):
    """The tensor is a parameter or buffer of its own again: as it is now, or its original.

    >>> layer = mg.nn.utils.parametrizations.weight_norm(mg.nn.Linear(2, 2))
    >>> type(mg.nn.utils.parametrize.remove_parametrizations(layer, "weight")).__name__
    'Linear'
    """
    refuse(not is_parametrized(module, tensor_name), f"{type(module).__name__} does not have a "
           f"parametrization on {tensor_name!r}", ValueError)
    parts = module.parametrizations[tensor_name]
    refuse(not leave_parametrized and not parts.is_tensor, "cannot leave unparametrized what is "
           "computed from several tensors", ValueError)
    with no_grad():
        now = getattr(module, tensor_name).detach()
    original = parts._originals()[0]
    trained = isinstance(original, Parameter)
    if not parts.is_tensor:
        original = Parameter(now, original.requires_grad) if trained else now
    elif leave_parametrized:
        original.data = now
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if not is_parametrized(module):
        del module.parametrizations
        module.__class__ = type(module).__bases__[0]
    if trained:
        setattr(module, tensor_name, original)
    else:
        module.register_buffer(tensor_name, original)
    return module

def type_before_parametrizations(module):
    """The class that the module had.

    >>> mg.nn.utils.parametrize.type_before_parametrizations(mg.nn.ReLU()).__name__
    'ReLU'
    """
    return type(module).__bases__[0] if is_parametrized(module) else type(module)
