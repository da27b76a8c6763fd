"""Changes in place beside PyTorch: the same numbers and gradients, or an error; never a gradient that is silently wrong."""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def run(m, program):
    """The result, the gradients of two leaves, or the word "refused"."""
    w = m.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]], dtype=m.float64, requires_grad=True)
    v = m.tensor([2.0, -1.0, 0.5], dtype=m.float64, requires_grad=True)
    try:
        out = program(m, w, v)
        slopes = m.autograd.grad((out * out).sum(), [w, v], allow_unused=True)
    except RuntimeError:
        return "refused"
    return [out.detach().numpy(), *(np.zeros(x.shape) if g is None else g.numpy() for x, g in zip((w, v), slopes))]


def steps(*names):
    """A program from lines of Python, the last of which is its result."""
    *lines, last = names

    def program(m, w, v):
        place = {"m": m, "w": w, "v": v}
        for line in lines:
            exec(line, place)
        return eval(last, place)
    program.__name__ = "; ".join(names)
    return program


RIGHT = [steps(*lines.split("; ")) for lines in (
    "x = w * 2; x += v; x",
    "x = w * 2; x += x; x",
    "x = w * v; x *= v; x",
    "x = w * 2; y = x + 1; x += v; x * y.sum()",
    "x = w * 1; x.exp_(); x",
    "x = w * 1; x.sigmoid_(); x * v",
    "x = w * 1; x.clamp_(-1, 1); x",
    "x = m.zeros(2, 3, dtype=m.float64); x += w; x",
    "x = m.zeros(2, 3, dtype=m.float64); x[0] = w[1]; x[1] = v; x",
    "x = m.zeros(2, 3, dtype=m.float64); x[:, 1] = w[:, 0] * 2; x",
    "x = m.zeros(2, 3, dtype=m.float64); x[x == 0] = v.sum(); x",
    "x = w * 2; x[0, 1] = v[0]; x",
    "x = w * 2; x[[1, 0], [2, 2]] = v[:2]; x",
    "x = w * 2; x[w > 0] = 0; x",
    "x = w * 2; x[0] = 0; x * w",
    "x = w * 2; x.zero_(); x + w",
    "x = w * 2; x.fill_(3.0); x * v",
    "x = w * 2; x.copy_(v); x",
    "x = w * 2; h = x.view(-1); h.relu_(); h",
    "x = w * 2; x.masked_fill_(w > 0, 1.5); x",
    "x = w * 2; x.index_add_(1, m.tensor([0, 0]), w[:, :2]); x",
    "x = w * 2; x.scatter_(1, m.tensor([[0], [2]]), w[:, :1] * 5); x",
    "x = w * 2; x.add_(v, alpha=3); x.sub_(w); x.div_(2); x",
    "x = w * 2; x.pow_(2); x",
    "x = w * 2; y = x; y += v; x",
    "x = w * 2; x.detach().zero_(); y = x + 1; y",
    "x = w + v; y = x * 2; x.add_(y); y + x",
    "x = w * 2; h = x.view(-1); x += v; h",
    "x = w * 2; h = x.view(-1); h += 1; x",
    "x = w * 2; a = x[0]; b = x[:, 1]; a += v; b",
    "x = m.zeros(2, 3, dtype=m.float64); h = x[0]; x += w; h",
)]

MORE = [steps(*lines.split("; ")) for lines in (         # PyTorch refuses these: it keeps no copy of what is overwritten
    "x = w * 2; x *= x; x",
)]

REFUSED = [steps(*lines.split("; ")) for lines in (
    "w += 1; w",
    "w[0] = 1.0; w",
    "w[0].add_(v); w",
    "w.view(-1).mul_(2); w",
    "x = w * 2; y = x * x; x += 1; y",
    "x = m.tensor([1, 2, 3]); x += v; v",
    "x = v * 1; x += w; x",                         # the result does not fit
    "x = (v * 1).expand(2, 3); x += 1; x",
    "x = w.exp(); x += 1; x",
    "x = w * 2; y = x.tanh(); y[0] = 0.0; y",
    "x = w * 1; x.relu_(); x.tanh_(); x",
)]


