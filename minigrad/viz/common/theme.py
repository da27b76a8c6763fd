"""Dark pictures from light ones: the same drawing, every colour exchanged for its counterpart."""
import re

THEMES = ("light", "dark", "auto")
DARK = {             # the house's colours, those of the signs, and plain black
    "#1f2937": "#e6eaf0", "#64748b": "#9aa7b8", "#8494a8": "#66758a", "#ffffff": "#151a21",
    "#000000": "#e6eaf0",
    "#2f6db5": "#78b0f0", "#b45309": "#e8a33d", "#c2410c": "#ff9063", "#1f8a70": "#5cc9a7",
    "#eaf2fb": "#1d2c40", "#fff6e5": "#3a2c12", "#f1f4f7": "#232a34",
    "#fde2e1": "#571d1f", "#b3261e": "#ff8a80", "#ffe3c2": "#54330d", "#f3f0fa": "#2b2740",
    "#e3e6ea": "#39414d",
}
_default = "light"


def use_theme(theme: str) -> None:
    """How graphs are drawn from now on: "light", "dark", or "auto", which follows the system.

    >>> use_theme("light")

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


def rules(scope: str = "") -> str:
    """Style rules that turn a light SVG dark."""
    written = "".join(f'{scope}[{kind}="{light}" i]{{{kind}:{dark}}}'
                      for light, dark in DARK.items() for kind in ("fill", "stroke"))
    return f"{written}{scope}text:not([fill]){{fill:{DARK['#000000']}}}"
