"""How PyTorch's functions may be called: every parameter of a name that both have, its place and its default.

Python functions tell their signature. The others have stubs (torch/_C/*.pyi), one for each way to call them.
"""
import ast
import inspect
import re
from fnmatch import fnmatchcase
from importlib.util import find_spec
from pathlib import Path

import pytest

import minigrad as mg

torch = pytest.importorskip("torch")
POSITIONAL, NAMED, REST = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY,
                           (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD))
UNKNOWN = object()                                    # a default that a stub leaves out: `...`
FOLDER = Path(find_spec("torch").origin).parent / "_C"



# What PyTorch's stubs say

def parameters(node):
    """[(name, kind, default or Parameter.empty)] of a `def` in a stub, or None for another kind of call."""
    a, found = node.args, []
    given = [inspect.Parameter.empty] * (len(a.args) + len(a.posonlyargs) - len(a.defaults)) + a.defaults
    pairs = [*zip(a.posonlyargs + a.args, given, [POSITIONAL] * len(given)), *((a.vararg, inspect.Parameter.empty, REST[0]),) * bool(a.vararg),
             *zip(a.kwonlyargs, a.kw_defaults, [NAMED] * len(a.kwonlyargs))]
    for arg, default, kind in pairs:
        said = ast.unparse(arg.annotation) if arg.annotation else ""
        if "str | EllipsisType" in said or "Storage" in said:            # axes that have names
            return None
        found.append((arg.arg, kind, value(default)))
    return found


def value(node):
    if node is None or node is inspect.Parameter.empty:
        return inspect.Parameter.empty
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return UNKNOWN
    return UNKNOWN if found is Ellipsis else found


def stubs(path, inside=None):
    """{name: the ways to call it} of a stub file, or of a class in it; not those of old, where a number comes before `self`."""
    tree, found = ast.parse((FOLDER / path).read_text(encoding="utf-8")), {}
    body = tree.body if inside is None else next(n.body for n in tree.body if getattr(n, "name", None) == inside)
    for node in body:
        if isinstance(node, ast.FunctionDef) and (way := parameters(node)) is not None and (inside or "self" not in [name for name, _, _ in way]):
            found.setdefault(node.name, []).append(way)
    return found


FUNCTIONS, NN = stubs("_VariableFunctions.pyi"), stubs("_nn.pyi")
METHODS = {name: [way[1:] for way in ways] for name, ways in stubs("__init__.pyi", "TensorBase").items()}


def told(thing, drop=0):
    """The signature of a Python function as one way to call it."""
    found = list(inspect.signature(thing).parameters.values())[drop:]
    return [[(p.name, p.kind, p.default) for p in found]]


def documented(thing):
    """What a builtin's docstring says: `cond(A, p=None, *, out=None) -> Tensor`."""
    said = re.search(r"^(?:\w+\.)*\w+(\(.*?\)) *(?:->|$)", thing.__doc__ or "", re.MULTILINE)
    return [parameters(ast.parse(f"def f{said[1]}: ...").body[0])] if said else None


def ways(home, name, drop=0):
    """All ways to call a name of PyTorch's."""
    thing = getattr(home, name)
    if hasattr(home, f"_{name}") and "boolean_dispatch" in getattr(thing, "__qualname__", ""):
        thing = getattr(home, f"_{name}")                         # one of two functions, by return_indices
    try:
        return told(thing, drop)
    except ValueError:
        pass
    if home is torch.Tensor:
        return METHODS.get(name)
    if home in (torch.linalg, torch.special):
        return documented(thing)
    return FUNCTIONS.get(name) or NN.get(name) or documented(thing)


# What ours say to that

def takes(ours, name, before):
    """Does the function know a parameter by this name, after so many others, or refuse it with an error of its own?"""
    try:
        ours(*[mg.ones(2, 2)] * before, **{name: UNKNOWN})
    except Exception as error:
        return f"unexpected keyword argument '{name}'" not in str(error)
    return True


