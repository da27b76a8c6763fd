"""The graph: nodes that remember how they were made, and one sweep that runs back through them.

A `Node` is the engine's half of a Tensor: an array, and the call that made it. `primitive` lifts an array function to
nodes. `backpropagate` walks from a result back to its leaves. Nothing here knows a derivative: those are in `ops`.
"""
import math
import weakref
from contextlib import ContextDecorator
from functools import cache, partial
from itertools import count
from operator import attrgetter

import numpy as np
from numpy.lib.array_utils import byte_bounds

from .dtypes import FLOAT16, FLOAT32, FLOAT64, NUMBERS, result_type

HUSK_FROM = 1000                          # elements; a spent graph keeps no array larger than this

_clock = count(1).__next__                # order of birth is a topological order: inputs are older than what they make
_recording = True                         # is the graph being built?
_face = None                              # the class of results: `tensor.Tensor`, once it exists
_watch = None                             # detect_anomaly's watchman, while one is on duty


class Node:
    """An array and the call that made it, `value = op(*inputs, **settings)`; a leaf has no op."""

    __slots__ = ("value", "tracked", "grad", "op", "inputs", "arrays", "settings", "born", "extra", "__weakref__")
    __array_ufunc__ = None                # `ndarray * tensor` asks the tensor

    def __init__(self, value: np.ndarray, tracked: bool = False):
        self.value, self.tracked, self.grad, self.extra = value, tracked, None, None
        self.op, self.inputs, self.arrays, self.settings, self.born = None, (), (), {}, _clock()

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
        for node, g in backpropagate([self], [gradient], wanted, retain_graph, create_graph).items():
            if create_graph:
                node.grad = g if node.grad is None else node.grad + g
            elif node.grad is None:
                node.grad = leaf(np.array(g))          # a copy: `add` hands one g to two leaves
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


def primitive(forward, *rules, name=None, floating=False, expects=BROADCASTING):
    """Lift an array function: arrays in, array out; any tensor in, tensor out.

    `rules[i](g, out, *inputs, **settings)` is g · ∂out/∂inputs[i], on arrays or on tensors alike. Inputs are
    positional, settings keyword. `floating`: whole numbers become float32 first. `expects` ends a shape error's message.
    """
    def op(*inputs, **settings):
        arrays, dtype, lifted, tracked, plain = [], None, False, False, True
        for x in inputs:
            if isinstance(x, Node):
                if x.born < _last_rewrite and _recording:
                    refuse_outdated(x)
                lifted, tracked, x = True, tracked or x.tracked, x.value
                if x.dtype is not dtype:
                    dtype, plain = x.dtype, dtype is None and plain
            elif x.__class__ not in NUMBERS:
                plain = False
            arrays.append(x)
        if not lifted:
            return forward(*inputs, **settings)
        if not plain or (dtype is not FLOAT32 and dtype is not FLOAT64):
            inputs = promote(inputs, floating)
            arrays = [raw(x) for x in inputs]
        try:
            value = forward(*arrays, **settings)
        except ValueError as error:
            shapes = ", ".join(str(np.shape(x)) for x in arrays)
            asked = f", asked for {settings['shape']}" if "shape" in settings else ""
            raise RuntimeError(f"{op.__name__}: got shapes {shapes}{asked}; it needs {expects}") from error
        out = _face.__new__(_face)        # no __init__: this is the hot path
        out.value = value if value.__class__ is np.ndarray else np.asarray(value)
        out.tracked = tracked = tracked and _recording and rules != () and out.value.dtype.kind == "f"
        out.grad, out.extra, out.settings, out.born = None, None, settings, _clock()
        out.op, out.inputs, out.arrays = (op, inputs, arrays) if tracked else (None, (), ())
        if _watch is not None:            # detect_anomaly is on
            _watch.made(out, op, arrays)
        return out

    op.__name__ = op.__qualname__ = name or forward.__name__.strip("_")
    op.rules = rules[0] if rules and isinstance(rules[0], Every) else rules
    op.forward = forward
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
    grads, found, husks = {}, {}, {}
    for root, gradient in zip(roots, gradients):
        g = _seed(root, gradient, create_graph)
        grads[root] = grads[root] + g if root in grads else g
    passed = needed = ancestors(roots)
    tape = sorted(needed, key=attrgetter("born"))
    if wanted:
        wanted = set(wanted)
        tape, passed = roads_to(wanted, tape)
        needed = set(tape)
    refuse_spent(node for node in reversed(tape) if node in passed)
    with set_grad_enabled(create_graph):
        while tape:
            node = tape.pop()
            g, extra = grads.pop(node), node.extra
            if extra and "hooks" in extra:                    # somebody listens here
                g = _hooked(node, g)
            if node.op is None or node in wanted or (extra and "retain_grad" in extra):
                found[node] = g
            if node.op is None or node not in passed:
                continue
            if node.born < _last_change:
                refuse_stale(node)
            out, args = (node, node.inputs) if create_graph else (node.value, node.arrays)
            for x, rule in zip(node.inputs, node.op.rules if _watch is None else _watch.rules(node)):
                if isinstance(x, Node) and x in needed:
                    gx = rule(g, out, *args, **node.settings)
                    if gx.shape != x.value.shape:
                        gx = unbroadcast(gx, x.value.shape)   # the one line that knows of broadcasting
                    grads[x] = grads[x] + gx if x in grads else gx
            if not retain_graph:
                _spend(node, husks)
    return found


