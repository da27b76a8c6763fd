"""One table of what is proved about every operation: the function, written once for minigrad and for PyTorch, and its inputs.

`m` is the library (minigrad or torch). Inputs are shapes; `domain` turns standard normal numbers into allowed ones.
"""
from dataclasses import dataclass
from typing import Callable

import numpy as np


def anywhere(x): return x
def positive(x): return np.abs(x) + 0.5
def above_minus_one(x): return np.abs(x) - 0.5
def spaced(x): return np.argsort(np.argsort(x, axis=None)).reshape(x.shape) * 0.37 - 1.234   # no ties, no zeros
def probability(x): return 1 / (1 + np.exp(-x)) * 0.9 + 0.05


@dataclass
class Case:
    op: str                       # the primitive that is proved
    function: Callable            # (m, *tensors) -> tensor or tuple of tensors
    shapes: tuple
    domain: Callable = anywhere

    def inputs(self, seed=0):
        rng = np.random.default_rng(seed)
        return [self.domain(rng.standard_normal(shape)) for shape in self.shapes]

    def __str__(self):
        return f"{self.op}-{'-'.join('x'.join(map(str, s)) or '0d' for s in self.shapes)}"


def case(op, function, *shapes, domain=anywhere):
    return Case(op, function, shapes, domain)


def written(x, y, view):
    """x, with y written through a view of it; squared, so that there is a second derivative."""
    out = x * 1
    view(out).copy_(y)
    return out ** 2


# which place of each 2 x 2 window, as masks: each window of a 3 x 3 grid has one
PLACES = np.arange(9).reshape(1, 1, 3, 3) * 7 % 4
WON = tuple(PLACES == k for k in range(4))

PAIRS = [((3, 4), (3, 4)), ((3, 4), (4,)), ((3, 1), (1, 4)), ((), (2, 3)), ((2, 1, 3), (4, 1)), ((1,), ())]

