"""What programs ask of a module: its parts by kind, and hooks around saving and loading."""
from collections.abc import MutableMapping
from types import SimpleNamespace

from ...graph import raw
from ...hooks import RemovableHandle, callable_only
from ...nn.module import Module, Parameter, _join
from ...public import refuse
from ...tensor import Tensor

# The parts, as PyTorch keeps them

class _Parts(MutableMapping):
    """A module's attributes of one kind, as a dict that may be changed."""

    def __init__(self, module, own): self._module, self._own = module, own
    def __iter__(self): return (name for name, _ in self._own(self._module))
    def __len__(self): return len(self._own(self._module))
    def __repr__(self): return repr(dict(self))
    def __contains__(self, name): return name in dict(self._own(self._module)) or self._empty(name)
    def __setitem__(self, name, value): setattr(self._module, name, value)

    def _empty(self, name):
        return name in self._module._places and vars(self._module).get(name, self) is None

    def __getitem__(self, name):
        found = dict(self._own(self._module))
        return None if vars(self._module).get(name, self) is None else found[name]

    def __delitem__(self, name):
        self[name]                                             # is there one?
        delattr(self._module, name)

Module._parameters = property(lambda self: _Parts(self, lambda m: m._own(Parameter)))
Module._modules = property(lambda self: _Parts(self, lambda m: m._own(Module)))
Module._buffers = property(lambda self: _Parts(self, Module._own_buffers))
Module._non_persistent_buffers_set = property(
    lambda self: {name for name, kept in self._persistent.items() if not kept})

def get_buffer(self, target):
    """The buffer at a path such as "encoder.norm.running_mean"; AttributeError if there is none."""
    path, _, name = target.rpartition(".")
    own = dict(self.get_submodule(path)._own_buffers())
    refuse(name not in own, f"no buffer {target!r}: {path or type(self).__name__} has {list(own)}",
           AttributeError)
    return own[name]

def set_submodule(self, target, module):
    """Put another module at a path such as "encoder.0"."""
    path, _, name = target.rpartition(".")
    setattr(self.get_submodule(path), name, module)

def to_empty(self, *, device, recurse=True):
    """The module itself: its tensors are on the CPU already."""
    return self.to(device)

# Hooks around saving and loading

def _register(self, kind, hook):
    callable_only(f"{type(self).__name__}.register_{kind}_hook", hook)
    if "_state_hooks" not in vars(self):
        self._state_hooks = SimpleNamespace(state_dict_pre={}, state_dict_post={},
                                            load_state_dict_pre={}, load_state_dict_post={})
    return RemovableHandle(getattr(self._state_hooks, kind), hook)

def register_state_dict_pre_hook(self, hook):
    """Call `hook(module, prefix, keep_vars)` before state_dict() comes to this module."""
    return _register(self, "state_dict_pre", hook)

def register_state_dict_post_hook(self, hook):
    """Call `hook(module, state_dict, prefix, local_metadata)` when state_dict() has its tensors."""
    return _register(self, "state_dict_post", hook)

def register_load_state_dict_pre_hook(self, hook):
    """Call `hook(module, state_dict, prefix, local_metadata, strict, missing, unexpected, errors)`.

    It may change the dict, a copy, before anything is loaded.

    >>> layer = mg.nn.Linear(1, 1, bias=False)
    >>> handle = layer.register_load_state_dict_pre_hook(
    ...     lambda module, state, prefix, *_: state.update(weight=state.pop("w")))
    >>> layer.load_state_dict({"w": mg.ones(1, 1)})
    <All keys matched successfully>
    """
    return _register(self, "load_state_dict_pre", hook)

def _register_load_state_dict_pre_hook(self, hook, with_module=False):
    """The older form of it, whose hook does not get the module unless `with_module`."""
    return _register(self, "load_state_dict_pre",
                     hook if with_module else lambda module, *rest: hook(*rest))

def register_load_state_dict_post_hook(self, hook):
    """Call `hook(module, incompatible_keys)` after loading, before errors are raised."""
    return _register(self, "load_state_dict_post", hook)