def missing(ways, ours, drop=0):
    """What PyTorch's ways to call a function ask of ours in vain: a name, a place, a default."""
    own = list(inspect.signature(ours).parameters.values())[drop:]
    places = [p for p in own if p.kind not in (NAMED, inspect.Parameter.VAR_KEYWORD)]
    by_name, defaults = {p.name: p for p in own if p.kind not in REST}, {}
    for way in ways:
        needed = sum(kind == POSITIONAL and default is inspect.Parameter.empty for _, kind, default in way)
        for i, (name, kind, default) in enumerate(way):
            if kind in REST:
                continue
            if name not in by_name:
                if not takes(ours, name, drop + min(i, needed)):
                    yield f"no {name}"
                continue
            defaults.setdefault(name, []).append(default)
            rest = any(p.kind is REST[0] for p in places[:i + 1])
            if kind == POSITIONAL and not rest and (i >= len(places) or places[i].name != name):
                yield f"{name} at place {i}"
    for name, found in defaults.items():
        mine = by_name[name].default
        if mine is not inspect.Parameter.empty and not any(same(default, mine) for default in found):
            yield f"{name}={mine!r}"


def same(theirs, ours):
    """Equal, or unknown; no axes are all axes; a function of each library by its name."""
    nothing = (None, ())
    return (theirs in (UNKNOWN, inspect.Parameter.empty) or theirs in nothing and ours in nothing or str(theirs) == str(ours)
            or theirs == ours or inspect.isfunction(theirs) and theirs.__name__ == getattr(ours, "__name__", None))


# The names

HOMES = {"torch": (torch, mg), "Tensor": (torch.Tensor, mg.Tensor), "nn": (torch.nn, mg.nn), "functional": (torch.nn.functional, mg.nn.functional),
         "init": (torch.nn.init, mg.nn.init), "utils": (torch.nn.utils, mg.nn.utils), "optim": (torch.optim, mg.optim),
         "lr_scheduler": (torch.optim.lr_scheduler, mg.optim.lr_scheduler), "data": (torch.utils.data, mg.utils.data),
         "linalg": (torch.linalg, mg.linalg), "special": (torch.special, mg.special), "autograd": (torch.autograd, mg.autograd),
         "distributions": (torch.distributions, mg.distributions), "random": (torch.random, mg.random)}

STUB = "the stub says so, PyTorch itself does not take it"
OLDER = "an order of arguments that PyTorch warns of, or a number first under the name self; ours refuse it"
CALLED = "another way to call it, which tests/test_torch_calls.py calls"
MEANS = "the same, said in another way"
ELSEWHERE = "of graphics cards, named axes or PyTorch's own files; ours refuse it"
UNCHECKED = "a check that minigrad does not make; ours refuse it"
# home, names, what ours lack, why: patterns of the shell
KNOWN = [
    ("torch", "tensor as_tensor", "dtype at place 1", STUB), ("torch", "tensor", "requires_grad at place 3", STUB),
    ("Tensor", "new_tensor", "dtype at place 1", STUB), ("Tensor", "requires_grad_", "no mode", STUB), ("Tensor", "to", "no other", STUB),
    ("Tensor", "add sub mul floor_divide true_divide", "no out", STUB),
    ("torch", "subtract", "alpha at place 2", OLDER), ("Tensor", "subtract subtract_", "alpha at place 1", OLDER),
    ("Tensor", "norm", "dtype at place 3", OLDER), ("torch", "Size", "no iterable", "takes its only argument by place, as PyTorch's"),
    ("Tensor", "new", "no *", "the constructor of old, by place only"),
    ("torch", "arange", "end at place 0", CALLED), ("torch", "randint", "* at place ?", CALLED), ("torch", "randint_like", "high at place 1", CALLED),
    ("torch", "repeat_interleave", "repeats at place 0", CALLED), ("torch", "scatter", "value at place 3", CALLED),
    ("Tensor", "scatter scatter_", "value at place 2", CALLED), ("torch", "std var std_mean var_mean", "unbiased at place 1", CALLED),
    ("Tensor", "std var", "unbiased at place 0", CALLED), ("torch", "std var std_mean var_mean", "unbiased=None", MEANS),
    ("Tensor", "std var", "unbiased=None", MEANS), ("torch", "asarray", "requires_grad=False", MEANS), ("torch", "meshgrid", "indexing='ij'", MEANS),
    ("torch", "trapezoid trapz cumulative_trapezoid", "dx=None", MEANS), ("data", "random_split", "generator=None", MEANS),
    ("torch", "bmm mm addmm baddbmm", "no out_dtype", ELSEWHERE), ("torch", "group_norm layer_norm", "no cudnn_enable*", ELSEWHERE),
    ("torch", "full", "no names", ELSEWHERE), ("torch", "tril_indices triu_indices", "no requires_grad", "whole numbers have no gradient"),
    ("torch", "save", "*", ELSEWHERE), ("torch autograd", "enable_grad", "no orig_func", "takes the function it decorates by place"),
    ("nn", "Hardtanh", "no m*_value", OLDER), ("nn", "RNNBase", "no mode", "each layer says its own"),
    ("nn", "Uninitialized*", "*", "made by lazy layers only"),
    ("autograd", "gradcheck gradgradcheck", "no *", UNCHECKED),
]


