"""Hooks: functions of the reader's that are called on the way, with what is passing by."""
from collections.abc import Callable
from itertools import count

_number = count().__next__


class RemovableHandle:
    """What registering a hook returns: `remove()` takes it away, as does the end of a `with` block.

    >>> a = mg.tensor(3.0, requires_grad=True)
    >>> with a.register_hook(lambda grad: print("gradient", grad.item())):
    ...     (a * a).backward()
    gradient 6.0
    >>> (a * a).backward()
    """

    def __init__(self, hooks: dict, hook, first: bool = False):
        self._hooks, self._number = hooks, _number()
        others = dict(hooks) if first else {}
        if first:
            hooks.clear()
        hooks[self._number] = hook
        hooks.update(others)

    def remove(self) -> None:
        """Take the hook away; a second time does nothing."""
        self._hooks.pop(self._number, None)

    def __enter__(self): return self
    def __exit__(self, *_): self.remove()


class TensorHooks(dict):
    """The hooks of one node, and whether its gradient shall be kept."""

    keep_grad = False
    after = None                              # those to be called when `.grad` is complete

    def accumulated(self):
        """Call those that wait for `.grad`."""
        for hook in tuple(self.after.values() if self.after else ()):
            hook()

    def run(self, grad, where: str):
        """The gradient after all hooks: each may return another of its shape and dtype, or None."""
        for hook in list(self.values()):
            new = hook(grad)
            if new is None:
                continue
            tensor, form = isinstance(new, type(grad)), (grad.shape, grad.dtype)
            if not tensor or (new.shape, new.dtype) != form:
                got = f"{new.dtype} of shape {new.shape}" if tensor else type(new).__name__
                raise RuntimeError(f"a hook on {where} returned {got}; expected None, or a tensor "
                                   f"of the gradient's shape {form[0]} and dtype {form[1]}")
            grad = new
        return grad


def callable_only(method: str, hook: Callable) -> None:
    """Raise TypeError now, not in the middle of a backward pass."""
    if not callable(hook):
        raise TypeError(f"{method}: expected a function, got {type(hook).__name__}")
