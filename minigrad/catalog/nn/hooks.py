"""Hooks of modules in backward: the gradients where they enter a module, and where they leave."""
from ...graph import TensorBase
from ...inplace import viewing
from ...public import refuse

# The same numbers, and a node to listen at
through = viewing(lambda x: x[...], lambda g, out, x: g, name="hook")

def register_full_backward_hook(self, hook, prepend: bool = False):
    """Call `hook(module, grad_input, grad_output)` when backward has come through the module.

    Both are tuples of gradients, of the positional inputs and the outputs, or None. A tuple
    that the hook returns replaces grad_input; its own arguments it must not change.

    >>> layer = mg.nn.Linear(3, 2)
    >>> handle = layer.register_full_backward_hook(lambda m, into, out: print(out[0].shape))
    >>> layer(mg.ones(4, 3)).sum().backward()
    torch.Size([4, 2])
    """
    handle = self._hook("register_full_backward_hook", "backward", hook, hook, prepend)
    self._hooks.crossing = _Crossing
    return handle

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
