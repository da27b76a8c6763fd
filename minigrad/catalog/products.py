"""Products of vectors and matrices: each is a matmul, an einsum, or a product and a sum."""
import math
from collections import Counter
from functools import partial
from string import ascii_letters

import numpy as np

from .. import ops
from ..functions import sum
from ..graph import TensorBase, primitive, raw
from ..memory import in_rows
from ..public import IN_PLACE, one_dtype, public, refuse
from ..shape import permute, reshape
from .arrange import broadcast_tensors, roll
from .places import diagonal
from .reductions import vector_norm

def _matmul(name, x, dims, y, other_dims):
    """x @ y, if they have as many axes as the name promises, and one dtype."""
    refuse((x.ndim, y.ndim) != (dims, other_dims) or dims == 3 and x.shape[0] != y.shape[0],
           f"{name}: expected {dims} and {other_dims} axes{' and one batch size' * (dims == 3)}, "
           f"got shapes {x.shape} and {y.shape}")
    return ops.matmul(one_dtype(name, x, y), y)

@public("The product of two matrices; nothing broadcasts.",
        "[[1., 1., 1.], [1., 1., 1.]], [[1.], [1.], [1.]]", "[[3.0], [3.0]]")
def mm(input, mat2): return _matmul("mm", input, 2, mat2, 2)
@public("A matrix times a vector.", "[[1., 1., 1.], [1., 1., 1.]], [1., 1., 1.]", "[3., 3.]")
def mv(input, vec): return _matmul("mv", input, 2, vec, 1)
@public("The sum of the products of two vectors' elements.", "[1., 2.], [3., 4.]", "11.")
def dot(input, tensor): return _matmul("dot", input, 1, tensor, 1)
@public("A batch of products of matrices; nothing broadcasts.",
        "mg.bmm(mg.ones(2, 1, 3), mg.ones(2, 3, 1)).shape", "torch.Size([2, 1, 1])")
def bmm(input, mat2): return _matmul("bmm", input, 3, mat2, 3)

@public("Each element of one vector times each of another.", "[1, 2], [3, 4]", "[[3, 4], [6, 8]]")
def outer(input, vec2):
    refuse(input.ndim != 1 or vec2.ndim != 1,
           f"outer: expected two vectors, got shapes {input.shape} and {vec2.shape}")
    return reshape(input, -1, 1) * vec2

vdot, ger = dot, outer

def _plus(name, input, product, beta, alpha):
    """beta · input + alpha · product; with beta 0 the input counts nothing, not even its NaN."""
    if one_dtype(name, input, product).dtype.kind != "f":
        if int(beta) != beta or int(alpha) != alpha:
            raise RuntimeError(f"{name}: expected whole beta and alpha for dtype {input.dtype}")
        refuse(input.dtype.kind == "b" and not {beta, alpha} <= {0, 1},
               f"{name}: expected beta and alpha of 0 or 1 for dtype bool, got {beta} and {alpha}")
        beta, alpha = int(beta), int(alpha)
    refuse(np.broadcast_shapes(input.shape, product.shape) != product.shape,
           f"{name}: expected an input that broadcasts to {product.shape}, got {input.shape}")
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else (input if beta == 1 else input * beta) + product

@public("beta · input + alpha · mat1 @ mat2.", "[1], [[1, 2]], [[3], [4]]", "[[12]]", IN_PLACE)
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    return _plus("addmm", input, mm(mat1, mat2), beta, alpha)
@public("beta · input + alpha · mat @ vec.", "[1.], [[1., 1., 1.]], [1., 1., 1.]", "[4.]", IN_PLACE)
def addmv(input, mat, vec, *, beta=1, alpha=1):
    return _plus("addmv", input, mv(mat, vec), beta, alpha)
@public("beta · input + alpha · outer(vec1, vec2).", "[1.], [1.], [1.]", "[[2.0]]", IN_PLACE)
def addr(input, vec1, vec2, *, beta=1, alpha=1):
    return _plus("addr", input, outer(vec1, vec2), beta, alpha)
@public("beta · input + alpha · bmm(batch1, batch2).",
        "mg.baddbmm(mg.ones(1), mg.ones(2, 1, 3), mg.ones(2, 3, 1)).shape",
        "torch.Size([2, 1, 1])", IN_PLACE)
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return _plus("baddbmm", input, bmm(batch1, batch2), beta, alpha)
@public("beta · input + alpha · the sum of bmm(batch1, batch2) over the batch.",
        "mg.addbmm(mg.ones(1), mg.ones(2, 1, 3), mg.ones(2, 3, 1))", "tensor([[7.]])", IN_PLACE)
