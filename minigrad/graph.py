"""The graph: nodes that remember how they were made, and one sweep that runs back through them.

A `Node` is the engine's half of a Tensor: an array, and the call that made it. `primitive` lifts an array function to
nodes. `backpropagate` walks from a result back to its leaves. Nothing here knows a derivative: those are in `ops`.
"""
from functools import partial
from itertools import count
from operator import attrgetter
from sys import getrefcount

import numpy as np

from . import changes, grad_mode
from .changes import changed, clock, inputs_of, refuse_outdated, refuse_stale
from .dtypes import FLOAT16, FLOAT32, FLOAT64, NUMBERS, result_type
from .grad_mode import set_grad_enabled
from .kernels import total
from .watch import observers

HUSK_FROM = 2**13                         # elements; a spent graph keeps no array larger than this

NANS = {dtype: np.array(np.nan, dtype).tobytes() for dtype in (FLOAT16, FLOAT32, FLOAT64)}

_face = None                              # the class of results: `tensor.Tensor`, once it exists
_watch = None                             # detect_anomaly's watchman, while one is on duty


def _alone():
    """What getrefcount says of an array that one local variable holds, and of the base of a view that one holds."""
    only = np.empty(1)
    view = np.empty(1).reshape(1, 1)
    return getrefcount(only), getrefcount(view.base)


ALONE, BASE_ALONE = _alone()


class Node:
    """An array and the call that made it, `value = op(*inputs, **settings)`; a leaf has no op."""

    __slots__ = ("value", "tracked", "grad", "op", "inputs", "arrays", "settings", "born", "extra", "__weakref__")
    __array_ufunc__ = None                # `ndarray * tensor` asks the tensor

    def __init__(self, value: np.ndarray, tracked: bool = False):
        self.value, self.tracked, self.grad, self.extra = value, tracked, None, None
        self.op, self.inputs, self.arrays, self.settings, self.born = None, (), (), {}, clock()
        for observer in observers:
            observer.leaf(self)

    @property
    def local_gradients(self) -> tuple:
        """`(operation name, parent, function)` for each parent: `function(path_value)` is what flows on to it."""
        return tuple((self.op.__name__, x, partial(_pull, self, rule, x)) for x, rule in edges(self))

    def backward(self, gradient=None, retain_graph: bool | None = None, create_graph: bool = False, inputs=None):
        """Add d self / d leaf to `leaf.grad`, for every leaf that requires grad (or for the `inputs` alone).

        `gradient` has the shape of self; a tensor with one element needs none. The graph is spent afterwards unless
        `retain_graph`; with `create_graph` the gradients have graphs of their own. Raises RuntimeError where there is
        no graph, where it is spent, or where a value that a rule needs was changed in place.

        >>> a = mg.tensor([4.0], requires_grad=True)
        >>> (a * a).backward()
        >>> a.grad
        tensor([8.])
        """
        wanted = () if inputs is None else (inputs,) if isinstance(inputs, Node) else tuple(inputs)
        if inputs is not None and not wanted:
            raise RuntimeError("backward: expected a tensor or more in inputs=, got none; leave it out for all leaves")
        found = backpropagate([self], [gradient], wanted, retain_graph, create_graph)
        while found:
            node, g = found.popitem()
            if create_graph:
                node.grad = g if node.grad is None else node.grad + g
            elif node.grad is None:                    # a copy, if others hold g as well (`add` hands one to two leaves)
                own = getrefcount(g) == ALONE and g.__class__ is np.ndarray and g.strides == node.value.strides and (
                    g.base is None or (getrefcount(g.base) == BASE_ALONE and g.base.nbytes == g.nbytes))
                node.grad = leaf(g if own else np.array(g, order="C"))
            elif node.grad.shape != g.shape:
                raise RuntimeError(f"backward: expected .grad of shape {g.shape}, the tensor's own, got {node.grad.shape}")
            else:
                np.add(node.grad.value, g, out=node.grad.value)
                changed(node.grad.value)


def face(cls):
    """Class decorator: from now on, results of primitives are of this class."""
    global _face
    _face = cls
    return cls


