"""Show the package's own source in a notebook, down to one line of the derivative table."""

import ast
import functools
import html
import importlib
import sys
import textwrap
from pathlib import Path
from types import ModuleType

PACKAGE = Path(__file__).parents[1]
QUIET, WORD, TEXT = "#657989", "#2d7bbb", "#a56927"      # comments, keywords, strings: between
COLOURS = {QUIET: ("#55677a", "#aebccb"), WORD: ("#1f6098", "#8cc4f5"),      # and on pages that
           TEXT: ("#8a4f12", "#e3b07a")}                                     # are light, or dark
HOLDERS = ast.Module | ast.ClassDef | ast.FunctionDef      # of definitions; `f.g` is the g inside f


class Listing(str):
    """Source text that shows itself without quotes, and in colour where the front end can."""

    def __repr__(self):
        return str(self)

    def _repr_markdown_(self):                       # for GitHub, which shows no styles
        return f"```python\n{self}\n```"

    def _repr_html_(self):
        from pygments import format, lex
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import PythonLexer

        from ..viz.common.theme import light_dark

        formatter = HtmlFormatter(style=_colours(), noclasses=True, nowrap=True)
        code = format(lex(self, PythonLexer()), formatter)
        for between, colours in COLOURS.items():
            code = code.replace(f"color: {between.upper()}", light_dark(*colours, between))
        return ('<pre style="font-family:monospace;line-height:1.35;overflow-x:auto">'
                f'<code style="white-space:pre">{code}</code></pre>')


class Folded(Listing):
    """A listing behind a line that says what it is for; a click opens it."""

    def __new__(cls, text: str, summary: str):
        listing = super().__new__(cls, text)
        listing.summary = summary
        return listing

    def __repr__(self):                              # text cannot be closed
        return f"{self.summary}\n{self}"

    def _repr_markdown_(self):
        return self._closed(f"\n\n{super()._repr_markdown_()}\n\n")

    def _repr_html_(self):
        return self._closed(super()._repr_html_())

    def _closed(self, inside):
        summary = html.escape(self.summary, quote=False)
        return f'<details><summary style="cursor:pointer">{summary}</summary>{inside}</details>'


@functools.cache
def _colours():
    from pygments.style import Style
    from pygments.token import Comment, Keyword, Literal, Operator

    class Colours(Style):
        styles = {Comment: f"italic {QUIET}",
                  Keyword: f"bold {WORD}", Operator.Word: f"bold {WORD}",
                  Literal.String: TEXT, Literal.String.Doc: f"italic {QUIET}"}
    return Colours


def source(*things: object, docstrings: bool = True, fold: str | None = None) -> Listing:
    """The real source of functions, classes, methods or table entries, or of their dotted names.

    >>> from minigrad.course import source
    >>> source("minigrad.course.outline.Chapter.path")
    # minigrad/course/outline.py
    @property
    def path(self) -> Path:
        return notebooks() / self.file

    `docstrings=False` leaves the docstrings out. With `fold`, only that line is seen until it is
    clicked on. Raises LookupError for a name that the package does not define.
    """
    blocks, last = [], None
    for thing in things:
        module, node = find(thing)
        text = lines_of(module, node, docstrings)
        if module is not last:
            blocks.append(f"\n# {Path(module.__file__).relative_to(PACKAGE.parent).as_posix()}")
        elif "\n" in text or "\n" in blocks[-1].strip():
            text = "\n" + text        # an empty line between definitions, none inside a table
        blocks.append(text)
        last = module
    text = "\n".join(blocks).strip("\n")
    return Listing(text) if fold is None else Folded(text, fold)


def find(thing: object) -> tuple[ModuleType, ast.stmt]:
    """(the module that defines `thing`, the `def`, `class` or assignment that does)."""
    if isinstance(thing, str):
        for module, path in spellings(thing):
            if in_package(module) and (node := statement(module, path)) is not None:
                return module, node
        name, thing = thing, resolve(thing)          # an alias, such as minigrad.exp
    else:
        name = repr(thing)
    path = getattr(thing, "__qualname__", "")
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    if in_package(module) and (node := statement(module, path.split("."))) is not None:
        return module, node
    for module in package_modules() if callable(thing) else ():
        for key, value in vars(module).items():
            if value is thing and (node := definitions(module).get(key)) is not None:
                return module, node
    raise LookupError(f"no definition of {name} in the package: give a function, a class, a method "
                      "or its dotted name")


def resolve(dotted: str) -> object:
    """The object behind a dotted name, as a reader who typed it would get it.

    `minigrad.tensor` is thus the function, although a module has that name too. Raises LookupError
    if there is none.
    """
    for module, path in spellings(dotted):
        try:
            return functools.reduce(getattr, path, module)
        except AttributeError:
            continue
    raise LookupError(f"there is no {dotted}")


def spellings(dotted: str):
    """Every reading of a dotted name as (module, path of attributes), the shortest module first."""
    parts = dotted.split(".")
    for n in range(1, len(parts) + 1):
        try:
            yield importlib.import_module(".".join(parts[:n])), parts[n:]
        except ModuleNotFoundError as error:
            if not dotted.startswith(error.name or dotted):     # the module itself needs it
                raise
            return


def definitions(module: ModuleType) -> dict[str, ast.stmt]:
    """What a module defines itself (imports are not definitions): name -> statement."""
    return bindings(tree_of(module.__file__))


@functools.cache
def tree_of(file: str) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"))


def bindings(body: ast.Module | ast.ClassDef | ast.FunctionDef) -> dict[str, ast.stmt]:
    found = {}
    for node in body.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
            found.update({n.id: node for n in names if isinstance(n.ctx, ast.Store)})
    return found


def statement(module: ModuleType, path: list[str]) -> ast.stmt | None:
    node = tree_of(module.__file__)
    for name in path:
        inside = bindings(node) if isinstance(node, HOLDERS) else {}
        if name not in inside:
            return None
        node = inside[name]
    return node if path else None


def lines_of(module: ModuleType, node: ast.stmt, docstrings: bool) -> str:
    lines = Path(module.__file__).read_text(encoding="utf-8").splitlines()
    first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
    keep = range(first, node.end_lineno + 1)
    if not docstrings:
        dropped = {n for inner in ast.walk(node) for n in docstring_lines(inner, lines)}
        keep = [n for n in keep if n not in dropped]
    return textwrap.dedent("\n".join(lines[n - 1] for n in keep)).rstrip()


def docstring_lines(node: ast.AST, lines: list[str]) -> range:
    """The lines of a docstring and an empty line after it; none where it is the whole body."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    if not isinstance(node, kinds) or len(node.body) == 1:
        return range(0)
    if ast.get_docstring(node, clean=False) is None:
        return range(0)
    text = node.body[0]
    return range(text.lineno, text.end_lineno + (2 if not lines[text.end_lineno].strip() else 1))


def in_package(module: ModuleType | None) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and Path(file).is_relative_to(PACKAGE)


def package_modules() -> list[ModuleType]:
    named = sorted(sys.modules.items())
    return [module for name, module in named if name.startswith("minigrad") and in_package(module)]
