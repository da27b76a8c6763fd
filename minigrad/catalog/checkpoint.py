"""Checkpoints: a part of the graph keeps no values, and computes them again in backward.

Its nodes stay, so gradients flow as ever; what their rules read is taken from the nodes of a second
run of the function (Chen et al. 2016, "Training deep nets with sublinear memory cost").
"""
import warnings
import weakref
from contextlib import nullcontext
from operator import attrgetter

import numpy as np

from ..changes import changed_since, clock
from ..grad_mode import enable_grad, no_grad
from ..graph import Node, TensorBase, history
from ..public import refuse
from .devices import make_module
from .random import fork_rng, get_rng_state, set_rng_state
from .trees import leaves


class CheckpointError(RuntimeError):
    """The second run of a function did not do what the first one did."""


class _Part:
    """The nodes that one call of a function made, oldest first; and the same nodes of a second."""

    def __init__(self, call, start, out):
        self.call, self.start, self.twins = call, start, []
        nodes = _made(out, start)
        self.signs = list(map(_sign, nodes))
        self.outside = [array for node in nodes for x, used in zip(node.inputs, node.arrays)
                        if isinstance(x, Node) and x.tracked and x.born < start
                        for array in (x.value, used)]
        self.check("checkpoint: the function changes a tensor in place that it did not make, so "
                   "it cannot run twice; let it change a clone()")
        for i, node in enumerate(nodes):
            still = np.broadcast_to(node.value.dtype.type(np.nan), node.value.shape)
            node.value, node.arrays, node.saved, node.freed = still, (), None, True
            node.read = self.reader(weakref.ref(node), i)          # a node owns no part of itself

    def reader(self, there, i):
        """The `read` of node i: its twin's, which is made when the first rule asks."""
        def read(create_graph, keep):
            twin = self.found()[i]
            if not keep:
                there().arrays = None
            return twin.read(create_graph, keep)
        return read

    def check(self, message):
        refuse(any(isinstance(a, np.ndarray) and changed_since(a, self.start)
                   for a in self.outside), message)

    def found(self):
        if not self.twins:
            self.check("checkpoint: a tensor that the function needs was changed in place since; "
                       "change it after backward()")
            start = clock()
            with enable_grad():
                self.twins = _made(self.call(), start)
            refuse(list(map(_sign, self.twins)) != self.signs, "checkpoint: the function did other "
                   "operations, or on other shapes, when it was called again in backward",
                   CheckpointError)
        return self.twins


def _sign(node):
    return node.op.__name__, node.value.shape, node.value.dtype

def _made(out, start):
    """The nodes behind what a function gave that are younger than its call."""
    seen, stack = set(), [history(t) for t in leaves(out) if isinstance(t, TensorBase)]
    while stack:
        node = stack.pop()
        if node.tracked and node.op is not None and node.born > start and node not in seen:
            seen.add(node)
            stack += [x for x in node.inputs if isinstance(x, Node)]
    return sorted(seen, key=attrgetter("born"))

def checkpoint(function, *args, use_reentrant=None, preserve_rng_state=True,
               context_fn=lambda: (nullcontext(), nullcontext()), determinism_check="default",
               debug=False, early_stop=True, **kwargs):
    """`function(*args, **kwargs)`, which keeps no values for backward: it is called again there.

    Random numbers are the same in both calls unless `preserve_rng_state=False`. With
    `use_reentrant` it takes no keyword arguments, and nothing is recorded unless an argument
    requires grad, as in PyTorch. Raises CheckpointError where the second call does other
    operations, RuntimeError where a tensor that it needs was changed in place meanwhile.

    >>> x = mg.tensor([1., 2.], requires_grad=True)
    >>> mg.utils.checkpoint.checkpoint(lambda x: (x * x).exp(), x, use_reentrant=False).sum()
    tensor(57.3164, grad_fn=<SumBackward0>)
    """
    if use_reentrant is None:
        warnings.warn("checkpoint: pass use_reentrant=False (recommended) or True", stacklevel=2)
    first, again = context_fn()
    if use_reentrant is not False:
        refuse(kwargs, f"Unexpected keyword arguments: {','.join(kwargs)}", ValueError)
        if not any(x.tracked for x in args if isinstance(x, TensorBase)):
            warnings.warn("None of the inputs have requires_grad=True. Gradients will be None",
                          stacklevel=2)
            first = no_grad()
    state = get_rng_state() if preserve_rng_state else None

    def second():
        with fork_rng(enabled=preserve_rng_state), again:
            if preserve_rng_state:
                set_rng_state(state)
            return function(*args, **kwargs)
    start = clock()
    with first:
        out = function(*args, **kwargs)
    _Part(second, start, out)
    return out

def checkpoint_sequential(functions, segments, input, use_reentrant=None, *,
                          preserve_rng_state=True):
    """A row of modules in that many parts of equal length, each but the last a checkpoint.

    >>> net, x = mg.nn.Sequential(*[mg.nn.Tanh() for _ in range(4)]), mg.ones(1, requires_grad=True)
    >>> mg.utils.checkpoint.checkpoint_sequential(net, 2, x, use_reentrant=False).shape
    torch.Size([1])
    """
    modules = list(functions)
    length = len(modules) // segments
    refuse(length < 1, f"checkpoint_sequential: expected at most {len(modules)} segments, got "
           f"{segments}", ValueError)

    def run(part, x):
        for module in part:
            x = module(x)
        return x
    for start in range(0, length * (segments - 1), length):
        part = modules[start:start + length]
        input = checkpoint(lambda x, part=part: run(part, x), input, use_reentrant=use_reentrant,
                           preserve_rng_state=preserve_rng_state)
    return run(modules[length * (segments - 1):], input)


make_module("utils.checkpoint", checkpoint=checkpoint, CheckpointError=CheckpointError,
            checkpoint_sequential=checkpoint_sequential)