def known(home, name, gap):
    return any(home in homes.split() and any(fnmatchcase(name, n) for n in names.split()) and fnmatchcase(gap, what)
               for homes, names, what, _ in KNOWN)


def both(home):
    """(name, PyTorch's, ours) of the functions and classes that both have there, where a way to call them is known."""
    theirs, ours = HOMES[home]
    for name in dir(theirs):
        pair = getattr(theirs, name), getattr(ours, name, None)
        if not name.startswith("_") and all(callable(x) and not inspect.ismodule(x) for x in pair):
            if found := ways(theirs, name, drop=home == "Tensor"):
                yield name, found, pair[1]


@pytest.mark.parametrize("home", HOMES)
def test_every_parameter_of_pytorch_is_ours_too(home):
    found = {name: gaps for name, ways, ours in both(home)
             if (gaps := {gap for gap in missing(ways, ours, home == "Tensor") if not known(home, name, gap)})}
    assert not found


@pytest.mark.parametrize("row", KNOWN, ids=lambda row: f"{row[1]}: {row[2]}")
def test_what_is_known_to_be_missing_is_missing(row):
    homes, names, what, _ = row
    assert any(fnmatchcase(name, n) and fnmatchcase(gap, what) for home in homes.split() for name, ways, ours in both(home)
               for n in names.split() if fnmatchcase(name, n) for gap in missing(ways, ours, home == "Tensor"))


def test_forward_takes_the_same_inputs_by_name():
    found, known = {}, {"RMSNorm": ["x"], "Sequential": ["input"]}           # their one input, by another name
    for name, theirs in vars(torch.nn).items():
        ours = getattr(mg.nn, name, None)
        if inspect.isclass(theirs) and issubclass(theirs, torch.nn.Module) and inspect.isclass(ours):
            asked = [n for n, kind, _ in told(theirs.forward, 1)[0] if kind not in REST]
            has = inspect.signature(ours.forward).parameters
            if any(p.kind in REST for p in has.values()) and hasattr(ours, "_function"):      # a layer that hands all to its function
                has = inspect.signature(ours._function).parameters
            if not any(p.kind in REST for p in has.values()) and (lost := [n for n in asked if n not in has]):
                found[name] = lost
    assert found == known


def test_the_walk_is_long():
    counts = {home: sum(1 for _ in both(home)) for home in HOMES}
    assert counts["torch"] > 350 and counts["Tensor"] > 400 and counts["nn"] > 120 and sum(counts.values()) > 1_150