def ancestors(roots) -> set:
    """Every node behind the roots through which a gradient flows, the roots included."""
    seen, stack = set(roots), list(roots)
    while stack:
        node = stack.pop()
        if node.born < _last_rewrite:
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


def refuse_spent(nodes):
    """Raise if one of the nodes has lost its arrays to an earlier backward."""
    for node in nodes:
        if node.arrays is None:
            raise RuntimeError(f"backward through '{node.op.__name__}': this part of the graph was spent by an earlier "
                               "backward(); pass retain_graph=True to that first call to go through it again")


def unbroadcast(g, shape):
    """Broadcasting repeats; its adjoint sums the repeats."""
    lead = g.ndim - len(shape)
    axes = (*range(lead), *(i + lead for i, n in enumerate(shape) if n == 1 != g.shape[i + lead]))
    return (g.sum(axes) if isinstance(g, Node) else total(g, axis=axes)).reshape(shape)


def total(x, *, axis=None, keepdims=False):
    """The sum along axes, without drift: numpy adds row after row, and a small row gets lost beside a large sum.

    So many rows are first added up in blocks, √n of them; and float16 in float32.
    """
    if x.dtype == FLOAT16:
        return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=FLOAT32).astype(FLOAT16)
    axes = (axis,) if isinstance(axis, int) else axis
    if x.ndim < 2 or x.dtype.kind != "f" or axes is None or 0 not in axes or x.shape[0] < 64:
        return np.add.reduce(x, axis=axis, keepdims=keepdims)
    blocks = math.isqrt(x.shape[0])
    even = x.shape[0] // blocks * blocks
    parts = np.add.reduce(x[:even].reshape(blocks, -1, *x.shape[1:]), axis=(1, *(a % x.ndim + 1 for a in axes if a)), keepdims=True)
    out = np.add.reduce(parts, axis=0) + np.add.reduce(x[even:], axis=axes, keepdims=True)
    return out if keepdims else out.squeeze(axes)


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
    g = path_value if isinstance(path_value, Node) else np.asarray(path_value, node.value.dtype)
    args = (node, *node.inputs) if isinstance(g, Node) else (node.value, *node.arrays)
    gx = rule(g, *args, **node.settings)
    return gx if gx.shape == x.value.shape else unbroadcast(gx, x.value.shape)


def _spend(node, husks):
    """Let go of the arrays behind a node but keep its place in the picture: large inputs are replaced by husks."""
    node.arrays = None
    if any(isinstance(x, Node) and x.op is not None and x.value.size > HUSK_FROM for x in node.inputs):
        node.inputs = tuple(_husk(x, husks) for x in node.inputs)
    if node in husks:                     # a younger node kept only this one's husk
        husks[node].inputs, husks[node].arrays = node.inputs, None


def _husk(x, husks):
    """The same node without its memory: number, name, operation, shape, but a value of NaN that takes no room."""
    if not isinstance(x, Node) or x.op is None or x.value.size <= HUSK_FROM:
        return x
    if x not in husks:
        husks[x] = husk = leaf(np.broadcast_to(np.array(np.nan).astype(x.value.dtype), x.value.shape), x.tracked)
        for slot in ("grad", "op", "inputs", "arrays", "settings", "born"):
            setattr(husk, slot, getattr(x, slot))
        husk.extra = {**(x.extra or {}), "freed": True}
    return husks[x]


# Changes in place. Nothing is recorded when values are read. A change takes a number from the same clock that numbers
# the nodes, so a node is stale if something that its rules read was changed after the node was born.

