"""The same cases in PyTorch: values, first and second derivatives, dtypes and shapes are equal."""
import numpy as np
import pytest
from cases import CASES

import minigrad as mg

torch = pytest.importorskip("torch")


def run(m, case, dtype):
    """Outputs, gradients, and gradients of the gradients' weighted sum."""
    xs = [m.tensor(x, dtype=dtype, requires_grad=True) for x in case.inputs()]
    out = case.function(m, *xs)
    outs = list(out) if isinstance(out, (tuple, list)) else [out]
    total = weighted(m, outs)
    first = m.autograd.grad(total, xs, create_graph=True)
    second = [None] * len(xs)
    with_graph = [g for g in first if g.requires_grad]
    if with_graph:
        second = m.autograd.grad(weighted(m, with_graph), xs, allow_unused=True)
    return [plain(t) for t in outs], [plain(t) for t in first], [None if t is None else plain(t) for t in second]


def weighted(m, outs):
    rng = np.random.default_rng(0)
    return sum((o * m.tensor(rng.standard_normal(tuple(o.shape)), dtype=o.dtype)).sum() for o in outs)


def plain(t):
    return t.detach().numpy()


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_equal_to_pytorch(case, dtype):
    tolerance = dict(rtol=1e-9, atol=1e-9) if dtype == "float64" else dict(rtol=3e-4, atol=3e-5)
    ours, theirs = run(mg, case, getattr(mg, dtype)), run(torch, case, getattr(torch, dtype))
    for mine, other in zip(ours[0] + ours[1], theirs[0] + theirs[1], strict=True):
        assert mine.shape == other.shape and mine.dtype == other.dtype
        np.testing.assert_allclose(mine, other, **tolerance)
    for mine, other in zip(ours[2], theirs[2], strict=True):
        zero = np.zeros(())
        np.testing.assert_allclose(zero if mine is None else mine, zero if other is None else other, **tolerance)


KINDS = ["bool", "uint8", "int32", "int64", "float32", "float64"]


@pytest.mark.parametrize("a", KINDS)
@pytest.mark.parametrize("b", [*KINDS, True, 2, 2.5])
@pytest.mark.parametrize("shapes", [((2,), (2,)), ((2,), ()), ((), (2,)), ((), ())], ids=str)
def test_types_mix_as_in_pytorch(a, b, shapes):
    def both(m):
        x = m.ones(shapes[0], dtype=getattr(m, a))
        y = m.ones(shapes[1], dtype=getattr(m, b)) if isinstance(b, str) else b
        sample = [m.mul(x, y), x / y, x < y]
        return [*(str(t.dtype).replace("torch.", "") for t in sample), [t.tolist() for t in sample]]
    assert both(mg) == both(torch)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "tanh", "sigmoid", "log1p", "sum", "argmax", "abs", "relu"])
@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float32"])
def test_types_of_functions_as_in_pytorch(name, kind):
    def run(m):
        try:
            return str(getattr(m, name)(m.ones(3, dtype=getattr(m, kind))).dtype).replace("torch.", "")
        except (RuntimeError, TypeError):
            return "refused"
    expected = run(torch)
    if expected == "refused":
        pytest.skip("PyTorch refuses it too")
    assert run(mg) == expected
