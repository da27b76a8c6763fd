"""The map of the package as a house in SVG: floors, rooms, a roof. No program is needed."""
from textwrap import wrap

from ..common.markup import attribute
from ..common.style import BLUE, BLUE_WASH, INK, LINE, PAPER, SOFT

WIDTH, MARGIN, LABEL, GAP, PAD = 780, 20, 84, 8, 12        # CSS pixels
ROOF, LINE_HEIGHT, LETTER = 66, 16, 6.7             # a letter of 11-pixel typewriter is 6.6 wide
MOST = 4                                                   # lines of names in a room
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SANS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
LIGHT, GLOW = "#ffefc4", "#d99a1c"
COLOURS = {"floor": SOFT, "title": INK, "key": INK, "pale": LINE, "new": "#5f3206", "about": SOFT}
ABOUT = {
    "dtypes": "kinds of numbers", "grad_mode": "record or not", "changes": "overwritten?",
    "watch": "who listens", "hooks": "ears", "memory": "kept at hand", "kernels": "fast arrays",
    "sums": "adds up", "graph": "nodes", "promotion": "mixed types", "inplace": "x += 1",
    "ops": "rules",
    "public": "a row a name", "shape": "another order", "functions": "from the table",
    "create": "zeros …", "form": "shape and type", "tensor": "its face",
    "convolution": "sliding windows", "gradcheck": "the proof", "anomaly": "the first NaN",
    "autograd": "grad()", "random": "PyTorch's dice",
    "nn.hooks": "ears", "nn.module": "nested parts", "nn.container": "in a row",
    "nn.layer": "of a function", "nn.init": "the start", "nn.linear": "x W + b",
    "nn.activation": "bends", "nn.loss": "how wrong", "nn.resize": "larger, smaller",
    "nn.windows": "with gaps", "nn.conv": "kernels", "nn.pool": "the largest",
    "nn.dropout": "by chance", "nn.embedding": "rows by number",
    "nn.cells": "one step", "nn.over_time": "all steps", "nn.recurrent": "letter by letter",
    "nn.clip": "not too far", "nn.attention": "looking back",
    "nn.functional": "all functions",
    "optim": "downhill", "utils.data": "batches", "datasets": "real data",
    "serialization": "save, load",
    "catalog": "the rest of PyTorch's names, in rows",
}
LOOKS = {
    "lit": f'fill="{LIGHT}" stroke="{GLOW}" stroke-width="2"',
    "built": f'fill="{BLUE_WASH}" stroke="{BLUE}" stroke-width="1"',
    "later": f'fill="none" stroke="{LINE}" stroke-width="1" stroke-dasharray="3 4" opacity="0.8"',
}


def plan_svg(rooms: list, floors: list[str], heading: str, title: str, alt: str) -> str:
    """The map as SVG; `state` of a room is "lit", "built" or "later", `new` are its new names."""
    parts, y = [], MARGIN + ROOF + GAP
    inside = WIDTH - 2 * MARGIN - LABEL
    for floor in reversed(floors):                        # the highest floor is drawn first
        living = [room for room in rooms if room.floor == floor]
        for row in _rows(living, inside):
            widths = _widths(row, inside)
            lines = [_lines(room, width) for room, width in zip(row, widths)]
            height = max(44, 2 * PAD + 15 + LINE_HEIGHT * max(map(len, lines)))
            x = MARGIN + LABEL
            for room, width, said in zip(row, widths, lines):
                parts.append(_room(room, said, x, y, width, height))
                x += width + GAP
            if row[0] is living[0]:
                parts.append(_text(MARGIN + LABEL - 14, y + PAD + 11, floor, "floor", "end"))
            y += height + GAP
    left, right, middle = MARGIN + LABEL - 6, WIDTH - MARGIN + 6, MARGIN + LABEL + inside / 2
    eaves = MARGIN + ROOF
    roof = (f'<path d="M{left - 8},{eaves} L{middle},{MARGIN} L{right + 8},{eaves}" '
            f'fill="none" stroke="{INK}" '
            'stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>'
            f'<path d="M{left},{y + 2} H{right}" stroke="{INK}" stroke-width="2" '
            'stroke-linecap="round"/>'
            + _text(middle, eaves - 28, heading, "floor", "middle")
            + _text(middle, eaves - 8, title, "title", "middle"))
    x, legend = MARGIN + LABEL, ""
    for state, said in (("lit", "new in this chapter"), ("built", "built before"),
                        ("later", "still to come")):
        legend += (f'<rect x="{x}" y="{y + 15}" width="16" height="11" rx="2.5" {LOOKS[state]}/>'
                   + _text(x + 23, y + 24, said, "about"))
        x += 150
    legend += _text(WIDTH - MARGIN, y + 24, "viz looks into every room", "about", "end")
    height = y + 24 + MARGIN
    return ('<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'aria-label="{attribute(alt)}" width="{WIDTH}" '
            f'height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}"><style>'
            f'.floor{{font:11px {SANS};letter-spacing:.04em}}.title{{font:600 15px {SANS}}}'
            f'.key,.pale{{font:600 12px {MONO}}}.new{{font:11px {MONO}}}.about{{font:11px {SANS}}}'
            '</style>'
            f'<rect width="100%" height="100%" fill="{PAPER}"/>'
            f'{roof}{"".join(parts)}{legend}</svg>')


def _least(room) -> float:
    """The width that a room's own name needs."""
    return 7.4 * len(room.key) + 2 * PAD


def _rows(rooms: list, inside: float) -> list[list]:
    """The rooms of a floor, in as few rows of about equal length as their names allow."""
    for count in range(1, len(rooms) + 1):
        size = -(-len(rooms) // count)
        rows = [rooms[i:i + size] for i in range(0, len(rooms), size)]
        if all(sum(map(_least, row)) + GAP * (len(row) - 1) <= inside for row in rows) or size == 1:
            return rows
    return []


def _widths(row: list, inside: float) -> list[float]:
    """What is free goes most to the lit rooms: names are written in them."""
    shares = [min(40, max(10, len(", ".join(room.new)))) if room.state == "lit" else 4
              for room in row]
    free = inside - GAP * (len(row) - 1) - sum(map(_least, row))
    return [_least(room) + free * share / sum(shares) for room, share in zip(row, shares)]


def _lines(room, width: float) -> list[str]:
    """What is written below a room's name: the new names, or a word on what it is for."""
    if room.state == "later":
        return []
    if room.state == "built":
        about = ABOUT.get(room.key, "")
        return [about] if 5.4 * len(about) < width - 2 * PAD else []
    lines = wrap(", ".join(room.new), max(8, int((width - 2 * PAD) / LETTER)))
    return lines if len(lines) <= MOST else [*lines[:MOST - 1], "…"]


def _room(room, said: list[str], x: float, y: float, width: float, height: float) -> str:
    kind = "new" if room.state == "lit" else "about"
    words = "".join(_text(x + PAD, y + PAD + 27 + i * LINE_HEIGHT, line, kind)
                    for i, line in enumerate(said))
    style = "pale" if room.state == "later" else "key"
    return (f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5" '
            f'{LOOKS[room.state]}/>'
            + _text(x + PAD, y + PAD + 9, room.key, style) + words)


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}" '
            f'fill="{COLOURS[kind]}">{attribute(text)}</text>')
