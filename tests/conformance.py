"""minigrad beside PyTorch, operator by operator, over the samples that PyTorch tests itself with.

`make conformance` runs this file and writes docs/conformance.md; tests/test_torch_conformance.py holds the table to it.
The samples are those of torch.testing (op_db): float32, float64, int64 and bool, real-valued. Of an operator with more
than LIMIT samples in one dtype, LIMIT are taken at equal distances.
"""
import json
import re
import sys
import types
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.catalog.missing import why

torch = pytest.importorskip("torch")
source = pytest.importorskip("torch.testing._internal.common_methods_invocations")
SampleInput = source.SampleInput

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"
ASKED = Path(__file__).with_name("asked.json")  # names of torch, and how many of so many public programs ask for each
LIMIT, SLOPES, CURVES = 40, 20, 8              # samples of one dtype: forward, first derivative, second derivative
DTYPES = (torch.float32, torch.float64, torch.int64, torch.bool)
TOLERANCE = {"float32": dict(rtol=3e-4, atol=5e-5), "float16": dict(rtol=1e-2, atol=1e-2)}
EXACT = dict(rtol=1e-7, atol=1e-7)
REFUSALS = (RuntimeError, NotImplementedError, TypeError, ValueError, IndexError)
UNSET = {"empty", "empty_like", "new_empty"}                                     # memory that nobody has filled
DRAWN = {"bernoulli", "multinomial", "normal", "rand_like", "randint", "randint_like", "randn", "randn_like", "uniform", "exponential",
         "cauchy", "geometric", "log_normal", "nn.functional.rrelu"}             # these draw once, not once more for each variant
TIES = {"argsort", "sort"}                     # not stable unless asked for: any of equal elements may be named
SIGNS = {"linalg.svd": [1], "svd": [1], "linalg.eigh": [0], "linalg.qr": [], "qr": []}                 # results that have a sign of their own
LOOSE = {"logcumsumexp": dict(rtol=5e-3, atol=1e-3), "matrix_exp": dict(rtol=1e-3, atol=0.1),
         "cov": dict(rtol=3e-4, atol=2e-4)}                                      # PyTorch's own float32 is that far off


class NotReal(Exception):
    """A sample with complex, sparse or other values that are not minigrad's."""


@dataclass
class Row:
    """What one operator did: how many samples, and how many of each proof were equal."""
    name: str
    samples: int = 0
    forward: int = 0
    gradient: int = 0
    second: int = 0
    errors: int = 0
    refused: int = 0
    gradient_refused: int = 0
    reasons: dict = field(default_factory=dict)
    different: list = field(default_factory=list)

    def __str__(self):
        why = "; ".join(sorted(self.reasons)).replace("|", "\\|").replace("\n", " ")
        counts = [f"{self.refused}"] * (self.refused > 0) + [f"{self.gradient_refused} gradients"] * (self.gradient_refused > 0)
        refused = f"{' and '.join(counts)}: {why}" if counts else ""
        return (f"| `{self.name}` | {self.samples} | {self.forward} | {self.gradient or '·'} | {self.second or '·'} "
                f"| {self.errors or '·'} | {refused} |")


# From PyTorch's samples to minigrad

def name_of(op) -> str:
    return f"{op.name} ({op.variant_test_name})" if op.variant_test_name else op.name


def find(path: str, place=mg):
    for part in path.split("."):
        place = getattr(place, part, None)
        if isinstance(place, mg.dtype) or place is None:
            return None
    return place


def function(op):
    """minigrad's function for an operator, or None. A Python function of PyTorch's tests is run with minigrad as torch."""
    ours = find(op.name) or (getattr(mg.Tensor, op.name, None) if "." not in op.name else None)
    if ours is None or isinstance(ours, types.ModuleType):
        return None
    if isinstance(op.op, types.FunctionType) and "testing" in op.op.__module__ and not op.name.endswith("_"):
        return translated(op.op)
    return ours


def translated(f):
    cells = tuple(types.CellType(translated(c.cell_contents) if isinstance(c.cell_contents, types.FunctionType) else
                                 c.cell_contents) for c in f.__closure__ or ()) or None
    new = types.FunctionType(f.__code__, {**f.__globals__, "torch": mg}, f.__name__, f.__defaults__, cells)
    new.__kwdefaults__ = f.__kwdefaults__
    return new


