"""What conftest.py adds to a run of the notebooks."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parents[1]


def test_a_failing_cell_is_named_by_its_first_line_and_the_number_that_jupyter_shows(tmp_path):
    cells = [new_markdown_cell("# Title"), new_code_cell("a = 1", execution_count=1),
             new_code_cell("\n# a comment says it\n1 / 0", execution_count=2)]
    nbformat.write(new_notebook(cells=cells), tmp_path / "wrong.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "-p", "conftest", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"),
               "--rootdir", str(tmp_path), str(tmp_path / "wrong.ipynb")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "wrong.ipynb::Cell 1 is [2]  # a comment says it" in done.stdout, done.stdout
    assert "Cell 0 is" not in done.stdout
