"""Hooks of modules: how they are registered, and what calling a module does once it has some."""
from collections.abc import Callable
from types import SimpleNamespace

from ..grad_mode import is_grad_enabled
from ..graph import TensorBase
from ..hooks import RemovableHandle, callable_only
from ..inplace import viewing
from ..public import refuse
from ..watch import mine

# The same numbers, and a node to listen at
through = viewing(lambda x: x[...], lambda g, out, x: g, name="hook")


class Hooked:
    """What a module has of hooks: functions called before forward, after it, and in backward."""

    _hooks = None                                          # until one is registered

    def _hook(self, method, kind, hook, entry, prepend) -> RemovableHandle:
        callable_only(f"{type(self).__name__}.{method}", hook)
        if self._hooks is None:
            self._hooks = SimpleNamespace(before={}, after={}, backward={})
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

    def register_full_backward_hook(self, hook: Callable, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when backward has come through the module.

        Both are tuples of gradients, of the positional inputs and the outputs, or None. A tuple
        that the hook returns replaces grad_input; its own arguments it must not change.

        >>> layer = mg.nn.Linear(3, 2)
        >>> handle = layer.register_full_backward_hook(lambda m, into, out: print(out[0].shape))
        >>> layer(mg.ones(4, 3)).sum().backward()
        (4, 2)
        """
        return self._hook("register_full_backward_hook", "backward", hook, hook, prepend)


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
    crossing = _Crossing(module) if hooks.backward and is_grad_enabled() else None
    if crossing:
        inputs = crossing.enter(inputs)
    output = module.forward(*inputs, **settings)
    for hook, with_kwargs in list(hooks.after.values()):
        new = hook(module, inputs, *[settings] * with_kwargs, output)
        output = output if new is None else new
    return crossing.leave(output) if crossing else output


class _Crossing:
    """Listens where gradients enter and leave a module: one call of it, forward and backward."""

    def __init__(self, module):
        self.module, self.grad_output, self.size, self.entered = module, (), 0, False

    def enter(self, inputs: tuple) -> tuple:
        gated = _gate(inputs, self._run)
        self.size, self.entered = len(inputs), any(x is not y for x, y in zip(inputs, gated))
        return gated

    def leave(self, output):
        def arrived(grads):
            self.grad_output = grads
            if not self.entered:                       # the gradient ends inside, comes out nowhere
                self._run((None,) * self.size)
            return (None,) * len(grads)
        several = isinstance(output, tuple)
        return _gate(output, arrived) if several else _gate((output,), arrived)[0]

    def _run(self, grad_input: tuple) -> tuple:
        who = f"a backward hook of {type(self.module).__name__} returned"
        for hook in list(self.module._hooks.backward.values()):
            new = hook(self.module, grad_input, self.grad_output)
            if new is None:
                continue
            new = new if isinstance(new, tuple) else (new,)
            refuse(len(new) != self.size, f"{who} {len(new)} gradients; expected None, or one for "
                   f"each of its {self.size} inputs")
            refuse(not self.entered and any(g is not None for g in new),
                   f"{who} a gradient, but no input of the module requires grad; return None")
            grad_input = new
        return grad_input


def _gate(things: tuple, function) -> tuple:
    """The same things; in backward, `function(their gradients)` replaces these, called once.

    Each tensor goes through two nodes. All the second ones are younger than all the first ones, so
    backward has brought every gradient by the time it reaches a first one.
    """
    first = {i: through(x) for i, x in enumerate(things) if isinstance(x, TensorBase) and x.tracked}
    second = {i: through(x) for i, x in first.items()}
    grads, answers = {}, []

    def arrive(i, g):
        grads[i] = g
        answers.clear()

    def leave(i):
        if not answers:
            answers[:] = function(tuple(grads.get(j) for j in range(len(things))))
            grads.clear()
        return answers[i]

    for i in first:
        second[i].register_hook(lambda g, i=i: arrive(i, g))
        first[i].register_hook(lambda g, i=i: leave(i))
    return tuple(second.get(i, x) for i, x in enumerate(things))
