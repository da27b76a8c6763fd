"""The rule behind a step, as it is written in the derivative table: `g * y`."""
import ast
import linecache
import re
from collections.abc import Callable
from functools import cache

from ..common.text import plain
from ..graph.engine import rules, written
from ..graph.sweep import Flow

CASES = {"_matmul_left": "g @ y.mT", "_matmul_right": "x.mT @ g"}       # a case for any ndim


def formula(flow: Flow) -> str:
    """The source of the rule that a flow went through; '' for a reader's own number."""
    found = rules(flow.node.thing)
    return _source(written(found[flow.index])) if found else ""


def meaning(flow: Flow) -> str:
    """What the names in the formula stand for: `y = c, out = d`."""
    text = formula(flow)
    if not text:
        return ""
    code = written(rules(flow.node.thing)[flow.index]).__code__
    stand = dict(zip(code.co_varnames[2:code.co_argcount], flow.node.inputs))
    called = {name: plain(edge.constant) if edge.parent is None else edge.parent.called
              for name, edge in stand.items()} | {"out": flow.node.called}
    return ", ".join(f"{name} = {said}" for name, said in called.items()
                     if re.search(rf"\b{name}\b", text))


@cache
def _source(rule: Callable) -> str:
    name, code = rule.__name__, rule.__code__
    if name in CASES:
        return CASES[name]
    if name != "<lambda>":
        return f"{name.strip('_')}({', '.join(code.co_varnames[:code.co_argcount])})"
    spans = [((line, column), (end, to)) for line, end, column, to in code.co_positions()
             if to is not None]
    spans = [(start, end) for start, end in spans if start < end]     # some stand nowhere
    start, end = min(start for start, _ in spans), max(end for _, end in spans)
    if start[0] != end[0]:
        return "its rule"
    line = linecache.getline(code.co_filename, start[0]).encode()    # columns count bytes
    text = line[start[1]:end[1]].decode(errors="replace").strip()
    for closing in ("", ")", "))"):         # the body's outermost parentheses are no instruction's
        try:
            ast.parse(text + closing, mode="eval")
            return plain(text + closing, 60)
        except SyntaxError:
            continue
    return plain(text, 60)
