"""Modules in a row: Sequential computes through them, ModuleList only holds them."""
import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import count

from .module import Module


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
