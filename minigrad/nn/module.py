"""Module: a function with parameters, built from smaller ones.

A module's parameters are those of its attributes that are Parameters, and those of its attributes
that are Modules. Nothing is registered anywhere else; `__setattr__` only guards against slips.
"""
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from functools import wraps
from types import MappingProxyType

import numpy as np

from ..changes import changed
from ..create import as_tensor
from ..device import device as place
from ..graph import TensorBase, raw
from ..public import refuse
from ..tensor import Tensor
from ..watch import observers
from .hooks import Hooked, call, observed


NESTED = ("these modules are nested more levels deep than Python's calls may be; "
          "sys.setrecursionlimit(10_000) allows more")

def nested(method):
    """Say of modules what Python says of its calls."""
    @wraps(method)
    def saying(*args):
        try:
            return method(*args)
        except RecursionError:
            raise RecursionError(NESTED) from None
    return saying


class Parameter(Tensor):
    """A tensor that a Module finds among its attributes, to be trained; it shares data's memory.

    >>> mg.nn.Parameter(mg.zeros(2))
    Parameter containing:
    tensor([0., 0.], requires_grad=True)
    """

    __slots__ = ()

    def __init__(self, data: Tensor, requires_grad: bool = True):
        TensorBase.__init__(self, as_tensor(data).value)
        self.requires_grad = requires_grad                    # checks that the dtype is floating

    def __repr__(self):
        return f"Parameter containing:\n{super().__repr__()}"


