"""An operation of one's own: `forward` and `backward` as two static methods, PyTorch's way of adding a rule."""
import numpy as np

from ..grad_mode import is_grad_enabled, no_grad
from ..graph import Every, Node, leaf, raw
from ..ops import getitem, reshape


class Context:
    """What `forward` leaves for `backward`."""

    needs_input_grad: tuple = ()

    def __init__(self):
        self._saved, self._not_differentiable, self._zeros = (), (), True

    def save_for_backward(self, *tensors):
        """Keep tensors; `saved_tensors` gives them back."""
        self._saved = tensors

    @property
    def saved_tensors(self) -> tuple:
        """What save_for_backward kept; raises RuntimeError where one was changed in place since."""
        for t, version in zip(self._saved, self._versions):
            if isinstance(t, Node) and t.born != version[0] or isinstance(t, Node) and _last(t) != version[1]:
                raise RuntimeError("saved_tensors: a tensor that forward saved was changed in place since; save a "
                                   "clone() of it")
        return self._saved

    def mark_non_differentiable(self, *tensors):
        """Outputs through which no gradient flows."""
        self._not_differentiable = tensors

    def set_materialize_grads(self, value: bool):
        """False: backward gets None, not zeros, for an output that nothing depends on."""
        self._zeros = value

    def mark_dirty(self, *tensors):
        """Refused: a Function of minigrad makes new tensors."""
        raise NotImplementedError("mark_dirty: minigrad's Functions may not change their inputs; return a new tensor")


def _last(t):
    from ..changes import notes, owner
    note = notes.get(id(owner(t.value)))
    return note[1] if note else 0


class Function:
    """An operation with a rule of one's own; `apply` runs it and records it.

    `forward(ctx, *inputs)` computes, `backward(ctx, *grads)` gives a gradient (or None) for each input. With
    `setup_context(ctx, inputs, output)`, forward takes no ctx.

    >>> class Cube(mg.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x ** 3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         x, = ctx.saved_tensors
    ...         return g * 3 * x ** 2
    >>> x = mg.tensor(2., requires_grad=True)
    >>> Cube.apply(x).backward()
    >>> x.grad
    tensor(12.)
    """

    @staticmethod
    def forward(*args):
        """What the operation computes."""
        raise NotImplementedError("a Function needs a static method forward(ctx, *inputs)")

    @staticmethod
    def backward(ctx, *grads):
        """What flows back to each input."""
        raise NotImplementedError("a Function needs a static method backward(ctx, *grads)")

    @classmethod
    def apply(cls, *inputs):
        """Run forward, and record the operation if an input requires grad."""
        ctx = Context()
        ctx.needs_input_grad = tuple(isinstance(x, Node) and x.tracked for x in inputs)
        with no_grad():
            if hasattr(cls, "setup_context"):
                result = cls.forward(*inputs)
                cls.setup_context(ctx, inputs, result)
            else:
                result = cls.forward(ctx, *inputs)
        ctx._versions = [(t.born, _last(t)) if isinstance(t, Node) else None for t in ctx._saved]
        if not (is_grad_enabled() and any(ctx.needs_input_grad)):
            return result
        outputs = result if isinstance(result, tuple) else (result,)
        flowing = [o for o in outputs if isinstance(o, Node) and o.value.dtype.kind == "f"
                   and not any(o is t for t in ctx._not_differentiable)]
        if not flowing:
            return result
        made = _record(cls, ctx, inputs, outputs, flowing)
        ctx._saved = tuple(next((m for o, m in made if o is t), t) for t in ctx._saved)   # now an output has a history
        ctx._versions = [(t.born, _last(t)) if isinstance(t, Node) else None for t in ctx._saved]
        results = tuple(next((m for o, m in made if o is t), t) for t in outputs)
        return results if isinstance(result, tuple) else results[0]