CASES = [
    # arithmetic, over shapes that broadcast
    *(case("add", lambda m, x, y: m.add(x, y), *pair) for pair in PAIRS),
    *(case("sub", lambda m, x, y: m.sub(x, y), *pair) for pair in PAIRS),
    *(case("mul", lambda m, x, y: m.mul(x, y), *pair) for pair in PAIRS),
    *(case("div", lambda m, x, y: m.div(x, y), *pair, domain=positive) for pair in PAIRS),
    *(case("pow", lambda m, x, y: m.pow(x, y), *pair, domain=positive) for pair in PAIRS),
    *(case("maximum", lambda m, x, y: m.maximum(x, y), *pair) for pair in PAIRS),
    *(case("minimum", lambda m, x, y: m.minimum(x, y), *pair) for pair in PAIRS),
    *(case("where", lambda m, x, y: m.where(x > 0, x * x, y), *pair) for pair in PAIRS),
    case("add", lambda m, x: x + x + 1 + x, (3,)),
    case("sub", lambda m, x: (2 - x) - (x - 3.5), (3, 2)),
    case("mul", lambda m, x: 3 * x * x * 0.5, (3, 2)),
    case("div", lambda m, x: 2 / x + x / 3, (3, 2), domain=positive),
    case("pow", lambda m, x: x ** 2 + x ** 3 + x ** 1 + x ** 0, (5,)),
    case("pow", lambda m, x: x ** -1.5 + x ** 0.5, (5,), domain=positive),
    case("pow", lambda m, x: 2 ** x + 0.5 ** x, (5,)),
    case("neg", lambda m, x: -x, (2, 3)),

    # elementwise functions
    case("exp", lambda m, x: m.exp(x), (2, 3)),
    case("log", lambda m, x: m.log(x), (2, 3), domain=positive),
    case("log1p", lambda m, x: m.log1p(x), (2, 3), domain=above_minus_one),
    case("sqrt", lambda m, x: m.sqrt(x), (2, 3), domain=positive),
    case("sin", lambda m, x: m.sin(x), ()),
    case("cos", lambda m, x: m.cos(x), (2, 3)),
    case("tanh", lambda m, x: m.tanh(x), (2, 3)),
    case("sigmoid", lambda m, x: m.sigmoid(x), (2, 3)),
    case("relu", lambda m, x: m.relu(x) * x, (2, 3)),
    case("abs", lambda m, x: m.abs(x) * x, (2, 3)),
    case("sign", lambda m, x: m.sign(x) * x, (2, 3)),
    case("clamp", lambda m, x: m.clamp(x, min=-0.5, max=0.5) * x, (4, 3)),
    case("clamp", lambda m, x: m.clamp(x, min=0.1), (4, 3)),
    case("clamp", lambda m, x: m.clamp(x, max=0.1), (4, 3)),
    case("where", lambda m, x, low, high: m.clamp(x, low, low + high * high), (4, 3), (3,), (4, 1)),
    case("where", lambda m, x: m.where(x > 0, x, 0.0), (3, 4)),
    case("clone", lambda m, x: x.clone() * x, (2,)),

    *(case(name, lambda m, x, name=name: getattr(m, name)(x) * x, (2, 3), domain=domain) for name, domain in [
        ("tan", probability), ("sinh", anywhere), ("cosh", anywhere), ("asin", probability), ("acos", probability), ("atan", anywhere),
        ("asinh", anywhere), ("atanh", probability), ("exp2", anywhere), ("expm1", anywhere), ("log2", positive), ("log10", positive),
        ("rsqrt", positive), ("reciprocal", positive), ("sinc", anywhere), ("floor", spaced), ("ceil", spaced), ("trunc", spaced),
        ("round", spaced), ("nan_to_num", anywhere), ("erf", anywhere), ("erfc", anywhere), ("erfinv", probability), ("lgamma", anywhere)]),
    case("frexp", lambda m, x: m.frexp(x)[0] * x, (2, 3), domain=positive),
    case("nextafter", lambda m, x, y: m.nextafter(x, y * 0 + 9) * x, (3, 4), (4,)),
    *(case("polygamma", lambda m, x, n=n: m.polygamma(n, x) * x, (2, 3), domain=positive) for n in (0, 1, 2)),
    case("acosh", lambda m, x: m.acosh(x + 1), (2, 3), domain=positive),
    case("sinc", lambda m, x: m.sinc(x), (), domain=anywhere),
    *(case(name, lambda m, x, y, name=name: getattr(m, name)(x, y) * x, *pair, domain=positive)
      for name in ("atan2", "hypot", "logaddexp", "logaddexp2", "xlogy", "copysign") for pair in PAIRS[:4]),
    *(case(name, lambda m, x, y, name=name: getattr(m, name)(x, y) * x, (3, 4), (3, 4)) for name in ("fmax", "fmin")),
    *(case(name, lambda m, x, y, name=name: getattr(m, name)(x, y + 2) * x, (3, 4), (4,), domain=probability) for name in ("remainder", "fmod")),
    case("floor_divide", lambda m, x, y: m.div(x, y + 1, rounding_mode="floor") * x, (3, 4), (4,), domain=positive),
    case("trunc_divide", lambda m, x, y: m.div(x, y + 1, rounding_mode="trunc") * x, (3, 4), (4,), domain=positive),

    # sums of products
    *(case("einsum", lambda m, x, y, e=e: m.einsum(e, x, y) ** 2, *pair) for e, pair in [
        ("ij,jk->ik", ((2, 3), (3, 4))), ("bij,bjk->bik", ((2, 2, 3), (2, 3, 2))), ("i,j", ((2,), (3,))), ("...i,i->...", ((2, 3), (3,))),
        ("ij,kl->k", ((2, 3), (2, 2))), ("ij,ij->", ((2, 3), (1, 3)))]),
    case("einsum", lambda m, x: m.einsum("ii->i", x) * m.einsum("ii", x), (3, 3)),
    case("einsum", lambda m, x, y, z: m.einsum("ij,jk,k->i", x, y, z), (2, 3), (3, 2), (2,)),

    # linear algebra
    case("inv", lambda m, x: m.linalg.inv(x @ x.mT + m.eye(3, dtype=x.dtype)), (2, 3, 3)),
    case("solve", lambda m, x, y: m.linalg.solve(x @ x.mT + m.eye(3, dtype=x.dtype), y), (3, 3), (3, 2)),
    case("det", lambda m, x: m.linalg.det(x @ x.mT + m.eye(3, dtype=x.dtype)), (2, 3, 3)),
    case("logabsdet", lambda m, x: m.linalg.slogdet(x @ x.mT + m.eye(3, dtype=x.dtype)).logabsdet, (3, 3)),
    case("cholesky", lambda m, x: m.linalg.cholesky(x @ x.mT + m.eye(3, dtype=x.dtype)), (2, 3, 3)),
    *(case("svd", lambda m, x: tuple(part * part for part in m.linalg.svd(x, full_matrices=False)), shape) for shape in ((3, 3), (2, 4, 2), (2, 3))),
    case("eigh", lambda m, x: tuple(part * part for part in m.linalg.eigh(x + x.mT)), (2, 3, 3)),
    *(case("qr", lambda m, x: tuple(part * part for part in m.linalg.qr(x)), shape) for shape in ((3, 3), (2, 4, 2), (2, 3))),
    *(case("pinv", lambda m, x: m.linalg.pinv(x), shape) for shape in ((2, 3, 2), (2, 3), (3, 3))),
    *(case("matrix_exp", lambda m, x, s=s: m.linalg.matrix_exp(x * s), (2, 3, 3)) for s in (1, 3)),
    *(case("norm", lambda m, x, p=p: m.linalg.vector_norm(x, p, dim=1) * x[:, 0], (3, 4), domain=spaced)
      for p in (1, 2, 3, 0.5, float("inf"), -float("inf"))),

    # places at equal steps, looked at and written to
    case("diagonal", lambda m, x: m.diagonal(x, 1, -1, 0) ** 2, (3, 2, 4)),
    case("unfold", lambda m, x: x.unfold(1, 3, 2) ** 2, (2, 6)),
    case("unfold", lambda m, x: x.unfold(0, 2, 1) ** 2, (4, 2)),
    case("as_strided", lambda m, x: m.as_strided(x, (2, 3), (3, 1), 1) ** 2, (2, 5)),
    case("as_strided", lambda m, x: m.as_strided(x, (2, 3), (1, 1)) ** 2, (2, 5)),
    *(case(op, lambda m, x, y, view=view: written(x, y, view), (2, 4), shape)
      for op, view, shape in [("diagonal_assign", lambda x: x.diagonal(1), (2,)),
                              ("unfold_assign", lambda x: x.unfold(1, 2, 2), (2, 2, 2)),
                              ("as_strided_assign", lambda x: x.as_strided((2, 2), (1, 3)), (2, 2))]),

    # running, and products that may be 0
    case("cumsum", lambda m, x: m.cumsum(x, 1) ** 2, (2, 4)),
    case("cat", lambda m, x: m.cumprod(x, 1) * x, (2, 5)),
    case("mul", lambda m, x: m.prod(x, 1) * x[:, 0], (2, 5)),
    case("logaddexp", lambda m, x: m.logcumsumexp(x, 0), (5, 2)),

    # products of matrices: vectors, matrices, batches, batches that broadcast
    *(case("matmul", lambda m, x, y: m.matmul(x, y), *pair) for pair in [
        ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)),
        ((5, 2, 3), (3,)), ((3,), (5, 3, 2)), ((5, 2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((1, 1), (1,))]),
    case("matmul", lambda m, x: x @ x.T, (2, 3)),

    case("leaky_relu", lambda m, x: m.nn.functional.leaky_relu(x, 0.2) ** 2, (3, 4), domain=spaced),
    case("elu", lambda m, x: m.nn.functional.elu(x, 0.7), (3, 4), domain=spaced),
    case("softplus", lambda m, x: m.nn.functional.softplus(x, 2), (3, 4)),
    case("hardtanh", lambda m, x: m.nn.functional.hardtanh(x) ** 2, (3, 4), domain=spaced),
    case("gelu", lambda m, x: m.nn.functional.gelu(x, approximate="tanh"), (3, 4)),
    *(case("linear", lambda m, x, w, b: m.nn.functional.linear(x, w, b) ** 2, shape, (4, 3), (4,)) for shape in ((3,), (2, 3), (5, 2, 3))),
    case("linear", lambda m, x, w: m.nn.functional.linear(x, w) * 2, (2, 3), (4, 3)),

    # reductions
    case("sum", lambda m, x: m.sum(x) * x, (2, 3)),
    *(case("sum", lambda m, x, d=d, k=k: m.sum(x * x, dim=d, keepdim=k), (2, 3, 4)) for d in (0, -1, (0, 2)) for k in (False, True)),
    case("mean", lambda m, x: m.mean(x) * x, (2, 3)),
    *(case("mean", lambda m, x, d=d, k=k: m.mean(x * x, dim=d, keepdim=k), (2, 3, 4)) for d in (1, (0, 2)) for k in (False, True)),
    case("amax", lambda m, x: m.max(x) * x, (2, 3), domain=spaced),
    case("amin", lambda m, x: m.min(x) * x, (2, 3), domain=spaced),
    case("amax", lambda m, x: m.amax(x * x, dim=(0, 2)), (2, 3, 4), domain=spaced),
    case("amin", lambda m, x: m.amin(x * x, dim=1, keepdim=True), (2, 3, 4), domain=spaced),
    case("getitem", lambda m, x: m.max(x * x, dim=1)[0], (2, 3, 4), domain=spaced),
    case("getitem", lambda m, x: m.min(x, dim=-1, keepdim=True).values * x, (2, 3, 4), domain=spaced),
    case("mean", lambda m, x: m.var(x), (2, 3)),
    case("mean", lambda m, x: m.var(x, dim=(0, 2), correction=0, keepdim=True), (2, 3, 4)),
    case("sqrt", lambda m, x: m.std(x, dim=1), (2, 3, 4)),
    case("getitem", lambda m, x: m.take_along_dim(x, m.tensor([[2], [0]]), 1) * x, (2, 3)),
    case("getitem", lambda m, x: m.take_along_dim(x, m.tensor([[1, 0]]), 1) * 2, (3, 2)),
    case("sum", lambda m, x: m.sum(x * x, dim=(0, 2)), (70, 2, 3)),
    case("add", lambda m, x, y: x + y, (70, 3), (3,)),
    case("logsumexp", lambda m, x: m.logsumexp(x, dim=1), (2, 3, 4)),
    case("logsumexp", lambda m, x: m.logsumexp(x, dim=(0, -1), keepdim=True) * x, (2, 3, 4)),
    case("log_softmax", lambda m, x: m.log_softmax(x, dim=-1) * x, (2, 3)),
    case("softmax", lambda m, x: m.softmax(x, dim=0) * x, (2, 3)),
    case("softmax", lambda m, x: m.softmax(x, dim=0), ()),

    # shape
    case("reshape", lambda m, x: x.reshape(3, -1) * x.view(3, 4), (2, 6)),
    case("reshape", lambda m, x: x.flatten(1) * m.flatten(x, 1, -1), (2, 3, 2)),
    case("reshape", lambda m, x: x.unsqueeze(-1) * x.unsqueeze(0) * x.squeeze(), (3,)),
    case("reshape", lambda m, x: m.squeeze(x, 1) ** 2, (2, 1, 3)),
    case("permute", lambda m, x: x.permute(2, 0, 1) ** 2, (2, 3, 4)),
    case("permute", lambda m, x: x.transpose(0, -1) ** 2, (2, 3, 4)),
    case("permute", lambda m, x: x.T @ x, (2, 3)),
    case("permute", lambda m, x: x.mT @ x, (2, 3, 4)),
    case("expand", lambda m, x: x.expand(2, -1, 4) ** 2, (3, 1)),
    case("expand", lambda m, x: m.broadcast_to(x, (2, 3)) ** 2, ()),
    case("cat", lambda m, x, y: m.cat([x, y, x * y[:1]], dim=0), (2, 3), (4, 3)),
    case("cat", lambda m, x, y: m.cat([x, y], dim=-1) ** 2, (2, 3), (2, 1)),
    case("cat", lambda m, x, y: m.stack([x, y, x], dim=1) ** 2, (2, 3), (2, 3)),
    case("getitem", lambda m, x: m.split(x * x, 2, dim=1), (3, 5)),
    case("getitem", lambda m, x: m.split(x * x, [1, 4], dim=-1), (3, 5)),

    # indexing
    case("getitem", lambda m, x: x[1] * x[-1], (3, 4)),
    case("getitem", lambda m, x: x[1, 2] * x, (3, 4)),
    case("getitem", lambda m, x: x[:, 1:3] * x[..., None, 0], (3, 4)),
    case("getitem", lambda m, x: x[::2] ** 2, (5,)),
    case("getitem", lambda m, x: x[[0, 0, 2]] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[[0, 0, 2], [1, 1, 3]] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[:, [1, 1]] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[m.tensor([[0, 1], [1, 1]])] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[x > 0] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[m.tensor([True, False, True])] ** 2, (3, 4)),
    case("getitem", lambda m, x: x[0, :, [1, 1, 0]] ** 2, (2, 3, 2)),
    case("getitem", lambda m, x: x[None, 0, ..., [2, 0]] ** 2, (2, 2, 3)),
    case("getitem", lambda m, x: m.take_along_dim(x, m.tensor([[0, 0, 1], [1, 0, 1]]), 1) ** 2, (2, 2)),

    case("setitem", lambda m, x, y: m.index_copy(x, 0, m.tensor([2, 0]), y) ** 2, (3, 2), (2, 2)),
    case("setitem", lambda m, x, y: m.scatter(x, 1, m.tensor([[1], [0]]), y) ** 2, (2, 3), (2, 1)),
    case("getitem", lambda m, x: m.gather(x, 1, m.tensor([[0, 0, 2], [1, 0, 1]])) ** 2, (2, 3)),
    case("scatter", lambda m, x, y: m.scatter_add(x, 0, m.tensor([[1, 1], [0, 1]]), y) ** 2, (2, 2), (2, 2)),

    # convolution and pooling
    *(case("conv2d", lambda m, x, w, s=s, p=p: m.nn.functional.conv2d(x, w, stride=s, padding=p), (2, 3, 6, 7), (4, 3, 3, 2))
      for s in (1, 2, (2, 3)) for p in (0, (1, 2), 3)),
    *(case("conv2d", lambda m, x, w, s=s: m.nn.functional.conv2d(x, w, stride=s, padding=1), (2, 2, 4, n), (3, 2, 3, 3))
      for s in (1, 2) for n in (4, 6, 8)),                       # several neighbours in one product, or one alone
    case("conv2d", lambda m, x, w, b: m.nn.functional.conv2d(x, w, b), (2, 1, 4, 4), (3, 1, 4, 4), (3,)),
    case("conv2d", lambda m, x, w: m.nn.functional.conv2d(x, w, stride=3), (1, 2, 8, 8), (2, 2, 1, 1)),
    case("max_pool2d", lambda m, x: m.nn.functional.max_pool2d(x, 2) ** 2, (2, 2, 5, 4), domain=spaced),
    case("max_pool2d", lambda m, x: m.nn.functional.max_pool2d(x, 3, stride=1, padding=1) ** 2, (1, 2, 4, 4), domain=spaced),

    # norms
    case("layer_norm", lambda m, x, w, b: m.nn.functional.layer_norm(x, w.shape, w, b) ** 2, (2, 3, 4), (4,), (4,)),
    case("layer_norm", lambda m, x, w, b: m.nn.functional.layer_norm(x, w.shape, w, b) ** 2, (2, 3, 4), (3, 4), (3, 4)),
    case("layer_norm", lambda m, x, w: m.nn.functional.layer_norm(x, w.shape, w) ** 2, (2, 3, 4), (4,)),
    *(case("batch_norm", lambda m, x, w, b: m.nn.functional.batch_norm(x, None, None, w, b, training=True) ** 2, shape, (3,), (3,))
      for shape in ((4, 3), (2, 3, 3), (2, 3, 2, 2))),
    case("batch_norm", lambda m, x: m.nn.functional.batch_norm(x, None, None, training=True) ** 2, (4, 3)),
    case("standardize", lambda m, x: m.nn.functional.group_norm(x, 2) ** 2, (2, 4, 3)),

    # losses
    case("cross_entropy", lambda m, x: m.nn.functional.cross_entropy(x * x, m.tensor([0, 2])), (2, 3)),
    case("cross_entropy", lambda m, x: m.nn.functional.cross_entropy(x, m.tensor([[0, 2, -100]]), reduction="none") ** 2, (1, 4, 3)),
    case("cross_entropy", lambda m, x: m.nn.functional.cross_entropy(x * x, m.tensor(1)), (3,)),
    case("log_softmax", lambda m, x: m.nn.functional.cross_entropy(x, m.tensor([0, 2]), label_smoothing=0.1), (2, 3)),
    case("log_softmax", lambda m, x, p: m.nn.functional.cross_entropy(x, m.softmax(p, dim=1)), (2, 3), (2, 3)),
    case("sub", lambda m, x, y: m.nn.functional.mse_loss(x, y, reduction="sum"), (2, 3), (2, 3)),
    case("bce", lambda m, x, y: m.nn.functional.binary_cross_entropy(x, y), (2, 3), (2, 3), domain=probability),
    case("logsigmoid", lambda m, x, y: m.nn.functional.binary_cross_entropy_with_logits(x, y), (2, 3), (2, 3), domain=probability),
]

