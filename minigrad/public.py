"""A public name is declared once: what it computes, what Tab and help() show of it, and its forms.

Forms are spelled as they look: "f" is the function, "x.f" the method, "x.f_" the method in place.
An example is a line of Python, or its arguments alone: `"[1., 4.]", "[1., 2.]"` in the row of sqrt
stands for `mg.sqrt(mg.tensor([1., 4.]))`, which gives `tensor([1., 2.])`.
"""
import re
from inspect import Parameter, Signature

import numpy as np

from . import ops
from .dtypes import NUMBERS
from .printing import named
from .graph import TensorBase, primitive, raw
from .inplace import in_place

IN_PLACE = "f x.f x.f_"
ARGUMENTS = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in ("input", "other")]
BROADCASTS = """

Takes tensors and numbers whose shapes broadcast, and the wider of their dtypes; raises RuntimeError
where the shapes do not fit."""

UFUNCS = {np.power: ops.pow, np.sign: ops.sign, np.matmul: ops.matmul}     # what `np.exp(t)` finds


class Published:
    """The methods that `publish` hands to Tensor."""

    __slots__ = ()

def public(does, example, gives, forms="f x.f"):
    """Decorator: what help() shows, a sentence, an example and what it gives; and the forms."""
    def declare(function):
        function = named(function)
        function.shown, function.forms = (does, example, gives), forms.split()
        return _documented(function)
    return declare

def _documented(function):
    does, example, gives = function.shown
    if "mg." not in example:
        arguments = re.sub(r"\[([^][]|\[[^][]*\])*\]", r"mg.tensor(\g<0>)", example)
        home = (function.__module__ or "").split(".")
        place = "mg.nn.functional" if "nn" in home else "mg.linalg" if "linalg" in home else "mg"
        example = f"{place}.{function.__name__}({arguments})"
        if gives.startswith("[["):                      # a matrix would be printed on several lines
            example += ".tolist()"
        elif gives[0] in "[-0123456789":
            gives = f"tensor({gives})"
    function.__doc__ = f"{does}\n\n>>> {example}\n{gives}\n"
    return function

def row(does, example, gives, forward, *rules, takes=None, forms="f x.f", **how):
    """A public function from one row: an array function and a rule for each input, or an operation.

    `takes`, of a function of two: which of them must be tensors, "first", "both" or "either".
    """
    op = forward if hasattr(forward, "rules") else primitive(forward, *rules, **how)
    function = _of_two(op, takes) if takes else op
    if op is not forward:
        function.__module__ = None                  # its module and its name are told by `publish`
    if not takes:                                   # Tab would show *inputs
        op.__signature__ = Signature(ARGUMENTS[:max(len(op.rules), 1)])
    return public(does + BROADCASTS * bool(takes), example, gives, forms)(function)

def _of_two(op, takes):
    def function(input, other):
        first, second = (x.__class__ not in NUMBERS for x in (input, other))
        if not (first if takes == "first" else first and second if takes == "both" else
                first or second):
            wanted = "two tensors" if takes == "both" else "a tensor"
            raise TypeError(f"{op.__name__}: expected {wanted}, got {input!r:.40} and "
                            f"{other!r:.40}; wrap a number in tensor(...)")
        return op(input, other)
    function.__name__ = function.__qualname__ = op.__name__
    function.__module__, function.op = op.__module__, op
    return function

def refuse(wrong: bool, message: str, error=RuntimeError):
    """Raise the error if something is wrong."""
    if wrong:
        raise error(message)

def also(function, forms="f x.f"):
    """Another name of a function that stands elsewhere: `swapaxes = also(transpose)`."""
    function.forms = forms.split()
    return function

def publish(names: dict) -> list[str]:
    """What a module's last line does: its rows get their names, and Tensor gets its methods.

    Returns the names of the functions, for `__all__`.
    """
    functions = []
    for name, function in list(names.items()):
        op, forms = getattr(function, "op", function), getattr(function, "forms", None)
        if isinstance(getattr(op, "forward", None), np.ufunc):
            UFUNCS.setdefault(op.forward, op)
        if forms is None or name.startswith("_"):
            continue
        if function.__module__ is None:
            for thing in (op, function):
                thing.__module__, thing.__name__, thing.__qualname__ = names["__name__"], name, name
            _documented(function)
        if "f" in forms:
            functions.append(name)
        if "x.f" in forms:
            setattr(Published, name, function)
        if "x.f_" in forms:
            setattr(Published, f"{name}_", in_place(function))
    return functions

publish(vars(ops))


# What public functions ask of their arguments; each check gives them back, or says what is wrong

def at_least(name, input, n):
    """So many axes."""
    refuse(input.ndim < n, f"{name}: expected at least {n} axes, got shape {input.shape}")
    return input

def floating(name, input):
    """A floating dtype."""
    if raw(input).dtype.kind != "f":
        raise RuntimeError(f"{name}: expected a floating dtype, got {raw(input).dtype}; "
                           "call .float() first")
    return input

def one_dtype(name, *tensors):
    """One dtype for all (numbers have none)."""
    if len(found := {x.dtype: None for x in tensors if isinstance(x, TensorBase)}) > 1:
        raise RuntimeError(f"{name}: expected one dtype, got {' and '.join(map(str, found))}")
    return tensors[0]

def tensors_only(name, *things):
    """Tensors, not numbers."""
    for x in things:
        if not isinstance(x, TensorBase):
            raise TypeError(f"{name}: expected a tensor, got {x!r:.40}; "
                            "wrap a number in tensor(...)")
    return things
