"""What every function of `viz` returns: a text, and a picture where one can be shown."""
import base64
import hashlib
import os
import re
from pathlib import Path

from ...files import whole_file
from .markup import attribute
from .render import NoRenderer
from .theme import chosen, themed, themed_plot

DIGEST = "text/vnd.minigrad.source"      # beside a stored picture: what it was drawn from


class Picture:
    """Something to look at: printed a text, in a notebook a picture with an alternative text.

    text: what `str()` gives, the same on every computer. alt: the picture in words.
    Subclasses (or the caller) provide `svg` (str) or `png` (bytes), and `width` in CSS pixels.
    """

    theme: str | None = None             # None: the one that `use_theme` set
    photos: list[tuple[float, ...]] = ()     # parts of a plot that have no dark form

    def __init__(self, text: str, alt: str, *, svg: str | None = None, png: bytes | None = None,
                 width: int | None = None):
        self.text, self.alt, self.svg, self.png, self.width = text, alt, svg, png, width

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html(), DIGEST: self.digest()}

    def digest(self) -> str:
        """Twelve letters for what is drawn. The picture, which is another on other computers,
        carries them too: so one that was drawn from something else is recognised.
        """
        return hashlib.sha256(self._source().encode()).hexdigest()[:12]

    def _source(self) -> str:
        return "\n".join([self.text, self.alt, self.svg or ""])

    def html(self) -> str:
        """`<figure><img alt=…></figure>`: nothing outside is needed, and exports keep the words."""
        try:
            kind, data, width = self._image()
        except NoRenderer as reason:
            return f"<pre>{attribute(self.text)}</pre><p>{attribute(str(reason))}</p>"
        source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
        size = f' width="{width}"' if width else ""
        return (f'<figure style="margin:0"><img alt="{attribute(self.alt)}"{size} '
                f'data-source="{self.digest()}" '
                'style="max-width:100%;height:auto;border-radius:6px" '
                f'src="{source}"></figure>')

    def _image(self) -> tuple[str, bytes, int | None]:
        theme = chosen(self.theme)
        if self.svg is not None:
            width = self.width or larger(svg_width(self.svg))
            return "image/svg+xml", themed(self.svg, theme).encode(), width
        if theme == "light":
            return "image/png", self.png, self.width
        return "image/svg+xml", themed_plot(self.png, theme, self.photos).encode(), self.width

    def _content(self, ending: str) -> bytes | None:
        """What a file with this ending holds; None if there is no such file."""
        if ending == ".txt":
            return (self.text + "\n").encode()
        if ending == ".svg" and self.svg is not None:
            return self.svg.encode()
        return self.png if ending == ".png" else None

    endings = (".svg", ".png", ".txt")

    def save(self, path: str | os.PathLike) -> None:
        """Write the picture, whole or not at all; the ending says as what.

        Raises ValueError for an ending that this picture does not have, NoRenderer where nothing
        can draw it.
        """
        path = Path(path)
        ending = path.suffix.lower()
        content = self._content(ending) if ending in self.endings else None
        if content is None:
            raise ValueError(f"cannot save as {path.name!r}: the name should end in one of "
                             f"{', '.join(self.endings)}")
        with whole_file(path) as file:
            file.write(content)


def larger(width: int | None) -> int | None:
    """A small picture is shown a little larger than drawn, to be read from a distance."""
    return width and max(width, min(round(1.25 * width), 700))


def svg_width(svg: str) -> int | None:
    """The width of an SVG in CSS pixels, read from its viewBox."""
    found = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ', svg)
    return round(float(found[1])) if found else None


def svg_height(svg: str) -> float:
    """The height of an SVG in CSS pixels, read from its viewBox."""
    return float(re.search(r'viewBox="[-\d.]+ [-\d.]+ [\d.]+ ([\d.]+)"', svg)[1])
