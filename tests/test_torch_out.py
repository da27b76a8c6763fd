"""`out=` on every function that has it in PyTorch, over PyTorch's own samples: written, resized, or refused where PyTorch refuses."""
import warnings

import numpy as np
import pytest

import minigrad as mg
from minigrad.catalog.calls import WRITES

torch = pytest.importorskip("torch")
op_db = pytest.importorskip("torch.testing._internal.common_methods_invocations").op_db

OPS = {f"{home}.{own}".strip("."): None for home, module in (("", mg), ("linalg", mg.linalg), ("special", mg.special))
       for own in WRITES & vars(module).keys()}
OPS |= {name: op for op in reversed(op_db) for name in (op.name, *(alias.name for alias in op.aliases)) if name in OPS}
ELSEWHERE = {"where", "polygamma", "special.polygamma", "normal"}           # the samples are not called as the function is
NAMES = sorted(name for name, op in OPS.items() if op and op.name not in ELSEWHERE)
CHANCE = {"bernoulli", "empty", "multinomial", "randint", "randn"}          # other numbers at each call
# PyTorch has no such overload: `det` as a whole, the others without a dim, and sums in bool or whole numbers; ours compute
MORE = {"argsort", "cumprod", "cumsum", "det", "median", "nanmedian", "nansum", "nonzero", "prod", "sum"}
# PyTorch takes an `out` of another dtype for some samples and refuses it for others; ours refuse it
FEWER = {"bernoulli", "cholesky", "clamp", "clip", "inner", "linalg.matrix_power", "linalg.matrix_rank", "matrix_power", "nansum", "sum"}


def moved(x, library):
    """A sample's argument for one of the libraries, with memory of its own."""
    if isinstance(x, torch.Tensor):
        return mg.tensor(x.numpy()) if library is mg else x.clone()
    if isinstance(x, (list, tuple)):
        return type(x)(moved(y, library) for y in x)
    return getattr(library, str(x)[6:]) if isinstance(x, torch.dtype) else x


def call(name, sample, library, **out):
    home, _, own = name.rpartition(".")
    function = getattr(getattr(library, home) if home else library, own)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return function(moved(sample.input, library), *moved(sample.args, library),
                            **{key: moved(x, library) for key, x in sample.kwargs.items()}, **out)
        except Exception as error:
            return error


def room(result, library, dtype):
    """An empty `out` of this dtype for each floating result, of its own dtype for the others."""
    if isinstance(result, tuple):
        return tuple(room(x, library, dtype if x.dtype.is_floating_point else str(x.dtype)[6:]) for x in result)
    return library.empty(0, dtype=getattr(library, dtype))


def samples(op):
    for dtype in {torch.float32, torch.int64} & set(op.dtypes):
        yield from list(op.sample_inputs("cpu", dtype))[:2]


@pytest.mark.parametrize("name", NAMES)
def test_the_result_is_written_where_pytorch_writes_it(name):
    written = 0
    for sample in samples(OPS[name]):
        whole = call(name, sample, torch)
        if isinstance(whole, Exception) or isinstance(call(name, sample, mg), Exception):
            continue                                             # not a question of `out`
        for dtype in ("float32", "float64", "int64", "bool"):
            out = room(whole, mg, dtype)
            theirs, ours = call(name, sample, torch, out=room(whole, torch, dtype)), call(name, sample, mg, out=out)
            if isinstance(theirs, Exception):
                assert isinstance(ours, Exception) or name in MORE, f"{dtype} {sample}: {theirs}"
            elif isinstance(ours, Exception):
                assert name in FEWER, f"{dtype} {sample}: {ours!r}"
            else:
                written += 1
                pairs = list(zip(ours, theirs, out)) if isinstance(out, tuple) else [(ours, theirs, out)]
                for x, y, t in pairs:
                    assert x is t and x.shape == tuple(y.shape) and str(x.dtype) == str(y.dtype)
                    if name not in CHANCE:
                        np.testing.assert_allclose(x.numpy(), y.numpy(), rtol=1e-4, atol=1e-5)
    assert written or name in MORE