def ours(x, leaves=None):
    """A sample's part in minigrad; tensors that require grad are added to `leaves`."""
    if isinstance(x, torch.Tensor):
        if x.layout != torch.strided or str(x.dtype)[6:] not in mg.dtypes.KINDS:
            raise NotReal
        t = mg.tensor(x.detach().resolve_neg().numpy(), requires_grad=x.requires_grad)
        if x.requires_grad and leaves is not None:
            leaves.append(t)
        return t
    if isinstance(x, (torch.dtype, torch.layout, torch.memory_format)):
        name = str(x).partition(".")[2]
        if name.startswith(("complex", "bfloat", "cfloat", "cdouble")):
            raise NotReal
        return getattr(mg, name)
    if isinstance(x, torch.device):
        return mg.device(str(x))
    if isinstance(x, torch.Size):
        return tuple(x)
    if isinstance(x, complex):
        raise NotReal
    return rebuilt(x, lambda part: ours(part, leaves))


def rebuilt(x, change):
    if isinstance(x, (tuple, list)):
        parts = [change(part) for part in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return {key: change(part) for key, part in x.items()} if isinstance(x, dict) else x


def theirs(x, leaves=None):
    """The same part for PyTorch: a copy with no history."""
    if isinstance(x, torch.Tensor):
        if x.layout != torch.strided:
            raise NotReal
        t = x.detach().clone().requires_grad_(x.requires_grad)
        if x.requires_grad and leaves is not None:
            leaves.append(t)
        return t
    return x if isinstance(x, torch.Size) else rebuilt(x, lambda part: theirs(part, leaves))


def detached(x):
    return x.detach() if isinstance(x, torch.Tensor) else x if isinstance(x, torch.Size) else rebuilt(x, detached)


def outputs(x) -> list:
    if isinstance(x, (tuple, list)):
        return [out for part in x for out in outputs(part)]
    return [x]


# Comparing

def plain(x):
    return x.detach().resolve_conj().resolve_neg().numpy(force=True) if isinstance(x, torch.Tensor) else x.detach().numpy()


def differs(mine, other, values=True, tolerance=None) -> str | None:
    """How two results differ, or None."""
    if not isinstance(other, torch.Tensor):
        if isinstance(other, torch.dtype):
            return None if str(other)[6:] == str(mine) else f"{mine} for {other}"
        same = mine == other or (mine != mine and other != other) or (
            isinstance(other, float) and isinstance(mine, float) and np.isclose(mine, other, 1e-5))
        return None if same and (type(mine) is type(other) or isinstance(other, torch.Size)) else f"{mine!r} for {other!r}"
    if not isinstance(mine, mg.Tensor):
        return f"a {type(mine).__name__} for a tensor"
    if tuple(other.shape) != mine.shape:
        return f"shape {mine.shape} for {tuple(other.shape)}"
    if str(other.dtype) != str(mine.dtype):
        return f"dtype {mine.dtype} for {other.dtype}"
    return close(plain(mine), plain(other), tolerance) if values else None


def close(a, b, tolerance=None) -> str | None:
    tolerance = tolerance if tolerance and b.dtype == np.float32 else TOLERANCE.get(str(b.dtype), EXACT)
    if b.dtype.kind == "f" and not np.allclose(a, b, **tolerance, equal_nan=True) or (
            b.dtype.kind != "f" and not np.array_equal(a, b)):
        with np.errstate(all="ignore"):
            return f"values {a.flat[:4]} for {b.flat[:4]}"
    return None


def slopes(outs, leaves, m, weights, create_graph=False):
    """Gradients of the weighted sum of the outputs; nothing that flows is a zero."""
    total = None
    for i, o in enumerate(outs):
        if not (isinstance(o, m.Tensor) and o.requires_grad):
            continue
        w = weights(i, tuple(o.shape)).astype(str(o.dtype).replace("torch.", ""))
        part = (o * (torch.from_numpy(w) if m is torch else mg.from_numpy(w))).sum()
        total = part if total is None else total + part
    if total is None:
        return [None] * len(leaves)
    return m.autograd.grad(total, leaves, create_graph=create_graph, allow_unused=True)


def weights(i, shape):
    return np.asarray(np.random.default_rng(i).standard_normal(shape))


def compare_slopes(mine, other, what, tolerance=None) -> str | None:
    for i, (a, b) in enumerate(zip(mine, other, strict=True)):
        if a is None and b is None:
            continue
        a, b = None if a is None else plain(a), None if b is None else plain(b)
        a, b = np.zeros_like(b) if a is None else a, np.zeros_like(a) if b is None else b
        if what == "second derivative" and a.shape == b.shape:
            b = np.where(np.isnan(b), a, b)          # PyTorch's own formula has no value there
        wrong = f"shape {a.shape} for {b.shape}" if a.shape != b.shape else f"dtype {a.dtype} for {b.dtype}" if (
            a.dtype != b.dtype) else close(a, b, tolerance)
        if wrong:
            return f"{what} of input {i}: {wrong}"
    return None


# One operator

def check(op) -> Row:
    """Run one operator over its samples in all dtypes."""
    row, call = Row(name_of(op)), function(op)
    for dtype in DTYPES:
        if not op.supports_dtype(dtype, "cpu"):
            continue
        grad = dtype.is_floating_point and op.supports_autograd
        torch.manual_seed(0)
        samples = list(op.sample_inputs("cpu", dtype, requires_grad=grad))
        samples = [samples[i] for i in spread(len(samples), LIMIT)]
        few, fewer = (set(spread(len(samples), n)) for n in (SLOPES, CURVES))
        for i, sample in enumerate(samples):
            second = grad and dtype == torch.float64 and op.supports_gradgrad and i in fewer
            run(row, op, call, sample, grad and (i in few or second), second)
    for error in error_inputs(op):
        refuses(row, call, error)
    return row


def spread(n, most) -> list:
    """At most so many of n places, at equal distances."""
    return sorted({int(i) for i in np.linspace(0, n - 1, min(n, most))})


def run(row, op, call, sample, grad, second):
    """One sample: forward, gradient, second derivative, and the same as a method and in place."""
    parts = (sample.input, sample.args, sample.kwargs)
    try:
        my_leaves, its_leaves = [], []
        mine, other = ours(parts, my_leaves), theirs(parts, its_leaves)
    except (NotReal, ValueError, AttributeError):
        return
    state = torch.get_rng_state()
    try:
        wanted = op.op(other[0], *other[1], **other[2])
    except Exception:                         # PyTorch itself refuses its sample
        return
    if any(isinstance(o, torch.Tensor) and (o.is_complex() or o.layout != torch.strided or o.dtype == torch.bfloat16)
           for o in outputs(wanted)):
        return
    row.samples += 1
    mg.manual_seed(42)                                     # with which PyTorch's tests run what draws
    torch.set_rng_state(state)
    where = f"{describe(sample)}"
    try:
        got = call(mine[0], *mine[1], **mine[2])
    except REFUSALS as error:
        row.reasons.setdefault(short(error), where)
        if not its_leaves:
            row.refused += 1
            return
        row.gradient_refused += 1
        before = row.refused, row.samples
        row.samples -= 1
        run(row, op, call, SampleInput(detached(sample.input), args=detached(sample.args), kwargs=detached(sample.kwargs)), False, False)
        row.gradient_refused -= row.refused - before[0]
        return
    except Exception as error:
        row.different.append(f"{where}: {type(error).__name__}: {error}")
        return
    unset = op.name in UNSET
    drawn = op.name in DRAWN or "dropout" in op.name or bool(sample.kwargs.get("dropout_p"))
    got, wanted = outputs(got), outputs(wanted)
    if op.name in TIES and (op.name == "argsort" or len(wanted) == 2) and wanted[-1].dtype == torch.int64 and got[-1].dtype == mg.int64 and len(got) == len(wanted):
        name_the_same(op, mine[0], other[0], sample, got, wanted)
    if op.name in SIGNS and len(got) == len(wanted) > 1:       # vectors are known up to their sign: shapes are compared
        wanted = [w if i in SIGNS[op.name] else torch.zeros_like(w) for i, w in enumerate(wanted)]
        got = [g if i in SIGNS[op.name] else mg.zeros_like(g) for i, g in enumerate(got)]
    wrong = f"{len(got)} results for {len(wanted)}" if len(got) != len(wanted) else next(filter(None, (
        differs(a, b, not unset, LOOSE.get(op.name)) for a, b in zip(got, wanted))), None)
    if wrong:
        row.different.append(f"{where}: {wrong}")
        return
    row.forward += 1
    if not unset and not drawn and op.name not in TIES and op.name not in SIGNS:
        variants(row, op, parts, wanted, where)
    if not grad or unset or not its_leaves:
        return
    try:
        its = slopes(wanted, its_leaves, torch, weights, create_graph=second)
    except RuntimeError:
        return
    try:
        my = slopes(got, my_leaves, mg, weights, create_graph=second)
        wrong = compare_slopes(my, its, "gradient", LOOSE.get(op.name))
        if wrong:
            row.different.append(f"{where}: {wrong}")
            return
        row.gradient += 1
        if second:
            try:
                its = slopes(its, its_leaves, torch, weights)
            except RuntimeError:
                return
            wrong = compare_slopes(slopes(my, my_leaves, mg, weights), its, "second derivative")
            if wrong:
                row.different.append(f"{where}: {wrong}")
            else:
                row.second += 1
    except Exception as error:
        row.different.append(f"{where}: backward: {type(error).__name__}: {error}")


def name_the_same(op, mine, other, sample, got, wanted):
    """Put the elements in the place of the indices that name them: of equal ones, any index is right."""
    dim = sample.kwargs.get("dim", sample.args[op.name == "kthvalue" or op.name == "topk":][:1] or -1)
    dim = dim[0] if isinstance(dim, (tuple, list)) else dim
    keep = got[-1].ndim == mine.ndim
    if not mine.ndim or isinstance(dim, bool) or tuple(wanted[-1].shape) != got[-1].shape:
        return
    a, b = (got[-1], wanted[-1]) if keep else (got[-1].unsqueeze(dim), wanted[-1].unsqueeze(dim))
    got[-1], wanted[-1] = mine.detach().take_along_dim(a, dim), other.detach().take_along_dim(b, dim)


def variants(row, op, parts, wanted, where):
    """The method gives what the function gives; in place, the tensor itself takes on the value and the gradient."""
    method = getattr(mg.Tensor, op.name, None) if "." not in op.name else None
    if method and op.method_variant and op.method_variant is not op.op and callable(method):
        input, args, kwargs = ours(parts)
        if isinstance(input, mg.Tensor):
            try:
                wrong = next(filter(None, (differs(a, b, True, LOOSE.get(op.name)) for a, b in zip(outputs(method(input, *args, **kwargs)), wanted))), None)
            except Exception as error:
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                row.different.append(f"{where}: as a method: {wrong}")
    in_place = op.inplace_variant
    name = getattr(in_place, "__name__", "")
    mine_in_place = getattr(mg.Tensor, name, None)
    if in_place is None or mine_in_place is None or not isinstance(parts[0], torch.Tensor):
        return
    my_leaves, its_leaves = [], []
    mine, other = ours(parts, my_leaves), theirs(parts, its_leaves)
    start = other[0].clone()
    try:
        its = in_place(start, *other[1], **other[2])
    except Exception:
        return                                # what cannot be in place in PyTorch is tested by the error inputs
    try:
        begin = mine[0].clone()
        got = mine_in_place(begin, *mine[1], **mine[2])
        wrong = "returned another tensor" if got is not begin else differs(got, its)
        if not wrong and its_leaves:
            wrong = compare_slopes(slopes([got], my_leaves, mg, weights), slopes([its], its_leaves, torch, weights), "gradient")
    except REFUSALS as error:
        row.reasons.setdefault(f"in place: {short(error)}", where)
        return
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    if wrong:
        row.different.append(f"{where}: in place: {wrong}")


def error_inputs(op):
    """Calls that PyTorch refuses, and really does."""
    if op.error_inputs_func is None:
        return
    try:
        found = list(op.error_inputs("cpu"))
    except Exception:
        return
    for error in found:
        sample = error.sample_input
        if op.name.startswith("__") and not isinstance(sample.input, torch.Tensor):
            continue                          # Python calls no method of a tensor on a number
        try:
            parts = theirs((sample.input, sample.args, sample.kwargs))
            mine = ours((sample.input, sample.args, sample.kwargs))
        except (NotReal, RuntimeError, AttributeError, TypeError, ValueError):
            continue
        try:
            op.op(parts[0], *parts[1], **parts[2])
        except Exception:
            yield sample, mine


def refuses(row, call, error):
    sample, mine = error
    try:
        out = call(mine[0], *mine[1], **mine[2])
    except Exception:
        row.errors += 1
    else:
        row.different.append(f"{describe(sample)}: PyTorch refuses this, minigrad gives {str(out)[:80]}")


def short(error) -> str:
    """The error's message, numbers left out, so that equal reasons are one."""
    return re.sub(r"\d+", "…", re.split(r",? got |; ", str(error).splitlines()[0])[0])[:100] if str(error) else type(error).__name__


def describe(sample) -> str:
    def said(x):
        if isinstance(x, torch.Tensor):
            return f"{str(x.dtype)[6:]}{list(x.shape)}"
        if isinstance(x, (list, tuple)):
            return f"[{', '.join(map(said, x))}]"
        return repr(x)
    args = [said(x) for x in (sample.input, *sample.args)] + [f"{k}={said(v)}" for k, v in sample.kwargs.items()]
    return f"({', '.join(args)})"[:200]


# The page

def exposed() -> list:
    return [op for op in source.op_db if function(op) is not None]


def there(name: str) -> bool:
    place = mg
    for part in name.split("."):
        if not hasattr(place, part):
            return False
        place = getattr(place, part)
    return True


def missing(names) -> list:
    """Those that minigrad has not; of names below one that is missing, that one."""
    gone = {name for name in names if not there(name)}
    return sorted((name for name in gone if not any(name[:i] in gone for i, c in enumerate(name) if c == ".")),
                  key=lambda name: (-names[name], name))


def missing_lines() -> list:
    asked = json.loads(ASKED.read_text(encoding="utf-8"))
    names = asked["names"]
    return [
        "## What programs ask for and minigrad has not", "",
        f"{asked['programs']} scripts and notebooks of the repositories in [programs.md](programs.md) ask for {len(names)} names of torch;",
        "these are missing, with the number of programs that ask for them or for something below them. The error that a",
        "program gets says the same.", "", "| name | programs | the nearest | planned |", "|---|---:|---|---|",
        *(f"| `{name}` | {names[name]} | {' | '.join(nearest(name))} |" for name in missing(names)), ""]


def nearest(name: str) -> list:
    """What the message of a missing name says: the nearest that exists, and if the name is planned."""
    said = re.fullmatch(rf"torch\.{re.escape(name)} is not in minigrad; the nearest is (.*) \((planned|not planned)\)", why(name) or "")
    assert said, f"catalog/missing.py has no row for {name}"
    return [said[1], {"planned": "yes", "not planned": "no"}[said[2]]]


def page(rows) -> str:
    names = {row.name.partition(" (")[0] for row in rows}
    totals = {key: sum(getattr(row, key) for row in rows) for key in ("samples", "forward", "gradient", "second", "errors", "refused", "gradient_refused")}
    lines = [
        "# What agrees with PyTorch", "",
        f"{len(names)} of PyTorch {torch.__version__.partition('+')[0]}'s operators are in minigrad. "
        f"Of {totals['samples']:,} samples, {totals['forward']:,} give PyTorch's result, {totals['refused']:,} raise an error that "
        "says why, and none", f"gives another result. {totals['gradient']:,} gradients and {totals['second']:,} second derivatives "
        f"are PyTorch's; {totals['gradient_refused']:,} gradients are refused with", "an error. "
        f"{totals['errors']:,} calls that PyTorch refuses are refused.", "",
        "Written by `make conformance`, from the samples that PyTorch tests itself with (`op_db`): float32, float64,",
        f"int64 and bool. Of an operator and dtype with more than {LIMIT} samples, {LIMIT} are taken at equal distances; of these,",
        f"{SLOPES} for the gradient and {CURVES} for the second derivative. Equal means: shape, dtype and values, within",
        f"{TOLERANCE['float32']['rtol']:g} relative and {TOLERANCE['float32']['atol']:g} absolute in float32, "
        f"{EXACT['rtol']:g} in float64. Operators that draw at random draw from one seed.",
        "*Errors* are calls that PyTorch refuses and minigrad refuses too.", "",
        "| operator | samples | forward | gradient | second | errors | refused |",
        "|---|---:|---:|---:|---:|---:|---|",
        *(str(row) for row in sorted(rows, key=lambda row: row.name) if row.samples),
        f"| **all {len(names)}** | {totals['samples']} | {totals['forward']} | {totals['gradient']} | {totals['second']} "
        f"| {totals['errors']} | {totals['refused']} |", "", *missing_lines()]
    return "\n".join(lines)


def main(names):
    warnings.simplefilter("ignore")
    rows = [check(op) for op in exposed() if not names or op.name in names]
    for row in rows:
        for line in row.different[:6 if names else 2]:
            print(f"{row.name}: {line}")
        if names:
            print(row)
            for reason, where in row.reasons.items():
                print("   ", reason, where)
    wrong = sum(bool(row.different) for row in rows)
    print(f"{len(rows)} rows, {sum(r.samples for r in rows)} samples, {sum(r.refused for r in rows)} refused, {wrong} rows differ")
    if not names and not wrong:
        PAGE.write_text(page(rows), encoding="utf-8")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