def _hooks(self, kind, inside_first=False):
    """(path, module, hook) of all hooks of a kind, here and inside."""
    found = [(path, module, hook) for path, module in self.named_modules(remove_duplicate=False)
             if "_state_hooks" in vars(module)
             for hook in list(getattr(module._state_hooks, kind).values())]
    return found[::-1] if inside_first else found

_load = Module.load_state_dict
OVERRIDES = "_load_from_state_dict", "_save_to_state_dict", "get_extra_state", "set_extra_state"

def _usual_only(self):
    """A module that saves itself in another way would be saved wrongly."""
    for module in self.modules():
        for name in OVERRIDES:
            refuse(hasattr(module, name), f"{type(module).__name__}.{name}: minigrad does not call "
                   "it; use register_state_dict_post_hook and register_load_state_dict_pre_hook",
                   NotImplementedError)

def state_dict(self, *args, destination=None, prefix="", keep_vars=False):
    """{path: tensor} of all parameters and persistent buffers, sharing their memory.

    They are added to `destination` if there is one.

    >>> list(mg.nn.Linear(3, 2).state_dict(prefix="layer."))
    ['layer.weight', 'layer.bias']
    """
    given = dict(zip(("destination", "prefix", "keep_vars"), args))
    destination, prefix = given.get("destination", destination), given.get("prefix", prefix)
    keep_vars = given.get("keep_vars", keep_vars)
    _usual_only(self)
    for path, module, hook in _hooks(self, "state_dict_pre"):
        hook(module, _join(prefix + path, "") if path else prefix, keep_vars)
    state = {} if destination is None else destination
    state.update(self._state(prefix, keep_vars))
    for path, module, hook in _hooks(self, "state_dict_post", inside_first=True):
        new = hook(module, state, _join(prefix + path, "") if path else prefix, {})
        state = state if new is None else new
    return state

def load_state_dict(self, state_dict, strict=True, assign=False):
    """Copy saved values into this module's tensors; returns the missing and unexpected keys.

    With `assign` the saved tensors themselves take their places. Raises RuntimeError with every
    missing and unexpected key (if `strict`) and every wrong shape; then nothing is loaded.

    >>> a, b = mg.nn.Linear(3, 2), mg.nn.Linear(3, 2)
    >>> a.load_state_dict(b.state_dict())
    <All keys matched successfully>
    """
    if not hasattr(state_dict, "keys"):
        return _load(self, state_dict, strict)                 # which says what is wrong
    _usual_only(self)
    state, missing, unexpected, errors = dict(state_dict), [], [], []
    for path, module, hook in _hooks(self, "load_state_dict_pre"):
        hook(module, state, path and f"{path}.", {}, strict, missing, unexpected, errors)
    refuse(errors, "\n    ".join([f"load_state_dict: {type(self).__name__}", *errors]))
    places = [(_join(path, name), module, name, t)
              for path, module in self.named_modules(remove_duplicate=False)
              for name, t in module._own(Parameter) + module._own_buffers()]
    for key, _, name, t in places:
        if hasattr(t, "materialize") and not hasattr(state.get(key, t), "materialize"):
            t.materialize(raw(state[key]).shape)
        if name == "num_batches_tracked":                      # states of old have none
            state.setdefault(key, t)
    result = _load(self, state, strict)
    for key, module, name, old in places if assign else ():
        if isinstance(new := state.get(key), Tensor):
            trained = isinstance(old, Parameter) and not isinstance(new, Parameter)
            setattr(module, name, Parameter(new, old.requires_grad) if trained else new)
    for _, module, hook in _hooks(self, "load_state_dict_post", inside_first=True):
        hook(module, result)
    return result

__all__ = ["_register_load_state_dict_pre_hook", "get_buffer", "load_state_dict",
           "register_load_state_dict_post_hook", "register_load_state_dict_pre_hook",
           "register_state_dict_post_hook", "register_state_dict_pre_hook", "set_submodule",
           "state_dict", "to_empty"]