@pytest.mark.parametrize("program", RIGHT, ids=lambda p: p.__name__)
def test_as_in_pytorch(program):
    mine, other = run(mg, program), run(torch, program)
    assert other != "refused" and mine != "refused"
    for a, b in zip(mine, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def slopes_by_nudging(program, eps=1e-6):
    """The gradients by finite differences, for programs that PyTorch does not differentiate."""
    start = [[[0.5, -1.5, 2.0], [1.0, 0.25, -0.75]], [2.0, -1.0, 0.5]]
    leaves = [np.array(x) for x in start]
    found = [np.zeros_like(x) for x in leaves]
    for x, slope in zip(leaves, found):
        for i in np.ndindex(x.shape):
            ends = []
            for step in (eps, -eps):
                x[i] += step
                ends.append((program(mg, *(mg.tensor(y) for y in leaves)) ** 2).sum().item())
                x[i] -= step
            slope[i] = (ends[0] - ends[1]) / (2 * eps)
    return found


@pytest.mark.parametrize("program", MORE, ids=lambda p: p.__name__)
def test_right_where_pytorch_refuses(program):
    assert isinstance(run(torch, program), str)
    for a, b in zip(run(mg, program)[1:], slopes_by_nudging(program), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("program", REFUSED, ids=lambda p: p.__name__)
def test_refused_as_in_pytorch(program):
    assert isinstance(run(mg, program), str) and isinstance(run(torch, program), str)


def random_program(rng):
    """Lines that make, look at, use and change tensors at random."""
    lines, matrices, rows = ["a = w * 2", "b = m.zeros(2, 3, dtype=m.float64)", "c = v + 1"], ["a", "b"], ["c"]
    for i in range(rng.integers(3, 9)):
        x, y, r = rng.choice(matrices), rng.choice([*matrices, "w"]), rng.choice([*rows, "v"])
        line = rng.choice([
            f"{x} += {y}", f"{x} *= {y}", f"{x} += {r}", f"{x}[{i % 2}] = {r}", f"{x}[{i % 2}] += {r}", f"{x}[:, {i % 3}] *= 2", f"{x}.exp_()",
            f"{x}.tanh_()", f"{x}.zero_()", f"n{i} = {x} * {y}", f"n{i} = {x} + {r}", f"n{i} = {x}.view(2, 3)", f"n{i} = {x}.T.T", f"r{i} = {x}[{i % 2}]",
            f"r{i} = {x}[{i % 2}] * {r}", f"n{i} = {x}.exp()", f"{rng.choice(rows)} += {r}", f"{rng.choice(rows)}.mul_({r})", f"n{i} = {x}.detach()"])
        lines.append(line)
        if line[0] in "nr" and " = " in line and "[" not in line.split(" = ")[0]:
            (matrices if line[0] == "n" else rows).append(line.split(" = ")[0])
    return steps(*lines, " + ".join([rng.choice(matrices), rng.choice(matrices), rng.choice(rows)]))


@pytest.mark.parametrize("seed", range(10))
def test_random_programs_are_equal_or_refused(seed):
    rng, equal = np.random.default_rng(seed), 0
    for _ in range(60):
        program = random_program(rng)
        mine, other = run(mg, program), run(torch, program)
        if isinstance(mine, str):
            assert isinstance(other, str), program.__name__
            continue
        equal += 1
        if isinstance(other, str):
            if "detach" in program.__name__ or np.abs(mine[0]).max() > 1e3:
                continue
            other = [mine[0], *slopes_by_nudging(program)]
            for a, b in zip(mine, other, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4, err_msg=program.__name__)
            continue
        for a, b in zip(mine, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-9, err_msg=program.__name__)
    assert equal > 10


@pytest.mark.parametrize("index", [0, slice(1, 2), (..., 0), [0, 2], (slice(None), [1, 1])])
def test_a_value_may_have_more_axes_of_length_1_than_its_place(index):
    results = []
    for lib in (mg, torch):
        x = lib.ones(3, 4) * 2
        value = (lib.arange(float(x[index].numel())).reshape(1, 1, *x[index].shape) + 1).requires_grad_()
        x[index] = value ** 2
        (x ** 2).sum().backward()
        results.append([x.detach().numpy(), value.grad.numpy()])
    for mine, theirs in zip(*results):
        np.testing.assert_allclose(mine, theirs)


def test_a_value_with_more_axes_that_are_longer_is_refused():
    x = mg.zeros(3, 4)
    for shape in ((2, 4), (2, 1, 4)):
        with pytest.raises(RuntimeError):
            x[0] = mg.ones(shape, requires_grad=True)
