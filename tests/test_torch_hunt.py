"""Random programs over the public names, beside PyTorch: after each line every tensor has the same numbers, dtype, shape and
strides, shares memory with the same others, and at the end the gradients are the same.

A line that one of the two refuses is left out of both; that the same is refused is for the tests of the names themselves.
A longer hunt: `python tests/test_torch_hunt.py 5000 9000`, the first seed and the one after the last.
"""
import random
import sys
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

SHAPES = [(), (1,), (3,), (2, 3), (3, 1), (1, 3), (2, 3, 4), (4, 2), (3, 3), (2, 1, 3), (4,), (2, 2, 4, 4)]
DTYPES = ["float32"] * 6 + ["float64", "float64", "int64", "int64", "bool", "int32"]
OF_ONE = """neg abs exp sqrt sin cos tanh sigmoid sign floor ceil trunc square log1p expm1 erf isnan logical_not positive sgn tan atan sinh
    cosh asinh exp2 nan_to_num clone detach contiguous float double long int bool flatten ravel squeeze sum mean prod std amax amin all any
    count_nonzero nonzero""".split()
LAYERS = "gelu silu elu leaky_relu softplus hardtanh relu6 logsigmoid mish celu selu softsign tanhshrink hardswish hardsigmoid".split()
OF_TWO = "add sub mul div maximum minimum atan2 fmod eq ne lt le gt ge logical_and logical_or hypot true_divide".split()
ALONG = "sum mean prod amax amin all any std var cumsum cumprod softmax log_softmax logsumexp flip argmax argmin logcumsumexp".split()
IN_PLACE = "neg_ abs_ exp_ sin_ cos_ tanh_ sigmoid_ floor_ ceil_ zero_ square_ trunc_ expm1_".split()
WITH = "add_ sub_ mul_ div_ copy_".split()
VIEWS = """unsqueeze(0) unsqueeze(-1) squeeze() flatten() reshape(-1) view(-1) T mT clone() contiguous() detach() diagonal() ravel()
    transpose({a},{b}) movedim({a},{b}) swapaxes({a},{b}) chunk(2,{a})[0] split(1,{a})[-1] tensor_split(2,{a})[0] narrow({a},0,1) select({a},0)
    unbind({a})[0] diagonal(0,{a},{b}) diagonal(1,{a},{b}) unfold({a},2,1) unfold({a},1,2) roll(1,{a}) roll(1) tile((2,)) repeat_interleave(2,{a})
    tril() triu(1) unflatten({a},(-1,1)) flatten({a},{b}) index_select({a},m.tensor([0])) expand(2,*{x}.shape) as_strided((2,),(1,))""".split()
OTHERS = """m.cat([{x},{y}],{a}) m.stack([{x},{y}],{a}) m.where({x}>0,{x},{y}) m.where({x}>0,{n},{y}) m.lerp({x},{y},0.5) {x}@{y}.mT
    m.outer({x}.flatten(),{y}.flatten()) m.einsum('ij,kj->ik',{x},{y}) m.kron({x},{y}) F.mse_loss({x},{y}) F.smooth_l1_loss({x},{y},reduction='none')
    F.linear({x},{y}) m.broadcast_tensors({x},{y})[0] {x}.clamp(-1,1) {x}.masked_fill({x}>0,{n}) {x}[{x}>0] m.zeros_like({x}) m.full_like({x},{n})
    F.normalize({x},dim={a}) F.layer_norm({x},{x}.shape[-1:]) F.dropout({x},0.0) F.max_pool2d({x},2) F.avg_pool2d({x},2) F.group_norm({x},1)
    F.conv2d({x},m.ones(3,2,2,2)) F.interpolate({x},scale_factor=2) F.adaptive_avg_pool2d({x},1) F.pixel_shuffle({x},1) F.pad({x},(1,1))
    F.batch_norm({x},None,None,training=True) {x}.to({y}.dtype) {x}.sum_to_size(*[1]*{x}.ndim) {x}.detach().clone().requires_grad_()
    m.diag({x}) m.rot90({x}) m.diag_embed({x}) m.column_stack([{x},{y}]) m.gather({x},{a},{y}.long().abs()*0) {x}.mean(dtype=m.float64)""".split()
