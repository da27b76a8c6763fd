"""Modules and parameters by name, and parameters in a row."""
from ...nn.container import Holder, Row
from ...nn.module import Parameter
from ...public import public

@public("A list of parameters; plain tensors become parameters.",
        "[p.shape for p in mg.nn.ParameterList([mg.ones(2), mg.zeros(1)])]",
        "[torch.Size([2]), torch.Size([1])]")
class ParameterList(Row):
    _kind = Parameter

    def __init__(self, values=()): super().__init__(values)
    def extra_repr(self): return _contents(self, lambda p: p.dtype)

def _contents(module, kind):
    return "\n".join(f"  ({name}): Parameter containing: [{kind(p)} of size "
                     f"{'x'.join(map(str, p.shape))}]" for name, p in module._own(Parameter))

class _Dict(Holder):
    """Under keys, behaving like a dict."""

    def __init__(self, modules=None):
        super().__init__()
        self.update(modules or {})

    def __setitem__(self, key, value): self._hold(key, value)
    def __getitem__(self, key): return dict(self.items())[key]
    def __iter__(self): return iter(self._names())
    def __contains__(self, key): return key in self._names()
    def keys(self): return self._names()
    def values(self): return self._values()
    def items(self): return self._own(self._kind)

    def __delitem__(self, key):
        self[key]                                             # is there one?
        delattr(self, key)

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

@public("A dict of modules whose parameters are found.",
        'mg.nn.ModuleDict({"age": mg.nn.Linear(4, 1)})["age"](mg.ones(1, 4)).shape',
        "torch.Size([1, 1])")
class ModuleDict(_Dict): ...

@public("A dict of parameters; plain tensors become parameters.",
        '[name for name, p in mg.nn.ParameterDict({"a": mg.ones(2)}).named_parameters()]', "['a']")
class ParameterDict(_Dict):
    _kind = Parameter

    def __init__(self, parameters=None): super().__init__(parameters)
    def extra_repr(self): return _contents(self, lambda p: p.type())
