"""How PyTorch's functions may be called besides: `out=`, and other names of the same arguments.

Functions take their arguments by place, and by the names in their `def`. What programs use beyond
that is translated here when keywords come; a call by place goes straight through. `PLACES` has the
names of arguments that stand under another name in a `def`, or under none.
"""
import inspect
import warnings
from functools import wraps
from inspect import Parameter

import numpy as np

from .. import functions
from ..graph import TensorBase, raw
from ..inplace import flows, write
from ..nn import functional
from ..public import refuse
from ..tensor import Tensor
from . import linalg, special
from .indexing import nonzero

# numpy's names, which PyTorch takes too, and PyTorch's for one way of several to call a function
SPELLED = {"axis": "dim", "keepdims": "keepdim", "x": "input", "a": "input", "x1": "input",
           "x2": "other", "split_size": "split_size_or_sections", "indices": "indices_or_sections",
           "sections": "indices_or_sections", "tensor_indices_or_sections": "indices_or_sections",
           "element": "elements", "test_element": "test_elements"}

PLACES = {name: places.split() for places, names in {
    "input": "det inverse logdet logsigmoid matrix_exp slogdet", "input n": "matrix_power",
    "input upper": "cholesky_inverse cholesky", "input value": "fill_", "ndarray": "from_numpy",
    "input other callable": "map_", "input input2 upper": "cholesky_solve",
    "input other": "vdot", "input exponent": "pow pow_",
    "input axis0 axis1": "swapaxes swapaxes_", "input size": "expand broadcast_to view"}.items()
    for name in names.split()}

OWN = {"max": {"other": "dim"}, "min": {"other": "dim"}, "view": {"dtype": "size"}}

# What takes out=. Of these, the result is written in the dtype of `out`, if that is of no lower
# kind (bool, whole, floating):
CAST = """acos acosh add addcdiv addcmul addr arccos arccosh arcsin arcsinh arctan arctan2 arctanh
asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift
bitwise_xor cat cholesky_inverse cholesky_solve clamp_max clamp_min column_stack concat concatenate
cond copysign cos cosh deg2rad digamma div divide dstack eq erf erfc erfinv exp exp2 expit expm1
floor_divide fmax fmin fmod gammaln gcd ge ger greater greater_equal gt hstack hypot kron lcm ldexp
le lerp less less_equal lgamma log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not
logical_or logical_xor logit logsumexp lt maximum mean minimum mul multigammaln multiply mvlgamma
nansum ne nextafter not_equal outer pinv polygamma pow psi rad2deg reciprocal remainder row_stack
rsqrt sigmoid sin sinc sinh sqrt square stack std sub subtract tan tanh true_divide var vstack
xlogy""".split()
# These compute in it:
FILLED = """arange cumprod cumsum empty eye full linspace logspace nanmean nansum ones prod rand
randint randn randperm sum zeros""".split()
# And these want the dtype of their result:
SAME = """abs absolute addbmm addmm addmv all amax amin aminmax any argmax argmin argsort baddbmm
bernoulli bitwise_not bmm bucketize ceil cholesky clamp clip cross cummax cummin det diag diff dot
eigh eigvalsh fix float_power floor frac frexp gather hardshrink heaviside histc histogram index_add
index_copy index_select inner inv inv_ex inverse isin isneginf isposinf kthvalue log_softmax
logcumsumexp masked_select matmul matrix_norm matrix_power matrix_rank max median min mm mode msort
multi_dot multinomial mv nan_to_num nanmedian neg negative nonzero norm normal normalize qr quantile
renorm round scatter scatter_add scatter_reduce searchsorted sgn sign signbit slice_scatter slogdet
softmax solve solve_triangular sort svd svdvals take take_along_dim tensordot threshold topk tril
triu trunc vdot vecdot vector_norm where""".split()
WRITES = {*CAST, *FILLED, *SAME}
STRAIGHT = {"size", "stride", "to"}              # methods that need nothing of this
_made = {}                                       # one for each function and its places


def callable_as(function, name, writes=False, method=False, places=PLACES):
    """The function, to be called in PyTorch's ways; itself, if Python knows them already."""
    own = list(inspect.signature(function).parameters.values())
    varied = [i for i, p in enumerate(own) if p.kind is Parameter.VAR_POSITIONAL]
    if name in places:
        places = places[name]
    elif varied or hasattr(function, "rules"):            # by place only: an operation, or *sizes
        places = [p.name for p in own[:varied[0] + 1 if varied else None]]
    else:
        places = []
    places = places if len(places) > method else []       # a method has its first one
    names = {*places, *(p.name for p in own)}
    numpy = getattr(function, "numpy_names", False)       # it knows them itself
    others = {theirs: ours for theirs, ours in SPELLED.items() if ours in names
              and not (theirs in names or numpy and theirs in ("axis", "keepdims"))}
    others |= OWN.get(name, {})
    if not (places or writes or others.keys() - {"x", "a", "x1", "x2"}):
        return function
    key = function, tuple(places), writes
    if key not in _made:
        _made[key] = _calling(function, places, others, name if writes else None)
        _made[key].__signature__ = _shown(own, places, writes)
    return _made[key]

