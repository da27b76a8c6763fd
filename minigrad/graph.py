"""The graph: values that remember the call that made them, and one sweep back through them.

A tensor is what a reader holds: an array, and the node that tells how it came to be. Nodes are
history and stay as they are; a change in place gives the tensor another node. `primitive` lifts an
array function to tensors, `backpropagate` walks from results back to leaves. No derivative is known
here: those are in `ops`.
"""
from functools import partial
from itertools import count
from operator import attrgetter
from weakref import ref

import numpy as np

from . import changes, watch
from .changes import changed, clock
from .dtypes import FLOAT32, FLOAT64, NUMBERS
from .grad_mode import here, set_grad_enabled
from .memory import dense, lying_like
from .sums import Sums, unbroadcast
from .watch import mine, observers

BROADCASTING = "shapes that broadcast: equal or 1, counted from the right"
LARGE = 2**13                      # elements; a spent graph keeps no larger array
NO_HISTORY = (), (), {}, None
ndarray, new = np.ndarray, object.__new__        # `new` makes an object without calling __init__
PLAIN = NUMBERS | {ndarray, np.float32, np.float64}
Result = promote = None            # set further up: `tensor.Tensor`, and what mixes types


class Node:
    """A value in the history: `value = op(*inputs, **settings)`; a leaf has no op."""

    __slots__ = ("value", "tracked", "op", "inputs", "arrays", "settings", "saved", "born", "hooks",
                 "__dict__", "__weakref__")
    grad = name = called = held = None       # what few nodes have
    freed = False

    def __init__(self, value, tracked=False, op=None, inputs=(), arrays=(), settings=None):
        self.value, self.tracked, self.op, self.inputs = value, tracked, op, inputs
        self.arrays, self.settings, self.saved, self.hooks = arrays, settings or {}, None, None
        self.born = clock()

    requires_grad = property(attrgetter("tracked"), doc="True if gradients flow to it.")
    shape = property(attrgetter("value.shape"), doc="The sizes of its value's axes.")

    @property
    def local_gradients(self) -> tuple:
        """`(operation name, parent, function)` for each parent: `function(path_value)` flows on."""
        return tuple((self.op.__name__, x, partial(pull, self, x, rule)) for x, rule in edges(self))

    def read(self, create_graph, keep):
        """What its rules read: its value, its inputs and settings, as arrays or as tensors.

        Unless it shall `keep` them, the node lets go of all but its place in pictures.
        """
        value, arrays, settings, saved = self.value, self.arrays, self.settings, self.saved
        if self.born < changes.last:
            value, *arrays = changes.current(self)
        if not keep:
            self.arrays = self.saved = None
            if value.size > LARGE:
                nan, still = value.dtype.type(np.nan), (0,) * value.ndim          # one for all
                self.value, self.freed = ndarray(value.shape, nan.dtype, nan, strides=still), True
        if create_graph:
            return tensor(self, value), list(map(tensor, self.inputs, arrays)), settings
        return value, arrays, settings if saved is None else {**settings, "saved": saved}


class TensorBase:
    """An array and its node; `tensor.Tensor` adds operators and methods."""

    __slots__ = ("value", "node", "origin", "__dict__", "__weakref__")
    __array_ufunc__ = None         # `ndarray * tensor` asks the tensor
    rewritten = 0                  # the number of its last recorded change in place

    def __init__(self, value: ndarray, tracked: bool = False):
        self.value, self.node, self.origin = value, Node(value, tracked), None
        if tracked:
            self.node.held = ref(self)
        for observer in observers and mine():
            observer.leaf(self)

    tracked = property(lambda self: history(self).tracked, doc="True if gradients flow to it.")

    def hold(self, array) -> None:
        """Be another array from now on."""
        self.value = self.node.value = array

    def backward(self, gradient=None, retain_graph: bool | None = None, create_graph: bool = False,
                 inputs=None):
        """Add d self / d leaf to `leaf.grad`, for every leaf that requires grad, or the `inputs`.

        `gradient` has the shape of self; a tensor with one element needs none. The graph is spent
        afterwards unless `retain_graph`; with `create_graph` the gradients have graphs of their
        own. Raises RuntimeError where there is no graph, where it is spent, or where a value that a
        rule needs was changed in place.

        >>> a = mg.tensor([4.0], requires_grad=True)
        >>> (a * a).backward()
        >>> a.grad
        tensor([8.])
        """
        run_backward([self], [gradient], inputs, retain_graph, create_graph)


