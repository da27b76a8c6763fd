"""The order of the course, read from notebooks/outline.toml."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Chapter:
    """One chapter of the course; its fields are those of `notebooks/outline.toml`."""

    number: int
    file: str
    title: str
    question: str
    status: str                       # "written" or "planned"
    builds: tuple[str, ...] = ()      # dotted public names or modules
    previews: tuple[str, ...] = ()    # shown before they are built

    def __post_init__(self):
        if self.status not in ("written", "planned"):
            raise ValueError(f'chapter {self.number:02}: status is "written" or "planned", '
                             f"got {self.status!r}")

    @property
    def path(self) -> Path:
        return notebooks() / self.file


@cache
def notebooks() -> Path:
    """The folder with the outline: beside the package, or in the current folder or one above it.

    >>> from minigrad.course.outline import notebooks
    >>> (notebooks() / "outline.toml").exists()
    True
    """
    here = Path.cwd()
    for root in (Path(__file__).resolve().parents[2], here, *here.parents):
        for folder in (root / "notebooks", root):
            if (folder / "outline.toml").exists():
                return folder
    raise FileNotFoundError(
        "notebooks/outline.toml is neither beside the package nor above the current folder: "
        "clone the repository and run this inside it"
    )


def work() -> Path:
    """The folder of the reader's own copies, beside the notebooks; see `minigrad.course.work`."""
    return notebooks().parent / "work"


@cache
def chapters() -> tuple[Chapter, ...]:
    """All chapters in the order of the course, written and planned.

    >>> from minigrad.course import chapters
    >>> chapters()[1].title
    'A number that remembers'
    """
    entries = tomllib.loads((notebooks() / "outline.toml").read_text(encoding="utf-8"))["chapter"]
    return tuple(Chapter(**{key: tuple(v) if isinstance(v, list) else v for key, v in one.items()})
                 for one in entries)


def chapter(number: int) -> Chapter:
    """The chapter with this number; raises KeyError for a number that the outline does not have.

    >>> from minigrad.course import chapter
    >>> chapter(12).file
    '12_convolution.ipynb'
    """
    for one in chapters():
        if one.number == number:
            return one
    raise KeyError(f"no chapter {number} in the outline; "
                   f"there are {chapters()[0].number} to {chapters()[-1].number}")


def built_before(number: int) -> tuple[str, ...]:
    """Every name that the chapters before this one built: what it may use from its first cell on.

    >>> from minigrad.course import built_before
    >>> built_before(0)
    ()
    >>> "minigrad.ops.mul" in built_before(2)
    True
    """
    return tuple(name for one in chapters() if one.number < number for name in one.builds)
