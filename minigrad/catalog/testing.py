"""`testing.assert_close`: equal up to what fits the dtype, by PyTorch's rules and words."""
from collections.abc import Mapping, Sequence

import numpy as np

from ..create import as_tensor
from ..dtypes import FLOAT16, FLOAT32, FLOAT64, wider
from ..graph import TensorBase, leaf, raw
from ..public import refuse
from .devices import make_module
from .elementwise import isclose

TOLERANCES = {FLOAT16: (1e-3, 1e-5), FLOAT32: (1.3e-6, 1e-5), FLOAT64: (1e-7, 1e-7)}


def assert_close(actual, expected, *, allow_subclasses=True, rtol=None, atol=None, equal_nan=False,
                 check_device=True, check_dtype=True, check_layout=True, check_stride=False,
                 msg=None):
    """Raise AssertionError unless |actual − expected| ≤ atol + rtol · |expected| everywhere.

    Takes tensors, arrays, numbers, bools, None, and sequences or mappings of them. Shapes must be
    equal, so must dtypes (unless `check_dtype=False`) and strides (if `check_stride`). Without
    `rtol` and `atol`: 1.3e-6 and 1e-5 for float32, 1e-7 for float64, exactly equal for whole
    numbers. `msg` replaces the message, or is a function of it. Raises TypeError for what cannot
    be compared.

    >>> mg.testing.assert_close(mg.tensor([1., 2.]), mg.tensor([1., 2.000001]))
    >>> mg.testing.assert_close({"a": [1, 2.5]}, {"a": [1, 2.5]})
    """
    __tracebackhide__ = True                           # pytest shows the caller's line
    refuse((rtol is None) != (atol is None), "assert_close: expected both rtol and atol or none of "
           f"them, got rtol={rtol} and atol={atol}", ValueError)
    for a, b, at in list(_pairs(actual, expected, (), allow_subclasses)):
        if isinstance(a, TensorBase):
            problem = _of_tensors(a, b, rtol, atol, equal_nan, check_dtype, check_stride)
        else:
            problem = _of_numbers(a, b, rtol, atol, equal_nan, check_dtype)
        if problem:
            problem = _at(problem, at)
            raise AssertionError(msg(problem) if callable(msg) else problem if msg is None else msg)

def _at(problem, at):
    where = "".join(f"[{key!r}]" for key in at)
    return f"{problem}\n\nThe failure occurred for item {where}" if at else problem

def _pairs(a, b, at, subclasses):
    """What is compared, and where it stands; raises where the containers differ."""
    if all(isinstance(x, Sequence) and not isinstance(x, str) for x in (a, b)):
        refuse(len(a) != len(b), _at(f"The length of the sequences mismatch: {len(a)} != {len(b)}",
                                     at), AssertionError)
        keys = range(len(a))
    elif all(isinstance(x, Mapping) for x in (a, b)):
        missing, more = ([key for key in x if key not in y] for x, y in ((b, a), (a, b)))
        refuse(missing or more, _at(
            "The keys of the mappings do not match:\n"
            f"Missing keys in the actual mapping: {sorted(missing)}\n"
            f"Additional keys in the actual mapping: {sorted(more)}", at), AssertionError)
        keys = a
    else:
        yield *_alike(a, b, at, subclasses), at
        return
    for key in keys:
        yield from _pairs(a[key], b[key], (*at, key), subclasses)

def _alike(a, b, at, subclasses):
    """Two things that can be compared: of arrays, tensors; of numpy's numbers, Python's."""
    plain = [x.item() if isinstance(x, np.generic) else x for x in (a, b)]
    if a is None or b is None:
        return a, b
    if all(isinstance(x, (bool, int, float)) for x in plain):
        return plain
    related = isinstance(a, type(b)) or isinstance(b, type(a))
    if related and (subclasses or type(a) is type(b)) and isinstance(a, (TensorBase, np.ndarray)):
        return as_tensor(a), as_tensor(b)
    raise TypeError(_at(f"No comparison pair was able to handle inputs of type {type(a)} and "
                        f"{type(b)}.", at))

def _tolerances(dtypes, rtol, atol):
    """Those given, or the loosest of these dtypes."""
    if rtol is not None:
        return rtol, atol
    return tuple(map(max, zip(*(TOLERANCES.get(dtype, (0.0, 0.0)) for dtype in dtypes))))

def _of_numbers(a, b, rtol, atol, equal_nan, check_dtype):
    if a is None or b is None:
        return None if a is b else f"None mismatch: {a} is not {b}"
    if isinstance(a, bool) and isinstance(b, bool):
        return None if a is b else f"Booleans mismatch: {a} is not {b}"
    if check_dtype and type(a) is not type(b):
        return f"The (d)types do not match: {type(a)} != {type(b)}."
    kinds = [FLOAT64 for x in (a, b) if isinstance(x, float)] or [None]
    rtol, atol = _tolerances(kinds, rtol, atol)
    if a == b or equal_nan and a != a and b != b or (
            abs(a - b) < np.inf and abs(a - b) <= atol + rtol * abs(b)):
        return None
    return _scalars(a, b, rtol, atol)

def _scalars(a, b, rtol, atol):
    relative = np.inf if b == 0 else abs(a - b) / abs(b)
    return _message("Scalars", f"Expected {b} but got {a}.", "Absolute", "Relative",
                    abs(a - b), relative, "", "", rtol, atol)

def _of_tensors(a, b, rtol, atol, equal_nan, check_dtype, check_stride):
    for name, x, y, checked in (("shape", a.shape, b.shape, True),
                                ("stride()", a.stride(), b.stride(), check_stride),
                                ("dtype", a.dtype, b.dtype, check_dtype)):
        if checked and x != y:
            return f"The values for attribute '{name}' do not match: {x} != {y}."
    rtol, atol = _tolerances((a.dtype, b.dtype), rtol, atol)
    dtype = wider(a.dtype, b.dtype)
    x, y = (np.asarray(raw(t), dtype) for t in (a, b))
    close = raw(isclose(leaf(x), leaf(y), rtol, atol, equal_nan)) if rtol or atol else x == y
    if equal_nan and not (rtol or atol):
        close = close | (x != x) & (y != y)
    if close.all():
        return None
    if not x.shape:
        return _scalars(x.item(), y.item(), rtol, atol)
    if dtype.kind != "f":
        x, y = x.astype(np.int64), y.astype(np.int64)
    with np.errstate(all="ignore"):
        absolute = np.where(close, 0, abs(x - y))
        relative = np.where(close, 0, absolute / abs(y)).astype(
            dtype if dtype.kind == "f" else FLOAT32)
    wrong = close.size - np.count_nonzero(close)
    worst = [np.unravel_index(d.argmax(), d.shape) for d in (absolute, relative)]
    places = [f" at index {tuple(map(int, place))}" for place in worst]
    return _message("Tensor-likes",
                    f"Mismatched elements: {wrong} / {close.size} ({wrong / close.size:.1%})",
                    "Greatest absolute", "Greatest relative", absolute[worst[0]].item(),
                    relative[worst[1]].item(), *places, rtol, atol)

def _message(what, extra, one, other, absolute, relative, here, there, rtol, atol):
    exact = rtol == atol == 0
    allowed = ["" if exact else f" (up to {tolerance} allowed)" for tolerance in (atol, rtol)]
    return (f"{what} are not {'equal' if exact else 'close'}!\n\n{extra}\n"
            f"{one} difference: {absolute}{here}{allowed[0]}\n"
            f"{other} difference: {relative}{there}{allowed[1]}")


make_module("testing", assert_close=assert_close)