def leaf(value: np.ndarray, tracked: bool = False):
    """A tensor without a history, around this very array."""
    t = _face.__new__(_face)
    Node.__init__(t, value, tracked)
    return t


def raw(x):
    """The array of a node; anything else as it is."""
    return x.value if isinstance(x, Node) else x


# Operations

BROADCASTING = "shapes that broadcast: equal or 1, counted from the right"


class Every:
    """One rule for any number of inputs; the keyword `i` tells it which. `reads`: as the function of that name."""

    def __init__(self, rule, reads=None):
        self.rule, self.reads = rule, reads

    def __iter__(self):
        return (partial(self.rule, i=i) for i in count())


class Joint(Every):
    """One rule that gives the gradients of all inputs at once, because they share work; it runs once for each g."""

    def __iter__(self):
        memory = []
        return (partial(_part, self.rule, memory, i) for i in count())


def _part(rule, memory, i, g, *args, **settings):
    if not memory or memory[0] is not g:
        memory[:] = (g, *rule(g, *args, **settings))
    return memory[1 + i]


def primitive(forward, *rules, name=None, floating=False, expects=BROADCASTING, into=None):
    """Lift an array function: arrays in, array out; any tensor in, tensor out.

    `rules[i](g, out, *inputs, **settings)` is g · ∂out/∂inputs[i], on arrays or on tensors alike. Inputs are
    positional, settings keyword. `floating`: whole numbers become float32 first. `expects` ends a shape error's message.
    A setting `made` is what was computed before the call, for the rules; a spent node lets it go.
    `into(sum, g, **settings)`, of an operation on one input, adds its rule's result to an array without making it first.
    """
    differentiable, new = bool(rules), object.__new__

    def op(*inputs, **settings):          # the hot path: every operation of every step comes through here
        arrays, dtype, tracked, plain = [], None, False, True
        for x in inputs:
            if isinstance(x, Node):
                if x.tracked:
                    tracked = True
                x = x.value
                kind = x.dtype
                if kind is not dtype:
                    plain = plain and dtype is None
                    dtype = kind
            elif x.__class__ not in NUMBERS:
                plain = False
            arrays.append(x)
        if dtype is None:                 # no tensor among them
            return forward(*inputs, **settings)
        if changes.last_rewrite and grad_mode.recording:
            for x in inputs:
                if isinstance(x, Node):
                    refuse_outdated(x)
        if not plain or (dtype is not FLOAT32 and dtype is not FLOAT64):
            inputs = promote(inputs, floating)
            arrays = [raw(x) for x in inputs]
        try:
            value = forward(*arrays, **settings)
        except ValueError as error:
            shapes = ", ".join(str(np.shape(x)) for x in arrays)
            asked = f", asked for {settings['shape']}" if "shape" in settings else ""
            raise RuntimeError(f"{op.__name__}: got shapes {shapes}{asked}; it needs {expects}") from error
        if value.__class__ is not np.ndarray:
            value = np.asarray(value)
        tracked = tracked and differentiable and grad_mode.recording and value.dtype.kind == "f"
        out = new(_face)                  # no __init__: it would cost a call
        out.value, out.tracked, out.born = value, tracked, clock()
        out.grad = out.extra = None
        if tracked:
            out.op, out.inputs, out.arrays, out.settings = op, inputs, arrays, settings
        else:
            out.op, out.inputs, out.arrays, out.settings = None, (), (), {}
        if _watch is not None:            # detect_anomaly is on
            _watch.made(out, op, arrays)
        for observer in observers:
            observer.made(out, op, inputs, arrays, tracked)
        return out

    op.__name__ = op.__qualname__ = name or forward.__name__.strip("_")
    op.rules = rules[0] if rules and isinstance(rules[0], Every) else rules
    op.forward, op.into = forward, into
    return op


def edges(node) -> list:
    """`(parent, rule)` for each input that is a tensor and has a rule."""
    if node.op is None:
        return []
    return [(x, rule) for x, rule in zip(inputs_of(node), node.op.rules) if isinstance(x, Node) and rule is not None]


# Mixed types

def _cast(x, *, dtype):
    return x.astype(dtype)

