"""Text inside HTML, SVG and the DOT language: escaped, in a font, in tables."""
from collections.abc import Callable
from html import escape

from .glyphs import shown
from .style import RED
from .theme import DARK, light_dark

REMARK = light_dark(RED, DARK[RED], "#cf4a10")


def attribute(text: str) -> str:
    """`text` safe inside an HTML or XML attribute."""
    return escape(text, quote=True)


def label(text: str) -> str:
    """`text` safe inside an ordinary label of the DOT language."""
    return attribute(text).replace("\\", "\\\\")


def font(size: int, text: str, colour: str = "") -> str:
    """Markup in another size, for a label of the DOT language that is like HTML."""
    colour = f' color="{colour}"' if colour else ""
    return f'<font point-size="{size}"{colour}>{text}</font>'


def stacked(lines: list[str]) -> str:
    """Lines of markup below each other, as a label of the DOT language that is like HTML."""
    cells = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    return ('<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">'
            f"{cells}</table>>")


def html_table(rows: list[list[str]], caption: str, numbers: set[int] = frozenset(),
               warn: Callable[[str], bool] | None = None) -> str:
    """Rows of text (the first is the head) as a table in HTML; columns of `numbers` to the right.

    Cells for which `warn` is true are red; by default nan and inf.
    """
    warn = warn or (lambda text: text in ("nan", "inf"))

    def cell(i, text, tag):
        look = f"text-align:{'right' if i in numbers else 'left'}"
        if tag == "td" and warn(text):
            look += f";{REMARK};font-weight:bold"
        return (f'<{tag} style="padding:.2em .8em;border-bottom:1px solid rgba(128,128,128,.3);'
                f'{look}">{attribute(shown(text))}</{tag}>')

    def line(row, tag):
        return f"<tr>{''.join(cell(i, text, tag) for i, text in enumerate(row))}</tr>"
    return ('<table style="border-collapse:collapse;font-variant-numeric:tabular-nums">'
            f'<caption style="text-align:left">{attribute(caption)}</caption>'
            f"<thead>{line(rows[0], 'th')}</thead><tbody>"
            f"{''.join(line(row, 'td') for row in rows[1:])}</tbody></table>")
