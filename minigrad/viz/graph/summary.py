"""A graph as text: a line a value, and a sentence for those who cannot see the picture."""
from collections import Counter
from typing import Any

from ..common.text import columns, count, number, plain, rows, value_text
from .labels import dtype_text, equation
from .walk import Graph, Value


def size(graph: Graph) -> str:
    """`4 values and 2 operations`."""
    values, operations = len(graph.values), len(graph.operations)
    return f"{count(values, 'value')} and {count(operations, 'operation')}"


def summary(graph: Graph, shown: list[Value], gradients: dict[int, Any], details=None) -> str:
    """A line a value: number, name, how it was made, shape, value when small, gradient."""
    lines = columns([_line(value, gradients) + (details.words(value) if details else [])
                     for value in shown])
    if details:                               # facts go below, indented: a line holds only so much
        below = [[f"      {fact}" for fact in details.facts(value)] for value in shown]
        lines = ["\n".join([line, *said]) for line, said in zip(lines, below)]
    heading = f"graph of {size(graph)}"
    if len(shown) < len(graph.values):
        hidden = [value for value in graph.values if value not in set(shown)]
        heading += f", of which {count(len(shown), 'value')} shown"
        lines.insert(0, f"…   {left_out(hidden)}")
    return "\n".join([heading, *lines])


def left_out(hidden: list[Value]) -> str:
    """`1,934 more operations and 12 more inputs`."""
    operations = sum(1 for value in hidden if value.inputs)
    parts = [f"{n:,} more {word}{'' if n == 1 else 's'}"
             for n, word in ((operations, "operation"), (len(hidden) - operations, "input")) if n]
    return " and ".join(parts)


def _line(value: Value, gradients: dict[int, Any]) -> list[str]:
    made = equation(value) or ("leaf" if value.requires_grad else "data")
    small = rows(value.array) is not None
    strengths = [number(edge.strength) for edge in value.inputs if edge.strength is not None]
    local, gradient = f"local gradients {', '.join(strengths)}" if strengths else "", ""
    if value.number in gradients:
        found = gradients[value.number]
        gradient = f"grad {'–' if found is None else value_text(found)}"       # none yet
    return [f"#{value.number}", plain(value.name or ""), made,
            f"{value.shape}" if value.shape or not small else "", dtype_text(value),
            "overwritten" if value.overwritten else value_text(value.array) if small else "",
            local, gradient]


def in_words(graph: Graph) -> str:
    """The alternative text of the picture: what somebody who cannot see it should know."""
    root, inputs = graph.root, [value for value in graph.values if not value.inputs]
    start = f"Computation graph of {plain(root.name) if root.name else 'an unnamed value'}"
    if not graph.operations:
        return (f"Computation graph of a single value, {_named(root)}, that was not computed from "
                "anything.")
    if len(graph.values) <= 12:
        steps = [f"{equation(v, by_name=True)} gives {_named(v)}" for v in graph.operations]
        return f"{start}. Inputs: {', '.join(map(_named, inputs))}. Steps: {'; '.join(steps)}."
    kinds = Counter(value.operation or "unnamed" for value in graph.operations).most_common(6)
    mostly = ", ".join(f"{n:,} × {plain(kind)}" for kind, n in kinds)
    names = ", ".join([plain(value.name) for value in inputs if value.name][:8])
    return (f"{start}: {size(graph)} (mostly {mostly}), "
            f"from {count(len(inputs), 'input')}{': ' if names else ''}{names}, to {_named(root)}.")


def _named(value: Value) -> str:
    if rows(value.array) is None or value.overwritten:
        return f"{value.called} of shape {value.shape}"
    return f"{value.called} = {value_text(value.array)}"
