"""Finding a Graphviz program, and asking it for a picture."""
import os
import shutil
import sysconfig
from pathlib import Path

from .glyphs import shown

INSTALL = "To see the picture, install Graphviz: pip install graphviz graphviz-pure"


class NoRenderer(RuntimeError):
    """There is no program that could draw."""


def find_dot() -> Path:
    """The program that lays out graphs: `MINIGRAD_DOT`, else graphviz-pure's, else a system `dot`.

    Raises NoRenderer, saying what to install, if there is none.
    """
    chosen = os.environ.get("MINIGRAD_DOT")
    if chosen:
        found = shutil.which(chosen)
        if found is None:
            raise NoRenderer(f"MINIGRAD_DOT names no program that can be run: {chosen}")
        return Path(found)
    found = (shutil.which("graphviz-pure", path=sysconfig.get_path("scripts"))
             or shutil.which("graphviz-pure") or shutil.which("dot"))
    if found is None:
        raise NoRenderer(INSTALL)
    return Path(found)


def render(source: str, format: str) -> bytes:
    """The picture of a graph in the DOT language, as "svg" or "png". Raises NoRenderer."""
    binary = find_dot()
    try:
        import graphviz
        from graphviz.backend import dot_command
    except ImportError:
        raise NoRenderer(INSTALL) from None
    before = dot_command.DOT_BINARY              # put back below: the reader may use graphviz too
    dot_command.DOT_BINARY = binary
    try:
        return graphviz.Source(shown(source)).pipe(format=format, quiet=True)
    except graphviz.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip()
        raise RuntimeError(f"{binary.name} could not draw the graph: {said}") from None
    finally:
        dot_command.DOT_BINARY = before