def _calling(function, places, others, writes):
    @wraps(function)
    def calling(*args, **settings):
        if not settings:
            return function(*args)
        for theirs in others.keys() & settings.keys():
            settings[others[theirs]] = settings.pop(theirs)
        for place in places[len(args):]:
            if place not in settings:
                break
            args += settings.pop(place),
        if writes and "out" in settings:
            out = settings.pop("out")
            if out is not None:
                return _written(writes, function, args, settings, out)
        return function(*args, **settings)
    return calling

def _shown(own, places, writes):
    """The signature that Tab shows."""
    named = [p.replace(name=name) for p, name in zip(own, places)] + own[len(places):]
    if writes and all(p.name != "out" for p in named):
        rest = [p for p in named if p.kind is Parameter.VAR_KEYWORD]
        named = [*named[:len(named) - len(rest)],
                 Parameter("out", Parameter.KEYWORD_ONLY, default=None), *rest]
    return inspect.Signature(named)


# out=

def _written(name, function, args, settings, out):
    """The results in the memory of the tensor `out`, or of several, which are returned."""
    outs = [out] if isinstance(out, TensorBase) else list(out) if isinstance(out, tuple) else []
    refuse(not outs or not all(isinstance(t, TensorBase) for t in outs),
           f"{name}: expected out= to be a tensor or a tuple of them, got {out!r:.60}", TypeError)
    flat = [x for a in (*args, *settings.values(), outs)
            for x in (a if isinstance(a, (list, tuple)) else [a])]
    refuse(flows(*flat), f"{name}: out= does not go with gradients, and one of the arguments "
           "requires grad; assign the result instead, or use no_grad()")
    if name in FILLED:
        asked = settings.get("dtype")
        refuse(asked is not None and np.dtype(asked) != outs[0].value.dtype,
               f"{name}: dtype {asked} is not that of out=, {outs[0].dtype}")
        settings["dtype"] = outs[0].dtype
    results = function(*args, **settings)
    several = results if isinstance(results, tuple) else (results,)
    refuse(len(several) != len(outs) or isinstance(out, tuple) != isinstance(results, tuple),
           f"{name}: expected out= to be {len(several)} tensors, got {len(outs)}", TypeError)
    for t, result in zip(outs, several):
        _write(name, t, raw(result))
    if results is several:
        return type(results)(*outs) if hasattr(results, "_fields") else tuple(outs)
    return out

def _write(name, t, array):
    refuse(name not in CAST and array.dtype != t.value.dtype, f"{name}: expected out= of dtype "
           f"{array.dtype}, got {t.value.dtype}")
    if array.shape != t.value.shape:
        refuse(t.origin is not None, f"{name}: expected out= of shape {array.shape}, got a view of "
               f"shape {t.value.shape}, which cannot be resized")
        if t.value.size:
            warnings.warn("An output with one or more elements was resized since it had shape "
                          f"{[*t.shape]}, which does not match the required output shape "
                          f"{[*array.shape]}.", UserWarning, stacklevel=4)
        t.hold(np.empty(array.shape, t.value.dtype))
    write(t, array, f"{name}(out=)")


@wraps(functions.where)
def where(condition, input=None, other=None):
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    return functions.where(condition, input, other)

FULLER = {"clone": Tensor.clone, "where": where}      # than their namesakes in the core


# Functions in the modules where programs find them, and methods

def renewed(home, places=PLACES):
    """{name: the function, to be called in PyTorch's ways} for those of a module that change."""
    found = {}
    for name, function in home.items():
        if inspect.isfunction(function) and not name.startswith("_"):
            changed = callable_as(function, name, name in WRITES, places=places)
            if changed is not function:
                found[name] = changed
    return found

def _renew_methods():
    for cls in Tensor.__mro__[:-1]:
        for name, method in list(vars(cls).items()):
            if inspect.isfunction(method) and not name.startswith("_") and name not in STRAIGHT:
                setattr(cls, name, callable_as(method, name, method=True))

for _module in (linalg, special):
    vars(_module).update(renewed(vars(_module), places={}))
for _name, _writes in (("logsigmoid", False), ("hardshrink", True), ("normalize", True)):
    setattr(functional, _name, callable_as(getattr(functional, _name), _name, _writes))
_renew_methods()