CHANGES = """{t}.fill_({n}) {t}.clamp_(-1,1) {t}.masked_fill_({t}>0,{n}) {x}.index_fill_({a},m.tensor([0]),{n}) {x}.diagonal().fill_({n})
    {x}.diagonal().mul_({n}) {x}.mT.mul_({n}) {x}.view(-1).add_({n}) {x}.unbind(0)[0].mul_({n}) {x}[{x}>0]={n} {x}[{x}>0]*={n} {x}.add_({y},alpha=2)
    {x}.tril_() {x}.swapaxes(0,-1).mul_({n}) {x}.unfold(0,1,1).zero_() {x}.index_put_((m.tensor([0]),),{x}[0])""".split()


def new(rng):
    shape, dtype = rng.choice(SHAPES), rng.choice(DTYPES)
    if dtype.startswith("float"):
        draw = [round(rng.choice([rng.gauss(0, 1.5), rng.choice([0.0, 1.0, -1.0, 2.0])]), 3) for _ in range(int(np.prod(shape)))]
    else:
        draw = [rng.random() < 0.5 if dtype == "bool" else rng.randrange(-4, 5) for _ in range(int(np.prod(shape)))]
    grad = ".requires_grad_()" if dtype.startswith("float") and rng.random() < 0.5 else ""
    return f"m.tensor({draw}, dtype=m.{dtype}).reshape({shape}){grad}"


def index(rng, shape):
    parts = []
    for n in shape[:rng.randrange(len(shape) + 1)]:
        if n == 0:
            parts.append(":")
            continue
        start = rng.randrange(n)
        lists = f"[{', '.join(str(rng.randrange(-n, n)) for _ in range(2))}]"
        parts.append(rng.choice([str(start), f"{start}:{rng.randrange(start, n + 1)}", ":", f"::{rng.randrange(1, 3)}", lists]))
    return ", ".join(parts + rng.choice([[], ["..."], ["None"]])) or "..."


def line(rng, place, count):
    """A statement over what the names hold in PyTorch."""
    names = [name for name, x in place.items() if isinstance(x, torch.Tensor)]
    if len(names) < 2 or rng.random() < 0.06:
        return f"v{count} = {new(rng)}"
    x = rng.choice(names[-6:] + names[-2:])
    shape, ndim = tuple(place[x].shape), place[x].ndim
    fitting = [name for name in names if fits(shape, tuple(place[name].shape))]
    words = {"x": x, "y": rng.choice(fitting), "n": rng.choice(["0.5", "2.0", "-1.5", "1", "3"]),
             "a": rng.randrange(-ndim, ndim) if ndim else 0, "b": rng.randrange(-ndim, ndim) if ndim else 0}
    words["t"] = target = f"{x}[{index(rng, shape)}]" if ndim and rng.random() < 0.5 else x
    other, kind = rng.choice([words["y"], words["n"]]), rng.random()
    if kind < 0.12:
        made = f"{x}.{rng.choice(OF_ONE)}()"
    elif kind < 0.16:
        made = f"F.{rng.choice(LAYERS)}({x})"
    elif kind < 0.26:
        made = rng.choice([f"m.{rng.choice(OF_TWO)}({x}, {other})", f"{x} {rng.choice('+-*/')} {other}", f"{words['n']} {rng.choice('+-*/')} {x}"])
    elif kind < 0.34:
        made = f"{x}.{rng.choice(ALONG)}({words['a']})"
    elif kind < 0.52:
        made = rng.choice([f"{x}[{index(rng, shape)}]", f"{x}." + rng.choice(VIEWS).format(**words)])
    elif kind < 0.62:
        made = rng.choice(OTHERS).format(**words)
    elif kind < 0.92:
        change = rng.random()
        if change < 0.3:
            return f"{target} {rng.choice(['+=', '-=', '*=', '/='])} {other}"
        if change < 0.45 and target != x:
            return f"{target} = {other}"
        if change < 0.75:
            return rng.choice([f"{target}.{rng.choice(IN_PLACE)}()", f"{target}.{rng.choice(WITH)}({other})"])
        return rng.choice(CHANGES).format(**words)
    else:
        return f"with m.no_grad(): v{count} = {x} * 2"
    return f"v{count} = {made}"


def fits(shape, other):
    try:
        return np.broadcast_shapes(shape, other) == shape
    except ValueError:
        return False


# What is compared

def tensors(place, kind):
    return {name: x for name, x in place.items() if isinstance(x, kind)}


def kind_of(x):
    return str(x.dtype).replace("torch.", "").replace("minigrad.", "")


def close(a, b, tolerance=1e-4):
    return np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True)


