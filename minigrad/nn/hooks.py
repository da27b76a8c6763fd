"""What calling a module does once it has hooks; without any, none of this runs."""
from ..grad_mode import is_grad_enabled
from ..graph import Node, primitive

through = primitive(lambda x: x[...], lambda g, out, x: g, name="hook")     # the same numbers, and a node to listen at


class ModuleHooks:
    """The hooks of one module: called before forward, after it, and in backward."""

    def __init__(self):
        self.before, self.after, self.backward = {}, {}, {}


def call(module, inputs: tuple, settings: dict):
    """`module(*inputs, **settings)` with all its hooks."""
    hooks = module._hooks
    for hook, with_kwargs in list(hooks.before.values()):
        new = hook(module, inputs, settings) if with_kwargs else hook(module, inputs)
        if new is not None and with_kwargs:
            if not (isinstance(new, tuple) and len(new) == 2):
                raise RuntimeError(f"a forward pre-hook of {type(module).__name__} with kwargs: expected None, or the "
                                   f"new (args, kwargs), got {type(new).__name__}")
            inputs, settings = new
        elif new is not None:
            inputs = new if isinstance(new, tuple) else (new,)
    crossing = _Crossing(module) if hooks.backward and is_grad_enabled() else None
    if crossing:
        inputs = crossing.enter(inputs)
    output = module.forward(*inputs, **settings)
    for hook, with_kwargs in list(hooks.after.values()):
        new = hook(module, inputs, settings, output) if with_kwargs else hook(module, inputs, output)
        output = output if new is None else new
    return crossing.leave(output) if crossing else output


class _Crossing:
    """Listens where gradients enter and leave a module: one call of it, forward and backward."""

    def __init__(self, module):
        self.module, self.grad_output, self.size, self.entered = module, (), 0, []

    def enter(self, inputs: tuple) -> tuple:
        self.size, self.entered = len(inputs), _flowing(inputs)
        return _gate(inputs, self.entered, self._left)

    def leave(self, output):
        outputs = output if isinstance(output, tuple) else (output,)
        flowing = _flowing(outputs)

        def arrived(grads):
            self.grad_output = _spread(grads, flowing, len(outputs))
            if not self.entered:                       # the gradient ends inside: nobody will come out below
                self._run((None,) * self.size)
            return (None,) * len(grads)
        gated = _gate(outputs, flowing, arrived)
        return gated if isinstance(output, tuple) else gated[0]

    def _left(self, grads):
        found = self._run(_spread(grads, self.entered, self.size))
        return [found[i] for i in self.entered]

    def _run(self, grad_input: tuple) -> tuple:
        for hook in list(self.module._hooks.backward.values()):
            new = hook(self.module, grad_input, self.grad_output)
            if new is None:
                continue
            new = new if isinstance(new, tuple) else (new,)
            if len(new) != self.size:
                raise RuntimeError(f"a backward hook of {type(self.module).__name__} returned {len(new)} gradients; "
                                   f"expected None, or one for each of its {self.size} inputs")
            if not self.entered and any(g is not None for g in new):
                raise RuntimeError(f"a backward hook of {type(self.module).__name__} returned a gradient, but no input "
                                   "of the module requires grad; return None")
            grad_input = new
        return grad_input


def _flowing(things) -> list[int]:
    return [i for i, x in enumerate(things) if isinstance(x, Node) and x.tracked]


def _spread(grads, places: list[int], size: int) -> tuple:
    """The gradients at their places among `size` things, None elsewhere."""
    at = dict(zip(places, grads))
    return tuple(at.get(i) for i in range(size))


def _gate(things: tuple, places: list[int], function) -> tuple:
    """The same things; in backward, `function(gradients at the places)` is called once, and may replace them.

    Each tensor goes through two nodes. All the second ones are younger than all the first ones, so backward has
    brought every gradient by the time it reaches a first one.
    """
    first = [through(things[i]) for i in places]
    second = [through(x) for x in first]
    grads, answers = [None] * len(places), []

    def arrive(i, g):
        grads[i] = g
        answers.clear()

    def leave(i):
        if not answers:
            answers[:] = function(tuple(grads))
            grads[:] = [None] * len(grads)
        return answers[i]

    for i, (x, y) in enumerate(zip(first, second)):
        y.register_hook(lambda g, i=i: arrive(i, g))
        x.register_hook(lambda g, i=i: leave(i))
    new = dict(zip(places, second))
    return tuple(new.get(i, x) for i, x in enumerate(things))
