"""The package grows with the course: a chapter uses only what earlier chapters built.

From its heading "What joined the package" on, a chapter may also use what it builds itself.
"""

import ast
from inspect import unwrap
from types import ModuleType

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell

from minigrad.course import built_before, chapters
from minigrad.course.execute import must_raise
from minigrad.course.source import definitions, resolve
from minigrad.dtypes import dtype

WRITTEN = [one for one in chapters() if one.status == "written"]
JOINED = "## What joined the package"
ALWAYS = ("minigrad.viz", "minigrad.course")


class Uses(ast.NodeVisitor):
    """The dotted names of the package that code mentions, by import and through aliases such as `mg.tensor`."""

    def __init__(self):
        self.aliases: dict[str, str] = {}       # name in the notebook -> dotted name
        self.found: list[str] = []

    def visit_Import(self, node):
        for alias in node.names:
            if alias.name.split(".")[0] == "minigrad":
                self.aliases[alias.asname or "minigrad"] = alias.name if alias.asname else "minigrad"

    def visit_ImportFrom(self, node):
        if (node.module or "").split(".")[0] == "minigrad":
            for alias in node.names:
                dotted = f"{node.module}.{alias.name}"
                self.aliases[alias.asname or alias.name] = dotted
                self.found.append(dotted)

    def visit_Assign(self, node):
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                dotted = self.dotted(node.value)
                self.aliases.pop(target.id, None)
                if dotted:                       # F = mg.nn.functional
                    self.aliases[target.id] = dotted
            else:
                self.visit(target)

    def visit_Attribute(self, node):
        if dotted := self.dotted(node):
            self.found.append(dotted)
        else:
            self.generic_visit(node)

    def visit_ClassDef(self, node):
        self.aliases.pop(node.name, None)        # from here on the name means the reader's own
        self.generic_visit(node)

    visit_FunctionDef = visit_ClassDef

    def dotted(self, node):
        if isinstance(node, ast.Name):
            return self.aliases.get(node.id)
        above = self.dotted(node.value) if isinstance(node, ast.Attribute) else None
        return above and f"{above}.{node.attr}"


def members(name):
    """The objects that a name of the outline stands for: the one it names, or all that the module it names defines."""
    thing = resolve(name)
    if not isinstance(thing, ModuleType):
        return [thing]
    return [getattr(thing, key) for key in definitions(thing) if hasattr(thing, key)]


def allowed(dotted, built):
    """Is the name, or what it is an attribute of, one of these objects? (`is`: an alias is the same object, and so is what
    stands below PyTorch's other ways to call it.)"""
    parts = dotted.split(".")
    if dotted.startswith(ALWAYS) or parts[-1].startswith("__"):
        return True
    *above, last = (resolve(".".join(parts[:n])) for n in range(1, len(parts) + 1))
    if isinstance(last, ModuleType | dtype):
        return True
    return any(unwrap(x) is unwrap(y) for x in (*above, last) if not isinstance(x, ModuleType) for y in built)


def joins(cell):
    return cell.cell_type == "markdown" and any(line.startswith(JOINED) for line in cell.source.splitlines())


def too_early(cells, before, own=(), previews=()):
    """(number of the code cell, name) of everything that the cells use before it is built."""
    built = [thing for name in (*before, *previews) for thing in members(name)]
    uses, count = Uses(), 0
    for cell in cells:
        if joins(cell):
            built += [thing for name in own for thing in members(name)]
        if cell.cell_type != "code":
            continue
        count += 1
        try:
            tree = ast.parse(TransformerManager().transform_cell(cell.source))
        except SyntaxError:
            assert must_raise(cell), f"cell {count} is not Python"
            continue
        uses.found.clear()
        uses.visit(tree)
        for dotted in uses.found:
            if not (must_raise(cell) and not exists(dotted)) and not allowed(dotted, built):
                yield count, dotted


