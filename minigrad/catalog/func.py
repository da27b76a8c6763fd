"""Functions of functions: torch.func, composed of backward passes, and of a loop for `vmap`.

Inside, the inputs are fresh tensors, so that nothing flows further back through them unless they
have a history of their own; what a result has of history besides these inputs, it keeps.
"""
from collections.abc import Mapping
from contextlib import contextmanager

import numpy as np

from ..functions import equal
from ..grad_mode import enable_grad, is_grad_enabled
from ..graph import TensorBase, ancestors, gradients, history, leaf
from ..public import public, refuse
from ..shape import stack
from .devices import make_module
from .random import get_rng_state, set_rng_state
from .trees import leaves, mapped

HERE, X = "mg.func.", "mg.tensor([1., 2.])"


class _Inside:
    """A call with fresh inputs in the places `argnums`."""

    def __init__(self, name, args, argnums):
        self.name, self.keeps = name, is_grad_enabled()
        numbers = argnums if isinstance(argnums, tuple) else (argnums,)
        for i in numbers:
            refuse(not -len(args) <= i < len(args),
                   f"{name}: got argnum={i}, but only {len(args)} positional inputs")
        args = list(args)
        with enable_grad():
            for i in numbers:
                args[i] = mapped(self._fresh, args[i])
        chosen = tuple(args[i] for i in numbers)
        self.args, self.chosen = args, chosen if isinstance(argnums, tuple) else chosen[0]
        self.inputs = leaves(self.chosen)
        self.own = {history(x) for x in self.inputs if x.op is None}

    def _fresh(self, x):
        refuse(not isinstance(x, TensorBase),
               f"{self.name}: expected tensors to differentiate by, got {type(x).__name__}",
               ValueError)
        refuse(x.dtype.kind != "f", f"{self.name}: only floating tensors can require gradients, "
               f"got {x.dtype}")
        return x.view_as(x) if x.tracked and self.keeps else leaf(x.value, True)

    def call(self, function, kwargs=None, has_aux=False):
        """(its result, what else it gave)."""
        with enable_grad():
            out = function(*self.args, **kwargs or {})
        refuse(has_aux and not (isinstance(out, tuple) and len(out) == 2),
               f"{self.name}: expected (result, aux) from a function with has_aux=True")
        return out if has_aux else (out, None)

    def reaches_out(self, t) -> bool:
        """Does its history lead to a tensor that is none of the fresh ones?"""
        return isinstance(t, TensorBase) and t.tracked and any(
            x.op is None and x not in self.own for x in ancestors([history(t)]))

    def slopes(self, outs, seeds, inputs=None, create_graph=False):
        """The gradients by the inputs; zeros where nothing depends on one."""
        inputs = self.inputs if inputs is None else inputs
        pairs = [(o, s) for o, s in zip(outs, seeds) if o.tracked]
        found = gradients(*zip(*pairs), inputs, True, create_graph) if pairs else (
            [None] * len(inputs))
        found = [np.zeros_like(x.value) if g is None else g for x, g in zip(inputs, found)]
        return [g if isinstance(g, TensorBase) else leaf(g) for g in found]

    def settled(self, tree):
        """Results without a history that leads to fresh tensors only."""
        return mapped(lambda t: t.detach() if isinstance(t, TensorBase) and t.tracked and not (
            self.keeps and self.reaches_out(t)) else t, tree)

    def answer(self, found, tree):
        """What was found for each input, in the tree's form, settled."""
        rest = iter(found)
        return self.settled(mapped(lambda _: next(rest), tree))


def _tensors(name, tree):
    outs = leaves(tree)
    refuse(not all(isinstance(o, TensorBase) for o in outs), f"{name}: expected a function that "
           f"gives tensors, got {', '.join(type(o).__name__ for o in outs)}")
    return outs

@public("The function that gives (gradient, value) of one that gives one number.",
        f"{HERE}grad_and_value(lambda x: (x ** 2).sum())({X})", "(tensor([2., 4.]), tensor(5.))",
        "f")
