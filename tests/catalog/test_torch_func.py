"""torch.func, and checkpoints, beside PyTorch's: the same values, forms and errors."""
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

# Each line is a program that ends in a value; `t` is the library, f = t.func, x = [1, 2], w = [1, 1] that requires grad.
PROGRAMS = """
f.grad(lambda x: (x ** 3).sum())(x)
f.grad(lambda x: x ** 3)(x)
f.grad(lambda x: (x.sum(), 1))(x)
f.grad(lambda x: (x.sum(), x * 2), has_aux=True)(x)
f.grad(lambda x, y: (x * y).sum(), argnums=(0, 1))(x, x + 1)
f.grad(lambda x, y: (x * y).sum(), argnums=1)(x, x + 1)
f.grad(lambda x, y: (x * y).sum(), argnums=-1)(x, x + 1)
f.grad(lambda x, y: (x * y).sum(), argnums=5)(x, x + 1)
f.grad(lambda d, k: (d["a"] * d["b"][0] * k).sum())({"a": x, "b": (x + 1,)}, 2)
f.grad(lambda x: x.sum())(t.tensor([1, 2]))
f.grad(lambda x: x * 2)(3.0)
f.grad(lambda x, y: y.sum())(x, x)
f.grad(lambda x: t.tensor(3.))(x)
f.grad(lambda x, *, k: (x * k).sum())(x, k=3)
f.grad_and_value(lambda x: (x ** 2).sum())(x)
f.grad_and_value(lambda x: ((x ** 2).sum(), x), has_aux=True)(x)
f.grad(f.grad(lambda x: x ** 3))(t.tensor(2.))
f.grad(f.grad(f.grad(lambda x: x ** 4)))(t.tensor(2.))
f.grad(lambda x: (x ** 3).sum())(x.clone().requires_grad_())
f.grad(lambda x: (x ** 2 * w).sum())(x)
f.grad(lambda x: (x ** 2).sum() + w.sum())(x)
g = f.grad(lambda x: (x ** 2 * w).sum())(x); g.sum().backward(); w.grad
no = t.no_grad(); no.__enter__(); g = f.grad(lambda x: (x ** 3 * w).sum())(x); no.__exit__(None, None, None); g
out, back = f.vjp(lambda x: x ** 2, x); [out, back(t.ones(2)), back(t.ones(2) * 2)]
out, back = f.vjp(lambda x, y: (x ** 2 * y, x.sum()), x, x); [out, back((t.ones(2), t.tensor(1.)))]
f.jvp(lambda x: x ** 2, (x,), (t.ones(2),))
f.jvp(lambda x, y: x ** 2 * y, (x, x), (t.ones(2), x))
f.jacrev(lambda x: x ** 2)(x)
f.jacrev(lambda x, y: x ** 2 * y, argnums=(0, 1))(x, x)
f.jacrev(lambda x: {"a": x ** 2, "b": x.sum()})(x)
f.jacrev(lambda x: (x ** 2, x), has_aux=True)(x)
f.jacfwd(lambda x: t.sin(x).reshape(1, 2))(x)
f.hessian(lambda x: (x ** 3).sum())(x)
f.hessian(lambda x, y: (x ** 2 * y).sum(), argnums=(0, 1))(x, x)
f.hessian(lambda x: x ** 3)(x)
f.vmap(t.dot)(t.ones(3, 2), t.ones(3, 2))
t.vmap(t.dot, in_dims=(0, None))(t.ones(3, 2), x)
f.vmap(t.sum, in_dims=1)(t.ones(3, 2))
f.vmap(t.sum, in_dims=-1)(t.ones(3, 2))
f.vmap(lambda x: x * 2, out_dims=1)(t.arange(6.).reshape(3, 2))
f.vmap(lambda x: (x * 2, x.sum()))(t.arange(6.).reshape(3, 2))
f.vmap(lambda x: (x * 2, x), out_dims=(1, 0))(t.arange(6.).reshape(3, 2))
f.vmap(lambda d: {"c": d["a"] * d["b"]}, in_dims=({"a": 0, "b": None},))({"a": t.ones(3, 2), "b": x})
f.vmap(lambda x: 3)(t.ones(3, 2))
f.vmap(lambda x: t.ones(2))(t.ones(3, 2))
f.vmap(lambda x: x + t.rand(2))(t.ones(3, 2))
y = f.vmap(lambda x: x + t.rand(2), randomness="same")(t.ones(3, 2)); [(y[0] == y[1]).all(), (y[0] == y[2]).all()]
f.vmap(t.add)(t.ones(3, 2), t.ones(2, 2))
f.vmap(t.add, in_dims=None)(t.ones(3, 2), t.ones(2, 2))
f.vmap(t.add)(t.ones(3, 2), 2)
f.vmap(t.add, in_dims=(0, None))(t.ones(3, 2), 2)
f.vmap(t.add, in_dims=(0,))(t.ones(3, 2), 2)
f.vmap(t.sum, in_dims=2)(t.ones(3, 2))
f.vmap(f.grad(lambda w, x: (w * x).sum() ** 2), in_dims=(None, 0))(x, t.arange(6.).reshape(3, 2))
f.vmap(f.jacrev(t.sin))(t.ones(3, 2))
f.vmap(f.vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))(x, x)
f.vmap(lambda x: x * w)(t.ones(3, 2))
f.functional_call(layer, {"weight": t.ones(1, 2), "bias": t.zeros(1)}, (x,))
f.functional_call(layer, {"weight": t.ones(1, 2), "bias": t.zeros(1)}, x)
f.functional_call(layer, ({"weight": t.ones(1, 2)}, {"bias": t.zeros(1)}), x)
f.functional_call(layer, ({"weight": t.ones(1, 2)}, {"weight": t.zeros(1)}), x)
f.functional_call(layer, {"weight": t.ones(1, 2)}, x, strict=True)
f.functional_call(layer, {"weight": t.ones(5, 2), "bias": t.zeros(5)}, x)
f.grad(lambda p: f.functional_call(layer, p, (x,)).sum())({"weight": t.ones(1, 2), "bias": t.zeros(1)})
f.functional_call(layer, {"weight": t.ones(1, 2), "bias": t.zeros(1)}, x); f.functional_call(layer, {}, x).requires_grad
n = t.nn.BatchNorm1d(2); b = {k: v.clone() for k, v in n.named_buffers()}; f.functional_call(n, b, t.ones(4, 2)); [b["num_batches_tracked"], n.num_batches_tracked, b["running_mean"], n.running_mean]
m = t.nn.Sequential(t.nn.Linear(2, 2, bias=False), t.nn.Linear(2, 2, bias=False)); m[1].weight = m[0].weight; f.functional_call(m, {"0.weight": t.eye(2) * 2}, x)
m = t.nn.Sequential(t.nn.Linear(2, 2, bias=False), t.nn.Linear(2, 2, bias=False)); m[1].weight = m[0].weight; (f.functional_call(m, {"0.weight": t.zeros(2, 2)}, x, tie_weights=False) == 0).all()
p, b = f.stack_module_state([t.nn.Linear(2, 1) for _ in range(3)]); [list(p), p["weight"].shape, p["weight"].requires_grad, p["weight"].is_leaf, b]
c(t.exp, x, use_reentrant=False).requires_grad
c(lambda x: x * w, x, use_reentrant=False)
c(lambda x: x * w, x, use_reentrant=True)
c(lambda x, by: x * by, x, by=2, use_reentrant=True)
c(lambda x, by: x * by, w, by=2, use_reentrant=False)
y = c(lambda x: (x * w).exp(), w, use_reentrant=False); y.sum().backward(); w.grad
y = c(lambda x: (x * w).exp(), w, use_reentrant=True); y.sum().backward(); w.grad
y = c(lambda x: (x.exp(), [x, 3]), w, use_reentrant=False); y[0].sum().backward(); [y, w.grad]
g, = t.autograd.grad(c(lambda x: x ** 3, w, use_reentrant=False).sum(), w, create_graph=True); t.autograd.grad(g.sum(), w)
t.utils.checkpoint.checkpoint_sequential([t.exp, t.sin, t.exp, t.cos, t.exp], 2, w, use_reentrant=False)
y = t.utils.checkpoint.checkpoint_sequential([t.exp, t.sin, t.exp, t.cos, t.exp], 2, w, use_reentrant=False); y.sum().backward(); w.grad
"""


def plain(thing):
    """Values to four digits, with whether they require grad."""
    if isinstance(thing, (mg.Tensor, torch.Tensor)):
        return np.round(thing.detach().numpy(), 4), str(thing.dtype).rpartition(".")[2], thing.requires_grad
    if isinstance(thing, dict):
        return {key: plain(x) for key, x in thing.items()}
    return type(thing)(map(plain, thing)) if isinstance(thing, (tuple, list)) else thing


def answer(library, program):
    *lines, last = program.split("; ")
    layer = library.nn.Linear(2, 1)
    names = {"t": library, "f": library.func, "x": library.tensor([1.0, 2.0]), "w": library.ones(2, requires_grad=True), "layer": layer,
             "c": library.utils.checkpoint.checkpoint}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec("\n".join(lines), names)
            return plain(eval(last, names))
        except (RuntimeError, ValueError, TypeError) as error:
            return type(error)


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_the_same_answer(program):
    np.testing.assert_equal(answer(mg, program), answer(torch, program))
