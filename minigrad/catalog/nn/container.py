"""Modules and parameters by name, and parameters in a row."""
from collections.abc import MutableMapping

from ...nn.container import Holder, Row
from ...nn.module import Parameter
from ...public import public

@public("A list of parameters; plain tensors become parameters.",
        "[p.shape for p in mg.nn.ParameterList([mg.ones(2), mg.zeros(1)])]", "[(2,), (1,)]")
class ParameterList(Row):
    _kind = Parameter

    def __init__(self, values=()): super().__init__(values)

class _Dict(Holder, MutableMapping):
    """Under keys, behaving like a dict."""

    __eq__, __hash__ = object.__eq__, object.__hash__         # a module is equal to itself alone

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def __setitem__(self, key, value): self._hold(key, value)
    def __getitem__(self, key): return dict(self.items())[key]
    def __iter__(self): return iter(self._names())
    def keys(self): return self._names()
    def values(self): return self._values()
    def items(self): return self._own(self._kind)

    def __delitem__(self, key):
        self[key]                                             # is there one?
        delattr(self, key)

@public("A dict of modules whose parameters are found.",
        'mg.nn.ModuleDict({"age": mg.nn.Linear(4, 1)})["age"](mg.ones(1, 4)).shape', "(1, 1)")
class ModuleDict(_Dict): ...

@public("A dict of parameters; plain tensors become parameters.",
        '[name for name, p in mg.nn.ParameterDict({"a": mg.ones(2)}).named_parameters()]', "['a']")
class ParameterDict(_Dict):
    _kind = Parameter

    def __init__(self, parameters=None): super().__init__(parameters)
