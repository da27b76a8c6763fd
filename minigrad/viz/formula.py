"""The rule behind a step, as it is written in the derivative table: `g * y`."""
import ast
import linecache
import re
from collections.abc import Callable
from functools import cache, partial

from .sweep import Flow
from .walk import Value
from .words import plain

CASES = {"_matmul_left": "g @ y.mT", "_matmul_right": "x.mT @ g"}      # their code has a case for every number of axes


def formula(flow: Flow) -> str:
    """The source of the rule that a flow went through; '' for a reader's own class, whose rule is a number."""
    op = getattr(flow.node.thing, "op", None)
    if op is None or not hasattr(op, "rules"):
        return ""
    return _source([rule for rule, _ in zip(op.rules, flow.node.inputs)][flow.index])


def meaning(flow: Flow, called: Callable[[Value], str]) -> str:
    """What the names in the formula stand for: `y = c, out = d`."""
    text, op = formula(flow), getattr(flow.node.thing, "op", None)
    if not text:
        return ""
    rule = [rule for rule, _ in zip(op.rules, flow.node.inputs)][flow.index]
    code = _written(rule).__code__
    names = code.co_varnames[2:code.co_argcount]
    stand = dict(zip(names, flow.node.inputs))
    said = [f"{name} = {called(edge.parent) if edge.parent is not None else plain(edge.constant)}"
            for name, edge in stand.items() if re.search(rf"\b{name}\b", text)]
    return ", ".join(said + ([f"out = {called(flow.node)}"] if re.search(r"\bout\b", text) else []))


def _written(rule: Callable) -> Callable:
    """The function that somebody wrote, where a rule is a part of it: graph.Every and graph.Joint."""
    return next(iter(rule.args), rule.func) if isinstance(rule, partial) else rule


@cache
def _source(rule: Callable) -> str:
    rule = _written(rule)
    name = rule.__name__
    if name in CASES:
        return CASES[name]
    if name != "<lambda>":
        return f"{name.strip('_')}({', '.join(rule.__code__.co_varnames[:rule.__code__.co_argcount])})"
    spans = [((line, column), (end, to)) for line, end, column, to in rule.__code__.co_positions() if to is not None]
    spans = [(start, end) for start, end in spans if start < end]               # some instructions stand nowhere
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    if start[0] != end[0]:
        return "its rule"
    line = linecache.getline(rule.__code__.co_filename, start[0]).encode()        # columns count bytes
    text = line[start[1]:end[1]].decode(errors="replace").strip()
    for closing in ("", ")", "))"):              # the body's outermost parentheses belong to no instruction
        try:
            ast.parse(text + closing, mode="eval")
            return plain(text + closing, 60)
        except SyntaxError:
            continue
    return plain(text, 60)
