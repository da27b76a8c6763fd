"""Modules and parameters in a row or by name: Sequential computes through them, the others only hold them."""
import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from ..tensor import Tensor
from .module import Module, Parameter


class _Row(Module):
    """What both share: modules under the names "0", "1", … that behave like a list."""

    def __init__(self, modules: Iterable[Module] = ()):
        super().__init__()
        self.extend(modules)

    def _at(self, index) -> str:
        """The name of the module at a position, counted from the end if negative."""
        position, names = operator.index(index), [name for name, _ in self._own(Module)]
        if not -len(names) <= position < len(names):
            raise IndexError(f"{type(self).__name__}: index {position} is out of range for {len(names)} modules")
        return names[position]

    def _replace(self, modules: Iterable[Module]):
        """Number these modules anew."""
        modules = list(modules)
        for name, _ in self._own(Module):
            delattr(self, name)
        self.extend(modules)

    def __len__(self) -> int:
        return len(self._own(Module))

    def __iter__(self) -> Iterator[Module]:
        return iter([module for _, module in self._own(Module)])

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return vars(self)[self._at(index)]

    def __setitem__(self, index: int, module: Module):
        setattr(self, self._at(index), module)

    def __delitem__(self, index: int | slice):
        modules = list(self)
        del modules[index]
        self._replace(modules)

    def append(self, module: Module):
        """Add a module at the end."""
        if not isinstance(module, Module):
            raise TypeError(f"{type(self).__name__}: expected a Module, got {type(module).__name__}")
        self.add_module(next(str(i) for i in count(len(self)) if not hasattr(self, str(i))), module)
        return self

    def extend(self, modules: Iterable[Module]):
        """Add several modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module):
        """Add a module before a position."""
        modules = list(self)
        modules.insert(index, module)
        self._replace(modules)
        return self

    def pop(self, index: int = -1) -> Module:
        """Take a module out."""
        module = self[index]
        del self[index]
        return module

    def __add__(self, other: Iterable[Module]):
        return type(self)([*self, *other])

    def __iadd__(self, other: Iterable[Module]):
        return self.extend(other)


class ModuleList(_Row):
    """A list of modules whose parameters are found; in a plain list they would not be.

    >>> layers = mg.nn.ModuleList([mg.nn.Linear(2, 2) for _ in range(3)])
    >>> len(layers), len(list(layers.parameters()))
    (3, 6)
    """


class Sequential(_Row):
    """Modules called one after the other, each with what the one before it returned.

    >>> net = mg.nn.Sequential(mg.nn.Linear(3, 5), mg.nn.ReLU(), mg.nn.Linear(5, 2))
    >>> net(mg.ones(4, 3)).shape
    (4, 2)
    >>> net[1]
    ReLU()
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]):
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], dict):     # names of your own
            for name, module in modules[0].items():
                self.add_module(name, module)
        else:
            self.extend(modules)

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return type(self)(OrderedDict(self._own(Module)[index]))
        return super().__getitem__(index)

    def __add__(self, other: Iterable[Module]):
        return Sequential(*self, *other)

    def forward(self, x):
        for module in self:
            x = module(x)
        return x


class ModuleDict(Module):
    """A dict of modules whose parameters are found.

    >>> heads = mg.nn.ModuleDict({"age": mg.nn.Linear(4, 1), "name": mg.nn.Linear(4, 26)})
    >>> list(heads), heads["age"](mg.ones(1, 4)).shape
    (['age', 'name'], (1, 1))
    """

    kind = Module

    def __init__(self, modules: Mapping | Iterable[tuple] | None = None):
        super().__init__()
        self.update(modules or {})

    def __setitem__(self, key: str, value):
        if key in self:
            return setattr(self, key, self._made(key, value))
        if self.kind is Module:
            return self.add_module(key, self._made(key, value))
        self.register_parameter(key, self._made(key, value))

    def _made(self, key, value):
        if not isinstance(value, self.kind):
            raise TypeError(f"{type(self).__name__}[{key!r}]: expected a {self.kind.__name__}, "
                            f"got {type(value).__name__}")
        return value

    def __getitem__(self, key: str):
        return dict(self.items())[key]

    def __delitem__(self, key: str):
        if key not in self:
            raise KeyError(key)
        delattr(self, key)

    def __len__(self) -> int:
        return len(self._own(self.kind))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __contains__(self, key: str) -> bool:
        return isinstance(vars(self).get(key), self.kind)

    def keys(self) -> list[str]:
        """Their names, in the order in which they came."""
        return [name for name, _ in self.items()]

    def values(self) -> list:
        """What is held, in the order in which it came."""
        return [value for _, value in self.items()]

    def items(self) -> list[tuple]:
        """(name, value) pairs."""
        return self._own(self.kind)

    def update(self, modules: Mapping | Iterable[tuple]) -> None:
        """Add or replace several."""
        for key, value in dict(modules).items():
            self[key] = value

    def pop(self, key: str):
        """Take one out."""
        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """Take all out."""
        for key in self.keys():
            del self[key]


class ParameterDict(ModuleDict):
    """A dict of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterDict({"a": mg.ones(2), "b": mg.zeros(1)})
    >>> [name for name, p in scales.named_parameters()]
    ['a', 'b']
    """

    kind = Parameter

    def _made(self, key, value):
        return super()._made(key, Parameter(value) if type(value) is Tensor else value)


class ParameterList(Module):
    """A list of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterList([mg.ones(2), mg.zeros(1)])
    >>> len(scales), [name for name, p in scales.named_parameters()]
    (2, ['0', '1'])
    """

    def __init__(self, values: Iterable[Tensor] = ()):
        super().__init__()
        self.extend(values)

    def append(self, value: Tensor):
        """Add a parameter at the end."""
        self.register_parameter(str(len(self)), Parameter(value) if type(value) is Tensor else value)
        return self

    def extend(self, values: Iterable[Tensor]):
        """Add several parameters at the end."""
        for value in list(values):
            self.append(value)
        return self

    def _at(self, index) -> str:
        position = operator.index(index)
        if not -len(self) <= position < len(self):
            raise IndexError(f"ParameterList: index {position} is out of range for {len(self)} parameters")
        return str(position % len(self))

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._at(index))

    def __setitem__(self, index: int, value: Tensor):
        setattr(self, self._at(index), Parameter(value) if type(value) is Tensor else value)

    def __len__(self) -> int:
        return len(self._own(Parameter))

    def __iter__(self) -> Iterator[Parameter]:
        return iter([p for _, p in self._own(Parameter)])

    def __iadd__(self, values: Iterable[Tensor]):
        return self.extend(values)
