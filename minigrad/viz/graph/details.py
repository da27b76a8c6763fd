"""What a rich picture says beyond the plain one: contributions, statistics, warnings, cuts."""
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..common.markup import attribute, font
from ..common.style import RED, SOFT
from ..common.text import amount, norm, plain, rows, setting_text
from . import engine, health
from .labels import dtype_text
from .record import note
from .sweep import Flow, Sweep
from .walk import Graph, Value

ARROWS = {"LR": "←", "RL": "→", "TB": "↑", "BT": "↓"}      # the way back
WIDE = 26            # letters of a sum that is written out
NAMED = 2            # things outside of the graph that are named at a cut; the rest is counted


@dataclass
class Cut:
    """A dashed edge: a value, or what is outside of the graph, and what was made of it unseen."""
    source: Value | None
    called: str
    target: Value
    how: str


@dataclass
class Details:
    """The rich part of a picture: with `sweep` contributions, with `stats` statistics."""
    graph: Graph
    sweep: Sweep | None = None
    stats: bool = False
    names: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.start = norm(self.sweep.gradients[self.graph.root.number]) if self.sweep else 1.0
        self.cuts = cuts(self.graph, self.names)
        bad = health.first_bad_value(self.graph)
        self.firsts = {bad.number: ["★ first bad value of forward"]} if bad else {}
        rule = health.first_bad_rule(self.sweep) if self.sweep else None
        if rule is not None:
            self.firsts.setdefault(rule.number, []).append("★ first bad rule of backward")
        sizes = [norm(flow.contribution) for flow in self.sweep.flows] if self.sweep else []
        sizes = [size for size in sizes if np.isfinite(size) and size > 0]
        self.least, self.most = (min(sizes), max(sizes)) if sizes else (1.0, 1.0)

    # Words, for the text and for the boxes

    def gradient(self, value: Value) -> Any:
        """The gradient of a value: backward's, or the one that is kept."""
        if self.sweep:
            return self.sweep.gradients.get(value.number)
        return engine.gradient(value.thing)

    def signs(self, value: Value) -> list[health.Sign]:
        found = health.value_sign(value), health.gradient_sign(self.gradient(value), self.start)
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
            if not dtype_text(value) and (dtype := engine.dtype(value.thing)) is not None:
                lines.append(str(dtype))
            if rows(value.array) is None and not engine.freed(value.thing):
                lines.append(f"value: {health.statistics(value.array)}")   # others are written out
            if gradient is not None and rows(gradient) is None:
                lines.append(f"grad: {health.statistics(gradient)}")
        changed = changed_in_place(self.graph, value)
        signs = map(str, self.signs(value))
        return [*([changed] if changed else []), *lines, *signs, *self.firsts.get(value.number, [])]

    def flow_text(self, value: Value) -> str:
        """`sends 7 to #1, 4 to #3`."""
        flows = [self.sweep.along(value, i) for i in range(len(value.inputs))] if self.sweep else []
        said = [f"{amount(flow.contribution)} to #{flow.parent.number}"
                f"{f' (summed from {flow.undone})' if flow.undone else ''}"
                for flow in flows if flow]
        return f"sends {', '.join(said)}" if said else ""

    def words(self, value: Value) -> list[str]:
        """The columns that a line of the text form gets; `facts` follow below it."""
        noted = note(value.thing)
        cut = [f"{cut.how} of {cut.called}" for cut in self.cuts if cut.target is value]
        return [self.sum_text(value), self.flow_text(value), ", ".join(cut),
                noted.place if noted else ""]

    def tooltip(self, value: Value) -> str:
        noted, said = note(value.thing), [f"#{value.number}", f"shape {value.shape}"]
        if noted:
            said += [f"made in {noted.place}", noted.line]
        return "\n".join([*said, *self.facts(value), self.flow_text(value)]).strip()

    def tips(self, values: list[Value]) -> dict[str, str]:
        """The tooltips of the boxes and of the operations of some values, by their ids."""
        return {f"{kind}{value.number}": self.tooltip(value) for value in values for kind in "vo"}

    # Looks, in the DOT language

    def gradient_line(self, value: Value) -> str | None:
        """The gradient where it should be one line: a sum, or a norm; None leaves it as it is."""
        total = self.sum_text(value)
        gradient = self.sweep and self.sweep.gradients.get(value.number)
        if total and not total.startswith("sum"):
            return f"grad {total}"
        if gradient is None or rows(gradient) is not None:
            return None
        return f"grad = {total}" if total else f"grad {amount(gradient)}"

    def lines(self, value: Value) -> list[str]:
        """More lines of a value's box, as HTML-like labels."""
        total = self.sum_text(value)
        small = total.startswith("sum") and rows(self.sweep.gradients[value.number]) is not None
        said = [font(11, f"= {attribute(total)}", RED)] if small else []
        return said + [font(11, f"<b>{attribute(fact)}</b>") if fact[0] in "✖○▲▽★" else
                       font(10, attribute(fact), SOFT) for fact in self.facts(value)]

    def look(self, value: Value) -> str:
        """The warning's colours; the first bad node has a double line of its own."""
        signs = sorted(self.signs(value), key=lambda sign: sign.weight)
        look = f' fillcolor="{signs[-1].wash}" color="{signs[-1].line}"' if signs else ""
        if value.number in self.firsts:
            look += ' color="#b3261e" penwidth=2.5 peripheries=2'
        return look

    def arrow(self, value: Value, index: int, direction: str) -> str:
        """The contribution on the arrow from a parent: a label, and the line's width."""
        flow = self.sweep.along(value, index) if self.sweep else None
        if flow is None:
            return ""
        undone = f" \\nΣ {flow.undone}→{flow.parent.shape}" if flow.undone else ""
        undone = undone.replace(", ", ",")
        label = attribute(f" {ARROWS[direction]} {amount(flow.contribution)}{undone} ")
        size = norm(flow.contribution)
        if not np.isfinite(size):
            return f'label="{label}" fontcolor="#b3261e" color="#b3261e" penwidth=2.5 '
        if size == 0:
            return f'label="{label}" fontcolor="{SOFT}" style=dotted penwidth=1 '
        return f'label="{label}" fontcolor="{RED}" penwidth={self.width(size):.1f} '

    def width(self, size: float) -> float:
        """From 1 to 5, in steps of the logarithm."""
        spread = float(np.log10(self.most / self.least))
        above = float(np.log10(size / self.least))
        return 1.6 if spread < 0.01 else 1.0 + 4.0 * above / max(spread, 1.0)