def _record(cls, ctx, inputs, outputs, flowing) -> list:
    """Pairs (output, its recorded tensor). Several outputs are pieces of one node, so that backward runs once."""
    if len({o.value.dtype for o in flowing}) > 1:
        raise NotImplementedError(f"{cls.__name__}: minigrad's Functions give floating outputs of one dtype")
    last = [None, None]                                       # backward gives all inputs' gradients at once

    def rule(g, out, *args, i):
        if last[0] is not g:
            last[:] = g, _backward(cls, ctx, inputs, outputs, flowing, g)
        return last[1][i]

    flows = [any(o is f for f in flowing) for o in outputs]

    def op(*arrays):                                          # gradcheck looks for a wrong rule with it
        given = [leaf(a) if isinstance(x, Node) else x for x, a in zip(inputs, arrays)]
        with no_grad():
            result = cls.forward(*given) if hasattr(cls, "setup_context") else cls.forward(Context(), *given)
        if len(outputs) == 1:
            return raw(result[0] if isinstance(result, tuple) else result)
        return np.concatenate([o.value.reshape(-1) for o, flow in zip(result, flows) if flow])
    op.__name__, op.forward, rule.__wrapped__ = cls.__name__, op, cls.backward
    op.rules = Every(rule, reads=set())                       # saved_tensors itself looks for changes in place
    value = flowing[0].value.copy() if len(outputs) == 1 else np.concatenate([o.value.reshape(-1) for o in flowing])
    node = leaf(value, True)
    node.op, node.inputs, node.arrays = op, inputs, list(map(raw, inputs))
    if len(outputs) == 1:
        return [(flowing[0], node)]
    ends = np.cumsum([0, *(o.value.size for o in flowing)]).tolist()
    return [(o, _piece(node, o, a, b)) for o, a, b in zip(flowing, ends, ends[1:])]


def _piece(node, like, start, end):
    return reshape(getitem(node, index=(slice(start, end),)), shape=like.value.shape)


def _backward(cls, ctx, inputs, outputs, flowing, g):
    """cls.backward on tensors, its answers as the sweep needs them: on arrays if g is one."""
    plain = not isinstance(g, Node)
    g = leaf(g) if plain else g
    if len(outputs) == 1:
        parts = [g]
    else:
        sizes = np.cumsum([0, *(o.value.size for o in flowing)]).tolist()
        pieces = iter([_piece(g, o, a, b) for o, a, b in zip(flowing, sizes, sizes[1:])])
        parts = [next(pieces) if any(o is f for f in flowing) else
                 leaf(np.zeros_like(o.value)) if isinstance(o, Node) and ctx._zeros else None for o in outputs]
    answers = cls.backward(ctx, *parts)
    answers = answers if isinstance(answers, tuple) else (answers,)
    if len(answers) < len(inputs) or any(a is not None for a in answers[len(inputs):]):
        raise RuntimeError(f"{cls.__name__}.backward: expected {len(inputs)} gradients, one for each input of forward "
                           f"(None where there is none), got {len(answers)}")
    found = []
    for x, a in zip(inputs, answers):
        if isinstance(x, Node) and x.tracked:
            a = leaf(np.zeros_like(x.value)) if a is None else a
            if not isinstance(a, Node) or np.broadcast_shapes(a.value.shape, x.value.shape) != a.value.shape:
                raise RuntimeError(f"{cls.__name__}.backward: expected a gradient of shape {x.value.shape}, got "
                                   f"{getattr(raw(a), 'shape', a)!r:.60}")
            a = a.value.astype(x.value.dtype, copy=False) if plain else a
        found.append(a)
    return found


def once_differentiable(backward):
    """Decorator of a backward that cannot itself be differentiated: gradients of its result raise RuntimeError.

    >>> mg.autograd.function.once_differentiable(lambda ctx, g: g)(None, mg.ones(1))
    tensor([1.])
    """
    def checked(ctx, *grads):
        if is_grad_enabled() and ctx and any(isinstance(g, Node) and g.tracked for g in (*grads, *ctx._saved)):
            raise RuntimeError("once_differentiable: this Function's backward cannot be differentiated; leave out "
                               "create_graph=True")
        return backward(ctx, *grads)
    return checked


