"""The cells that every chapter has in the same form: the way through the course, and the kernel.

    python -m minigrad.course.links               write them into every written chapter
    python -m minigrad.course.links 3 12          into these

They follow from `notebooks/outline.toml`, and are known by "written" in their metadata: where the
outline changes, this writes them anew, and it never touches another cell.
"""

import sys

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell

from ..files import whole_file
from .execute import dumps, normalise
from .here import KERNEL
from .outline import Chapter, chapter, chapters

GUARD = ("from minigrad.course import check_kernel; check_kernel()  "
         f'# an error? Menu Kernel, "Change Kernel…": "{KERNEL}"')
ALL = f"[All chapters]({chapters()[0].file})"          # they stand at the top of chapter 00
WORDS = f"""\
## The kernel

A small program, the *kernel*, runs the cells. Its name stands at the upper right of the page, and
for this course it is **{KERNEL}**. Should another name stand there, click on it and choose that
one. The first line of every chapter looks whether it is the right one, and says so if not."""


def linked(notebook: nbformat.NotebookNode, number: int) -> nbformat.NotebookNode:
    """The notebook of a chapter with its written cells as the outline wants them."""
    one = chapter(number)
    cells = [cell for cell in notebook.cells if "written" not in cell.metadata]
    first = one is chapters()[0]
    if first:
        cells.insert(-1, written("kernel's name", WORDS))
    guard = new_code_cell(GUARD, metadata={"written": "kernel", "jupyter": {"source_hidden": True}})
    top = written("way", contents() if first else before(one))
    notebook.cells = [top, guard, *cells, written("way", after(one))]
    return normalise(notebook)


def written(kind: str, source: str) -> nbformat.NotebookNode:
    return new_markdown_cell(source, metadata={"written": kind})


def finished() -> list[Chapter]:
    return [one for one in chapters() if one.status == "written"]


def link(one: Chapter, form: str) -> str:
    return f"[{form.format(f'{one.number} · {one.title}')}]({one.file})"


def before(one: Chapter) -> str:
    """The way back: to the last chapter and to the contents."""
    earlier = [other for other in finished() if other.number < one.number]
    return " | ".join([*(link(last, "← {}") for last in earlier[-1:]), ALL])


def after(one: Chapter) -> str:
    """The way on: to the next chapter and to the contents."""
    later = [other for other in finished() if other.number > one.number]
    return " | ".join([*(link(next_, "{} →") for next_ in later[:1]), ALL])


def contents() -> str:
    """Every chapter with its question, behind a click; the written ones are links."""
    rows = ["| | chapter | its question |", "|---:|---|---|"]
    for one in chapters():
        title = f"[{one.title}]({one.file})" if one in finished() else f"{one.title} (to come)"
        rows.append(f"| {one.number} | {title} | {one.question} |")
    return "\n".join(["<details><summary>All chapters</summary>\n", *rows, "\n</details>"])


def write(one: Chapter) -> bool:
    """Write a chapter's cells; was there anything to write?"""
    old = one.path.read_text(encoding="utf-8")
    new = dumps(linked(nbformat.reads(old, as_version=4), one.number))
    if new != old:
        with whole_file(one.path) as file:
            file.write(new.encode())
    return new != old


def main() -> None:
    for one in [chapter(int(number)) for number in sys.argv[1:]] or finished():
        print(f"{one.file:<40} {'written' if write(one) else 'unchanged'}")


if __name__ == "__main__":
    main()
