"""How the notebooks are stored. `pytest --nbval` runs them, but compares nothing where nothing is stored."""

import ast
import re

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from minigrad.course import chapters
from minigrad.course.execute import dumps, must_raise, normalise
from minigrad.course.outline import notebooks

WRITTEN = [one for one in chapters() if one.status == "written"]
LONGEST_CELL = 45
SHOWS = {"draw", "growth", "show", "show_images", "source", "trace"}      # calls that are there to be looked at
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+|\b0x[0-9a-f]{8,}\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`(=])(?:~?/(?:[\w.-]+/)+[\w.-]+|[A-Za-z]:\\\w\w)""", re.MULTILINE)
IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def texts(cell):
    """Everything readable in a cell: its source and its outputs without the encoded pictures."""
    yield cell.source
    for output in cell.get("outputs", ()):
        yield output.get("text", "")
        yield output.get("evalue", "")
        yield "\n".join(output.get("traceback", ()))
        for kind, data in output.get("data", {}).items():
            if kind.startswith("text/"):
                yield re.sub(r"base64,[\w+/=]+", "", data)


def should_show(source):
    """What a cell must have stored: something printed or, judged by its last line, a value to look at."""
    body = ast.parse(TransformerManager().transform_cell(source)).body
    values = [statement.value for statement in body if isinstance(statement, ast.Expr)]
    if any(isinstance(value, ast.Call) and called(value) == "print" for value in values):
        return "stream"
    last = values[-1] if body and isinstance(body[-1], ast.Expr) else None
    if isinstance(last, ast.Call):
        return "data" if called(last) in SHOWS else None
    return "data" if last is not None else None


def called(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", None)


def problems(notebook):
    """Everything wrong with a stored notebook, one sentence each."""
    cells = code_cells(notebook)
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "it was not stored as run from top to bottom"
    pictures = 0
    for number, cell in enumerate(cells, start=1):
        kinds = [output.output_type for output in cell.outputs]
        data = [kind for output in cell.outputs for kind in output.get("data", {})]
        images = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        pictures += any(kind.startswith("image/") for kind in data) or "<img" in images or "<svg" in images
        if must_raise(cell) != ("error" in kinds):
            yield f"cell {number}: it is tagged raises-exception exactly if it stores an error"
        elif not must_raise(cell):
            wanted = should_show(cell.source)
            if wanted and not {"data": bool(data), "stream": "stream" in kinds}[wanted]:
                yield f"cell {number}: it ends in something to see, but stores no output"
            if any(output.get("name") == "stderr" for output in cell.outputs):
                yield f"cell {number}: it writes to stderr"
        tags = cell.metadata.get("tags", ())
        if "timing" in tags and "nbval-ignore-output" not in tags:
            yield f"cell {number}: a timing, and nbval would compare it; tag it nbval-ignore-output too"
        if cell.source.rstrip().endswith(";"):
            yield f"cell {number}: nbval shows what a final semicolon hides"
        if len(cell.source.splitlines()) > LONGEST_CELL:
            yield f"cell {number}: more than {LONGEST_CELL} lines"
    if not pictures:
        yield "there is no picture in it"
    for number, cell in enumerate(notebook.cells, start=1):
        text = "\n".join(texts(cell))
        if found := ADDRESS.search(text):
            yield f"cell-{number}: an address in memory, {found[0]}"
        if found := MACHINE_PATH.search(text):
            yield f"cell-{number}: a path of one machine, {found[0].strip()}"
        for tag in IMAGE.findall(text):
            if not re.search(r"""\balt=(?:"[^"]+"|'[^']+')""", tag):
                yield f"cell-{number}: an <img> without alt text"
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            yield f"cell-{number}: a picture without alt text"


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda one: one.file)
def test_a_written_chapter_is_well_stored(chapter):
    text = chapter.path.read_text(encoding="utf-8")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert list(problems(notebook)) == []
    assert dumps(normalise(notebook)) == text, "run `make notebooks`: it is not in its normal form"


def test_the_folder_holds_the_written_chapters_and_no_others():
    assert sorted(path.name for path in notebooks().glob("*.ipynb")) == sorted(one.file for one in WRITTEN)


# The checks themselves can fail

def shown(text="1"):
    return new_output("execute_result", {"text/plain": text})


def printed(text="1\n", name="stdout"):
    return new_output("stream", name=name, text=text)


PICTURE = new_code_cell("plt.show()", outputs=[new_output("display_data", {"image/png": "", "text/plain": "<Figure>"})])
ERROR = new_output("error", ename="E", evalue="", traceback=[])


def notebook(*cells):
    made = normalise(new_notebook(cells=[nbformat.from_dict(cell) for cell in (PICTURE, *cells)]))
    for output in (o for cell in code_cells(made) for o in cell.outputs if o.output_type == "error"):
        output.traceback = []
    return made


@pytest.mark.parametrize("cell", [
    new_code_cell("x = 1"),
    new_code_cell("loss.backward()"),
    new_code_cell("x\nfor i in y: pass"),
    new_code_cell("x", outputs=[shown()]),
    new_code_cell("print(1)\nx = 2", outputs=[printed()]),
    new_code_cell("%matplotlib inline"),
    new_code_cell("1 +", metadata={"tags": ["raises-exception"]}, outputs=[ERROR]),
    new_markdown_cell("![a graph](x.png) <img alt='b' src='data:image/png;base64,/9j/4AA/x/y'>"),
    new_markdown_cell("1/2, a / b / c and https://a.org/b/c"),
])  # fmt: skip
def test_nothing_is_wrong_with(cell):
    assert list(problems(notebook(cell))) == []


@pytest.mark.parametrize("cell, problem", [
    (new_code_cell("x"), "stores no output"),
    (new_code_cell("viz.draw(x)"), "stores no output"),
    (new_code_cell("print(1)"), "stores no output"),
    (new_code_cell("plt.show()", outputs=[printed()]), "stores no output"),
    (new_code_cell("1 / 0", outputs=[ERROR]), "raises-exception"),
    (new_code_cell("1 / 0", metadata={"tags": ["raises-exception"]}), "raises-exception"),
    (new_code_cell("f()", outputs=[printed(name="stderr")]), "stderr"),
    (new_code_cell("f();", outputs=[shown()]), "semicolon"),
    (new_code_cell("seconds", metadata={"tags": ["timing"]}, outputs=[shown()]), "nbval would compare"),
    (new_code_cell("x = 1\n" * 46), "more than 45 lines"),
    (new_code_cell("x", outputs=[shown("<object at 0x7f12ab34>")]), "address"),
    (new_code_cell("x", outputs=[shown("'/somewhere/on/a/disk.py'")]), "a path of one machine"),
    (new_code_cell("x", outputs=[shown(r"C:\Users")]), "a path of one machine"),
    (new_code_cell("x", outputs=[new_output("display_data", {"text/html": "<img src='x'>"})]), "alt text"),
    (new_markdown_cell("![](x.png)"), "alt text"),
])  # fmt: skip
def test_something_is_wrong_with(cell, problem):
    (found,) = problems(notebook(cell))
    assert problem in found


def test_a_notebook_without_pictures_or_not_run_in_order_is_found():
    bare = notebook()
    bare.cells[0].source, bare.cells[0].outputs = "x = 1", []
    assert list(problems(bare)) == ["there is no picture in it"]
    unrun = notebook()
    unrun.cells[0].execution_count = None
    assert list(problems(unrun)) == ["it was not stored as run from top to bottom"]