def exists(dotted):
    try:
        resolve(dotted)
    except LookupError:
        return False
    return True


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda one: one.file)
def test_a_chapter_uses_only_what_is_built(chapter):
    cells = nbformat.read(chapter.path, as_version=4).cells
    assert list(too_early(cells, built_before(chapter.number), chapter.builds, chapter.previews)) == []


@pytest.mark.parametrize("chapter", [one for one in WRITTEN if one.builds], ids=lambda one: one.file)
def test_a_chapter_that_builds_says_what_joined(chapter):
    assert sum(map(joins, nbformat.read(chapter.path, as_version=4).cells)) == 1


@pytest.mark.parametrize("name", [name for one in chapters() for name in (*one.builds, *one.previews)])
def test_the_package_has_what_the_outline_names(name):
    assert members(name)


# The check itself

HEADING = new_markdown_cell(f"{JOINED}\n\nLook:")
EARLY = ["minigrad.ops.add", "minigrad.ops.exp"]


@pytest.mark.parametrize("source", [
    "import minigrad as mg\nmg.exp(1.0)",
    "import minigrad\nminigrad.ops.add(1, 2)",
    "from minigrad import exp",
    "from minigrad.ops import add as plus\nplus(1, 2)",
    "import minigrad as mg\nmg.viz.draw(1)\nfrom minigrad.course import source",
    "import minigrad as mg\nmg.__version__",
    "from minigrad import nn, ops",
    "import minigrad as mg\nmg.float64",
    "from minigrad import viz as mul\nmul.draw(1)",
    "import numpy as np\nnp.sum(1)\nx.sum()",
    "import minigrad as mg\nmg = other()\nmg.sum(1)",
    "%matplotlib inline",
])  # fmt: skip
def test_it_lets_pass(source):
    assert list(too_early([new_code_cell(source)], EARLY)) == []


@pytest.mark.parametrize("source, name", [
    ("import minigrad as mg\nmg.sum(1)", "minigrad.sum"),
    ("from minigrad import sum", "minigrad.sum"),
    ("def f():\n    from minigrad.ops import mul", "minigrad.ops.mul"),
    ("import minigrad.ops as o\nprint([o.mul(2, 3)])", "minigrad.ops.mul"),
    ("import minigrad as mg\nops = mg.ops\nf = ops.mul", "minigrad.ops.mul"),
    ("import minigrad as torch\ntorch.Tensor.sin(x)", "minigrad.Tensor.sin"),
    ("import minigrad\nclass Mine(minigrad.Tensor): pass", "minigrad.Tensor"),
])  # fmt: skip
def test_it_finds(source, name):
    assert list(too_early([new_code_cell("x = 1"), new_code_cell(source)], EARLY)) == [(2, name)]


def test_a_star_import_and_an_unknown_name_are_errors():
    for source in ("from minigrad import *", "import minigrad as mg\nmg.nonesuch"):
        with pytest.raises(LookupError):
            list(too_early([new_code_cell(source)], EARLY))


def test_aliases_live_on_in_later_cells():
    cells = [new_code_cell("import minigrad as mg"), new_code_cell("mg.sum(1)")]
    assert list(too_early(cells, EARLY)) == [(2, "minigrad.sum")]


def test_a_chapter_s_own_names_may_be_used_after_the_heading():
    early, late = new_code_cell("import minigrad as mg\nmg.sum(1)"), new_code_cell("mg.sum(1)")
    assert list(too_early([early, HEADING, late], EARLY, ["minigrad.sum"])) == [(1, "minigrad.sum")]
    assert list(too_early([early, HEADING, late], EARLY, previews=["minigrad.sum"])) == []


def test_a_module_stands_for_all_it_defines_and_a_class_for_its_methods():
    cell = new_code_cell("import minigrad as mg\nmg.exp(1)\nmg.Tensor.sin(x)")
    assert list(too_early([cell], ["minigrad.ops", "minigrad.Tensor"])) == []