def grad_and_value(func, argnums=0, has_aux=False):
    def function(*args, **kwargs):
        inside = _Inside("grad", args, argnums)
        out, aux = inside.call(func, kwargs, has_aux)
        refuse(not isinstance(out, TensorBase) or out.ndim > 0, "grad: expected a function that "
               f"gives one number as a 0-d tensor, got {getattr(out, 'shape', type(out).__name__)}"
               "; use vjp or jacrev")
        found = inside.slopes([out], [None], None, inside.keeps and inside.reaches_out(out))
        value = inside.settled((out, aux) if has_aux else out)
        return inside.answer(found, inside.chosen), value
    return function

@public("The function that gives the gradient of one that gives one number; it can be repeated.",
        f"{HERE}grad(lambda x: (x ** 3).sum())({X})", "tensor([ 3., 12.])", "f")
def grad(func, argnums=0, has_aux=False):
    both = grad_and_value(func, argnums, has_aux)

    def function(*args, **kwargs):
        found, value = both(*args, **kwargs)
        return (found, value[1]) if has_aux else found
    return function

@public("The results, and the function from gradients of them to those of the inputs, a tuple.",
        f"out, back = {HERE}vjp(lambda x: x ** 2, {X}); back(mg.tensor([1., 10.]))",
        "(tensor([ 2., 40.]),)", "f")
def vjp(func, *primals, has_aux=False):
    inside = _Inside("vjp", primals, tuple(range(len(primals))))
    out, aux = inside.call(func, None, has_aux)
    outs = _tensors("vjp", out)

    def back(cotangents):
        seeds = leaves(cotangents)
        refuse([s.shape for s in seeds] != [o.shape for o in outs],
               f"vjp: expected gradients of shapes {[o.shape for o in outs]}")
        graph = is_grad_enabled() and any(map(inside.reaches_out, [*outs, *seeds]))
        return inside.answer(inside.slopes(outs, seeds, None, graph), inside.chosen)
    return (inside.settled(out), back, inside.settled(aux)) if has_aux else (
        inside.settled(out), back)

@public("(results, Jacobian · tangents), by two backward passes, as autograd.functional.jvp.",
        f"{HERE}jvp(lambda x: x ** 2, ({X},), (mg.tensor([1., 10.]),))[1]", "tensor([ 2., 40.])",
        "f")
def jvp(func, primals, tangents, *, strict=False, has_aux=False):
    inside = _Inside("jvp", primals, tuple(range(len(primals))))
    ways = leaves(tuple(tangents))
    refuse([w.shape for w in ways] != [x.shape for x in inside.inputs],
           f"jvp: expected tangents of shapes {[x.shape for x in inside.inputs]}")
    out, aux = inside.call(func, None, has_aux)
    outs = _tensors("jvp", out)
    seeds = [leaf(np.zeros_like(o.value), True) for o in outs]
    with enable_grad():
        back = inside.slopes(outs, seeds, None, True)
    inside.own |= {history(seed) for seed in seeds}
    graph = inside.keeps and any(map(inside.reaches_out, [*back, *ways]))
    results = inside.settled(out), inside.answer(inside.slopes(back, ways, seeds, graph), out)
    return (*results, inside.settled(aux)) if has_aux else results

@public("The function that gives d result[i] / d input[j], of shape result.shape + input.shape.",
        f"{HERE}jacrev(lambda x: x ** 2)({X}).tolist()", "[[2.0, 0.0], [0.0, 4.0]]", "f")
def jacrev(func, argnums=0, *, has_aux=False, chunk_size=None):
    def function(*args, **kwargs):
        inside = _Inside("jacrev", args, argnums)
        out, aux = inside.call(func, kwargs, has_aux)
        graph = inside.keeps and any(map(inside.reaches_out, _tensors("jacrev", out)))

        def of(o):
            if not o.value.size:
                blocks = [leaf(np.zeros((*o.shape, *x.shape), x.dtype)) for x in inside.inputs]
                return inside.answer(blocks, inside.chosen)
            rows = np.eye(o.value.size, dtype=o.dtype).reshape(-1, *o.shape)
            many = zip(*(inside.slopes([o], [leaf(row)], None, graph) for row in rows))
            blocks = [stack(slopes).reshape(*o.shape, *x.shape)
                      for slopes, x in zip(many, inside.inputs)]
            return inside.answer(blocks, inside.chosen)
        found = mapped(of, out)
        return (found, inside.settled(aux)) if has_aux else found
    return function

