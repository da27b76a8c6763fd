"""Views and changes in place beside PyTorch: random programs give the same numbers and the same gradients.

Where PyTorch refuses, minigrad refuses as well, or gives what is right by the dual numbers of `duals`; never a gradient
that is silently wrong.
"""
import numpy as np
import pytest

import duals
import minigrad as mg

torch = pytest.importorskip("torch")

W = np.array([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]])                            # leaves: w (2, 3) and v (3,)
V = np.array([2.0, -1.0, 0.5])
C = np.array([[0.7, -0.4, 1.2], [-1.1, 0.9, 0.3]])                              # no leaf, and nothing flows to it
DIRECTIONS = W.size + V.size
HEADER = """\
import torch as m
w = m.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]], dtype=m.float64, requires_grad=True)
v = m.tensor([2.0, -1.0, 0.5], dtype=m.float64, requires_grad=True)
c = m.tensor([[0.7, -0.4, 1.2], [-1.1, 0.9, 0.3]], dtype=m.float64)"""


# One program on three libraries

class Exact:
    """`m` for dual numbers."""
    float64, no_grad = np.float64, staticmethod(duals.no_grad)

    @staticmethod
    def zeros(*shape, dtype): return duals.constant(np.zeros(shape), DIRECTIONS)

    @staticmethod
    def tensor(data): return np.array(data)


def begin(m):
    if m is Exact:
        w, v = duals.leaves(W, V)
        return {"m": m, "w": w, "v": v, "c": duals.constant(C, DIRECTIONS)}
    w, v = (m.tensor(x, dtype=m.float64, requires_grad=True) for x in (W.tolist(), V.tolist()))
    return {"m": m, "w": w, "v": v, "c": m.tensor(C.tolist(), dtype=m.float64)}


def run(m, lines):
    """(what the names hold, the number of the line that was refused, the error); None, None where none was."""
    place = begin(m)
    for i, line in enumerate(lines):
        try:
            exec(line, place)
        except RuntimeError as error:
            return place, i, error
    return place, None, None


def live(place):
    return {name: x for name, x in place.items() if name not in ("m", "__builtins__") and hasattr(x, "detach")}


def weights(x):
    return np.cos(1 + np.arange(x.size)).reshape(x.shape)


def gradients(m, x, place):
    """d (a weighted sum of x) / d (w, v) in one row, or the error that refuses it."""
    try:
        out = (x * m.tensor(weights(x.detach().numpy()).tolist(), dtype=m.float64)).sum()
        if not out.requires_grad:
            return np.zeros(DIRECTIONS)
        found = m.autograd.grad(out, [place["w"], place["v"]], retain_graph=True, allow_unused=True)
    except RuntimeError as error:
        return error
    return np.concatenate([np.zeros(t.numel()) if g is None else g.detach().numpy().ravel()
                           for t, g in zip((place["w"], place["v"]), found)])


def of_all(m, names, place):
    """The gradients of all of them together, by one backward()."""
    parts = [(place[n] * m.tensor(weights(place[n].detach().numpy()).tolist(), dtype=m.float64)).sum() for n in names]
    parts = [part for part in parts if part.requires_grad]
    if not parts:
        return np.zeros(DIRECTIONS)
    sum(parts[1:], parts[0]).backward()
    leaves = place["w"], place["v"]
    return np.concatenate([np.zeros(t.numel()) if t.grad is None else t.grad.numpy().ravel() for t in leaves])


def exact(x):
    return np.tensordot(weights(x.value), x.slope, x.ndim) if x.ndim else weights(x.value) * x.slope


# What is compared

AT_ONCE = ("a leaf Variable", "a view of a leaf")         # PyTorch refuses the change itself: there is no other answer


def of_a_leaf(lines):
    """Does the last line change a leaf, or a view of one? PyTorch takes some views of changed tensors for leaves."""
    place, *_ = run(Exact, lines[:-1])
    return place[lines[-1].lstrip("-").split("[")[0].split(".")[0].split(" ")[0]].leaf


def same(a, b):
    return np.allclose(a, b, rtol=1e-8, atol=1e-8)


