"""How PyTorch's functions may be called: every parameter of a name that both have, its place and its default.

Python functions tell their signature. The others have stubs (torch/_C/*.pyi), one for each way to call them.
"""
import ast
import inspect
import re
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
    """{name: the ways to call it} of a stub file, or of a class in it."""
    tree, found = ast.parse((FOLDER / path).read_text(encoding="utf-8")), {}
    body = tree.body if inside is None else next(n.body for n in tree.body if getattr(n, "name", None) == inside)
    for node in body:
        if isinstance(node, ast.FunctionDef) and (ways := parameters(node)) is not None:
            found.setdefault(node.name, []).append(ways)
    return found


FUNCTIONS, NN = stubs("_VariableFunctions.pyi"), stubs("_nn.pyi")
METHODS = {name: [way[1:] for way in ways] for name, ways in stubs("__init__.pyi", "TensorBase").items()}


def told(thing, drop=0):
    """The signature of a Python function as one way to call it."""
    found = list(inspect.signature(thing).parameters.values())[drop:]
    return [[(p.name, p.kind, p.default) for p in found]]


def documented(thing):
    """What a builtin's docstring says: `cond(A, p=None, *, out=None) -> Tensor`."""
    said = re.search(r"^(?:\w+\.)*\w+(\(.*?\)) *->", thing.__doc__ or "", re.MULTILINE)
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


def missing(way, ours, drop=0):
    """What this way to call PyTorch's function asks of ours in vain."""
    own = list(inspect.signature(ours).parameters.values())[drop:]
    places = [p for p in own if p.kind not in (NAMED, inspect.Parameter.VAR_KEYWORD)]
    by_name = {p.name: p for p in own if p.kind not in REST}
    for i, (name, kind, default) in enumerate(way):
        if kind in REST:
            continue
        if name not in by_name:
            if not takes(ours, name, drop + min(i, sum(k == POSITIONAL and d is inspect.Parameter.empty for _, k, d in way))):
                yield f"no {name}"
            continue
        mine = by_name[name].default
        if inspect.Parameter.empty not in (default, mine) and default is not UNKNOWN and not same(default, mine):
            yield f"{name}={mine!r} for {default!r}"
        rest = any(p.kind is REST[0] for p in places[:i + 1])
        if kind == POSITIONAL and not rest and (i >= len(places) or places[i].name != name):
            yield f"{name} at place {i}"


def same(theirs, ours):
    return theirs is ours or str(theirs) == str(ours) or theirs == ours
