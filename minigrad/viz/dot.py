"""A graph as a drawing in the DOT language: boxes for values, dark pills for operations, an arrow for every edge."""
from typing import Any

from .style import AMBER, AMBER_WASH, BLUE, BLUE_WASH, GREY_WASH, INK, LINE, PAPER, RED, SOFT
from .walk import Graph, Value
from .words import attribute, dtype_text, left_out, number, operation_label, plain, rows, value_text

FONT = "Helvetica"
LOOKS = {     # told apart by corner and line as well as by colour
    "leaf": f'style="rounded,filled" fillcolor="{BLUE_WASH}" color="{BLUE}" penwidth=1.8',
    "data": f'style="filled" fillcolor="{GREY_WASH}" color="{LINE}" penwidth=1',
    "value": f'style="rounded,filled" fillcolor="{PAPER}" color="{LINE}" penwidth=1.2',
    "root": f'style="rounded,filled" fillcolor="{AMBER_WASH}" color="{AMBER}" penwidth=1 peripheries=2',
}


CROWD = 200          # in a drawing of more values than that, labels of arrows get no room of their own: it is slow
FAR, MANY = 12, 60  # in a drawing of more values than that, an arrow past so many steps comes from a small copy


def dot_source(graph: Graph, shown: list[Value], gradients: dict[int, Any], direction: str, details=None) -> str:
    """The drawing of the `shown` values of a graph; the others become one dashed box.

    details: what a rich picture says besides, a `details.Details`.
    """
    strengths = any(edge.strength is not None for value in shown for edge in value.inputs)
    apart = (0.2 if details and details.sweep else 0.42 if strengths else           # a number on an arrow needs room
             0.3 if direction in ("LR", "RL") else 0.19)
    lines = [
        "digraph minigrad {",
        f'  rankdir={direction} bgcolor="{PAPER}" pad="0.12" nodesep="0.25" ranksep="{apart}" ordering=in',
        f'  node [shape=box fontname="{FONT}" fontsize=13 fontcolor="{INK}" margin="0.1,0.05" width=0.5 height=0.3]',
        f'  edge [fontname="{FONT}" fontsize=12 fontcolor="{SOFT}" color="{LINE}" penwidth=1.3 arrowsize=0.7]',
    ]
    visible = set(shown)
    straight = "splines=line" if len(shown) > CROWD else ""
    if len(shown) > MANY:                                # exactness would take minutes
        lines.append(f"  nslimit=0.5 nslimit1=0.5 mclimit=0.05 maxiter=20 {straight}")
    steps = _steps(shown) if len(shown) > MANY else {}
    for value in shown:
        look = LOOKS[kind(value, graph)] + (f'{details.look(value)} id="v{value.number}"' if details else "")
        lines.append(f"  v{value.number} [label={_value_label(value, gradients, details)} {look}]")
        if value.operation is not None:
            look = _operation_look(operation_label(value)) + (f' id="o{value.number}"' if details else "")
            lines.append(f"  o{value.number} [{look}]")
    for value in shown:
        end = f"{'v' if value.operation is None else 'o'}{value.number}"
        for index, edge in enumerate(value.inputs):
            if edge.parent in visible:
                label = "" if edge.strength is None else f'label="  {number(edge.strength)}  " '
                if details:
                    label = f'id="e{value.number}_{index}" {details.arrow(value, index, direction) or label}'
                if len(shown) > CROWD:
                    label = label.replace('label="', 'xlabel="')
                start = f"v{edge.parent.number}"
                if steps and steps[value] - steps[edge.parent] > FAR:
                    start = f"r{value.number}_{index}"
                    copy = f'shape=plaintext fontsize=11 fontcolor="{SOFT}" label="{_mention(edge.parent)}"'
                    lines.append(f"  {start} [{copy}]")
                lines.append(f"  {start} -> {end} [{label}weight={4 if edge.parent.inputs else 1}]")
        if any(parent not in visible for parent in value.parents()):
            lines.append(f"  more -> {end} [style=dashed]")
        if value.operation is not None:
            look = f' id="s{value.number}"' if details else ""
            lines.append(f"  o{value.number} -> v{value.number} [weight=8{look}]")      # heavy edges are straight
    lines += _cuts(details.cuts, visible) if details else []
    hidden = [value for value in graph.values if value not in visible]
    if hidden:
        lines.append(f'  more [label="… {left_out(hidden)}" style="rounded,dashed" color="{SOFT}" fontcolor="{SOFT}" '
                     'margin="0.2,0.15"]')
        feeding = {parent for value in hidden for parent in value.parents() if parent in visible}
        lines += [f"  v{value.number} -> more [style=dashed]" for value in shown if value in feeding]
    return "\n".join([*lines, "}", ""])