def complaint(lines):
    """What minigrad does otherwise, in words; None where it does as PyTorch does. Also a word on how it went."""
    theirs, refused, error = run(torch, lines)
    upto = lines if refused is None else lines[:refused + 1]
    mine, my_refused, my_error = run(mg, upto)
    if refused is not None and any(said in str(error) for said in AT_ONCE) and of_a_leaf(upto):
        if my_refused != refused:
            return f"PyTorch refuses `{lines[refused]}`: {error}\nminigrad " + (
                f"refuses `{upto[my_refused]}`: {my_error}" if my_refused is not None else "does it"), "refused"
        return None, "leaf"
    if my_refused is not None:
        if refused == my_refused:
            return None, "refused"
        return f"PyTorch does `{upto[my_refused]}`\nminigrad refuses it: {my_error}", "refused"
    right, *_ = run(Exact, upto)
    answered, more = [], 0
    for name, x in live(mine).items():
        value = x.detach().numpy()
        if not np.isfinite(right[name].value).all():
            return None, "infinite"
        if not same(value, right[name].value):
            return f"{name} is\n{value}\nand right is\n{right[name].value}", "value"
        if refused is None and not same(value, theirs[name].detach().numpy()):
            return f"{name} is\n{value}\nin minigrad,\n{theirs[name].detach().numpy()}\nin PyTorch", "value"
        slopes, other = gradients(mg, x, mine), None
        if refused is None:
            other = gradients(torch, theirs[name], theirs)
            try:
                if theirs[name].requires_grad != x.requires_grad:
                    return f"{name}.requires_grad is {x.requires_grad} in minigrad, and not so in PyTorch", "value"
            except RuntimeError:
                pass
        if isinstance(slopes, RuntimeError):
            if refused is None and not isinstance(other, RuntimeError):
                return f"PyTorch differentiates {name}: {other}\nminigrad refuses: {slopes}", "refused"
            continue
        if isinstance(other, np.ndarray) and not same(slopes, other):
            return f"the gradient of {name} is\n{slopes}\nin minigrad,\n{other}\nin PyTorch", "gradient"
        if not isinstance(other, np.ndarray) and not same(slopes, exact(right[name])):
            return (f"PyTorch refuses {name}: {error or other}\nthe gradient of {name} is\n{slopes}\nin minigrad, "
                    f"and right is\n{exact(right[name])}"), "gradient"
        more += not isinstance(other, np.ndarray)
        answered.append(name)
    slopes = of_all(mg, answered, mine)
    wanted = sum([exact(right[name]) for name in answered], np.zeros(DIRECTIONS))
    if not same(slopes, wanted):
        return (f"the gradient of {' + '.join(answered)} by backward() is\n{slopes}\nin minigrad, "
                f"and right is\n{wanted}"), "gradient"
    return None, "more" if more else "equal"


# Random programs

def some_index(rng, shape):
    """A basic index that keeps at least one element, as Python writes it."""
    parts, many = [], rng.integers(1, len(shape) + 1)
    dots = rng.integers(0, many + 1) if rng.random() < 0.15 else many    # what stands behind counts from the right
    for n in shape[:dots] + shape[len(shape) - (many - dots):]:
        i, j = sorted(rng.integers(0, n + 1, 2).tolist())
        span = f"{i}:{max(j, i + 1)}" if i < n else f"{n - 1}:"
        parts.append(rng.choice([str(rng.integers(-n, n)), span, ":", f"::{rng.integers(1, 3)}"]))
    if dots < many:
        parts.insert(dots, "...")
    if rng.random() < 0.1:
        parts.insert(rng.integers(0, len(parts) + 1), "None")
    return ", ".join(parts)