# Operations

def primitive(forward, *rules, name=None, saves=False, **form):
    """Lift an array function to tensors, whose results remember this call.

    `rules[i](g, out, *inputs, **settings)` is g · ∂out/∂inputs[i], on arrays or on tensors alike.
    With `saves`, forward gives (value, saved), and on arrays the rules get `saved=` too."""
    def op(*inputs, **settings):
        arrays, nodes, tracked = unpack(op, inputs)
        try:
            value = op.compute(*arrays, **settings)
        except ValueError as error:
            raise misfit(op, arrays, settings) from error
        value, saved = value if saves else (value, None)
        if nodes is None:                              # no tensor came in: an array goes out
            return value
        out, node = new(Result), new(Node)
        out.value = node.value = value if value.__class__ is ndarray else np.asarray(value)
        out.node, out.origin, node.tracked = node, None, tracked
        node.op, node.hooks, node.born = op if tracked else None, None, clock()
        node.inputs, node.arrays, node.settings, node.saved = (
            (nodes, arrays, settings, saved) if tracked else NO_HISTORY)
        for observer in observers and mine():
            observer.made(out, op, inputs, arrays, tracked)
        return out
    return described(op, forward, rules, name or forward.__name__.strip("_"), saves, **form)


def described(op, forward, rules, name, saves=False, floating=False, quiet=False,
              expects=BROADCASTING, into=None):
    """The operation with what it knows of itself.

    `floating`: whole numbers become float32 first. `quiet`: infinities and NaN are answers, numpy
    shall not warn. `expects` ends the message of a shape error. `into(sum, g, **settings)` adds to
    a sum what the rule of the only input would make anew.
    """
    op.__name__ = op.__qualname__ = name
    op.forward, op.saves, op.floating, op.expects, op.into = forward, saves, floating, expects, into
    op.compute = np.errstate(all="ignore")(forward) if quiet else forward
    op.rules = rules[0] if rules and isinstance(rules[0], Joint) else rules
    op.ruled = {i for i, rule in enumerate(rules) if rule} if rules and op.rules is rules else None
    return op


class Joint:
    """One rule that gives the gradients of all inputs at once, because they share work."""

    def __init__(self, rule):
        self.rule = rule

    def __iter__(self):
        memory = []

        def part(i, g, *args, **settings):
            if not memory or memory[0] is not g:
                memory[:] = g, *self.rule(g, *args, **settings)
            return memory[1 + i]
        part.__wrapped__ = self.rule
        return (partial(part, i) for i in count())


def unpack(op, inputs):
    """(arrays, nodes, tracked) of a call's inputs; no nodes if none is a tensor."""
    if inputs[0].__class__ is ndarray and PLAIN.issuperset(map(type, inputs)):
        return inputs, None, False
    arrays, nodes, dtype, plain, tracked = [], [], None, True, False
    for x in inputs:
        if isinstance(x, TensorBase):
            node = x.node if x.origin is None else x.origin.history(x)
            x = x.value
            if node.tracked:
                tracked = True
            if x.dtype is not dtype:
                plain, dtype = plain and dtype is None, x.dtype
            nodes.append(node)
        else:
            if x.__class__ not in NUMBERS:
                plain = False
            nodes.append(x)
        arrays.append(x)
    if dtype is None:
        return arrays, None, False
    if not plain or (dtype is not FLOAT32 and dtype is not FLOAT64):
        inputs = promote(op, inputs)
        arrays, nodes = [raw(x) for x in inputs], [history(x) for x in inputs]
        if op.ruled is not None:           # of an input without a rule only the numbers count
            nodes = [Node(n.value) if i not in op.ruled and isinstance(n, Node) and n.tracked else n
                     for i, n in enumerate(nodes)]
    return arrays, nodes, tracked and bool(op.rules) and here.recording


