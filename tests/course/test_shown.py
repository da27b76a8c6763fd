"""Package source that a chapter shows can be read with what the course has said so far.

A name is known if this chapter or an earlier one builds it (notebooks/outline.toml), writes it in a cell of
its own, or names it in backticks. What a chapter shows folded, for the curious, is free.
"""
import ast
import builtins
import re
from functools import cache
from types import ModuleType

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell

from minigrad.course import chapters, source
from minigrad.course.execute import must_raise
from minigrad.course.source import definitions, resolve

WRITTEN = [one for one in chapters() if one.status == "written"]
LONGEST = 15                                   # lines of a piece that lies open
WHOLE = {(3, "minigrad.graph.backpropagate"), (4, "minigrad.graph.primitive")}       # the two that are read whole
LIBRARIES = {"np", "math"}
PYTHON = {*dir(builtins), *LIBRARIES, "self", "cls", "_",
          *(name for kind in (list, dict, set, str, tuple, ModuleType) for name in dir(kind))}
CODE = re.compile(r"```.*?```|`[^`]+`", re.DOTALL)
WORD = re.compile(r"[^\W\d]\w*")


def parsed(cell):
    """The syntax tree of a code cell; None where the cell shows what Python refuses."""
    try:
        return ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:
        assert must_raise(cell)


def names_in(tree):
    """Every identifier of a cell: what the reader has written or run is known."""
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            if isinstance(word := getattr(node, field, None), str):
                yield from word.split(".")


def named_in(markdown):
    """Every identifier in backticks."""
    return {word for code in CODE.findall(markdown) for word in WORD.findall(code)}


def built_by(name):
    """What a line of the outline builds: its last word; of a module all that it defines, of a class all that it has."""
    thing = resolve(name)
    inside = definitions(thing) if isinstance(thing, ModuleType) else vars(thing) if isinstance(thing, type) else ()
    return {name.rpartition(".")[2], *(key for key in inside if not key.startswith("_"))}


class Used(ast.NodeVisitor):
    """Names and attributes that a piece of source uses, and those that it defines itself."""

    def __init__(self):
        self.found, self.own = set(), set()

    def visit_Name(self, node):
        (self.found if isinstance(node.ctx, ast.Load) else self.own).add(node.id)

    def visit_arg(self, node):
        self.own.add(node.arg)

    def visit_Attribute(self, node):
        if not (isinstance(node.value, ast.Name) and node.value.id in LIBRARIES):
            self.found.add(node.attr)
        self.visit(node.value)

    def visit_FunctionDef(self, node):
        self.own.add(node.name)
        node.returns = None
        for argument in ast.walk(node.args):
            if isinstance(argument, ast.arg):
                argument.annotation = None
        self.generic_visit(node)

    def visit_ClassDef(self, node):
        self.own.add(node.name)
        self.generic_visit(node)

    def visit_Call(self, node):
        function = node.func.value if isinstance(node.func, ast.Attribute) else node.func
        if not (isinstance(function, ast.Name) and function.id in PYTHON):          # np.sum(axis=), sorted(key=)
            self.found.update(word.arg for word in node.keywords if word.arg)
        self.generic_visit(node)

    def visit_ExceptHandler(self, node):
        self.own.add(node.name)
        self.generic_visit(node)


def used(code):
    """The identifiers that one must know to read this code."""
    visitor = Used()
    visitor.visit(ast.parse(code))
    return visitor.found - visitor.own - PYTHON


def calls(tree):
    """(what is shown, the settings) of each call of `source` in a cell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "source":
            yield ([ast.literal_eval(argument) for argument in node.args],
                   {word.arg: ast.literal_eval(word.value) for word in node.keywords})


def learnt(chapter, cells):
    """What a chapter builds, writes and explains."""
    known = {word for name in chapter.builds for word in built_by(name)}
    for cell in cells:
        if cell.cell_type == "markdown":
            known |= named_in(cell.source)
        elif tree := parsed(cell):
            known.update(names_in(tree))
    return known


def problems(cells, known, number=None):
    """One sentence for each open piece that is too long, or has names that nobody has explained."""
    trees = [parsed(cell) for cell in cells if cell.cell_type == "code"]
    for names, settings in (call for tree in trees if tree for call in calls(tree)):
        try:
            text = source(*names, **settings)
        except LookupError as error:
            yield str(error)
            continue
        if "fold" in settings:
            continue
        lines = [line for line in text.splitlines() if line and not line.startswith("# minigrad/")]
        if len(lines) > LONGEST and not any((number, name) in WHOLE for name in names):
            yield f"{', '.join(names)}: {len(lines)} lines lie open; show at most {LONGEST}, or fold it"
        if unknown := sorted(used(text) - known):
            yield f"{', '.join(names)}: nobody has explained {', '.join(unknown)}"


@cache
def cells_of(chapter):
    return nbformat.read(chapter.path, as_version=4).cells


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda one: one.file)
def test_what_a_chapter_shows_can_be_read(chapter):
    so_far = [one for one in WRITTEN if one.number <= chapter.number]
    known = {word for one in so_far for word in learnt(one, cells_of(one))}
    found = list(problems(cells_of(chapter), known, chapter.number))
    assert not found, f"{chapter.file}\n  " + "\n  ".join(found)


# The check itself

@pytest.mark.parametrize("call, sentence", [
    ('source("minigrad.graph.ancestors")', "minigrad.graph.ancestors: nobody has explained inputs"),
    ('source("minigrad.graph.seeds")', "lines lie open; show at most 15, or fold it"),
    ('source("minigrad.nothing")', "there is no minigrad.nothing"),
])  # fmt: skip
def test_it_finds(call, sentence):
    known = used(source("minigrad.graph.seeds")) | {"Node", "tracked"}
    assert any(found.endswith(sentence) for found in problems([new_code_cell(call)], known))


def test_a_folded_piece_is_free():
    assert not list(problems([new_code_cell('source("minigrad.graph.seeds", fold="for the curious")')], set()))


@pytest.mark.parametrize("code, names", [
    ("def f(x, *, y=1):\n    z = x + y\n    return len(z), g(x).h", {"g", "h"}),
    ("exp = primitive(np.exp, lambda g, out, x: g * out, quiet=True)", {"primitive", "quiet"}),
    ("def f(self, x: Tensor) -> Node:\n    self.a = np.sum(x, axis=0)", {"a"}),
    ("[a for a in sorted(b, key=c)]", {"b", "c"}),
])  # fmt: skip
def test_which_names_one_must_know(code, names):
    assert used(code) == names


def test_what_is_known():
    cells = [new_code_cell("import numpy as np\nclass A:\n    def b(self, c): self.d = np.e(f=1)\n'g'"),
             new_markdown_cell("`h.i(j)` and k\n```python\nl = 1\n```")]
    assert {"A", "b", "c", "d", "e", "f", "h", "i", "j", "l"} <= learnt(WRITTEN[0], cells)
    assert not {"g", "k"} & learnt(WRITTEN[0], cells)
