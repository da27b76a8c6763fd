"""Switches: whether operations are recorded in the graph. Each thread has its own."""
import threading
from contextlib import ContextDecorator


class _Here(threading.local):
    recording = True                      # is the graph being built?


here = _Here()


class _GradMode(ContextDecorator):
    mode: bool

    def __new__(cls, function=None):
        self = super().__new__(cls)
        self.before = []
        return self if function is None else self(function)   # `@no_grad` is `@no_grad()`

    def __call__(self, function):
        if getattr(function, "__code__", None) and function.__code__.co_flags & 0x20:
            raise TypeError(f"{type(self).__name__}: '{function.__name__}' is a generator; use "
                            "`with` inside it")
        return super().__call__(function)

    def __enter__(self):
        self.before.append(here.recording)
        here.recording = self.mode

    def __exit__(self, *_):
        here.recording = self.before.pop()


class no_grad(_GradMode):
    """Switch recording off: in a `with` block, or for a function that it decorates.

    >>> w = mg.ones(2, requires_grad=True)
    >>> with mg.no_grad():
    ...     (w * 2).requires_grad
    False
    """
    mode = False


class enable_grad(_GradMode):
    """Switch recording on again inside `no_grad`.

    >>> with mg.no_grad(), mg.enable_grad():
    ...     mg.is_grad_enabled()
    True
    """
    mode = True


class set_grad_enabled(_GradMode):
    """Switch recording on or off, at once; as a `with` block it switches back at the end.

    >>> with mg.set_grad_enabled(False):
    ...     mg.is_grad_enabled()
    False
    """
    def __new__(cls, mode: bool):
        return super().__new__(cls)

    def __init__(self, mode: bool):       # a plain call works, too
        self.mode, self.outside, here.recording = bool(mode), here.recording, bool(mode)

    def __call__(self, function):         # as a decorator: only inside
        here.recording, self.outside = self.outside, None
        return super().__call__(function)

    def __enter__(self):
        super().__enter__()
        if self.outside is not None:
            self.before[-1], self.outside = self.outside, None


def is_grad_enabled() -> bool:
    """True while operations are recorded.

    >>> mg.is_grad_enabled()
    True
    """
    return here.recording
