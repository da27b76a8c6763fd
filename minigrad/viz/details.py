"""What a rich picture says beyond the plain one: contributions, statistics, warnings, cuts, places."""
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..changes import notes, owner
from ..graph import Node
from . import health
from .record import note
from .style import RED, SOFT
from .sweep import Flow, Sweep
from .walk import Graph, Value
from .words import attribute, dtype_text, number, plain, rows, setting_text, value_text

ARROWS = {"LR": "←", "RL": "→", "TB": "↑", "BT": "↓"}      # the way back
WIDE = 26            # letters of a sum that is written out
NAMED = 2            # things outside of the graph that are named where it was cut, before the rest is counted


@dataclass
class Cut:
    """A dashed edge: a value, or things outside of the graph, and what was made of it without recording."""
    source: Value | None
    called: str
    target: Value
    how: str


@dataclass
class Details:
    """The rich part of a picture: `sweep` for contributions, `stats` for statistics, and what is always known."""
    graph: Graph
    sweep: Sweep | None = None
    stats: bool = False
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.start = health.norm(self.sweep.gradients[self.graph.root.number]) if self.sweep else 1.0
        self.cuts = cuts(self.graph, self.names)
        bad = health.first_bad_value(self.graph)
        self.firsts = {bad.number: ["★ first bad value of forward"]} if bad else {}
        rule = health.first_bad_rule(self.sweep) if self.sweep else None
        if rule is not None:
            self.firsts.setdefault(rule.number, []).append("★ first bad rule of backward")
        sizes = [health.norm(flow.contribution) for flow in self.sweep.flows] if self.sweep else []
        sizes = [size for size in sizes if np.isfinite(size) and size > 0]
        self.least, self.most = (min(sizes), max(sizes)) if sizes else (1.0, 1.0)

    # Words, for the text and for the boxes

    def gradient(self, value: Value) -> Any:
        """The gradient of a value: backward's, or the one that is kept."""
        if self.sweep:
            return self.sweep.gradients.get(value.number)
        kept = getattr(value.thing, "grad", None)
        return getattr(kept, "value", kept)

    def signs(self, value: Value) -> list[health.Sign]:
        found = [health.value_sign(value), health.gradient_sign(self.gradient(value), self.start)]
        return [sign for sign in found if sign]

    def sum_text(self, value: Value) -> str:
        """How the contributions add up: `7 + 4 = 11`; '' where only one arrived."""
        arriving = self.sweep.arriving(value) if self.sweep else []
        if len(arriving) < 2:
            return ""
        parts, total = [amount(flow.contribution) for flow in arriving], amount(arriving[-1].after)
        written = f"{' + '.join(parts)} = {total}".replace("+ -", "− ")
        if len(written) <= WIDE and not np.ndim(arriving[0].contribution):
            return written
        return f"sum of {len(arriving)}: {total}"

    def facts(self, value: Value) -> list[str]:
        """Everything beyond name, value and gradient, a line each."""
        lines, gradient = [], self.gradient(value)
        if self.stats:
            if not dtype_text(value) and hasattr(value.thing, "dtype"):
                lines.append(str(value.thing.dtype))
            if rows(value.thing.value) is None and not health.freed(value):       # others are written out
                lines.append(f"value: {health.statistics(value.thing.value)}")
            if gradient is not None and rows(gradient) is None:
                lines.append(f"grad: {health.statistics(gradient)}")
        changed = changed_in_place(self.graph, value)
        signs = map(str, self.signs(value))
        return [*([changed] if changed else []), *lines, *signs, *self.firsts.get(value.number, [])]

    def flow_text(self, value: Value) -> str:
        """`sends 7 to #1, 4 to #3`."""
        flows = [self.sweep.along(value, i) for i in range(len(value.inputs))] if self.sweep else []
        said = [f"{amount(flow.contribution)} to #{flow.parent.number}{_undone(flow)}" for flow in flows if flow]
        return f"sends {', '.join(said)}" if said else ""

    def words(self, value: Value) -> list[str]:
        """The columns that a line of the text form gets; `facts` follow below it."""
        place = note(value.thing)
        cut = [f"{cut.how} of {cut.called}" for cut in self.cuts if cut.target is value]
        return [self.sum_text(value), self.flow_text(value), ", ".join(cut), place.place if place else ""]

    def tooltip(self, value: Value) -> str:
        place, said = note(value.thing), [f"#{value.number}", f"shape {value.shape}"]
        if place:
            said += [f"made in {place.place}", place.line]
        return "\n".join([*said, *self.facts(value), self.flow_text(value)]).strip()

    # Looks, in the DOT language

    def gradient_line(self, value: Value) -> str | None:
        """The gradient where it should be one line: a sum that is written out, or a norm; None leaves it as it is."""
        total, gradient = self.sum_text(value), self.sweep and self.sweep.gradients.get(value.number)
        if total and not total.startswith("sum"):
            return f"grad {total}"
        if gradient is None or rows(gradient) is not None:
            return None
        return f"grad = {total}" if total else f"grad {amount(gradient)}"

    def lines(self, value: Value) -> list[str]:
        """More lines of a value's box, as HTML-like labels."""
        total = self.sum_text(value)
        small = total.startswith("sum") and rows(self.sweep.gradients[value.number]) is not None
        said = [f'<font point-size="11" color="{RED}">= {attribute(total)}</font>'] if small else []
        for fact in self.facts(value):
            strong = fact[0] in "✖○▲▽★"
            text = attribute(fact)
            said.append(f'<font point-size="11">{"<b>" + text + "</b>" if strong else text}</font>' if strong else
                        f'<font point-size="10" color="{SOFT}">{text}</font>')
        return said

    def look(self, value: Value) -> str:
        """The warning's colours; the first bad node has a double line of its own."""
        signs = sorted(self.signs(value), key=lambda sign: sign.weight)
        look = f' fillcolor="{signs[-1].wash}" color="{signs[-1].line}"' if signs else ""
        if value.number in self.firsts:
            look += ' color="#b3261e" penwidth=2.5 peripheries=2'
        return look

    def arrow(self, value: Value, index: int, direction: str) -> str:
        """The contribution on the arrow from a parent: a label, and its norm as the line's width."""
        flow = self.sweep.along(value, index) if self.sweep else None
        if flow is None:
            return ""
        undone = f" \\nΣ {_undone_short(flow)}" if flow.undone else ""
        label = attribute(f" {ARROWS[direction]} {amount(flow.contribution)}{undone} ")
        size = health.norm(flow.contribution)
        if not np.isfinite(size):
            return f'label="{label}" fontcolor="#b3261e" color="#b3261e" penwidth=2.5 '
        if size == 0:
            return f'label="{label}" fontcolor="{SOFT}" style=dotted penwidth=1 '
        return f'label="{label}" fontcolor="{RED}" penwidth={self.width(size):.1f} '

    def width(self, size: float) -> float:
        """From 1 to 5, in steps of the logarithm."""
        spread = np.log10(self.most / self.least)
        return 1.6 if spread < 0.01 else 1.0 + 4.0 * float(np.log10(size / self.least)) / max(float(spread), 1.0)