# Adjoints that PyTorch has under other names, or not at all; proved against finite differences alone.
def _table(path):
    def find(m):
        for part in path.split("."):
            m = getattr(m, part)
        return m
    return find

ADJOINTS = [
    case("keep", lambda m, x: _table("ops.keep")(m)(x, np.array([True, False, True])) ** 2, (3,)),
    case("copy", lambda m, x, y: (x * 2).copy_(y) * x, (2, 3), (2, 3)),
    case("to", lambda m, x: _table("promotion.to")(m)(x, dtype=np.dtype(np.float64)) ** 2, (3,)),
    case("scatter", lambda m, x: _table("ops.scatter")(m)(x, index=(np.array([0, 0, 2]),), shape=(4, 2)) ** 2, (3, 2)),
    case("scatter", lambda m, x: _table("ops.scatter")(m)(x, index=(slice(1, 3),), shape=(4, 2)) ** 2, (2, 2)),
    case("pad", lambda m, x: _table("convolution.pad")(m)(x, widths=((1, 0), (2, 1)), value=3.0) ** 2, (3, 2)),
    case("to_winners", lambda m, g: _table("convolution.to_winners")(m)(g, *WON, size=(4, 4), window=(2, 2), stride=(1, 1)) ** 2, (1, 1, 3, 3)),
    case("from_winners", lambda m, x: _table("convolution.from_winners")(m)(x, *WON, window=(2, 2), stride=(1, 1)) ** 2, (1, 1, 4, 4)),
    case("slide", lambda m, x: _table("convolution.slide")(m)(x, window=(2, 3), stride=(2, 1)) ** 2, (1, 2, 5, 6)),
    case("unslide", lambda m, x: _table("convolution.unslide")(m)(x, size=(5, 6), stride=(2, 1)) ** 2, (1, 2, 2, 4, 2, 3)),
    case("conv2d_input", lambda m, g, w: _table("convolution.conv2d_input")(m)(g, w, size=(5, 6), stride=(2, 1), padding=(1, 0)),
         (2, 3, 3, 5), (3, 2, 3, 2)),
    case("conv2d_weight", lambda m, g, x: _table("convolution.conv2d_weight")(m)(g, x, kernel=(3, 2), stride=(2, 1), padding=(1, 0)),
         (2, 3, 3, 5), (2, 2, 5, 6)),
    *(case("states_over_time", lambda m, *xs, cell=cell, back=back: _table("nn.over_time.states_over_time")(m)(
        *xs, cell=cell, sizes=(2, 2, 1), reverse=back) ** 2, (3, 2, 2), (parts, 2, 3), (gates * 3, 2), (gates * 3, 3), *biases)
      for cell, parts, gates in (("tanh", 1, 1), ("lstm", 2, 4), ("gru", 1, 3))
      for back, biases in ((False, [(gates * 3,)] * 2), (True, []))),
]
