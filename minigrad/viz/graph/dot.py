"""A graph as a drawing in the DOT language: boxes for values, dark pills for operations, arrows."""
from typing import Any

from ..common.markup import attribute, font, label, stacked
from ..common.style import (
    AMBER, AMBER_WASH, BLUE, BLUE_WASH, GREY_WASH, INK, LINE, PAPER, RED, SOFT,
)
from ..common.text import number, plain, rows, value_text
from .labels import dtype_text, operation_label
from .summary import left_out
from .walk import Graph, Value

FONT = "Helvetica"
FILLED = 'style="rounded,filled"'
LOOKS = {     # told apart by corner and line as well as by colour
    "leaf": f'{FILLED} fillcolor="{BLUE_WASH}" color="{BLUE}" penwidth=1.8',
    "data": f'style="filled" fillcolor="{GREY_WASH}" color="{LINE}" penwidth=1',
    "value": f'{FILLED} fillcolor="{PAPER}" color="{LINE}" penwidth=1.2',
    "root": f'{FILLED} fillcolor="{AMBER_WASH}" color="{AMBER}" penwidth=1 peripheries=2',
}
DASHED = f'style="rounded,dashed" color="{SOFT}" fontcolor="{SOFT}"'

CROWD = 200         # with more values, labels of arrows get no room of their own: it is slow
FAR, MANY = 12, 60  # with more values, an arrow past so many steps comes from a small copy


def opening(direction: str, graph: str, margin: str, arrow_size: int) -> list[str]:
    """The first lines of every drawing: how all boxes and all arrows look."""
    return [
        "digraph minigrad {",
        f'  rankdir={direction} bgcolor="{PAPER}" {graph}',
        f'  node [shape=box fontname="{FONT}" fontsize=13 fontcolor="{INK}" margin="{margin},0.05" '
        "width=0.5 height=0.3]",
        f'  edge [fontname="{FONT}" fontsize={arrow_size} fontcolor="{SOFT}" color="{LINE}" '
        "penwidth=1.3 arrowsize=0.7]",
    ]


def dot_source(graph: Graph, shown: list[Value], gradients: dict[int, Any], direction: str,
               details=None) -> str:
    """The drawing of the `shown` values of a graph; the others become one dashed box.

    details: what a rich picture says besides, a `details.Details`.
    """
    strengths = any(edge.strength is not None for value in shown for edge in value.inputs)
    apart = (0.2 if details and details.sweep else
             0.42 if strengths else                              # a number on an arrow needs room
             0.3 if direction in ("LR", "RL") else 0.19)
    spread = f'pad="0.12" nodesep="0.25" ranksep="{apart}" ordering=in'
    lines = opening(direction, spread, "0.1", 12)
    visible = set(shown)
    if len(shown) > MANY:                                        # exactness would take minutes
        straight = "splines=line" if len(shown) > CROWD else ""
        lines.append(f"  nslimit=0.5 nslimit1=0.5 mclimit=0.05 maxiter=20 {straight}")
    for value in shown:
        look = LOOKS[kind(value, graph)]
        look += f'{details.look(value)} id="v{value.number}"' if details else ""
        lines.append(f"  v{value.number} [label={_value_label(value, gradients, details)} {look}]")
        if value.operation is not None:
            look = _operation_look(operation_label(value))
            look += f' id="o{value.number}"' if details else ""
            lines.append(f"  o{value.number} [{look}]")
    lines += _arrows(shown, visible, direction, details)
    lines += _cuts(details.cuts, visible) if details else []
    hidden = [value for value in graph.values if value not in visible]
    if hidden:
        lines.append(f'  more [label="… {left_out(hidden)}" {DASHED} margin="0.2,0.15"]')
        feeding = {parent for value in hidden for parent in value.parents() if parent in visible}
        lines += [f"  v{value.number} -> more [style=dashed]" for value in shown
                  if value in feeding]
    return "\n".join([*lines, "}", ""])


