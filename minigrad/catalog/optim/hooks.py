"""Functions that are called before and after each step of an optimizer."""
from ...hooks import RemovableHandle, callable_only
from ...optim.optimizer import Optimizer
from ...public import refuse

class _Heard:
    """The `step` of an optimizer that has hooks; it stands before the method of its class."""

    def __init__(self, optimizer): self.optimizer, self.before, self.after = optimizer, {}, {}

    def __call__(self, *args, **settings):
        optimizer, args = self.optimizer, (self.optimizer, *args)
        for hook in list(self.before.values()):
            new = hook(optimizer, args, settings)
            refuse(new is not None and not (isinstance(new, tuple) and len(new) == 2), "a step "
                   f"pre-hook: expected None, or the new (args, kwargs), got {new!r:.60}")
            args, settings = (args, settings) if new is None else new
        result = type(optimizer).step(*args, **settings)
        for hook in list(self.after.values()):
            hook(optimizer, args, settings)
        return result

def _register(optimizer, kind, when, hook):
    callable_only(f"{type(optimizer).__name__}.register_step_{kind}_hook", hook)
    heard = vars(optimizer).setdefault("step", _Heard(optimizer))
    return RemovableHandle(getattr(heard, when), hook)

def register_step_pre_hook(self, hook):
    """Call `hook(optimizer, args, kwargs)` before each step; it may return new (args, kwargs)."""
    return _register(self, "pre", "before", hook)

def register_step_post_hook(self, hook):
    """Call `hook(optimizer, args, kwargs)` after each step; returns a handle with `remove()`.

    >>> optimizer = mg.optim.SGD([mg.zeros(1)], lr=0.1)
    >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("stepped"))
    >>> optimizer.step()
    stepped
    """
    return _register(self, "post", "after", hook)

for _method in (register_step_pre_hook, register_step_post_hook):
    setattr(Optimizer, _method.__name__, _method)
