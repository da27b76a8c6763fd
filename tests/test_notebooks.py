"""How the notebooks are stored. `pytest --nbval` runs them, but compares nothing where nothing is stored."""

import ast
import base64
import re
from io import BytesIO

import nbformat
import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from matplotlib.image import imread, imsave
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from minigrad.course import chapters
from minigrad.course.execute import dumps, must_raise, normalise
from minigrad.course.links import linked
from minigrad.course.outline import notebooks
from minigrad.viz.common.picture import DIGEST, Picture

WRITTEN = [one for one in chapters() if one.status == "written"]
LONGEST_CELL = 45
SHOWS = {"draw", "growth", "show", "show_images", "source", "trace"}      # calls that are there to be looked at
ADDRESS = re.compile(r"\bat 0x[0-9a-f]+|\b0x[0-9a-f]{8,}\b", re.IGNORECASE)
MACHINE_PATH = re.compile(r"""(?:^|[\s"'`(=])(?:~?/(?:[\w.-]+/)+[\w.-]+|[A-Za-z]:\\\w\w)""", re.MULTILINE)
CODE = re.compile(r"```.*?```|`[^`]+`|\$[^$]+\$", re.DOTALL)
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


def links(notebook):
    """(cell number, address) of every link in the text of a notebook, written or shown."""
    for number, cell in enumerate(notebook.cells, start=1):
        shown = [data for output in cell.get("outputs", ()) for kind, data in output.get("data", {}).items()
                 if kind in ("text/html", "text/markdown")]
        text = "\n".join([cell.source] * (cell.cell_type == "markdown") + shown)
        for address in re.findall(r"""(?<!!)\[[^\]]*\]\(([^)\s]*)\)|\bhref=["']([^"']*)""", re.sub(CODE, "", text)):
            yield number, "".join(address)


def broken(address):
    """Does a link lead out of the folder that JupyterLab serves, or nowhere? Headings are not looked up."""
    path = address.partition("#")[0]
    return bool(path) and not re.match(r"https?://|mailto:", address) and path not in {one.file for one in WRITTEN}


def empty(html):
    """Is there no picture in this, or nothing to see in it?"""
    found = re.search(r'src="data:image/(svg\+xml|png);base64,([^"]*)"', html)
    data = base64.b64decode(found[2]) if found else b""
    if found and found[1] == "svg+xml":
        plot = re.search(rb'image/png;base64,([^"]*)', data)
        if not plot:
            return not re.search(rb"<(text|path)\b", data)
        data = base64.b64decode(plot[1])
    return blank(data)


def blank(png):
    """Is a PNG damaged, or of one colour?"""
    try:
        return bool(np.ptp(imread(BytesIO(png)), axis=(0, 1)).max() == 0)
    except (SyntaxError, ValueError, OSError):
        return True