def misfit(op, arrays, settings) -> RuntimeError:
    """The error for shapes that do not fit."""
    shapes = ", ".join(str(np.shape(x)) for x in arrays)
    asked = f", asked for {settings['shape']}" if "shape" in settings else ""
    return RuntimeError(f"{op.__name__}: got shapes {shapes}{asked}; it needs {op.expects}")


clone = primitive(dense, lambda g, out, x, **s: g, name="clone")


# Backward

def run_backward(roots, given, inputs=None, retain_graph=None, create_graph=False) -> None:
    """Add the gradients of the roots to `.grad`, of the leaves or of the `inputs`, in one sweep."""
    wanted = [inputs] if isinstance(inputs, TensorBase) else inputs
    if wanted is not None and not (wanted := list(wanted)):
        raise RuntimeError("backward: expected a tensor or more in inputs=, got none; leave it out "
                           "for all leaves")
    nodes = [history(x) for x in wanted or ()]
    found = backpropagate(seeds(roots, given, create_graph), nodes, retain_graph, create_graph)
    while found:
        accumulate(*found.popitem())


def backpropagate(roots, wanted=(), retain_graph=None, create_graph=False) -> dict:
    """{node: d roots / d node} for the leaves and the `wanted`; `roots` is {node: its gradient}.

    Youngest first: when a node's turn comes, all who used it have spoken."""
    tape, needed, ends = route(roots, wanted)
    sums, found = Sums(roots), {}
    keep = create_graph if retain_graph is None else retain_graph
    with set_grad_enabled(create_graph), np.errstate(all="ignore"):
        while tape:
            node = tape.pop()
            g = sums.pop(node)
            if node.hooks is not None:
                g = heard(node, g, found)
            if node.op is None or node in wanted:
                found[node] = sums.take(node, g)
                if node.op is None or node in ends:
                    continue
            out, args, settings = node.read(create_graph, keep)
            op, rules = node.op, watch.rules(node) if observers else node.op.rules
            for x, rule in zip(node.inputs, rules):
                if rule and x in needed and not (op.into and sums.into(x, op, g, settings)):
                    sums.add(x, rule(g, out, *args, **settings), g)
    return found


def route(roots, wanted):
    """(tape, needed, ends): whom to visit, oldest first, who gets a gradient, and where to stop."""
    needed, ends = ancestors(roots), set()
    tape = sorted(needed, key=attrgetter("born"))
    if wanted:                             # only the roads that lead to one of them
        passed, wanted = set(), set(wanted)
        for node in tape:                  # whether its inputs lead there is known: they are older
            if any(x in passed or x in wanted for x, _ in edges(node)):
                passed.add(node)
        tape = [node for node in tape if node in passed or node in wanted]
        needed, ends = set(tape), wanted - passed
    for node in reversed(tape):
        if node.arrays is None and node not in ends:
            raise RuntimeError(f"backward through '{node.op.__name__}': this part of the graph was "
                               "spent by an earlier backward(); pass retain_graph=True to that "
                               "first call to go through it again")
    return tape, needed, ends


def ancestors(roots) -> set:
    """Every node behind the roots through which a gradient flows, the roots included."""
    seen = set(roots)
    stack = list(seen)
    while stack:
        for x in stack.pop().inputs:
            if x.__class__ is Node and x.tracked and x not in seen:
                seen.add(x)
                stack.append(x)
    return seen


def edges(node) -> list:
    """`(parent, rule)` for each input that is a node and has a rule."""
    pairs = zip(node.inputs, node.op.rules if node.op else ())
    return [(x, rule) for x, rule in pairs if isinstance(x, Node) and rule]