def amount(x: Any) -> str:
    """A number, a short vector, or the norm of an array: `7`, `[1, 2]`, `‖3.2‖`."""
    if rows(x) is not None and (np.ndim(x) == 0 or np.size(x) <= 3 and np.ndim(x) == 1):
        return value_text(x)
    return f"‖{number(health.norm(x))}‖"


def _undone(flow: Flow) -> str:
    return f" (summed from {flow.undone})" if flow.undone else ""


def _undone_short(flow: Flow) -> str:
    return f"{flow.undone}→{flow.parent.shape}".replace(" ", "")


def says_more(graph: Graph, names: dict[str, Any]) -> bool:
    """Does the plain picture leave out that the graph was cut, or that something was changed in place?"""
    return bool(cuts(graph, names)) or any(changed_in_place(graph, value) for value in graph.values)


def changed_in_place(graph: Graph, value: Value) -> str:
    """Says if a tensor's array was written to after this graph had used it, as `w -= …` does."""
    if not isinstance(value.thing, Node):
        return ""
    found = notes.get(id(owner(value.thing.value)))
    used = found and any(value.number == parent.number and user.thing.born < found[1]
                         for user in graph.operations for parent in user.parents())
    return "changed in place after it was used" if used and found[1] > value.thing.born else ""


def cuts(graph: Graph, names: dict[str, Any]) -> list[Cut]:
    """Where the graph was cut: memory shared with a tensor that requires grad, or what a recording noted."""
    owners = {id(owner(value.thing.value)): value for value in graph.values
              if isinstance(value.thing, Node) and value.requires_grad}
    strangers = {id(owner(thing.value)): name for name, thing in names.items()
                 if isinstance(thing, Node) and thing.tracked and not str(name).startswith("_")}
    found = []
    for value in graph.values:
        if value.inputs or value.requires_grad or not isinstance(value.thing, Node):
            continue
        memory, noted = id(owner(value.thing.value)), note(value.thing)
        if noted and noted.cut:
            how, sources = noted.cut
            inside = [source for thing in sources if (source := graph.find(thing))]
            outside = [_stranger(thing, names) for thing in sources if graph.find(thing) is None]
            found += [Cut(source, _called(source), value, how) for source in inside]
            if outside:
                more = f", … {len(outside) - NAMED} more" if len(outside) > NAMED else ""
                found.append(Cut(None, ", ".join(outside[:NAMED]) + more, value, how))
        elif memory in owners:
            found.append(Cut(owners[memory], _called(owners[memory]), value, "detach"))
        elif memory in strangers:
            found.append(Cut(None, plain(strangers[memory]), value, "detach"))
    return found


def _called(value: Value) -> str:
    return plain(value.name) if value.name else f"#{value.number}"


def _stranger(thing: Node, names: dict[str, Any]) -> str:
    """A tensor outside of the graph, by its name if it has one."""
    name = next((name for name, other in names.items() if other is thing), thing.name)
    return plain(name) if name else f"{thing.op.__name__ if thing.op else 'a leaf'} {setting_text(thing.shape)}"