def some_view(rng, name, x):
    n, axis = x.ndim, int(rng.integers(0, max(x.ndim, 1)))
    kinds = [f"{name}.unsqueeze({rng.integers(0, n + 1)})"]
    if n:
        size = x.shape[axis]
        kinds += [f"{name}[{some_index(rng, x.shape)}]"] * 5
        kinds += [f"{name}.select({axis}, {rng.integers(0, size)})", f"{name}.chunk(2, {axis})[0]",
                  f"{name}.narrow({axis}, {size // 2}, {size - size // 2})", f"{name}.unbind({axis})[-1]",
                  f"{name}.split(2, {axis})[{rng.integers(0, (size + 1) // 2)}]"]
        if x.known:
            kinds += [f"{name}.reshape(-1)", f"{name}.reshape({', '.join(map(str, x.shape[::-1]))})",
                      f"{name}.flatten()", f"{name}.reshape(1, {', '.join(map(str, x.shape))})"]
            kinds += [f"{name}.view(-1)"] * (2 * bool(x.value.flags.c_contiguous))
        if 1 in x.shape:
            kinds += [f"{name}.squeeze({x.shape.index(1)})"] * 3
    if n > 1:
        kinds += [f"{name}.T" if n == 2 else f"{name}.transpose(0, -1)", f"{name}.transpose({axis}, 0)",
                  f"{name}.permute({', '.join(map(str, np.roll(range(n), 1)))})"]
    return rng.choice(kinds)


def fits(x, y):
    """y broadcasts into x, and does not look at a part of its memory in another way."""
    if x.slope is not y.slope and np.shares_memory(x.value, y.value) and not (
            x.value.ctypes.data == y.value.ctypes.data and x.value.strides == y.value.strides and x.shape == y.shape):
        return False
    try:
        return np.broadcast_shapes(x.shape, y.shape) == x.shape
    except ValueError:
        return False


def some_change(rng, names, place):
    name = rng.choice(names)
    x = place[name]
    if x.ndim and rng.random() < 0.4:
        index = some_index(rng, x.shape)
        target, region = f"{name}[{index}]", eval(f"x[{index}]", {"x": x})
    else:
        target, region = name, x
    others = [n for n in live(place) if fits(region, place[n])] or ["0.5"]
    y = rng.choice([*others, *others, "0.5", "-2.0"])
    kinds = [f"{target} += {y}", f"{target} *= 0.5", f"{target} -= {y}"]
    if region is not x:
        kinds += [f"{target} = {y}"] * 3
        if x.value.size > 1 and rng.random() < 0.2:
            kinds += [f"{name}[{name}.detach() > 0.3] = 0.25", f"{name}[[0]] = 0.75"]
    tensor = rng.choice(others)
    factor = rng.choice(["0.5", "-1.5", "c" if "c" in others else "0.25", y])
    calls = [f"add_({y})", f"mul_({factor})", "zero_()", "fill_(0.3)", "relu_()", "tanh_()", "neg_()", "div_(2.0)",
             f"masked_fill_({target}.detach() > 0.3, 0.1)", "sigmoid_()"]
    if tensor != "0.5":
        calls += [f"copy_({tensor})", f"add_({tensor}, alpha=0.5)", f"sub_({tensor})"]
        kinds.append(f"{target} += {tensor}")
    line = rng.choice([*kinds, *(f"{target}.{call}" for call in calls)])
    if rng.random() < 0.08:
        return f"with m.no_grad(): {line}"
    return line.replace(target, f"{target}.detach()", 1) if rng.random() < 0.08 and f"{target}." in line else line


def some_use(rng, names, place):
    name = rng.choice(names)
    x = place[name]
    others = [n for n in live(place) if fits(x, place[n])]
    y = rng.choice(others) if others else "2.0"
    return rng.choice([f"{name} + {y}", f"{name} * 2.0", f"{name} * {y}", f"{name} * {y}", f"-{name}",
                       *(f"{name}.{call}()" for call in "sin tanh relu clone sum detach".split())])


