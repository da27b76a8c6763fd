"""Modules and parameters by name, and parameters in a row."""
from collections.abc import Iterable, Iterator, Mapping

from ...nn.container import Holder, Row
from ...nn.module import Parameter
from ...tensor import Tensor

class ParameterList(Row):
    """A list of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterList([mg.ones(2), mg.zeros(1)])
    >>> len(scales), [name for name, p in scales.named_parameters()]
    (2, ['0', '1'])
    """

    _kind = Parameter

    def __init__(self, values=()):
        super().__init__(values)

class _Dict(Holder):
    """Under keys, behaving like a dict."""

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def __setitem__(self, key, value):
        self._hold(key, value)

    def __getitem__(self, key): return dict(self.items())[key]

    def __delitem__(self, key):
        if key not in self:
            raise KeyError(key)
        delattr(self, key)

    def __iter__(self): return iter(self._names())

    def __contains__(self, key): return key in self._names()

    def keys(self): return self._names()
    def values(self): return self._values()
    def items(self): return self._own(self._kind)

    def update(self, modules):
        """Add or replace several."""
        for key, value in dict(modules).items():
            self[key] = value

    def pop(self, key):
        """Take one out."""
        value = self[key]
        del self[key]
        return value

    def clear(self):
        """Take all out."""
        for key in self.keys():
            del self[key]

class ModuleDict(_Dict):
    """A dict of modules whose parameters are found.

    >>> heads = mg.nn.ModuleDict({"age": mg.nn.Linear(4, 1), "name": mg.nn.Linear(4, 26)})
    >>> list(heads), heads["age"](mg.ones(1, 4)).shape
    (['age', 'name'], (1, 1))
    """

class ParameterDict(_Dict):
    """A dict of parameters; plain tensors become parameters.

    >>> scales = mg.nn.ParameterDict({"a": mg.ones(2), "b": mg.zeros(1)})
    >>> [name for name, p in scales.named_parameters()]
    ['a', 'b']
    """

    _kind = Parameter

    def __init__(self, parameters=None):
        super().__init__(parameters)