def addbmm(input, batch1, batch2, *, beta=1, alpha=1):
    return _plus("addbmm", input, ops.sum(bmm(batch1, batch2), axis=0), beta, alpha)
@public("Sums of products over the last axes.", "[1., 2.], [[3., 4.], [5., 6.]]", "[11., 17.]")
def inner(input, other):
    return input * other if 0 in (input.ndim, other.ndim) else tensordot(input, other, ([-1], [-1]))

@public("Sums of products over the last `dims` axes of a and the first of b, or two lists of axes.",
        "mg.tensordot(mg.ones(2, 3, 4), mg.ones(3, 4, 5)).shape", "torch.Size([2, 5])", "f")
def tensordot(a, b, dims=2, out=None):
    if isinstance(dims, TensorBase):
        dims = dims.tolist()
    if isinstance(dims, int):
        refuse(dims < 0 or dims > min(a.ndim, b.ndim),
               f"tensordot: expected dims from 0 to {min(a.ndim, b.ndim)}, got {dims}")
        dims = (range(a.ndim - dims, a.ndim), range(dims))
    first, second = ([d % max(x.ndim, 1) for d in ds] for x, ds in zip((a, b), dims))
    refuse([a.shape[i] for i in first] != [b.shape[j] for j in second] or a.dtype != b.dtype,
           f"tensordot: axes {first} of {a.shape} do not fit axes {second} of {b.shape}")
    rows = [i for i in range(a.ndim) if i not in first]
    columns = [j for j in range(b.ndim) if j not in second]
    n, shape = math.prod(a.shape[i] for i in first), [a.shape[i] for i in rows]
    left = reshape(permute(a, (*rows, *first)), math.prod(shape), n)
    right = reshape(permute(b, (*second, *columns)), n, math.prod(b.shape[j] for j in columns))
    return reshape(ops.matmul(left, right), *shape, *(b.shape[j] for j in columns))

@public("The Kronecker product: each element of `input` times all of `other`, block by block.",
        "[1, 2], [3, 4]", "[3, 4, 6, 8]")
def kron(input, other):
    n = max(input.ndim, other.ndim)
    a, b = ((1,) * (n - x.ndim) + x.shape for x in (input, other))
    left = reshape(input, *(m for size in a for m in (size, 1)))
    right = reshape(other, *(m for size in b for m in (1, size)))
    return reshape(left * right, *(p * q for p, q in zip(a, b)))

@public("The sum of a matrix's diagonal.", "[[1., 2.], [3., 4.]]", "5.")
def trace(input):
    refuse(input.ndim != 2, f"trace: expected a matrix, got shape {input.shape}")
    return sum(diagonal(input))

def _einsum_rule(g, out, *xs, operands, result, i):
    """The others' product with g, over all letters but the input's; what it alone has repeats."""
    others = [(g, result), *((x, s) for j, (x, s) in enumerate(zip(xs, operands)) if j != i)]
    known = {c for _, s in others for c in s}
    there = "".join(c for c in operands[i] if c in known)
    part = _einsum(*(x for x, _ in others), operands=tuple(s for _, s in others), result=there)
    sizes = dict(zip(there, raw(part).shape))
    part = ops.reshape(part, shape=tuple(sizes.get(c, 1) for c in operands[i]))
    whole = (max(n, m) for n, m in zip(raw(part).shape, raw(xs[i]).shape))
    return ops.broadcast_to(part, shape=tuple(whole))

def _einsum_of(xs, formula):
    out = np.einsum(formula, *xs, optimize=len(xs) > 1)
    return np.array(out, order="C") if len(xs) == 1 else in_rows(np.asarray(out))

_einsum = primitive(                # `operands` are strings of letters, one for each input
    lambda *xs, operands, result: _einsum_of(xs, ",".join(operands) + "->" + result),
    *(partial(_einsum_rule, i=i) for i in range(52)), name="einsum",
    expects="one size for each letter")

@public("Sums of products as Einstein wrote them, over all letters that are not after the arrow.",
        'mg.einsum("ij,jk->ik", mg.ones(2, 3), mg.ones(3, 4)).shape', "torch.Size([2, 4])", "f")
def einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = operands[0]
    if not isinstance(equation, str):
        equation, operands = _from_lists((equation, *operands))
    left, arrow, result = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise RuntimeError(f"einsum: {equation!r} has {len(terms)} operands, got {len(operands)}")
    free = [c for c in ascii_letters if c not in equation]
    named = [term.replace("...", "") for term in terms]
    dots = max((x.ndim - len(letters) for term, letters, x in zip(terms, named, operands)
                if "..." in term), default=0)
    refuse(dots < 0, f"einsum: {equation!r} has more letters than an operand has axes")
    plain = []
    for term, letters, x in zip(terms, named, operands):
        extra = x.ndim - len(letters)
        refuse(extra < 0 or extra and "..." not in term or not set(letters) <= set(ascii_letters),
               f"einsum: the term {term!r} does not fit an operand of shape {x.shape}")
        plain.append(term.replace("...", "".join(free[dots - extra:dots])))
    dotted = "".join(free[:dots])
    if arrow:
        letters = result.replace("...", "")
        refuse(set(letters) - set("".join(plain)) or len(set(letters)) < len(letters),
               f"einsum: each letter of the result {result!r} must stand once, and in an operand")
        result = result.replace("...", dotted)
    else:
        times = Counter("".join(plain))
        result = dotted + "".join(sorted(c for c in times if times[c] == 1 and c not in dotted))
    return _einsum_over(plain, list(operands), result, equation)

def _from_lists(given):
    """einsum(a, [0, 1], b, [1, 2], [0, 2]) as an equation: a letter for each number."""
    def term(numbers):
        refuse(any(n is not ... and not 0 <= n < 52 for n in numbers),
               f"einsum: expected numbers of axes from 0 to 51, got {numbers}")
        return "".join("..." if n is ... else ascii_letters[n] for n in numbers)
    *pairs, result = given if len(given) % 2 else (*given, None)
    operands, terms = pairs[::2], [*map(term, pairs[1::2])]
    return ",".join(terms) + ("" if result is None else f"->{term(result)}"), operands

def _einsum_over(terms, operands, result, equation):
    sizes = {}
    for i, term in enumerate(terms):
        while twice := next((c for c in term if term.count(c) > 1), ""):       # "ii": the diagonal
            a, b = [j for j, c in enumerate(term) if c == twice][:2]
            refuse(operands[i].shape[a] != operands[i].shape[b],
                   f"einsum: {equation!r} names axes of sizes {operands[i].shape} with one letter")
            operands[i] = diagonal(operands[i], 0, a, b)
            term = "".join(c for j, c in enumerate(term) if j not in (a, b)) + twice
        terms[i] = term
        for c, n in zip(term, operands[i].shape):
            refuse(sizes.setdefault(c, n) != n and 1 not in (n, sizes[c]),
                   f"einsum: {equation!r} gives the letter {c!r} the sizes {sizes[c]} and {n}")
            sizes[c] = max(n, sizes[c]) if n != 0 else 0
    if len(terms) == 1 and sorted(result) == sorted(terms[0]):
        return permute(operands[0], [terms[0].index(c) for c in result])
    return _einsum(*operands, operands=tuple(terms), result=result)

@public("The vector perpendicular to two of three numbers along `dim` (the first of size 3).",
        "[1., 0., 0.], [0., 1., 0.]", "[0., 0., 1.]")
def cross(input, other, dim=None):
    refuse(input.ndim != other.ndim,
           f"cross: expected as many axes, got shapes {input.shape} and {other.shape}")
    if dim is None:
        dim = next((i for i, n in enumerate(input.shape) if n == 3), None)
    x, y = broadcast_tensors(input, other)
    refuse(dim is None or not input.shape[dim] == other.shape[dim] == 3,
           f"cross: expected 3 numbers along dim {dim}, got shapes {input.shape} and {other.shape}")
    return roll(x, -1, dim) * roll(y, 1, dim) - roll(x, 1, dim) * roll(y, -1, dim)

@public("The distances, by the p-norm, of x1's rows (..., P, M) from x2's (..., R, M).",
        "[[0., 0.]], [[3., 4.]]", "[[5.0]]", "f")
def cdist(x1, x2, p=2.0, compute_mode="use_mm_for_euclid_dist_if_necessary"):
    refuse(x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1],
           f"cdist: expected (..., P, M) and (..., R, M), got shapes {x1.shape} and {x2.shape}")
    away = x1[..., :, None, :] - x2[..., None, :, :]
    return vector_norm(away, p=float(p), axis=-1) if away.value.size else ops.sum(away, axis=-1)