_changes = {}          # id of the array that owns the memory -> [weak reference, number of its last change, rewrites]
_last_change = 0
_last_rewrite = 0      # a rewrite is a change that was recorded: see inplace.py


def owner(array):
    """The array whose memory this one looks at."""
    base = array
    while (base := getattr(base, "base", None)) is not None:
        if isinstance(base, np.ndarray):
            array = base
    return array


def changed(array):
    """Note that this array's memory was written to: backward refuses to go through nodes that need the old values."""
    global _last_change
    array, _last_change = owner(array), _clock()
    key = id(array)
    if key in _changes:
        _changes[key][1] = _last_change
    else:
        _changes[key] = [weakref.ref(array, lambda _: _changes.pop(key, None)), _last_change, []]


def refuse_stale(node):
    """Raise if an array that a rule of this node reads was changed in place after the node was made."""
    values = (None, node.value, *node.arrays)                     # as a rule takes them: (g, out, *inputs)
    read = [part for v in node.settings.values() for part in (v if isinstance(v, tuple) else (v,))]
    for x, rule in zip(node.inputs, node.op.rules):
        if isinstance(x, Node) and x.tracked:
            places = node.op.rules.reads if isinstance(node.op.rules, Every) else reads(rule)
            read += values[1:] if places is None else [values[i] for i in places]
    for array in read:
        note = _changes.get(id(owner(array))) if isinstance(array, np.ndarray) else None
        if note and note[1] > node.born:
            raise RuntimeError(
                f"backward through '{node.op.__name__}': a value of shape {array.shape} that its gradient needs was "
                "changed in place after the forward pass; change it after backward(), or change a clone() of it")


@cache
def reads(rule) -> set | None:
    """The positions of the arguments whose values a rule's code reads: 1 is `out`; None if it can't be told."""
    from dis import get_instructions
    code = getattr(rule, "__code__", None)
    if code is None or code.co_flags & 0x04 or code.co_cellvars:  # a partial, *xs, or a closure over an argument
        return None
    steps, found = list(get_instructions(code)), set()
    for step, following in zip(steps, steps[1:]):
        if step.opname.startswith("LOAD_FAST"):
            names = step.argval if isinstance(step.argval, tuple) else (step.argval,)
            form = following.opname == "LOAD_ATTR" and following.argval in ("shape", "ndim", "size", "dtype")
            found.update(names[:-1] if form else names)           # of an `x.shape` no value is read
    return {i for i in range(1, code.co_argcount) if code.co_varnames[i] in found}


# Recorded changes in place. The tensor becomes the result of the change and takes a new number; what it was lives on as
# an older node, `extra["was"]`. So an input that is younger than the node that used it has been changed since.

def inputs_of(node) -> tuple:
    """The inputs as they were when the node was made."""
    return tuple(as_it_was(x, node.born) if isinstance(x, Node) and x.born > node.born else x for x in node.inputs)


def as_it_was(x, born):
    """The version of a tensor that a node with this number saw."""
    while x.born > born:
        x = x.extra["was"]
    return x


def rewritten(array) -> int:
    """Note that a recorded operation wrote here: other tensors over this memory do not know of it. Returns its number."""
    global _last_rewrite
    changed(array)
    _last_rewrite = _clock()
    note, (low, high) = _changes[id(owner(array))], byte_bounds(array)
    note[2] = [n for n in note[2] if n[1] < low or n[2] > high] + [(_last_rewrite, low, high)]
    return _last_rewrite


def rewrites(x) -> list[int]:
    """The numbers of the rewrites of its memory that this tensor does not know of."""
    note = _changes.get(id(owner(x.value))) if x.born < _last_rewrite else None
    if not note or not note[2]:
        return []
    low, high = byte_bounds(x.value)
    return [born for born, start, end in note[2] if born > x.born and start < high and low < end]


def refuse_outdated(x):
    """Raise if x looks at memory that a recorded operation on another tensor has changed since."""
    if rewrites(x):
        raise RuntimeError(f"a tensor of shape {x.value.shape} shares memory with one that was changed in place by a "
                           "recorded operation, so its own history is out of date; take the view again, after the change")


# Switches

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
        global _recording
        self.before.append(_recording)
        _recording = self.mode

    def __exit__(self, *_):
        global _recording
        _recording = self.before.pop()


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
        global _recording
        self.mode, self.outside, _recording = bool(mode), _recording, bool(mode)   # works as a plain call too

    def __call__(self, function):
        global _recording
        _recording, self.outside = self.outside, None                              # as a decorator: only inside
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
    return _recording


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
        self.before.append(_recording)