def program(rng, length):
    """Lines that make, look at, use and change tensors at random. They are run on dual numbers as they are written."""
    lines, place = [], begin(Exact)

    def add(line):
        exec(line, place)
        lines.append(line)

    add(rng.choice(["a = w * 2.0", "a = w + v", "a = c.clone()", "a = m.zeros(2, 3, dtype=m.float64)",
                    "a = m.zeros(3, 2, 2, dtype=m.float64)"]))
    if rng.random() < 0.5:
        add(rng.choice(["b = v * 0.5", "b = m.zeros(3, dtype=m.float64)", "b = v.sin()"]))
    for i in range(length):
        names = [n for n in live(place) if n not in "wvc"] + (["w"] if rng.random() < 0.1 else [])
        names += names[-2:]                                                     # what is new is used more often
        kind, new = rng.random(), "defghijklnopqrstu"[i]
        if kind < 0.36:
            chosen = rng.choice(names)
            add(f"{new} = {some_view(rng, chosen, place[chosen])}")
        elif kind < 0.8:
            add(some_change(rng, names, place))
        else:
            add(f"{new} = {some_use(rng, names, place)}")
    return lines


def shrunk(lines):
    """A shorter program that goes wrong as well: lines are left out while it does."""
    at = len(lines) - 1
    while at >= 0:
        fewer = lines[:at] + lines[at + 1:]
        try:
            if complaint(fewer)[0] is not None:
                lines = fewer
        except Exception:                                                       # a name that the left out line made
            pass
        at -= 1
    return lines


def check(lines):
    said, how = complaint(lines)
    if said is not None:
        lines = shrunk(lines)
        said = complaint(lines)[0]
        told = ["this program goes another way than in PyTorch:", "", HEADER, *lines, "", said]
        raise AssertionError("\n".join(told))
    return how


