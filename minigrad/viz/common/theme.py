"""Dark pictures from light ones: the same drawing, every colour exchanged for its counterpart.

"auto" carries both. An image takes the colour scheme of the page it stands in, which JupyterLab
sets to that of its theme: so a picture changes with the theme, and needs no script for it.
"""
import re
import struct
from base64 import b64encode

THEMES = ("light", "dark", "auto")
DARK = {             # the house's colours, those of the signs, and plain black
    "#1f2937": "#e6eaf0", "#64748b": "#9aa7b8", "#8494a8": "#66758a", "#ffffff": "#151a21",
    "#000000": "#e6eaf0",
    "#2f6db5": "#78b0f0", "#b45309": "#e8a33d", "#c2410c": "#ff9063", "#1f8a70": "#5cc9a7",
    "#eaf2fb": "#1d2c40", "#fff6e5": "#3a2c12", "#f1f4f7": "#232a34",
    "#fde2e1": "#571d1f", "#b3261e": "#ff8a80", "#ffe3c2": "#54330d", "#f3f0fa": "#2b2740",
    "#e3e6ea": "#39414d",
    "#ffefc4": "#4a3a10", "#d99a1c": "#e0a93a", "#5f3206": "#ffdf9e",
}
NEGATIVE = """<filter id="dark" color-interpolation-filters="sRGB">
<feColorMatrix type="hueRotate" values="180"/><feComponentTransfer>
<feFuncR type="table" tableValues="0.94 0.084"/><feFuncG type="table" tableValues="0.95 0.104"/>
<feFuncB type="table" tableValues="0.96 0.131"/></feComponentTransfer></filter>"""
_default = "auto"


def use_theme(theme: str) -> None:
    """How pictures look from now on: "light", "dark", or "auto", as the page around them looks.

    >>> use_theme("auto")

    Raises ValueError for another word.
    """
    global _default
    _default = chosen(theme)


def chosen(theme: str | None) -> str:
    """A theme that exists; None is the one that `use_theme` set."""
    if theme is None:
        return _default
    if theme not in THEMES:
        raise ValueError(f'theme should be "light", "dark" or "auto"; got {theme!r}')
    return theme


def darkened(source: str) -> str:
    """A drawing with its colours exchanged; a user's text, escaped, cannot hold `="#…"`."""
    def dark(found):
        return f'="{DARK.get(found[1].lower(), found[1])}"'
    return re.sub(r'="(#[0-9a-fA-F]{6})"', dark, source.replace('="black"', '="#000000"'))


def themed(svg: str, theme: str) -> str:
    """The SVG of a light drawing in a theme; "auto" carries both."""
    if theme == "dark":
        return darkened(svg)
    if theme == "light":
        return svg
    style = f"<style>@media (prefers-color-scheme: dark) {{{rules()}}}</style>"
    return re.sub(r"<svg[^>]*>", lambda found: found[0] + style, svg, count=1)


def themed_plot(png: bytes, theme: str, photos: list[tuple[float, ...]] = ()) -> str:
    """A light plot as an SVG in a theme: in the dark its negative with every hue kept.

    photos: (left, top, width, height) of what stays as it is, as parts of the whole.
    """
    width, height = struct.unpack(">II", png[16:24])
    when = ".plot{filter:url(#dark)}"
    when = when if theme == "dark" else f"@media (prefers-color-scheme: dark){{{when}}}"
    places = "".join(f'<rect x="{x * width:.1f}" y="{y * height:.1f}" width="{w * width:.1f}" '
                     f'height="{h * height:.1f}"/>' for x, y, w, h in photos)
    same = (f'<clipPath id="photos">{places}</clipPath><use href="#plot" '
            'clip-path="url(#photos)"/>') if places else ""
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">'
            f'<style>{when}</style>{NEGATIVE}<g class="plot"><image id="plot" width="{width}" '
            f'height="{height}" href="data:image/png;base64,{b64encode(png).decode()}"/></g>'
            f'{same}</svg>')


def light_dark(light: str, dark: str, between: str) -> str:
    """The style of text in one colour on a light page, and in another where the page is dark.

    between: where neither is known; JupyterLab lets nothing else into a notebook that was not run.
    """
    return f"color:{between};color:light-dark({light},{dark})"


def rules(scope: str = "") -> str:
    """Style rules that turn a light SVG dark."""
    written = "".join(f'{scope}[{kind}="{light}" i]{{{kind}:{dark}}}'
                      for light, dark in DARK.items() for kind in ("fill", "stroke"))
    return f"{written}{scope}text:not([fill]){{fill:{DARK['#000000']}}}"
