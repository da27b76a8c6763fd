"""Each test that starts a kernel costs a second: the first notebook below holds many cases at once."""

import os
from copy import deepcopy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from minigrad.course import Chapter, execute
from minigrad.course.execute import dumps, main, normalise, run, without_paths

RAISES = {"tags": ["raises-exception"]}

CASES = [
    new_markdown_cell("# Title"),
    new_code_cell("1 + 1", metadata={"execution": {"iopub.execute_input": "2024-01-01"}, "tags": ["kept"]}),
    new_code_cell("1 / 0", metadata=RAISES),
    new_code_cell("import sys\nprint(1, flush=True)\nprint('two', file=sys.stderr, flush=True)\nprint(3)"),
    new_code_cell(""),
    new_code_cell("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
    new_code_cell("from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass"),
    new_code_cell("for i in range(50): print('\\r', i, end='', flush=True)\nprint()"),
    new_code_cell("from minigrad.course import chapter\nchapter(99)", metadata=RAISES),
    new_code_cell("import os\nos.environ['PYTHONHASHSEED'], os.path.basename(os.getcwd())"),
    new_code_cell("sys.executable"),
    new_code_cell("import time\nmoment = time.perf_counter_ns()\nmoment", metadata={"tags": ["timing"]}),
    new_code_cell("print('later cells see this run:', time.perf_counter_ns() - moment < 60e9)"),
]


def save(path, *cells):
    path.write_text(nbformat.writes(new_notebook(cells=[nbformat.from_dict(cell) for cell in cells])), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    path = save(tmp_path_factory.mktemp("notebooks") / "cases.ipynb", *CASES)
    assert run([path]) == 0
    return path, nbformat.read(path, as_version=4)


def outputs(notebook, beginning):
    (cell,) = [cell for cell in notebook.cells if cell.source.startswith(beginning)]
    return cell.outputs


def test_it_is_stored_in_its_normal_form(executed):
    path, notebook = executed
    nbformat.validate(notebook)
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n") and not text.endswith("\n\n")
    assert dumps(normalise(notebook)) == text
    assert notebook.metadata == execute.NOTEBOOK_METADATA
    assert [cell.id for cell in notebook.cells] == [f"cell-{n}" for n in range(1, len(CASES))]
    assert [c.execution_count for c in notebook.cells if c.cell_type == "code"] == list(range(1, len(CASES) - 1))
    assert notebook.cells[1].metadata == {"tags": ["kept"]}


def test_a_second_run_changes_no_byte_and_leaves_the_file_alone(executed, capsys):
    path, _ = executed
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert run([path]) == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert "unchanged" in capsys.readouterr().out


def test_timings_are_kept_while_the_code_down_to_them_is_the_same(executed, tmp_path):
    notebook = deepcopy(executed[1])          # the test above ran it a second time, and no byte changed
    before = outputs(notebook, "import time")
    assert outputs(notebook, "print('later")[0].text == "later cells see this run: True\n"
    (cell, code), = execute.timed(notebook)
    assert cell.metadata == {"tags": ["timing"], "measured": code}
    assert execute.measured(notebook) == {code: before}
    cell.source += " "
    assert execute.measured(notebook) == {}, "its own code is another"
    cell.source = cell.source[:-1]
    notebook.cells[1].source = "1 + 2"
    assert execute.measured(notebook) == {}, "code above it is another"
    short = save(tmp_path / "short.ipynb", cell)
    assert main_on(short, "--timings", "new") == 0
    assert outputs(nbformat.read(short, as_version=4), "import time") != before
    stored = short.read_bytes()
    assert main_on(short) == 0 and short.read_bytes() == stored


def main_on(path, *options):
    """`main` with these options, on a notebook that is no chapter."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(execute, "chapter", lambda n: Chapter(n, str(path), "Short", "Why?", "planned"))
        return main(["0", *options])


def test_streams_are_merged_and_a_progress_bar_keeps_its_last_state(executed):
    _, notebook = executed
    assert [(o.name, o.text) for o in outputs(notebook, "import sys")] == [("stdout", "1\n3\n"), ("stderr", "two\n")]
    (bar,) = outputs(notebook, "for i in range(50)")
    assert bar.text.strip() == "49"


def test_plots_are_pictures_and_widgets_are_text(executed):
    _, notebook = executed
    assert set(outputs(notebook, "import matplotlib")[0].data) == {"text/plain", "image/png"}
    assert set(outputs(notebook, "from tqdm")[0].data) == {"text/plain"}


def test_expected_errors_are_stored_without_the_machine_s_paths(executed):
    _, notebook = executed
    assert outputs(notebook, "1 / 0")[0].ename == "ZeroDivisionError"
    traceback = "\n".join(outputs(notebook, "from minigrad")[0].traceback)
    assert "minigrad/course/outline.py" in traceback and str(execute.ROOT) not in traceback


def test_the_kernel_is_this_python_in_the_notebook_s_folder(executed):
    path, notebook = executed
    assert outputs(notebook, "import os")[0].data["text/plain"] == str(("0", path.parent.name))
    assert os.path.samefile(eval(outputs(notebook, "sys.executable")[0].data["text/plain"]), execute.sys.executable)


@pytest.mark.parametrize(
    "cell, message",
    [(new_code_cell("1 / 0"), "ZeroDivisionError"), (new_code_cell("1 + 1", metadata=RAISES), "did not raise")],
    ids=["raised", "did not raise"],
)
def test_a_surprise_is_reported_and_nothing_is_written(tmp_path, capsys, cell, message):
    path = save(tmp_path / "bad.ipynb", cell)
    before = path.read_bytes()
    assert run([path]) == 1
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["bad.ipynb"]
    assert "FAILED" in (said := capsys.readouterr().out) and message in said


def test_check_reports_a_difference_and_writes_nothing(tmp_path, capsys):
    stale = new_output("execute_result", {"text/plain": "41"})
    path = save(tmp_path / "old.ipynb", new_code_cell("6 * 7", outputs=[stale]))
    before = path.read_bytes()
    assert run([path], check=True) == 1
    assert path.read_bytes() == before
    assert '-       "41"' in (said := capsys.readouterr().out) and '+       "42"' in said


def test_a_notebook_is_replaced_as_a_whole(tmp_path, monkeypatch):
    path = save(tmp_path / "whole.ipynb")
    before = path.read_bytes()

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(execute.os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        run([path])
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]      # and nothing lies beside it


@pytest.mark.parametrize("line, expected", [
    (f"File {execute.ROOT}{os.sep}minigrad{os.sep}ops.py:31", f"File minigrad{os.sep}ops.py:31"),
    ("\x1b[32m/some/where/.venv/lib/python3.13/site-packages/numpy/a.py:3\x1b[39m", "\x1b[32mnumpy/a.py:3\x1b[39m"),
    ("File ~/.pyenv/lib/python3.11/json/decoder.py:3", "File json/decoder.py:3"),
    (r"File C:\Python\Lib\site-packages\numpy\a.py:3", r"File numpy\a.py:3"),
    ("a / b and (a/b)/c stay", "a / b and (a/b)/c stay"),
])  # fmt: skip
def test_paths_in_tracebacks(line, expected):
    assert without_paths(line) == expected


def test_an_unknown_chapter_and_a_missing_notebook_are_said(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        main(["99"])
    assert "no chapter 99" in capsys.readouterr().err
    monkeypatch.setattr(execute, "chapter", lambda n: Chapter(n, "77_lost.ipynb", "Lost", "Where?", "planned"))
    with pytest.raises(SystemExit):
        main(["77"])
    assert "77_lost.ipynb" in capsys.readouterr().err
