"""Hooks of modules: how they are registered, and what calling a module does once it has some."""
from collections.abc import Callable
from types import SimpleNamespace

from ..grad_mode import is_grad_enabled
from ..hooks import RemovableHandle, callable_only
from ..public import refuse
from ..watch import mine


class Hooked:
    """What a module has of hooks: functions called before forward, after it, and in backward."""

    _hooks = None                                          # until one is registered

    def _hook(self, method, kind, hook, entry, prepend) -> RemovableHandle:
        callable_only(f"{type(self).__name__}.{method}", hook)
        if self._hooks is None:
            self._hooks = SimpleNamespace(before={}, after={}, backward={}, crossing=None)
        return RemovableHandle(getattr(self._hooks, kind), entry, prepend)

    def register_forward_pre_hook(self, hook: Callable, *, prepend: bool = False,
                                  with_kwargs: bool = False) -> RemovableHandle:
        """Call `hook(module, args)` before each forward; unless None, its answer replaces args.

        With `with_kwargs` it is `hook(module, args, kwargs)`, and returns both.
        """
        entry = hook, with_kwargs
        return self._hook("register_forward_pre_hook", "before", hook, entry, prepend)

    def register_forward_hook(self, hook: Callable, *, prepend: bool = False,
                              with_kwargs: bool = False) -> RemovableHandle:
        """Call `hook(module, args, output)` after each forward; its answer, unless None, counts.

        With `with_kwargs` it is `hook(module, args, kwargs, output)`.

        >>> relu = mg.nn.ReLU()
        >>> handle = relu.register_forward_hook(lambda module, args, output: print("gave", output))
        >>> y = relu(mg.tensor([-1., 2., -3.]))
        gave tensor([0., 2., 0.])
        >>> handle.remove()
        """
        return self._hook("register_forward_hook", "after", hook, (hook, with_kwargs), prepend)


def observed(module, inputs: tuple, settings: dict):
    """`call`, and those who listen are told when the module's work begins and ends."""
    told = mine()
    for observer in told:
        observer.entered(module)
    try:
        return call(module, inputs, settings)
    finally:
        for observer in told:
            observer.left(module)


def call(module, inputs: tuple, settings: dict):
    """`module(*inputs, **settings)` with all its hooks."""
    hooks = module._hooks
    if hooks is None:
        return module.forward(*inputs, **settings)
    for hook, with_kwargs in list(hooks.before.values()):
        new = hook(module, inputs, settings) if with_kwargs else hook(module, inputs)
        if new is not None and with_kwargs:
            refuse(not (isinstance(new, tuple) and len(new) == 2), "a forward pre-hook of "
                   f"{type(module).__name__} with kwargs: expected None, or the new (args, "
                   f"kwargs), got {type(new).__name__}")
            inputs, settings = new
        elif new is not None:
            inputs = new if isinstance(new, tuple) else (new,)
    # listens to this one call in backward; the class comes with the catalog's hooks
    crossing = hooks.crossing(module) if hooks.backward and is_grad_enabled() else None
    if crossing:
        inputs = crossing.enter(inputs)
    output = module.forward(*inputs, **settings)
    for hook, with_kwargs in list(hooks.after.values()):
        new = hook(module, inputs, *[settings] * with_kwargs, output)
        output = output if new is None else new
    return crossing.leave(output) if crossing else output