to = primitive(_cast, lambda g, out, x, *, dtype: to(g, dtype=x.dtype), name="to")


def promote(inputs, floating=False):
    """The inputs as tensors of one type (and Python numbers); a tensor that changes type gets a `to` node."""
    inputs = [_lift(x) for x in inputs]
    dtype = result_type(inputs)
    if floating and dtype.kind != "f":
        dtype = FLOAT32
    return tuple(to(x, dtype=dtype) if isinstance(x, Node) and x.value.dtype != dtype else x for x in inputs)


def _lift(x):
    if isinstance(x, Node) or x.__class__ in NUMBERS:
        return x
    if isinstance(x, np.generic):
        return x.item()
    if isinstance(x, np.ndarray):
        return leaf(x)
    raise TypeError(f"expected a tensor, an array or a number, got {type(x).__name__}: {x!r:.60}; use tensor(...)")


# Backward

def backpropagate(roots, gradients, wanted=(), retain_graph=None, create_graph=False) -> dict:
    """{node: d roots / d node} for the leaves, the `wanted` and those that retain their gradient.

    Youngest first: when a node's turn comes, all who used it have spoken, so its gradient is complete.
    """
    retain_graph = create_graph if retain_graph is None else retain_graph
    grads, found, husks, sums = {}, {}, {}, set()
    for root, gradient in zip(roots, gradients):
        g = _seed(root, gradient, create_graph)
        grads[root] = grads[root] + g if root in grads else g
    passed = needed = ancestors(roots)
    tape = sorted(needed, key=attrgetter("born"))
    if wanted:
        wanted = set(wanted)
        tape, passed = roads_to(wanted, tape)
        needed = set(tape)
    refuse_spent(tape, passed)
    with set_grad_enabled(create_graph):
        while tape:
            node = tape.pop()
            g, op, extra = grads.pop(node), node.op, node.extra
            if extra and "hooks" in extra:                    # somebody listens here
                g = _hooked(node, g)
            if op is None or node in wanted or (extra and "retain_grad" in extra):
                found[node] = g
            if op is None or node not in passed:
                continue
            if node.born < changes.last_change:
                refuse_stale(node)
            out, args = (node, node.inputs) if create_graph else (node.value, node.arrays)
            settings, into, large = node.settings, op.into, False
            for x, rule in zip(node.inputs, op.rules if _watch is None else _watch.rules(node)):
                if not isinstance(x, Node) or x not in needed:
                    continue
                so_far, value = grads.get(x), x.value
                if value.size > HUSK_FROM:
                    large = True
                if into is not None and x in sums:
                    into(so_far, g, **settings)               # straight into the sum
                    continue
                gx = rule(g, out, *args, **settings)
                if gx.shape != value.shape:
                    gx = unbroadcast(gx, value.shape)         # the one line that knows of broadcasting
                if so_far is not None:
                    grads[x] = _added(so_far, gx, x, sums)
                    continue
                grads[x] = gx
                if into is not None and gx.__class__ is np.ndarray:
                    sums.add(x)
            if not retain_graph:
                node.arrays = None                            # spent
                if "made" in settings:
                    node.settings = {name: x for name, x in settings.items() if name != "made"}
                if large or husks:
                    _lighten(node, husks)
    return found


def _added(so_far, gx, x, sums):
    """What x has received by now. `sums` has those whose array nobody else has seen: a first sum, or what an operation
    with `into` has made. What comes later goes into that array."""
    if x in sums:
        return np.add(so_far, gx, out=so_far)
    so_far = so_far + gx
    if so_far.__class__ is np.ndarray:
        sums.add(x)
    return so_far


def ancestors(roots) -> set:
    """Every node behind the roots through which a gradient flows, the roots included."""
    seen, stack, last_rewrite = set(roots), list(roots), changes.last_rewrite
    while stack:
        node = stack.pop()
        if node.born < last_rewrite:
            node.inputs = inputs_of(node)
        for x in node.inputs:
            if isinstance(x, Node) and x.tracked and x not in seen:
                seen.add(x)
                stack.append(x)
    return seen