def pictures(cell):
    """What is wrong with the stored pictures of a cell. `nbval` compares the digest that stands beside each with
    that of what the cell draws today; the picture itself carries the same one, or else it is an older one."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data and blank(base64.b64decode(data["image/png"])):
            yield "an empty picture"
        if DIGEST not in data:
            continue
        found = re.search(r'<img\b[^>]* data-source="(\w+)"[^>]*>', data.get("text/html", ""))
        if not found or empty(found[0]):
            yield "an empty picture"
        elif found[1] != data[DIGEST]:
            yield "a picture of another run than its text"


def called(call):
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", None)


def problems(notebook):
    """Everything wrong with a stored notebook, one sentence each."""
    cells = code_cells(notebook)
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "it was not stored as run from top to bottom"
    seen = 0
    for number, cell in enumerate(cells, start=1):
        kinds = [output.output_type for output in cell.outputs]
        data = [kind for output in cell.outputs for kind in output.get("data", {})]
        images = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)
        seen += any(kind.startswith("image/") for kind in data) or "<img" in images or "<svg" in images
        if must_raise(cell) != ("error" in kinds):
            yield f"cell {number}: it is tagged raises-exception exactly if it stores an error"
        elif not must_raise(cell):
            wanted = should_show(cell.source)
            if wanted and not {"data": bool(data), "stream": "stream" in kinds}[wanted]:
                yield f"cell {number}: it ends in something to see, but stores no output"
            if any(output.get("name") == "stderr" for output in cell.outputs):
                yield f"cell {number}: it writes to stderr"
        tags = cell.metadata.get("tags", ())
        yield from (f"cell {number}: {what} is stored" for what in pictures(cell))
        if "bar_format=" in cell.source and not re.search(r"import .*\bBAR\b", "\n".join(one.source for one in cells)):
            yield f"cell {number}: a bar of its own; take minigrad.course.BAR, which shows readers the time that is left"
        if "timing" in tags and "nbval-ignore-output" not in tags:
            yield f"cell {number}: a timing, and nbval would compare it; tag it nbval-ignore-output too"
        if cell.source.rstrip().endswith(";"):
            yield f"cell {number}: nbval shows what a final semicolon hides"
        if len(cell.source.splitlines()) > LONGEST_CELL:
            yield f"cell {number}: more than {LONGEST_CELL} lines"
    if not seen:
        yield "there is no picture in it"
    for number, address in links(notebook):
        if broken(address):
            yield f"cell-{number}: {address} is no chapter; JupyterLab follows no link out of its folder"
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


@pytest.mark.parametrize("chapter", WRITTEN, ids=lambda one: one.file)
def test_a_written_chapter_has_the_course_s_own_cells(chapter):
    text = chapter.path.read_text(encoding="utf-8")
    wanted = linked(nbformat.reads(text, as_version=4), chapter.number)
    assert dumps(wanted) == text, "run `python -m minigrad.course.links`"


def test_the_folder_holds_the_written_chapters_and_no_others():
    assert sorted(path.name for path in notebooks().glob("*.ipynb")) == sorted(one.file for one in WRITTEN)


# The checks themselves can fail

def shown(text="1"):
    return new_output("execute_result", {"text/plain": text})


def printed(text="1\n", name="stdout"):
    return new_output("stream", name=name, text=text)


def png(*points):
    """An image of a row of points, each 0 or 1, as notebooks store it."""
    file = BytesIO()
    imsave(file, np.array([points]), vmin=0, vmax=1, format="png")
    return base64.b64encode(file.getvalue()).decode()


def figure(image):
    return new_output("display_data", {"image/png": image, "text/plain": "<Figure>"})


def drawn(**changed):
    """What a notebook stores of a drawing of ours."""
    picture = Picture("one line", "a line", svg="<svg viewBox='0 0 9 9'><path d='M0,0 L9,9'/></svg>")
    return new_output("execute_result", picture._repr_mimebundle_() | changed)


PICTURE = new_code_cell("plt.show()", outputs=[figure(png(0, 1))])
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
    new_code_cell("draw(x)", outputs=[drawn()]),
    new_code_cell("from minigrad.course import BAR\ntqdm(x, bar_format=BAR)"),
    new_markdown_cell("[next](01_a_number_that_remembers.ipynb), [up](#here), [far](https://a.org/../b), `[x](y)`, $f[1](2)$"),
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
    (new_code_cell("tqdm(x, bar_format='{bar}')"), "a bar of its own"),
    (new_markdown_cell("[the list](../docs/conformance.md)"), "../docs/conformance.md is no chapter"),
    (new_markdown_cell("<a href='99_nowhere.ipynb#x'>next</a>"), "99_nowhere.ipynb#x is no chapter"),
    (new_code_cell("x", outputs=[new_output("display_data", {"text/markdown": "[x](lab/y)"})]), "lab/y is no chapter"),
    (new_code_cell("plt.show()", outputs=[figure(png(1, 1))]), "an empty picture"),
    (new_code_cell("plt.show()", outputs=[figure("")]), "an empty picture"),
    (new_code_cell("draw(x)", outputs=[drawn(**{DIGEST: "0" * 12})]), "a picture of another run"),
    (new_code_cell("draw(x)", outputs=[drawn(**{"text/html": "<pre>one line</pre>"})]), "an empty picture"),
    (new_code_cell("draw(x)", outputs=[drawn(**{"text/html": Picture("one line", "a line", svg="<svg></svg>").html()})]),
     "an empty picture"),
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