@pytest.mark.parametrize("seed", range(20))
def test_random_programs_of_views_and_changes(seed):
    rng, went = np.random.default_rng(seed), []
    for i in range(30):
        went.append(check(program(rng, 3 + i // 3)))
    assert went.count("equal") >= 12, went                                      # most programs are no errors


# Programs with a name

SAID = {
    "a buffer filled row by row": "d = m.zeros(2, 3, dtype=m.float64); d[0] = w[1]; d[1] = v; e = d * d",
    "row by row, added to": "d = m.zeros(2, 3, dtype=m.float64); d[0] += w[1]; d[1] += v; d[0] += v; e = d * d",
    "one number after the other": "d = m.zeros(3, dtype=m.float64); d[0] += v[0]; d[1] += v[1]; d[2] += v[2]",
    "column by column": "z = w * 2.0; z[:, 0] += v[0]; z[:, 1] += v[1]; z[:, 2] += v[2]; s = z.sum()",
    "a part scaled": "y = w * 2.0; y[..., :2] *= 3.0; s = y.sin()",
    "an old view sees its base change": "y = w * 2.0; r = y[0]; y += v; s = r * 2.0",
    "the base sees a view change": "y = w * 2.0; r = y[0]; r += v; s = y * 2.0",
    "one view sees another": "y = w * 2.0; r = y[0]; k = y[:, 1]; r += v; s = k * 2.0",
    "a view of a view of a view": "y = w * 2.0; t = y.T; r = t[1:]; k = r[0]; k *= 3.0; s = y.sum()",
    "a plain base takes part in the graph": "y = c.clone(); r = y[0]; r += v; s = y.sum()",
    "a plain view takes part in the graph": "y = c.clone(); r = y[0]; y += w; s = r.sum()",
    "the old value goes on": "y = w * 2.0; z = y + 1.0; y += v; s = z + y",
    "read and then changed": "y = w * 2.0; z = y * c; q = y * w; y += v",
    "another row is changed": "y = w * 2.0; q = y[0] * v; y[1] += v",
    "a result read by its own rule": "y = w * 2.0; t = y.tanh(); t += 1.0",
    "times itself": "y = w * 2.0; y *= y",
    "through detach": "y = w * 2.0; q = y.sin(); y.detach().zero_(); z = y + 1.0",
    "under no_grad": "y = w * 2.0\nwith m.no_grad(): y *= 3.0\nz = y * 2.0",
    "a leaf under no_grad": "y = w * 2.0\nwith m.no_grad(): w *= 3.0\nz = w * 2.0",
    "a leaf": "w += 1.0",
    "a view of a leaf": "r = w[0]; r.zero_()",
    "a view of a view of a leaf": "r = w.T[0]; r += 1.0",
    "a place of a leaf": "w[0, 1] = 2.0",
    "a leaf into itself": "w[:] = w",
    "a piece of a split": "y = w * 2.0; p = y.split(1)[0]; q = y * 1.0; y += 1.0; s = q + y",
    "overwritten and gone": "y = w * 2.0; y.zero_(); y += v",
    "copied into a view": "y = m.zeros(3, 2, dtype=m.float64); y.T.copy_(w); s = y.sin()",
    "expand reads only": "y = v * 2.0; e = y.expand(2, 3); y += 1.0; s = e * 2.0",
    "a change of an expanded view does not fit": "e = (v * 2.0).expand(2, 3); e += 1.0",
    "a graph between two changes": "y = w * 2.0; y[0] += v; z = (w * v).sin(); y[1] += v; s = y.sum() + z.sum()",
    "a name for the same tensor": "y = w * 2.0; z = y; z += v; s = y.sum()",
    "a view that was changed to nothing": "y = w * 2.0; r = y[0]; y.zero_(); r += v",
}


@pytest.mark.parametrize("lines", SAID.values(), ids=SAID.keys())
def test_programs_with_a_name(lines):
    check([line for part in lines.split("\n") for line in part.split("; ")])


# Where PyTorch refuses for the reader's sake, minigrad does, too: the value that the rule reads is gone

STALE = {
    "both factors": "y = w * 2.0; q = y * w; y += v; q",
    "through a view": "y = w * 2.0; q = y * w; y[0] = 0.0; q",
    "through a view's view": "y = w * 2.0; q = y.sin(); y.T[0].zero_(); q",
    "without a record": "y = w * 2.0; q = y.sin(); y.detach().zero_(); q",
    "a parameter under no_grad": "q = w * w\nwith m.no_grad(): w.zero_()\nq",
    "a product of matrices": "q = v * 1.0; z = w @ q; q += 1.0; z",
    "by assignment": "y = w * 2.0; q = y * y; y[y.detach() > 0] = 0.0; q",
    "by another name": "y = w * 2.0; z = y; q = y.sin(); z *= 2.0; q",
}


@pytest.mark.parametrize("lines", STALE.values(), ids=STALE.keys())
@pytest.mark.parametrize("m", [torch, mg], ids=["torch", "minigrad"])
def test_a_value_that_a_rule_reads_and_that_is_gone_is_refused_at_backward(m, lines):
    *steps, last = [line for part in lines.split("\n") for line in part.split("; ")]
    place, refused, error = run(m, steps)
    assert refused is None, error
    with pytest.raises(RuntimeError, match="modified by an inplace operation|changed in place"):
        place[last].sum().backward()


# The gradient of a gradient goes through views and changes as well

TWICE = {
    "a buffer": "d = m.zeros(2, 3, dtype=m.float64); d[0] = w[1] * w[0]; d[1] += v; d *= 2.0; s = d.sin()",
    "a view": "y = w * w; r = y[:, 1]; y += v; r *= 0.5; s = r.sin()",
    "a base": "y = w * v; r = y.T[1:]; r += 1.0; r.relu_(); s = y * y",
}


@pytest.mark.parametrize("lines", TWICE.values(), ids=TWICE.keys())
def test_second_derivatives(lines):
    found = []
    for m in (torch, mg):
        place, refused, error = run(m, lines.split("; "))
        assert refused is None, error
        leaves = [place["w"], place["v"]]
        first = m.autograd.grad(place["s"].sum(), leaves, create_graph=True, allow_unused=True)
        first = [g for g in first if g is not None]
        factors = [m.tensor(weights(g.detach().numpy()).tolist(), dtype=m.float64) for g in first]
        total = sum((g * g * factor).sum() for g, factor in zip(first, factors))
        second = m.autograd.grad(total, leaves, allow_unused=True)
        found.append([None if g is None else g.numpy() for g in second])
    for theirs, mine in zip(*found):
        assert (theirs is None) == (mine is None)
        assert theirs is None or same(theirs, mine), f"{mine} in minigrad, {theirs} in PyTorch"
