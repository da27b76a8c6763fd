"""What pytest needs for the docstrings' examples and for the notebooks."""

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


@pytest.fixture(autouse=True)
def examples_know_mg(request):
    """`>>> mg.tensor(3.0)` in a docstring needs no import."""
    if isinstance(request.node, pytest.DoctestItem):
        import minigrad

        request.getfixturevalue("doctest_namespace")["mg"] = minigrad