def seeds(roots, gradients, create_graph) -> dict:
    """{node: the gradient that backward starts from}; a root of one element needs none."""
    found = {}
    for root, gradient in zip(roots, gradients):
        node, shape = history(root), root.value.shape
        if not node.tracked:
            raise RuntimeError("backward from a tensor that does not require grad and has no "
                               "graph; create the tensors it should differentiate with "
                               "requires_grad=True")
        if gradient is None and root.value.size != 1:
            raise RuntimeError(f"backward from shape {shape}: only a tensor of one element can "
                               "start it alone; call .sum() or .mean() first, or pass gradient= of "
                               "that shape")
        g = np.ones(shape, root.value.dtype) if gradient is None else raw(gradient)
        if g.shape != shape:
            raise RuntimeError(f"backward from shape {shape}: expected a gradient of that shape, "
                               f"got {g.shape}")
        if create_graph:
            g = gradient if isinstance(gradient, TensorBase) else leaf(g)
        elif g.dtype != root.value.dtype:
            g = g.astype(root.value.dtype)
        found[node] = found[node] + g if node in found else g
    return found


def gradients(roots, given, wanted, retain_graph=None, create_graph=False) -> list:
    """d roots / d x for each x that is wanted: an array (with `create_graph` a tensor), or None."""
    nodes = [history(x) for x in wanted]
    found = backpropagate(seeds(roots, given, create_graph), nodes, retain_graph, create_graph)
    return [found.get(node) for node in nodes]


def heard(node, g, found):
    """The gradient after the node's hooks; what they see, they may keep, so copies go and come."""
    lifted = isinstance(g, TensorBase)
    if node.hooks:
        before, g = g, g if lifted else leaf(np.array(g))
        g = node.hooks.run(g, f"a tensor of shape {node.value.shape}")
        for observer in observers and mine():
            observer.hooked(node, before, g)
        g = g if lifted else np.array(g.value)
    if node.hooks.keep_grad:
        found[node] = g if lifted else np.array(g)
    return g


def accumulate(node, g) -> None:
    """Add a gradient to `node.grad`."""
    if isinstance(g, TensorBase):
        with set_grad_enabled(True):
            node.grad = clone(g) if node.grad is None else node.grad + g
    elif node.grad is None:
        node.grad = leaf(lying_like(g, node.value))
    else:
        np.add(node.grad.value, g, out=node.grad.value)
        changed(node.grad.value)
    if node.hooks is not None:
        node.hooks.accumulated()


def pull(node, x, rule, path_value):
    """What flows on to x when `path_value` flows into node: one edge of backward."""
    if node.arrays is None:
        raise RuntimeError(f"the local gradient of '{node.op.__name__}' is gone: backward() spent "
                           "this graph; pass retain_graph=True to keep it")
    lifted = isinstance(path_value, TensorBase)
    g = path_value if lifted else np.array(path_value, node.value.dtype)
    out, args, settings = node.read(create_graph=lifted, keep=True)
    gx = rule(g, out, *args, **settings)
    return gx if gx.shape == x.value.shape else unbroadcast(gx, x.value.shape)


# Tensors, their arrays and their nodes

def leaf(value: ndarray, tracked: bool = False):
    """A tensor without a history, around this very array."""
    t = new(Result)
    TensorBase.__init__(t, value, tracked)
    return t


def tensor(node, value):
    """The tensor of this node and array; what is no array as it is."""
    if value.__class__ is not ndarray:
        return value
    t = new(Result)
    t.value, t.node, t.origin = value, node, None
    return t


def history(t):
    """The node of a tensor, also of a view whose base was changed since; a number as it is."""
    origin = getattr(t, "origin", None)
    return getattr(t, "node", t) if origin is None else origin.history(t)


def raw(x):
    """The array of a tensor; anything else as it is."""
    return x.value if isinstance(x, TensorBase) else x