@public("As jacrev: minigrad differentiates in reverse mode, and the numbers are the same.",
        f"{HERE}jacfwd(lambda x: x ** 2)({X}).tolist()", "[[2.0, 0.0], [0.0, 4.0]]", "f")
def jacfwd(func, argnums=0, has_aux=False, *, randomness="error"):
    return jacrev(func, argnums, has_aux=has_aux)

@public("The function that gives the second derivatives: the Jacobian of the Jacobian.",
        f"{HERE}hessian(lambda x: (x ** 3).sum())({X}).tolist()", "[[6.0, 0.0], [0.0, 12.0]]", "f")
def hessian(func, argnums=0): return jacrev(jacrev(func, argnums), argnums)

# The same for many

def vmap(func, in_dims=0, out_dims=0, randomness="error", *, chunk_size=None):
    """The function called for each slice of its inputs, its results stacked: a loop, not faster.

    `in_dims` says along which axis each input is cut (None: not at all), `out_dims` where the new
    axis of each result stands. Raises RuntimeError where the function draws random numbers, unless
    `randomness="same"`; "different" is refused, for PyTorch draws them in another order.

    >>> mg.vmap(mg.dot)(mg.ones(3, 2), mg.ones(3, 2))
    tensor([2., 2., 2.])
    """
    refuse(randomness not in ("error", "same"), f"vmap: expected randomness 'error' or 'same', got "
           f"{randomness!r}", NotImplementedError)

    def function(*args, **kwargs):
        cuts = [cut for part, dims in zip(args, _each(in_dims, args, "in_dims"))
                for cut in _spread(part, dims)]
        sizes = {x.shape[d] for d, x in cuts if d is not None}
        refuse(len(sizes) != 1, "vmap: expected inputs of one size along the mapped axis, got "
               f"{sorted(sizes)}", ValueError)
        n, dice, results = sizes.pop(), get_rng_state(), []
        refuse(n == 0, "vmap: expected at least one slice along the mapped axis",
               NotImplementedError)
        for i in range(n):
            parts = iter([x if d is None else x[(*[slice(None)] * d, i)] for d, x in cuts])
            if randomness == "same":
                set_rng_state(dice)
            results.append(func(*mapped(lambda _: next(parts), args), **kwargs))
        drew = not equal(dice, get_rng_state())
        refuse(drew and randomness == "error", "vmap: called random operation while in randomness "
               "error mode; pass randomness='same', or draw outside and pass the numbers in")
        one = not isinstance(results[0], (tuple, list))
        tops = [[r] if one else r for r in results]
        joined = [mapped(lambda *many, d=d: _joined(d, many), *many)
                  for d, many in zip(_each(out_dims, tops[0], "out_dims"), zip(*tops))]
        return joined[0] if one else type(results[0])(joined)
    return function

def _each(dims, things, name):
    """One entry of dims for each thing."""
    if dims is None and name == "in_dims" or isinstance(dims, (tuple, list)) and (
            len(dims) != len(things)):
        raise ValueError(f"vmap: expected {name} as an int, or as a tuple with one entry for each "
                         f"of {len(things)}, got {dims!r}")
    return dims if isinstance(dims, (tuple, list)) else [dims] * len(things)