class _IncompatibleKeys(namedtuple("_IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What `load_state_dict(strict=False)` could not match."""

    def __repr__(self):
        return super().__repr__() if any(self) else "<All keys matched successfully>"


class Module(Hooked):
    """The base of all layers and networks: create layers in `__init__`, compute in `forward`.

    >>> class Net(mg.nn.Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.hidden = mg.nn.Linear(3, 5)
    ...         self.out = mg.nn.Linear(5, 2, bias=False)
    ...     def forward(self, x):
    ...         return self.out(self.hidden(x).relu())
    >>> net = Net()
    >>> net
    Net(
      (hidden): Linear(in_features=3, out_features=5, bias=True)
      (out): Linear(in_features=5, out_features=2, bias=False)
    )
    >>> net(mg.ones(4, 3)).shape
    torch.Size([4, 2])
    """

    training, _persistent = True, MappingProxyType({})     # until __init__

    def __new__(cls, *settings, device=None, **named):
        if isinstance(device, str):                        # other places than the CPU are refused
            place(device)
        return super().__new__(cls)

    def __init__(self):
        self.training = True
        self._persistent = {}                              # buffers: are they of the state_dict?
        self._places = set()                               # of parameters and modules that are None

    def forward(self, *inputs):
        raise NotImplementedError(f"{type(self).__name__} has no forward: "
                                  "write `def forward(self, x): ...` in it")

    def __call__(self, *inputs, **settings):
        if observers:                                      # they ask which module is at work
            return observed(self, inputs, settings)
        if self._hooks is not None:
            return call(self, inputs, settings)
        return self.forward(*inputs, **settings)

    # Attributes

    def __setattr__(self, name, value):
        if isinstance(value, (Parameter, Module)):
            self._check_init(name)
            self._persistent.pop(name, None)
            if vars(self).get(name, self) is None and name not in self._places:
                super().__delattr__(name)                  # it comes last, after those before it
        elif value is not None:
            old, got = vars(self).get(name), f"got {type(value).__name__}"
            what = f"{type(self).__name__}.{name}: expected a"
            if isinstance(old, Parameter):
                raise TypeError(f"{what} Parameter or None, {got}; wrap it in nn.Parameter(...), "
                                "or change the values in place under no_grad()")
            if isinstance(old, Module):
                raise TypeError(f"{what} Module or None, {got}")
            if name in self._persistent and not isinstance(value, Tensor):
                raise TypeError(f"{what} Tensor or None, for it is a buffer, {got}")
        elif isinstance(vars(self).get(name), (Parameter, Module)):
            self._places.add(name)                         # another one may come in its place
        super().__setattr__(name, value)

    def __delattr__(self, name):
        super().__delattr__(name)
        if name in self._persistent:
            del self._persistent[name]

    def _check_init(self, name):
        refuse("_persistent" not in vars(self), f"{type(self).__name__}: call super().__init__() "
               f"before assigning self.{name}", AttributeError)

    def _add(self, method, name, value, kind):
        """A new attribute of this kind, or None in its place."""
        self._check_init(name)
        if not isinstance(name, str) or not name or "." in name:
            raise KeyError(f"{method}: expected a name without dots, got {name!r}")
        if hasattr(self, name):
            raise KeyError(f"{method}: {type(self).__name__} already has an attribute {name!r}")
        refuse(not isinstance(value, (kind, type(None))), f"{method}({name!r}): expected a "
               f"{kind.__name__} or None, got {type(value).__name__}", TypeError)
        if value is None:
            self._places.add(name)
        setattr(self, name, value)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """A tensor of the state that is not trained; `persistent=False`: not of state_dict either.

        >>> module = mg.nn.Module()
        >>> module.register_buffer("mean", mg.zeros(2))
        >>> module.state_dict()
        {'mean': tensor([0., 0.])}
        """
        self._add("register_buffer", name, tensor, Tensor)
        self._persistent[name] = persistent

    # What is inside

    def _own(self, kind) -> list[tuple]:
        """(name, value) of the attributes that are of one kind."""
        return [(name, value) for name, value in vars(self).items() if isinstance(value, kind)]

    def _own_buffers(self) -> list[tuple]:
        return [(name, t) for name in self._persistent if (t := vars(self)[name]) is not None]

    def named_modules(self, memo: set | None = None, prefix: str = "",
                      remove_duplicate: bool = True) -> Iterator:
        """(path, module) for this module (its path is "") and all inside it, each once.

        >>> net = mg.nn.Sequential(mg.nn.Sequential(mg.nn.ReLU()))
        >>> [path for path, module in net.named_modules()]
        ['', '0', '0.0']
        """
        memo, todo = set() if memo is None else memo, [(prefix, self)]
        while todo:                                        # no recursion: nets may be nested deeply
            path, module = todo.pop()
            if module not in memo:
                if remove_duplicate:
                    memo.add(module)
                yield path, module
                todo += [(_join(path, name), x) for name, x in reversed(module._own(Module))]

    def _named(self, own: Callable, prefix, recurse, remove_duplicate) -> Iterator:
        inside = self.named_modules(None, prefix, remove_duplicate) if recurse else [(prefix, self)]
        seen = set()
        for path, module in inside:
            for name, tensor in own(module):
                if tensor not in seen:
                    if remove_duplicate:
                        seen.add(tensor)
                    yield _join(path, name), tensor

    def named_parameters(self, prefix: str = "", recurse=True, remove_duplicate=True) -> Iterator:
        """(path, parameter) for each parameter here and inside; one that is shared comes once.

        >>> net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU())
        >>> [name for name, p in net.named_parameters()]
        ['0.weight', '0.bias']
        """
        return self._named(lambda module: module._own(Parameter), prefix, recurse, remove_duplicate)

    def named_buffers(self, prefix: str = "", recurse=True, remove_duplicate=True) -> Iterator:
        """(path, buffer) for each buffer here and in the modules inside."""
        return self._named(Module._own_buffers, prefix, recurse, remove_duplicate)

    def named_children(self) -> Iterator:
        """(name, module) for the modules directly inside, each once."""
        first = {}
        for name, module in self._own(Module):
            first.setdefault(module, name)
        return ((name, module) for module, name in first.items())

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """All parameters, for an optimizer."""
        return (p for _, p in self.named_parameters(recurse=recurse))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """All buffers."""
        return (b for _, b in self.named_buffers(recurse=recurse))

    def modules(self) -> Iterator["Module"]:
        """This module and all inside it."""
        return (m for _, m in self.named_modules())

    def children(self) -> Iterator["Module"]:
        """The modules directly inside."""
        return (m for _, m in self.named_children())

    # State

    def state_dict(self, *, prefix: str = "", keep_vars: bool = False) -> dict[str, Tensor]:
        """{path: tensor} of all parameters and persistent buffers, sharing their memory.

        >>> {name: t.numel() for name, t in mg.nn.Linear(3, 2).state_dict().items()}
        {'weight': 6, 'bias': 2}
        """
        return self._state(prefix, keep_vars)

    def _state(self, prefix="", keep_vars=False):
        state = {}
        for path, module in self.named_modules(None, prefix.rstrip("."), remove_duplicate=False):
            for name, t in module._own(Parameter) + module._own_buffers():
                if module._persistent.get(name, True):
                    state[_join(path, name)] = t if keep_vars else t.detach()
        return state

    def load_state_dict(self, state_dict: dict, strict: bool = True) -> _IncompatibleKeys:
        """Copy saved values into this module's tensors; returns the missing and unexpected keys.

        Raises RuntimeError with every missing and unexpected key (if `strict`) and every wrong
        shape; then nothing is loaded.

        >>> a, b = mg.nn.Linear(3, 2), mg.nn.Linear(3, 2)
        >>> a.load_state_dict(b.state_dict())
        <All keys matched successfully>
        """
        refuse(not isinstance(state_dict, Mapping), "load_state_dict: expected a dict, got "
               f"{type(state_dict).__name__}; load(path) reads one", TypeError)
        own, arrays = self._state(), {key: np.asarray(raw(t)) for key, t in state_dict.items()}
        both = {key: (t, arrays[key]) for key, t in own.items() if key in arrays}
        missing, unexpected = ([key for key in one if key not in both] for one in (own, arrays))
        errors = [f"missing key {key!r}, shape {own[key].shape}" for key in missing if strict]
        errors += [f"unexpected key {key!r}" for key in unexpected if strict]
        errors += [f"{key!r}: expected numbers of shape {t.shape}, got {x.dtype} of shape {x.shape}"
                   for key, (t, x) in both.items()
                   if x.shape != t.shape or x.dtype.kind not in "biuf"]
        errors += [f"{key!r}: {x.dtype} does not become {t.value.dtype}"      # what would a NaN be?
                   for key, (t, x) in both.items() if x.dtype.kind == "f" != t.value.dtype.kind]
        errors += [f"{key!r}: its array is read-only" for key, (t, _) in both.items()
                   if not t.value.flags.writeable]
        what = f"load_state_dict: nothing was loaded into {type(self).__name__}"
        refuse(errors, "\n    ".join([what, *errors]))
        for t, x in both.values():
            t.value[...] = x
            changed(t.value)
        return _IncompatibleKeys(missing, unexpected)

    # Changes to all

    def train(self, mode: bool = True) -> "Module":
        """Set `training` here and inside, for layers that behave differently when they are used."""
        if not isinstance(mode, bool):
            raise ValueError(f"train: expected True or False, got {mode!r}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> "Module":
        """The same as train(False)."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or set them to zero."""
        for p in self.parameters():
            p.grad = None if set_to_none or p.grad is None else p.grad.detach().zero_()

    # What it looks like

    def extra_repr(self) -> str:
        """What stands between the parentheses; a layer's own settings."""
        return ""

    @nested
    def __repr__(self):
        extra, inside = self.extra_repr(), self._describe_children()
        shown = "\n".join([extra] * bool(extra) + inside)
        if inside or "\n" in extra:
            shown = f"\n{shown}".replace("\n", "\n  ") + "\n"
        return f"{type(self).__name__}({shown})"

    def _describe_children(self) -> list[str]:
        return [f"({name}): {child!r}" for name, child in self._own(Module)]


def _join(path, name):
    return f"{path}.{name}" if path else name
