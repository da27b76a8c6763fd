"""Switches: whether operations are recorded in the graph."""
from contextlib import ContextDecorator

recording = True                          # is the graph being built?


class _GradMode(ContextDecorator):
    mode: bool

    def __new__(cls, function=None):
        self = super().__new__(cls)
        self.before = []
        return self if function is None else self(function)       # `@no_grad` works like `@no_grad()`

    def __call__(self, function):
        if getattr(function, "__code__", None) and function.__code__.co_flags & 0x20:
            raise TypeError(f"{type(self).__name__}: '{function.__name__}' is a generator; use `with` inside it")
        return super().__call__(function)

    def __enter__(self):
        global recording
        self.before.append(recording)
        recording = self.mode

    def __exit__(self, *_):
        global recording
        recording = self.before.pop()


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

    def __init__(self, mode: bool):
        global recording
        self.mode, self.outside, recording = bool(mode), recording, bool(mode)   # works as a plain call too

    def __call__(self, function):
        global recording
        recording, self.outside = self.outside, None                              # as a decorator: only inside
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
    return recording


class inference_mode(set_grad_enabled):
    """As no_grad: nothing is recorded in a `with` block or a decorated function; `inference_mode(False)` changes nothing.

    >>> with mg.inference_mode():
    ...     (mg.ones(1, requires_grad=True) * 2).requires_grad
    False
    """
    def __new__(cls, mode=True):
        if callable(mode):
            return no_grad(mode)
        return no_grad() if mode else _Unchanged()


class _Unchanged(_GradMode):
    mode = True

    def __enter__(self):
        self.before.append(recording)
