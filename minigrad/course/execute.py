"""Run the course's notebooks and store them, always the same bytes for the same results.

    python -m minigrad.course.execute             every written chapter
    python -m minigrad.course.execute 3 12        these chapters, written or not yet
    python -m minigrad.course.execute --check     run, report what would change, write nothing
    python -m minigrad.course.execute --timings new 21     store what cells tagged "timing" took

A cell tagged "timing" shows seconds, or a picture of them, which no two runs have in common. It
runs like every other, but keeps what it has stored for as long as the code that it was stored for,
its own and that above it, is the same.
"""

import argparse
import difflib
import hashlib
import os
import re
import sys
import time
from pathlib import Path

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError

from ..files import whole_file
from .here import READER
from .outline import chapter, chapters

ROOT = Path(__file__).resolve().parents[2]
KEPT_METADATA = ("tags", "jupyter", "measured", "written")      # of a cell; Jupyter adds more
WIDGET = "application/vnd.jupyter.widget-view+json"
LIBRARY = re.compile(r"(?:~|/|[A-Za-z]:\\)[^\s\x1b]*?"
                     r"(?:site-packages|lib[/\\]python3\.\d+|Lib)[/\\](?!site-packages)")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class UnexpectedResult(Exception):
    """A cell raised and should not have, or should have raised and did not."""


def execute(path: Path, timings: str = "kept") -> nbformat.NotebookNode:
    """The notebook at `path`, run from top to bottom in a fresh kernel, in its normal form.

    Stored timings are "kept" while the code that they belong to is the same, or all are "new".
    """
    notebook = normalise(nbformat.read(path, as_version=4))
    stored = {} if timings == "new" else measured(notebook)
    client = NotebookClient(
        notebook,
        km=AsyncKernelManager(                       # this Python, no other
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[])),
        resources={"metadata": {"path": str(path.parent)}},
        timeout=None,
        coalesce_streams=True,
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        client.execute(env=kernel_environment())
    except (CellExecutionError, DeadKernelError) as error:
        raise UnexpectedResult(str(error)) from None
    for cell in notebook.cells:
        if must_raise(cell) and not any(output.output_type == "error" for output in cell.outputs):
            raise UnexpectedResult('a cell is tagged "raises-exception" and did not raise:\n'
                                   f"{cell.source}")
    for cell, code in timed(notebook):
        cell.metadata.measured = code
        cell.outputs = stored.get(code, cell.outputs)
    return normalise(notebook)


def timed(notebook: nbformat.NotebookNode):
    """Each cell tagged "timing", with a fingerprint of the code down to it."""
    code = hashlib.sha256()
    for cell in notebook.cells:
        if cell.cell_type == "code" and "written" not in cell.metadata:        # see links.py
            code.update(f"{cell.source}\n\n".encode())
            if "timing" in cell.metadata.get("tags", ()):
                yield cell, code.hexdigest()[:12]


def measured(notebook: nbformat.NotebookNode) -> dict[str, list]:
    """The stored outputs of timings whose code is still that which made them, by fingerprint."""
    return {code: cell.outputs for cell, code in timed(notebook)
            if cell.metadata.get("measured") == code}


def kernel_environment() -> dict[str, str]:
    """What makes a run repeatable: this package, plots in the notebook, sets in a fixed order.

    One thread for each product of matrices, unless told otherwise: two kernels at once would only
    wait for each other.
    """
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    inline = "module://matplotlib_inline.backend_inline"
    own = {key: value for key, value in os.environ.items() if key != READER}
    return {"OPENBLAS_NUM_THREADS": "1", **own,
            "PYTHONPATH": path, "MPLBACKEND": inline, "PYTHONHASHSEED": "0", "MINIGRAD_QUIET": "1"}


def must_raise(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "raises-exception" in cell.metadata.get("tags", ())


def normalise(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Leave out what changes from run to run without meaning anything; drop empty code cells."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(NOTEBOOK_METADATA)
    notebook.cells = [cell for cell in notebook.cells
                      if cell.cell_type != "code" or cell.source.strip()]
    count = 0
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number}"
        kept = {key: cell.metadata[key] for key in KEPT_METADATA if key in cell.metadata}
        cell.metadata = nbformat.from_dict(kept)
        if cell.cell_type == "code":
            cell.execution_count = count = count + 1
            cell.outputs = merge_streams(cell.outputs)
            for output in cell.outputs:
                normalise_output(output, count)
    return notebook


def normalise_output(output: nbformat.NotebookNode, count: int) -> None:
    if output.output_type == "execute_result":
        output.execution_count = count
    elif output.output_type == "error":
        output.traceback = [without_paths(line) for line in output.traceback]
    output.get("data", {}).pop(WIDGET, None)    # names a live widget; its text stays
    output.pop("transient", None)


def merge_streams(outputs: list) -> list:
    merged = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last.name:
            merged[-1].text += output.text
        else:
            merged.append(output)
    return merged


def without_paths(text: str) -> str:
    """A traceback line that reads the same on every machine: no path above the project."""
    home = Path.home()
    below = ROOT.is_relative_to(home)
    for root in (str(ROOT), f"~{os.sep}{ROOT.relative_to(home)}" if below else str(ROOT)):
        text = text.replace(root + os.sep, "")
    return LIBRARY.sub("", text)


def dumps(notebook: nbformat.NotebookNode) -> str:
    return nbformat.writes(notebook).rstrip("\n") + "\n"


def difference(old: str, new: str, limit: int = 40) -> str:
    """The first differing lines, cut where an encoded picture makes them long."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "stored", "this run", n=1,
                                 lineterm="")
    return "\n".join(line[:160] for line, _ in zip(lines, range(limit), strict=False))


def run(paths: list[Path], check: bool = False, timings: str = "kept") -> int:
    """Execute the notebooks; the number of those that failed (or, with `check`, that differ)."""
    wrong = 0
    for path in paths:
        print(f"{path.name:<40}", end=" ", flush=True)
        start = time.perf_counter()
        try:
            old, new = path.read_text(encoding="utf-8"), dumps(execute(path, timings))
        except UnexpectedResult as error:
            print(f"FAILED, not written\n{error}")
            wrong += 1
            continue
        word = "unchanged" if new == old else "differs" if check else "written"
        print(f"{time.perf_counter() - start:6.1f} s  {word}", flush=True)
        if word == "differs":
            print(difference(old, new))
            wrong += 1
        elif word == "written":
            with whole_file(path) as file:
                file.write(new.encode())
    return wrong


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m minigrad.course.execute",
                                     description="Run and store the notebooks.")
    parser.add_argument("numbers", nargs="*", type=int,
                        help="chapters to run; without any, all written ones")
    parser.add_argument("--check", action="store_true",
                        help="report what would change, write nothing")
    parser.add_argument("--timings", choices=("kept", "new"), default="kept",
                        help='of cells tagged "timing": keep what is stored while the code is the '
                             "same (the default), or not")
    options = parser.parse_args(arguments)
    try:
        chosen = [chapter(n) for n in options.numbers] or [
            one for one in chapters() if one.status == "written"]
    except KeyError as error:
        parser.error(error.args[0])
    missing = [one.file for one in chosen if not one.path.exists()]
    if missing:
        parser.error(f"no such notebook yet: {', '.join(missing)}")
    return 1 if run([one.path for one in chosen], options.check, options.timings) else 0


if __name__ == "__main__":
    sys.exit(main())