def roads_to(wanted, tape):
    """Of a tape (oldest first), the nodes on the roads to the wanted ones, and those of them that are passed through."""
    passed = set()
    for node in tape:                     # its inputs are older: whether they lead to a wanted one is known already
        if any(x in passed or x in wanted for x in node.inputs if isinstance(x, Node)):
            passed.add(node)
    return [node for node in tape if node in passed or node in wanted], passed


def refuse_spent(tape, passed):
    """Raise if one of the nodes that are passed through has lost its arrays to an earlier backward."""
    spent = [node for node in tape if node.arrays is None and node in passed]
    if spent:
        raise RuntimeError(f"backward through '{spent[-1].op.__name__}': this part of the graph was spent by an "
                           "earlier backward(); pass retain_graph=True to that first call to go through it again")


def unbroadcast(g, shape):
    """Broadcasting repeats; its adjoint sums the repeats."""
    lead = g.ndim - len(shape)
    axes = (*range(lead), *(i + lead for i, n in enumerate(shape) if n == 1 != g.shape[i + lead]))
    return (g.sum(axes) if isinstance(g, Node) else total(g, axis=axes)).reshape(shape)


def _seed(root, gradient, create_graph):
    """The gradient that backward starts from."""
    if not root.tracked:
        raise RuntimeError("backward from a tensor that does not require grad and has no graph; "
                           "create the tensors it should differentiate with requires_grad=True")
    refuse_outdated(root)
    shape, dtype = root.value.shape, root.value.dtype
    if gradient is None:
        if root.value.size != 1:
            raise RuntimeError(f"backward from shape {shape}: only a tensor of one element can start it alone; "
                               "call .sum() or .mean() first, or pass gradient= of that shape")
        gradient = np.ones(shape, dtype)
    elif raw(gradient).shape != shape:
        raise RuntimeError(f"backward from shape {shape}: expected a gradient of that shape, got {raw(gradient).shape}")
    if create_graph:
        return gradient if isinstance(gradient, Node) else leaf(gradient)
    return np.asarray(raw(gradient), dtype)


def _hooked(node, g):
    """The gradient after the node's hooks; they get a copy, because others may hold the same array."""
    lifted = isinstance(g, Node)
    new = node.extra["hooks"].run(g if lifted else leaf(np.array(g)), f"a tensor of shape {node.value.shape}")
    if _watch is not None:
        _watch.hooked(node, g, new)
    return new if lifted else new.value


def _pull(node, rule, x, path_value):
    """What flows on to x when `path_value` flows into node: one edge of backward."""
    if node.arrays is None:
        raise RuntimeError(f"the local gradient of '{node.op.__name__}' is gone: backward() spent this graph; "
                           "pass retain_graph=True to keep it")
    g = path_value if isinstance(path_value, Node) else np.array(path_value, node.value.dtype)
    args = (node, *node.inputs) if isinstance(g, Node) else (node.value, *node.arrays)
    gx = rule(g, *args, **node.settings)
    return gx if gx.shape == x.value.shape else unbroadcast(gx, x.value.shape)


def _lighten(node, husks):
    """Let a spent node keep its place in the picture, but not the memory behind it: large inputs become husks."""
    node.inputs = tuple(_husk(x, husks) for x in node.inputs)
    if node in husks:                     # a younger node kept only this one's husk
        husks[node].inputs, husks[node].arrays, husks[node].settings = node.inputs, None, node.settings


def _husk(x, husks):
    """The same node without its memory: number, name, operation, shape, but a value of NaN that takes no room."""
    if not isinstance(x, Node) or x.op is None or x.value.size <= HUSK_FROM:
        return x
    if x not in husks:
        husks[x] = husk = _face.__new__(_face)
        husk.value = np.ndarray(x.value.shape, x.value.dtype, NANS[x.value.dtype], strides=(0,) * x.value.ndim)
        husk.tracked, husk.grad, husk.op, husk.settings, husk.born = x.tracked, x.grad, x.op, x.settings, x.born
        husk.inputs, husk.arrays, husk.extra = x.inputs, x.arrays, {**(x.extra or {}), "freed": True}
    return husks[x]