def says_more(graph: Graph, names: dict[str, Any]) -> bool:
    """Does the plain picture leave out a cut, or a change in place?"""
    return bool(cuts(graph, names)) or any(changed_in_place(graph, value) for value in graph.values)


def changed_in_place(graph: Graph, value: Value) -> str:
    """Says if a tensor's array was written to after this graph had used it, as `w -= …` does."""
    change = engine.last_change(value.thing)
    if not change or change <= value.born:
        return ""
    used = any(value.number == parent.number and user.born < change
               for user in graph.operations for parent in user.parents())
    return "changed in place after it was used" if used else ""


def cuts(graph: Graph, names: dict[str, Any]) -> list[Cut]:
    """Where the graph was cut: memory shared with what requires grad, or what a recording noted."""
    owners = {engine.memory(value.thing): value for value in graph.values if value.requires_grad}
    nodes = {name: engine.node_of(thing) for name, thing in names.items()}
    strangers = {engine.memory(node): name for name, node in nodes.items()
                 if engine.is_minigrads(node) and node.requires_grad
                 and not str(name).startswith("_")}
    found = []
    for value in graph.values:
        memory, noted = engine.memory(value.thing), note(value.thing)
        if value.inputs or value.requires_grad or memory is None:
            continue
        if noted and noted.cut:
            how, sources = noted.cut
            inside = [source for thing in sources if (source := graph.find(thing))]
            outside = [_stranger(engine.node_of(thing), nodes) for thing in sources
                       if graph.find(thing) is None]
            found += [Cut(source, source.called, value, how) for source in inside]
            if outside:
                more = f", … {len(outside) - NAMED} more" if len(outside) > NAMED else ""
                found.append(Cut(None, ", ".join(outside[:NAMED]) + more, value, how))
        elif memory in owners:
            found.append(Cut(owners[memory], owners[memory].called, value, "detach"))
        elif memory in strangers:
            found.append(Cut(None, plain(strangers[memory]), value, "detach"))
    return found


def _stranger(node: Any, nodes: dict[str, Any]) -> str:
    """A node outside of the graph, by its name if it has one."""
    name = next((name for name, other in nodes.items() if other is node), node.name)
    if name:
        return plain(name)
    return f"{engine.operation(node) or 'a leaf'} {setting_text(node.shape)}"
