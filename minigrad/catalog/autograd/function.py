"""An operation of one's own: static methods `forward` and `backward`, PyTorch's way to a rule."""
import numpy as np

from ...changes import notes, owner
from ...grad_mode import is_grad_enabled, no_grad
from ...graph import Joint, Node, TensorBase, described, history, leaf, raw
from ...ops import getitem, reshape
from ...public import public as says, refuse


class Context:
    """What `forward` leaves for `backward`."""

    needs_input_grad: tuple = ()

    def __init__(self):
        self._not_differentiable, self._zeros = (), True
        self.save_for_backward()

    def save_for_backward(self, *tensors):
        """Keep tensors, and which version of each; `saved_tensors` gives them back."""
        self._saved, self._versions = tensors, list(map(_version, tensors))

    @property
    def saved_tensors(self) -> tuple:
        """What save_for_backward kept; raises RuntimeError where one was changed in place since."""
        refuse(list(map(_version, self._saved)) != self._versions,
               "saved_tensors: a tensor that forward saved was changed in place since; save a "
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
        raise NotImplementedError("mark_dirty: minigrad's Functions may not change their inputs; "
                                  "return a new tensor")


def _version(t):
    """What was written last into its memory, and when it was born."""
    if isinstance(t, TensorBase):
        note = notes.get(id(owner(t.value)))
        return history(t).born, note and note[1]


class Function:
    """An operation with a rule of one's own; `apply` runs it and records it.

    `forward(ctx, *inputs)` computes, `backward(ctx, *grads)` gives a gradient (or None) for each
    input. With `setup_context(ctx, inputs, output)`, forward takes no ctx.

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
        ctx.needs_input_grad = tuple(isinstance(x, TensorBase) and x.tracked for x in inputs)
        with no_grad():
            result = cls._run(ctx, inputs)
            if hasattr(cls, "setup_context"):
                cls.setup_context(ctx, inputs, result)
            ctx.save_for_backward(*ctx._saved)     # forward may have written into them since
        outputs, constant = _tuple(result), set(ctx._not_differentiable)
        flows = [isinstance(o, TensorBase) and o.value.dtype.kind == "f" and o not in constant
                 for o in outputs]
        if not (is_grad_enabled() and any(ctx.needs_input_grad) and any(flows)):
            return result
        made = _record(cls, ctx, inputs, outputs, flows)
        ctx.save_for_backward(*(made.get(t, t) for t in ctx._saved))     # outputs have a history
        results = tuple(made[o] if flow else o for o, flow in zip(outputs, flows))
        return results if isinstance(result, tuple) else results[0]

    @classmethod
    def _run(cls, ctx, inputs):
        return cls.forward(*inputs) if hasattr(cls, "setup_context") else cls.forward(ctx, *inputs)


def _tuple(x):
    return x if isinstance(x, tuple) else (x,)

def _record(cls, ctx, inputs, outputs, flows) -> dict:
    """{output: its recorded tensor}. Several are pieces of one node, so that backward runs once."""
    flowing = [o for o, flow in zip(outputs, flows) if flow]
    refuse(len({o.value.dtype for o in flowing}) > 1, f"{cls.__name__}: minigrad's Functions give "
           "floating outputs of one dtype", NotImplementedError)

    def rule(g, out, *args):                      # saved_tensors itself looks for changes in place
        return _backward(cls, ctx, inputs, outputs, flows, g)

    def joined(results):
        several = [raw(o).reshape(-1) for o, flow in zip(results, flows) if flow]
        return np.array(raw(results[0])) if len(outputs) == 1 else np.concatenate(several)

    def compute(*arrays):                         # gradcheck looks for a wrong rule with it
        given = [leaf(a) if isinstance(x, TensorBase) else x for x, a in zip(inputs, arrays)]
        with no_grad():
            return joined(_tuple(cls._run(Context(), given)))
    def op(*arrays):
        return compute(*arrays)
    rule.__wrapped__ = cls.backward
    described(op, compute, (Joint(rule),), cls.__name__)
    whole = leaf(joined(outputs), True)
    nodes = [history(x) if isinstance(x, TensorBase) else x for x in inputs]
    whole.node = Node(whole.value, True, op, nodes, list(map(raw, inputs)))
    whole.node.called = f"{cls.__name__}Backward"
    return {outputs[0]: whole} if len(outputs) == 1 else dict(zip(flowing, _pieces(whole, flowing)))

def _pieces(whole, flowing):
    """One tensor for each output that flows: its part of the row that holds them all."""
    ends = np.cumsum([o.value.size for o in flowing]).tolist()
    return [reshape(getitem(whole, index=(slice(end - o.value.size, end),)), shape=o.value.shape)
            for o, end in zip(flowing, ends)]

def _backward(cls, ctx, inputs, outputs, flows, g):
    """cls.backward on tensors, its answers as the sweep needs them: on arrays if g is one."""
    plain = not isinstance(g, TensorBase)
    parts = [leaf(g) if plain else g]
    if len(outputs) > 1:
        pieces = iter(_pieces(parts[0], [o for o, flow in zip(outputs, flows) if flow]))
        parts = [next(pieces) if flow else leaf(np.zeros_like(o.value))
                 if isinstance(o, TensorBase) and ctx._zeros else None
                 for o, flow in zip(outputs, flows)]
    answers = _tuple(cls.backward(ctx, *parts))
    refuse(len(answers) < len(inputs) or any(a is not None for a in answers[len(inputs):]),
           f"{cls.__name__}.backward: expected {len(inputs)} gradients, one for each input of "
           f"forward (None where there is none), got {len(answers)}")
    return [_answer(cls, x, a, plain) if isinstance(x, TensorBase) and x.tracked else a
            for x, a in zip(inputs, answers)]

def _answer(cls, x, a, plain):
    a, shape = leaf(np.zeros_like(x.value)) if a is None else a, x.value.shape
    fits = isinstance(a, TensorBase) and np.broadcast_shapes(a.value.shape, shape) == a.value.shape
    refuse(not fits, f"{cls.__name__}.backward: expected a gradient of shape {shape}, got "
           f"{getattr(raw(a), 'shape', a)!r:.60}")
    return a.value.astype(x.value.dtype, copy=False)[...] if plain else a      # theirs: a view

@says("Decorator of a backward that has no derivative: gradients of its result raise an error.",
      "mg.autograd.function.once_differentiable(lambda ctx, g: g)(None, mg.ones(1))",
      "tensor([1.])")
def once_differentiable(backward):
    def checked(ctx, *grads):
        given = (*grads, *ctx._saved) if is_grad_enabled() and ctx else ()
        refuse(any(isinstance(g, TensorBase) and g.tracked for g in given),
               "once_differentiable: this Function's backward cannot be differentiated; leave out "
               "create_graph=True")
        return backward(ctx, *grads)
    return checked
