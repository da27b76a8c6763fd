"""The reader's own copies of the chapters, in `work/`: `make lab` opens them and keeps them.

    python -m minigrad.course.work                make and update them
    python -m minigrad.course.work 3 12           put the course's 3 and 12 beside the reader's own

So the tested notebooks stay as they are. A copy that nobody has changed follows its original; one
that the reader has changed is never written to. `work/` stands beside `notebooks/`, so that a path
such as `../data` leads to the same place from both.
"""

import hashlib
import json
import sys
from pathlib import Path

import nbformat

from ..files import whole_file
from .execute import dumps
from .outline import Chapter, chapter, chapters
from .outline import work as folder

RECORD = ".copied.json"          # {file: fingerprint of the copy as it was made}


def refresh() -> dict[str, list[str]]:
    """Make what is missing, update what is untouched; what was done, and the files it was done to.

    "made" (also where the reader has deleted one), "updated", "same", "own" (changed by the
    reader), "kept" (too, and the course has a newer one), "unreadable" (left alone).
    """
    done = {word: [] for word in ("made", "updated", "same", "own", "kept", "unreadable")}
    folder().mkdir(exist_ok=True)
    record = recorded()
    for one in chapters():
        if one.status == "written":
            done[_refresh_one(one, record)].append(one.file)
    _write(folder() / RECORD, json.dumps(record, indent=0).encode())
    return done


def _refresh_one(one: Chapter, record: dict[str, str]) -> str:
    path, made = folder() / one.file, record.get(one.file)
    try:
        wanted = without_answers(one)
        there = path.read_bytes() if path.exists() else None
        now, new = None if there is None else fingerprint(there), fingerprint(wanted)
        if now is None or made == now != new:
            _write(path, wanted)
    except (OSError, ValueError):                     # a folder, no permission; no notebook
        return "unreadable"
    if now in (None, made, new):
        record[one.file] = new
        return "made" if now is None else "same" if now == new else "updated"
    return "own" if made == new else "kept"


def beside(one: Chapter) -> Path:
    """Put the course's version beside the reader's, as `03_….new.ipynb`; the reader's stays.

    Raises FileExistsError if there is one already.
    """
    path = (folder() / one.file).with_suffix(".new.ipynb")
    if path.exists():
        raise FileExistsError(f"{path.name} is there already: rename or delete it first")
    folder().mkdir(exist_ok=True)
    wanted, record = without_answers(one), recorded()
    _write(path, wanted)
    record[one.file] = fingerprint(wanted)            # from now on this is not news
    _write(folder() / RECORD, json.dumps(record, indent=0).encode())
    return path


def without_answers(one: Chapter) -> bytes:
    """A chapter without the outputs that are stored closed, below "before you run the cell"."""
    notebook = nbformat.read(one.path, as_version=4)
    for cell in notebook.cells:
        look = cell.metadata.get("jupyter", {})
        if cell.cell_type == "code" and look.pop("outputs_hidden", False):
            cell.outputs, cell.execution_count = [], None
    return dumps(notebook).encode()


def recorded() -> dict[str, str]:
    """What was copied; nothing where that cannot be read, and then no file is written over."""
    try:
        record = json.loads((folder() / RECORD).read_text(encoding="utf-8"))
        return {str(key): str(value) for key, value in record.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def fingerprint(content: bytes) -> str:
    """Of the cells and their outputs; JupyterLab adds other things to a file that it opens."""
    try:
        cells = nbformat.reads(content.decode(), as_version=4).cells
        content = json.dumps([[cell.cell_type, cell.source, cell.get("outputs")] for cell in cells],
                             sort_keys=True).encode()
    except ValueError:                                # not, or no longer, a notebook
        pass
    return hashlib.sha256(content).hexdigest()


def _write(path: Path, content: bytes) -> None:
    with whole_file(path) as file:
        file.write(content)


def report(done: dict[str, list[str]]) -> str:
    """What `refresh` did, in a line or two."""
    lines = [f"Your own copies of the chapters are in {folder().name}/"
             + "".join(f", {len(done[word])} {word}" for word in ("made", "updated") if done[word])
             + "."]
    if done["kept"]:
        numbers = " ".join(str(int(file[:2])) for file in done["kept"])
        lines.append(f"You have changed {', '.join(done['kept'])}, and the course has newer ones; "
                     f'yours stay. To get the new ones beside them: make new ONLY="{numbers}"')
    if done["unreadable"]:
        lines.append(f"Could not be read, and left alone: {', '.join(done['unreadable'])}.")
    return "\n".join(lines)


def main() -> None:
    wanted = [chapter(int(number)) for number in sys.argv[1:]]
    try:
        for one in wanted:
            print(f"The course's version is {folder().name}/{beside(one).name}.")
    except OSError as error:
        sys.exit(str(error))
    if not wanted:
        print(report(refresh()))


if __name__ == "__main__":
    main()