def _spread(tree, dims):
    """(axis, leaf) for each leaf of an input; axes are counted from the front."""
    if isinstance(dims, (tuple, list, dict)):
        rest = iter(leaves(dims))
        dims = mapped(lambda _: next(rest), tree)
    else:
        dims = mapped(lambda _: dims, tree)
    pairs = []
    for d, x in zip(leaves(dims), leaves(tree), strict=True):
        if d is not None:
            refuse(not isinstance(x, TensorBase), f"vmap: got in_dim={d} for an input of type "
                   f"{type(x).__name__}, which is no tensor; its in_dim is None", ValueError)
            refuse(not -x.ndim <= d < x.ndim, f"vmap: got in_dim={d} for a tensor of {x.ndim} axes",
                   ValueError)
            d %= x.ndim
        pairs.append((d, x))
    return pairs

def _joined(d, many):
    refuse(not isinstance(many[0], TensorBase), "vmap: expected a function that gives tensors, got "
           f"{type(many[0]).__name__}", ValueError)
    return many[0] if d is None else stack(many, d)

vmap.forms = ["f"]

# Modules as functions of their parameters

def functional_call(module, parameter_and_buffer_dicts, args=None, kwargs=None, *,
                    tie_weights=True, strict=False):
    """Call a module with other parameters and buffers, by name; its own are back afterwards.

    Gradients flow to the tensors that are given. What shares a tensor with a name that is given is
    replaced, too, unless `tie_weights=False`. Raises RuntimeError for missing and unexpected names
    if `strict`.

    >>> layer, x = mg.nn.Linear(2, 1), mg.tensor([1., 2.])
    >>> mg.func.functional_call(layer, {"weight": mg.ones(1, 2), "bias": mg.zeros(1)}, (x,))
    tensor([3.])
    """
    several = parameter_and_buffer_dicts
    several = [several] if isinstance(several, Mapping) else list(several)
    given = {name: t for one in several for name, t in one.items()}
    twice = sorted({name for one in several for name in one if sum(name in d for d in several) > 1})
    refuse(twice, f"functional_call: {twice} appeared in multiple dictionaries", ValueError)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, several, given, tie_weights, strict):
        return module(*args, **kwargs or {})

@contextmanager
def _replaced(module, several, given, tie_weights, strict):
    own = dict([*module.named_parameters(remove_duplicate=False),
                *module.named_buffers(remove_duplicate=False)])
    tied = {} if not tie_weights else {id(own[name]): t for name, t in given.items() if name in own}
    new = {name: given.get(name, tied.get(id(t))) for name, t in own.items()
           if name in given or id(t) in tied}
    missing, unexpected = ([n for n in a if n not in b] for a, b in ((own, new), (given, own)))
    refuse(strict and (missing or unexpected), f"functional_call: missing {missing} and unexpected "
           f"{unexpected} in {type(module).__name__}")
    places = {}
    for name in new:
        path, _, last = name.rpartition(".")
        places[name] = vars(module.get_submodule(path)), last
    try:
        for name, (attributes, last) in places.items():
            attributes[last] = new[name]
        yield
        for one in several:                            # what forward() put in their place
            one.update({n: places[n][0][places[n][1]] for n in one if n in places})
    finally:
        for name, (attributes, last) in places.items():
            attributes[last] = own[name]

@public("The parameters, and the buffers, of modules of one kind, each stacked under its name.",
        "{name: p.shape for name, p in mg.func.stack_module_state("
        "[mg.nn.Linear(2, 1), mg.nn.Linear(2, 1)])[0].items()} == "
        "{'weight': (2, 1, 2), 'bias': (2, 1)}", "True", "f")
def stack_module_state(models):
    models = list(models)
    refuse(not models or len({type(m) for m in models}) > 1, "stack_module_state: expected one or "
           "more modules of one class")
    parameters = {name: stack([dict(m.named_parameters())[name] for m in models]).detach()
                  .requires_grad_(p.requires_grad) for name, p in models[0].named_parameters()}
    buffers = {name: stack([dict(m.named_buffers())[name] for m in models])
               for name, _ in models[0].named_buffers()}
    return parameters, buffers


make_module("func", **{f.__name__: f for f in (
    grad, grad_and_value, vjp, jvp, jacrev, jacfwd, hessian, vmap, functional_call,
    stack_module_state)})
