"""What pytest needs for the docstrings' examples and for the notebooks."""

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent

# Kernels and other child processes get this checkout of the package and, as in Jupyter, plots that open no window.
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
os.environ["PYTHONHASHSEED"] = "0"
os.environ["MINIGRAD_QUIET"] = "1"                       # as in the course: no numpy warnings of minigrad's own lines
os.environ.pop("MINIGRAD_READER", None)                 # a terminal of JupyterLab: but these runs are compared
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")      # two kernels at once, each with two threads, wait for each other


def pytest_configure(config):
    """Notebooks run in the Python that runs pytest, whatever kernels Jupyter knows."""
    if getattr(config.option, "nbval", False) and not config.option.nbval_kernel_name:
        config.option.nbval_current_env = True


@pytest.hookimpl(wrapper=True)
def pytest_collect_file():
    """A picture's bytes depend on the version of Graphviz; its text/plain says all of it and is compared."""
    collected = yield
    for file in collected:
        if hasattr(file, "skip_compare"):                # a notebook, collected by nbval
            file.skip_compare += ("text/html", "image/svg+xml")
    return collected


def pytest_terminal_summary(terminalreporter):
    """nbval counts code cells from 0 and names no more; here is what to look for in the notebook."""
    failed = [report.nodeid for report in terminalreporter.stats.get("failed", []) if ".ipynb::Cell " in report.nodeid]
    if failed:
        terminalreporter.section("cells that failed")
    for nodeid in failed:
        terminalreporter.line(cell_line(nodeid, terminalreporter.config.rootpath))


def cell_line(nodeid, root):
    """`notebooks/x.ipynb::Cell 1 is [2]  a = 4`: the number that Jupyter shows, and the cell's first line."""
    path, _, number = nodeid.partition("::Cell ")
    cells = json.loads((root / path).read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"][int(number)]
    first = next((line.strip() for line in "".join(code["source"]).splitlines() if line.strip()), "")
    return f"{nodeid} is [{code['execution_count']}]  {first}"


@pytest.fixture(autouse=True)
def examples_know_mg(request):
    """`>>> mg.tensor(3.0)` in a docstring needs no import."""
    if isinstance(request.node, pytest.DoctestItem):
        import minigrad

        request.getfixturevalue("doctest_namespace")["mg"] = minigrad
