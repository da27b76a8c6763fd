"""no_grad and its kin on generators; importing it lets them decorate those, too."""
from functools import partial, wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction

from ...grad_mode import _GradMode
from ...public import refuse

_plain = _GradMode.__call__

def _decorate(self, function):
    """The function under this mode; a generator, while it is at work, and not between its steps."""
    refuse(iscoroutinefunction(function) or isasyncgenfunction(function),
           f"{type(self).__name__}: '{getattr(function, '__name__', function)}' is asynchronous, "
           "and others run between its steps; use `with` inside it", TypeError)
    if not isgeneratorfunction(function):
        return _plain(self, function)

    @wraps(function)
    def generator(*args, **settings):
        return (yield from _steps(self, function(*args, **settings)))
    return generator

def _steps(mode, inner):
    """What a generator yields, each of its steps under the mode."""
    step = partial(next, inner)
    while True:
        try:
            with mode:
                given = step()
        except StopIteration as end:
            return end.value
        try:
            sent = yield given
        except GeneratorExit:
            with mode:
                inner.close()
            raise
        except BaseException as error:
            step = partial(inner.throw, error)
        else:
            step = partial(inner.send, sent)

_GradMode.__call__ = _decorate