def _steps(shown: list[Value]) -> dict[Value, int]:
    """How many operations lie behind each value; a leaf stands just before its first use."""
    steps, uses, visible = {}, {}, set(shown)
    for value in shown:
        behind = [steps[parent] for parent in value.parents() if parent in visible and parent.inputs]
        steps[value] = max(behind, default=0) + 1
        for parent in value.parents():
            if not parent.inputs:
                uses.setdefault(parent, []).append(steps[value] - 1)
    return steps | {leaf: min(found) for leaf, found in uses.items()}


def _mention(value: Value) -> str:
    """What the small copy of a far box says."""
    text = plain(value.name) if value.name else f"#{value.number}"
    return attribute(text).replace("\\", "\\\\")


def _cuts(found: list, visible: set) -> list[str]:
    """Dashed lines where no graph was recorded, from what was left behind."""
    lines = []
    for i, cut in enumerate(cut for cut in found if cut.target in visible):
        start = f"v{cut.source.number}" if cut.source in visible else f"c{i}"
        if start[0] == "c":
            called = attribute(cut.called).replace("\\", "\\\\")
            lines.append(f'  {start} [label="{called}" style="rounded,dashed" color="{SOFT}" fontcolor="{SOFT}"]')
        how = attribute(cut.how).replace("\\", "\\\\")
        lines.append(f'  {start} -> v{cut.target.number} [style=dashed color="{SOFT}" label=" cut: {how} "]')
    return lines


def kind(value: Value, graph: Graph) -> str:
    """What sort of box a value gets: "root", "leaf" (wants a gradient), "data" (does not) or "value" (computed)."""
    if value is graph.root and value.inputs:
        return "root"
    if not value.requires_grad:
        return "data"
    return "value" if value.inputs else "leaf"


def _value_label(value: Value, gradients: dict[int, Any], details=None) -> str:
    """Name, value or shape, gradient: an HTML-like label, so that nothing a user writes can be markup."""
    lines = []
    if value.name:
        lines.append(f"<b>{attribute(plain(value.name))}</b>")
    lines += _numbers(value.thing.value)
    if dtype_text(value):
        lines.append(f'<font point-size="11" color="{SOFT}">{attribute(dtype_text(value))}</font>')
    gradient = details.gradient_line(value) if details else None
    if gradient:
        lines.append(f'<font point-size="12" color="{RED}">{attribute(gradient)}</font>')
    elif value.number in gradients:
        lines += _gradient(gradients[value.number])
    lines += details.lines(value) if details else []
    cells = "".join(f"<tr><td>{line}</td></tr>" for line in lines)
    return f'<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{cells}</table>>'


def _numbers(x: Any) -> list[str]:
    """A scalar, a vector, the rows of a small matrix in columns, or a shape."""
    table = rows(x)
    if table is None:
        return [attribute(value_text(x))]
    if len(table) == 1:
        return [attribute(value_text(x))]
    cells = "".join("<tr>" + "".join(f'<td align="right"> {cell} </td>' for cell in row) + "</tr>" for row in table)
    bars = f'border="1" sides="LR" color="{LINE}" cellborder="0" cellspacing="0" cellpadding="1"'
    return [f"<table {bars}>{cells}</table>"]


def _gradient(gradient: Any) -> list[str]:
    if gradient is None:
        return [f'<font point-size="11" color="{SOFT}">grad –</font>']
    lines = _numbers(getattr(gradient, "value", gradient))
    if lines[0].startswith("<table"):
        lines = ["grad", *lines]
    else:
        lines = [f"grad {lines[0]}"]
    return [f'<font point-size="12" color="{RED}">{line}</font>' for line in lines]


def _operation_look(label: str) -> str:
    """A circle around a symbol, a pill around a word."""
    text = attribute(label).replace("\\", "\\\\")           # an ordinary label: centred whatever the font's widths
    look = f'label="{text}" fillcolor="{INK}" color="{INK}" fontcolor="{PAPER}"'
    if len(label) == 1:
        return f'{look} shape=circle style=filled fixedsize=true width=0.31 fontsize=15'
    return f'{look} style="filled,rounded" margin="0.11,0.03" width=0.3 height=0.3 fontsize=12'
