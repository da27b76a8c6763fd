"""Open the course in JupyterLab: `python -m minigrad.course.lab [JupyterLab's own flags]`."""

import os
import sys
from pathlib import Path

from .here import for_readers
from .outline import chapters, work

# What the kernels find, unless the reader has set it. Chapters explode on purpose. One thread for
# products: a second one waits in a loop, and where anything else runs that costs far more than it
# gains (measured, and told with the figures, in the README under "One thread or more").
KERNELS = {"MINIGRAD_QUIET": "1", "OPENBLAS_NUM_THREADS": "1"}

# A folder of settings that Jupyter reads besides its own: JupyterLab does not ask for "news".
SETTINGS = Path(__file__).with_name("jupyter")


def flags(arguments: list[str]) -> list[str]:
    """JupyterLab's arguments: the reader's copies, the first chapter, then the reader's, which win.

    >>> from minigrad.course.lab import flags
    >>> flags(["--port", "9999"])[-2:]
    ['--port', '9999']
    """
    first = chapters()[0]
    fixed = [f"--ServerApp.root_dir={work()}", f"--LabApp.default_url=/lab/tree/{first.file}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        fixed.append("--allow-root")                  # in a container the only user is often root
    return fixed + arguments


def renderer() -> str:
    """One line that says what will draw the graphs, or what to install so that something can.

    >>> from minigrad.course.lab import renderer
    >>> renderer().startswith("Graphs ")
    True
    """
    from minigrad.viz.common.render import NoRenderer, find_dot, render

    try:
        render("digraph { a -> b }", "svg")
    except (NoRenderer, RuntimeError, OSError) as error:
        return f"Graphs will be shown as text, not as pictures. {error}"
    return f"Graphs are drawn by {find_dot().name}."


def environment() -> dict[str, str]:
    """What JupyterLab and its kernels find in their environment; what the reader has set stays."""
    paths = filter(None, [os.environ.get("JUPYTER_CONFIG_PATH"), str(SETTINGS)])
    return {**KERNELS, **os.environ, **for_readers(), "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def main() -> None:
    try:
        from jupyterlab.labapp import main as lab

        from .work import refresh, report
    except ImportError as error:
        missing = error.name.partition(".")[0]
        sys.exit(f"The course needs {missing}, which is not installed here: run "
                 'python -m pip install -e ".[course]"')

    os.environ |= environment()
    try:
        print(report(refresh()))
    except OSError as error:
        sys.exit(f"The chapters are copied to {work()}, and that failed: {error}")
    print(renderer(), flush=True)
    sys.exit(lab(flags(sys.argv[1:])))


if __name__ == "__main__":
    main()