def _arrows(shown: list[Value], visible: set[Value], direction: str, details) -> list[str]:
    """An arrow from every input to its operation, and from every operation to what it made."""
    lines, steps = [], _steps(shown) if len(shown) > MANY else {}
    for value in shown:
        end = f"{'v' if value.operation is None else 'o'}{value.number}"
        for index, edge in enumerate(value.inputs):
            if edge.parent not in visible:
                continue
            look = "" if edge.strength is None else f'label="  {number(edge.strength)}  " '
            if details:
                look = details.arrow(value, index, direction) or look
                look = f'id="e{value.number}_{index}" {look}'
            if len(shown) > CROWD:
                look = look.replace('label="', 'xlabel="')
            start = f"v{edge.parent.number}"
            if steps and steps[value] - steps[edge.parent] > FAR:
                start, said = f"r{value.number}_{index}", label(edge.parent.called)
                lines.append(f'  {start} [shape=plaintext fontsize=11 fontcolor="{SOFT}" '
                             f'label="{said}"]')
            lines.append(f"  {start} -> {end} [{look}weight={4 if edge.parent.inputs else 1}]")
        if any(parent not in visible for parent in value.parents()):
            lines.append(f"  more -> {end} [style=dashed]")
        if value.operation is not None:
            look = f' id="s{value.number}"' if details else ""         # heavy edges are straight
            lines.append(f"  o{value.number} -> v{value.number} [weight=8{look}]")
    return lines


def _steps(shown: list[Value]) -> dict[Value, int]:
    """How many operations lie behind each value; a leaf stands just before its first use."""
    steps, uses, visible = {}, {}, set(shown)
    for value in shown:
        behind = [steps[parent] for parent in value.parents()
                  if parent in visible and parent.inputs]
        steps[value] = max(behind, default=0) + 1
        for parent in value.parents():
            if not parent.inputs:
                uses.setdefault(parent, []).append(steps[value] - 1)
    return steps | {leaf: min(found) for leaf, found in uses.items()}


def _cuts(found: list, visible: set) -> list[str]:
    """Dashed lines where no graph was recorded, from what was left behind."""
    lines = []
    for i, cut in enumerate(cut for cut in found if cut.target in visible):
        start = f"v{cut.source.number}" if cut.source in visible else f"c{i}"
        if start[0] == "c":
            lines.append(f'  {start} [label="{label(cut.called)}" {DASHED}]')
        lines.append(f'  {start} -> v{cut.target.number} [style=dashed color="{SOFT}" '
                     f'label=" cut: {label(cut.how)} "]')
    return lines


def kind(value: Value, graph: Graph) -> str:
    """What sort of box: "root", "leaf" (wants a gradient), "data" (does not) or "value"."""
    if value is graph.root and value.inputs:
        return "root"
    if not value.requires_grad:
        return "data"
    return "value" if value.inputs else "leaf"


def _value_label(value: Value, gradients: dict[int, Any], details=None) -> str:
    """Name, value or shape, gradient; escaped, so that nothing a user writes can be markup."""
    lines = []
    if value.name:
        lines.append(f"<b>{attribute(plain(value.name))}</b>")
    lines.append("overwritten" if value.overwritten else _numbers(value.array))
    if dtype_text(value):
        lines.append(font(11, attribute(dtype_text(value)), SOFT))
    gradient = details.gradient_line(value) if details else None
    if gradient:
        lines.append(font(12, attribute(gradient), RED))
    elif value.number in gradients:
        lines += _gradient(gradients[value.number])
    return stacked([*lines, *(details.lines(value) if details else [])])


def _numbers(x: Any) -> str:
    """A scalar, a vector, the rows of a small matrix in columns, or a shape."""
    table = rows(x)
    if table is None or len(table) == 1:
        return attribute(value_text(x))
    lines = ["".join(f'<td align="right"> {cell} </td>' for cell in row) for row in table]
    cells = "".join(f"<tr>{line}</tr>" for line in lines)
    bars = f'border="1" sides="LR" color="{LINE}" cellborder="0" cellspacing="0" cellpadding="1"'
    return f"<table {bars}>{cells}</table>"


def _gradient(gradient: Any) -> list[str]:
    if gradient is None:
        return [font(11, "grad –", SOFT)]
    line = _numbers(gradient)
    lines = ["grad", line] if line.startswith("<table") else [f"grad {line}"]
    return [font(12, line, RED) for line in lines]


def _operation_look(text: str) -> str:
    """A circle around a symbol, a pill around a word; in an ordinary label, which is centred."""
    look = f'label="{label(text)}" fillcolor="{INK}" color="{INK}" fontcolor="{PAPER}"'
    if len(text) == 1:
        return f"{look} shape=circle style=filled fixedsize=true width=0.31 fontsize=15"
    return f'{look} style="filled,rounded" margin="0.11,0.03" width=0.3 height=0.3 fontsize=12'
