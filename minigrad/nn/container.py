"""Modules in a row: Sequential computes through them, ModuleList only holds them."""
import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import count, groupby

from ..public import refuse
from ..tensor import Tensor
from .module import NESTED, Module, Parameter


class Holder(Module):
    """Modules, or parameters, as attributes whose names are positions or keys."""

    _kind: type = Module

    def _hold(self, name, value):
        """Let `name` stand for the value; where parameters are held, a plain tensor becomes one."""
        if self._kind is Parameter and type(value) is Tensor:
            value = Parameter(value)
        refuse(not isinstance(value, self._kind), f"{type(self).__name__}: expected a "
               f"{self._kind.__name__}, got {type(value).__name__}", TypeError)
        if isinstance(vars(self).get(name), self._kind):
            setattr(self, name, value)
        else:
            self._add(type(self).__name__, name, value, self._kind)

    def _names(self) -> list[str]:
        return [name for name, _ in self._own(self._kind)]

    def _values(self) -> list:
        return [value for _, value in self._own(self._kind)]

    def __len__(self) -> int: return len(self._names())


class Row(Holder):
    """Under the names "0", "1", …, behaving like a list."""

    def __init__(self, modules: Iterable = ()):
        super().__init__()
        self.extend(modules)

    def _at(self, index) -> str:
        """The name at a position, counted from the end if negative."""
        position, names = operator.index(index), self._names()
        refuse(not -len(names) <= position < len(names), f"{type(self).__name__}: index {position} "
               f"is out of range for {len(names)} {self._kind.__name__.lower()}s", IndexError)
        return names[position]

    def _change(self, change, *args):
        """Do to the values what a list's method does, and number them anew."""
        change(values := self._values(), *args)
        for name in self._names():
            delattr(self, name)
        self.extend(values)

    def __iter__(self) -> Iterator: return iter(self._values())
    def __setitem__(self, index: int, value): self._hold(self._at(index), value)
    def __delitem__(self, index: int | slice): self._change(list.__delitem__, index)
    def __add__(self, other: Iterable): return type(self)([*self, *other])
    def __iadd__(self, other: Iterable): return self.extend(other)

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return type(self)(self._values()[index])
        return vars(self)[self._at(index)]

    def append(self, module):
        """Add one at the end."""
        free = (str(i) for i in count(len(self)) if not hasattr(self, str(i)))
        self._hold(next(free), module)
        return self

    def extend(self, modules: Iterable):
        """Add several at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module):
        """Add one before a position."""
        self._change(list.insert, index, module)
        return self

    def pop(self, index: int = -1):
        """Take one out."""
        value = self[index]
        del self[index]
        return value


class ModuleList(Row):
    """A list of modules whose parameters are found; in a plain list they would not be.

    >>> layers = mg.nn.ModuleList([mg.nn.Linear(2, 2) for _ in range(3)])
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def _describe_children(self):
        """What is repeated, once."""
        lines, start = [], 0
        for shown, same in groupby(map(repr, self)):
            n = len(list(same))
            start += n
            lines.append(f"({start - n}-{start - 1}): {n} x {shown}" if n > 1 else
                         f"({start - 1}): {shown}")
        return lines


class Sequential(Row):
    """Modules called one after the other, each with what the one before it returned.

    >>> net = mg.nn.Sequential(mg.nn.Linear(3, 5), mg.nn.ReLU(), mg.nn.Linear(5, 2))
    >>> net(mg.ones(4, 3)).shape
    torch.Size([4, 2])
    >>> net[1]
    ReLU()
    """

    def __init__(self, *modules: Module | OrderedDict[str, Module]):
        names = len(modules) == 1 and isinstance(modules[0], dict)         # names of your own
        super().__init__(() if names else modules)
        for name, module in modules[0].items() if names else ():
            self._hold(name, module)

    def __getitem__(self, index: int | slice):
        if isinstance(index, slice):
            return type(self)(OrderedDict(self._own(Module)[index]))
        return super().__getitem__(index)

    def __add__(self, other: Iterable[Module]): return Sequential(*self, *other)

    def forward(self, x):
        try:
            for module in self:
                x = module(x)
            return x
        except RecursionError:
            raise RecursionError(NESTED) from None