def difference(theirs, ours):
    """What two tensors of one name differ in; None where they agree."""
    if not isinstance(ours, mg.Tensor):
        return f"a tensor and {ours!r}"
    a, b = theirs.detach().numpy(), ours.detach().numpy()
    if (tuple(theirs.shape), kind_of(theirs)) != (tuple(ours.shape), kind_of(ours)):
        return f"{kind_of(theirs)} {tuple(theirs.shape)} and {kind_of(ours)} {tuple(ours.shape)}"
    if not close(np.abs(a), np.abs(b)) or not close(a[np.isfinite(a)], b[np.isfinite(a)]):   # x / 0 and x / -0 are both right
        return f"\n{a}\nand\n{b}"
    if theirs.is_floating_point() and (theirs.requires_grad, theirs.is_leaf) != (ours.requires_grad, ours.is_leaf):
        return f"requires_grad, is_leaf: {theirs.requires_grad}, {theirs.is_leaf} and {ours.requires_grad}, {ours.is_leaf}"
    if theirs.is_contiguous() and not ours.is_contiguous() and theirs.numel():
        return f"strides {theirs.stride()} and {ours.stride()}"
    return None


def gradients(m, x, leaves):
    loss = (x.double() + x.double() ** 2 / 4).sum()
    found = m.autograd.grad(loss, leaves, allow_unused=True, retain_graph=True)
    return [None if g is None else (g + 0).numpy() for g in found]


def complaint(rng, length):
    """(the lines of a random program, what minigrad does otherwise or None)."""
    places = theirs, ours = [{"m": m, "F": m.nn.functional} for m in (torch, mg)]
    lines = []
    for count in range(length):
        try:
            text = line(rng, theirs, count)
        except RuntimeError:                                       # one of PyTorch's views that may not be looked at any more
            return lines, None
        known = set(theirs)
        refused = []
        for place in places:
            try:
                exec(text, place)
            except (RuntimeError, IndexError, ValueError, TypeError, NotImplementedError) as error:
                refused.append(error)
            place.pop("__builtins__", None)
        if refused and (len(refused) == 1 or not text.startswith("v")):     # a change may have begun
            return lines, None
        if refused:
            continue
        lines.append(text)
        try:
            for name, x in tensors(theirs, torch.Tensor).items():
                if said := difference(x, ours[name]):
                    return lines, f"{name}: {said}"
                if x.isinf().any() or not x.numel():
                    return lines, None
                if name not in known and x.numel():
                    for other in tensors(theirs, torch.Tensor):
                        shares = [np.shares_memory(p[name].detach().numpy(), p[other].detach().numpy()) for p in places]
                        same = [p[name] is p[other] for p in places]
                        if len(set(shares)) > 1 or len(set(same)) > 1:
                            return lines, f"{name} and {other}: shared memory {shares}, the same object {same}"
        except RuntimeError:
            return lines, None
    for name, x in tensors(theirs, torch.Tensor).items():
        if not x.is_floating_point() or not x.requires_grad or not x.isfinite().all():
            continue
        leaves = [k for k, t in tensors(theirs, torch.Tensor).items() if t.is_floating_point() and t.is_leaf and t.requires_grad]
        try:
            right = gradients(torch, x, [theirs[k] for k in leaves])
            mine = gradients(mg, ours[name], [ours[k] for k in leaves])
        except RuntimeError:                                       # a value was overwritten: one may refuse earlier
            continue
        for leaf, a, b in zip(leaves, right, mine):
            if a is not None and np.isfinite(a).all() and not (b is not None and close(a, b, 2e-3) or b is None and not a.any()):
                return lines, f"d{name} / d{leaf}:\n{a}\nand\n{b}"
    return lines, None


def of_seed(seed):
    rng = random.Random(seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return complaint(rng, rng.randrange(5, 20))


def told(seed, lines, said):
    return "\n".join([f"seed {seed}, PyTorch's and minigrad's:", "", *lines, "", said])


@pytest.mark.parametrize("part", range(10))
def test_random_programs(part):
    went = 0
    for seed in range(part * 100, part * 100 + 60):
        lines, said = of_seed(seed)
        assert said is None, told(seed, lines, said)
        went += len(lines)
    assert went > 200                                              # most lines are taken by both


if __name__ == "__main__":
    for seed in range(*map(int, sys.argv[1:3])):
        lines, said = of_seed(seed)
        if said:
            print(told(seed, lines, said), end="\n\n", flush=True)
