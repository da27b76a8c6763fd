"""The blocks of a model as a drawing in the DOT language and as text."""
from dataclasses import dataclass, replace
from math import isfinite

from ..common.markup import attribute, font, label, stacked
from ..common.style import AMBER, AMBER_WASH, BLUE, BLUE_WASH, GREY_WASH, LINE, PAPER, RED, SOFT
from ..common.text import columns, count, norm, number, plain, value_text
from ..graph.details import ARROWS, Cut, Details
from ..graph.dot import DASHED, FILLED, FONT, opening
from ..graph.health import Sign
from ..graph.labels import operation_label
from ..graph.record import note
from ..graph.summary import size
from ..graph.walk import Value, key
from .modules import Diagram, common, inner, owners, short
from .repeats import Block, Group

ROW = 3              # blocks beside each other where a long chain is laid in bends
LISTED = 4           # loose operations that are named in a block, before the rest is counted


def blocks_source(drawn: Diagram, details: Details, direction: str) -> str:
    """The drawing: a box a block, a frame around what a module holds, an arrow for what passes.

    direction: as for `draw`, or "snake": a chain in rows, to the right and back again.
    """
    names = {block: f"b{i}" for i, block in enumerate(drawn.blocks)}
    off, cuts = {cut.target for cut in details.cuts}, block_cuts(drawn, details)
    arrows = {ends: value for ends, value in drawn.arrows.items()
              if ends[0] not in off}                          # those are dashed below
    data = {start: f"v{start.number}" for start, _ in arrows if isinstance(start, Value)}
    spread = (f'fontname="{FONT}" newrank=true pad="0.12" nodesep="0.3" '
              f'ranksep="{0.2 if direction == "TB" else 0.32}"')
    lines = [*opening("TB" if direction == "snake" else direction, spread, "0.12", 11),
             *(f'  {name} [{_data(value)} id="{name}"]' for value, name in data.items()),
             *_group(drawn, drawn.tree, names, details, cuts, direction)]
    rows = _rows(drawn) if direction == "snake" else []
    lines += [f"  {{ rank=same; {'; '.join(names[block] for block in row)} }}" for row in rows]
    strangers = {}                                  # what was left behind outside of all blocks
    for cut in cuts:
        if cut.start is not cut.end:
            start = names.get(cut.start) or data.get(cut.start)
            start = start or strangers.setdefault(cut.called, f"c{len(strangers)}")
            lines.append(f'  {start} -> {names[cut.end]} [style=dashed color="{SOFT}" '
                         f'label=" cut: {cut.how} "]')
    lines += [f'  {name} [label="{label(called)}" {DASHED}]' for called, name in strangers.items()]
    backwards = {(a, b) for row in rows[1::2] for a, b in zip(row, row[1:])}
    for (start, end), value in arrows.items():
        ends = [data.get(start) or names[start], names[end]]
        look = _arrow(value, details, direction, start in data or start.module is not None)
        if (start, end) in backwards:    # Graphviz puts to the left of a row where an arrow starts
            ends, look = ends[::-1], f"{look} dir=back"
        lines.append(f"  {' -> '.join(ends)} [{look}]")
    return "\n".join([*lines, "}", ""])


def _rows(drawn: Diagram) -> list[list[Block]]:
    """A chain in rows; a frame has rows of its own, so that no frame stands in another's way."""
    rows, last = [], None
    for item in drawn.tree.items:
        for block in item.blocks() if isinstance(item, Group) else [item]:
            frame = item if isinstance(item, Group) else None
            if not rows or len(rows[-1]) == ROW or frame is not last:
                rows.append([])
            rows[-1].append(block)
            last = frame
    return rows


def _group(drawn: Diagram, group: Group, names: dict, details: Details, cuts: list,
           direction: str) -> list[str]:
    """The boxes of a group; the frame around it, unless it is the whole."""
    lines = []
    for item in group.items:
        if isinstance(item, Group):
            lines += _group(drawn, item, names, details, cuts, direction)
        else:
            look = _box(item, drawn, details, cuts, direction)
            lines.append(f'  {names[item]} [{look} id="{names[item]}"]')
    alone = len(group.items) == 1 and isinstance(group.items[0], Group)
    if group.path == () or group.times == 1 and alone:
        return lines
    look = f'style="rounded" color="{LINE}" penwidth=1 fontcolor="{SOFT}"'
    if group.times > 1:
        look = f'style="rounded,dashed" color="{AMBER}" penwidth=1.4 fontcolor="{AMBER}"'
    said = f"<b>{attribute(group_label(drawn, group))}</b>"
    return [f'  subgraph "cluster_{label(".".join(group.path))}" {{',
            f"  label=<{said}> labeljust=l fontsize=12 margin=10 {look}", *lines, "  }"]


def group_label(drawn: Diagram, group: Group) -> str:
    """`blocks.0 … blocks.3 · Block × 4`."""
    repeat = f" × {group.times}" if group.times > 1 else ""
    if group.path[-1].startswith("×"):
        first = group.items[0].path
        if not first or not any(block.module for block in group.blocks()):
            return f"drawn once,{repeat}"
        return f"from {plain('.'.join(first))} to {plain(group.last)}: drawn once,{repeat}"
    kind = type(drawn.model.get_submodule(".".join(group.path))).__name__
    first = plain(".".join(group.path))
    return f"{first}{f' … {plain(group.last)}' if group.times > 1 else ''} · {plain(kind)}{repeat}"


def block_label(block: Block) -> tuple[str, str]:
    """(path, class and what follows) of a block; the operations of a loose one."""
    if block.left_out:
        return f"… {block.left_out:,} more blocks", ""
    if block.module is None:
        first = block.values[0]
        said = [short(first) if block.then else operation_label(first), *block.then]
        if len(said) > LISTED:
            said = [*said[:LISTED - 1], f"… {len(said) - LISTED + 1} more"]
        return plain(said[0]), ", ".join(map(plain, said[1:]))
    kind = type(block.module).__name__
    if inner(block.module):
        kind += f" of {count(len(block.values), 'operation')}"
    return plain(".".join(block.path)), plain(", ".join([kind, *block.then]), 60)


def facts(block: Block, drawn: Diagram,
          details: Details) -> tuple[list[str], list[Sign], list[str]]:
    """(parameters and gradients, warnings, the first bad ones) of a block and all its copies."""
    said, many = [], sum(int(value.array.size) for value in block.parameters)
    if many:
        said.append(f"{many:,} parameters")
    signs, firsts, norms = {}, [], []
    for copy in drawn.copies[block]:
        where = "" if copy.path == block.path else f" in {plain('.'.join(copy.path))}"
        for value in [*copy.values, *copy.parameters]:
            for sign in details.signs(value):
                kind = sign.words.partition(",")[0], where
                signs.setdefault(kind, replace(sign, words=sign.words + where))
            firsts += [text + where for text in details.firsts.get(value.number, [])]
        kept = [details.gradient(value) for value in copy.parameters]
        kept = [norm(gradient) for gradient in kept if gradient is not None]
        norms += [norm(kept)] if kept else []
    if norms:
        low, high = number(min(norms), 2), number(max(norms), 2)
        said.append(f"grad ‖{low}‖" if low == high else f"grad ‖{low}‖ to ‖{high}‖")
    return said, sorted(signs.values(), key=lambda sign: -sign.weight), firsts


@dataclass(frozen=True)
class BlockCut:
    """A dashed arrow: to a block from a block, a value, or what is not in the picture (None)."""
    start: Block | Value | None
    called: str
    end: Block
    how: str

    def __str__(self) -> str:
        return f"{self.how} inside" if self.start is self.end else f"{self.how} of {self.called}"


def block_cuts(drawn: Diagram, details: Details) -> list[BlockCut]:
    """Where the graph was cut, between blocks; of copies drawn once, each way of cutting once."""
    where, by_target, found = {}, {}, {}
    for block, copies in drawn.copies.items():
        for copy in copies:
            where |= dict.fromkeys([*copy.parameters, *copy.values], block)
    for cut in details.cuts:
        by_target.setdefault(cut.target, []).append(cut)
    for user in details.graph.operations:
        for cut in (cut for parent in user.parents() for cut in by_target.get(parent, ())):
            end, start = where[user], where.get(cut.source)
            called = cut.called
            if cut.source is None:
                called = _owner(cut, drawn) or called
            elif start is not None and not cut.source.name:
                called = block_label(start)[0]
            found[BlockCut(start or cut.source, called, end, cut.how.partition(":")[0])] = None
    return list(found)


def _owner(cut: Cut, drawn: Diagram) -> str:
    """The module to which all parameters belong that were left behind; '' if there is none."""
    noted, owned = note(cut.target.thing), owners(drawn.model)
    homes = [owned.get(key(thing)) for thing in noted.cut[1]] if noted and noted.cut else []
    return plain(".".join(common(homes))) if homes and None not in homes else ""


def _box(block: Block, drawn: Diagram, details: Details, cuts: list[BlockCut],
         direction: str) -> str:
    (name, kind), (said, signs, firsts) = block_label(block), facts(block, drawn, details)
    said += [f"cut: {cut}" for cut in cuts if cut.start is cut.end is block]
    root = block.result is details.graph.root
    if block.module is None:
        lines = [attribute(f"{name}, {kind}" if kind else name)]
    else:
        said = [f"→ {block.result.shape}{f', {said[0]}' if said else ''}", *said[1:]]
        lines = [f"<b>{attribute(plain(block.path[-1]))}</b>  {attribute(kind)}"]
    if root:
        called, shown = plain(block.result.name or "result"), value_text(block.result.array)
        lines.append(f"<b>{attribute(called)} {attribute(shown)}</b>")
    small = [font(11, attribute(text), RED if text.startswith("grad") else SOFT) for text in said]
    lines += ["  ".join(small)] if direction == "TB" and small else small     # height is scarce
    lines += [font(11, f"<b>{attribute(text)}</b>") for text in [*map(str, signs[:2]), *firsts]]
    look = (f'{FILLED} fillcolor="{AMBER_WASH}" color="{AMBER}" penwidth=1.4' if root else
            f'{FILLED} fillcolor="{BLUE_WASH}" color="{BLUE}" penwidth=1.4' if block.parameters else
            f'{FILLED} fillcolor="{PAPER}" color="{LINE}" penwidth=1.2')
    if block.left_out:
        look = f'style="rounded,dashed" color="{SOFT}"'
    if signs:
        look += f' fillcolor="{signs[0].wash}" color="{signs[0].line}"'
    if firsts:
        look += " peripheries=2 penwidth=2.5"
    return f"label={stacked(lines)} {look}"


def _data(value: Value) -> str:
    said = attribute(plain(value.name or ("leaf" if value.requires_grad else "data")))
    shape = font(11, attribute(str(value.shape)), SOFT)
    return (f'label=<<b>{said}</b><br/>{shape}> style=filled fillcolor="{GREY_WASH}" '
            f'color="{LINE}"')


def _arrow(value: Value, details: Details, direction: str, told: bool) -> str:
    """The shape that passes, unless a box says it; with `flow` the norm of what comes back."""
    gradient = details.sweep.gradients.get(value.number) if details.sweep else None
    if gradient is None:
        silent = told or details.sweep or value.shape == ()
        return "" if silent else f'label=" {attribute(str(value.shape))} "'
    length = norm(gradient)
    width = details.width(length) if length and isfinite(length) else 1
    said = f" {ARROWS.get(direction, '')} ‖{number(length, 2)}‖ "
    return f'label="{said}" fontcolor="{RED}" penwidth={min(max(width, 0.8), 6):.1f}'


def blocks_text(drawn: Diagram, details: Details) -> str:
    """The blocks as an indented list: what is repeated once, with its number."""
    rows: list[list[str]] = []
    cuts = block_cuts(drawn, details)
    def tell(group: Group, level: int):
        for item in group.items:
            if isinstance(item, Group):
                rows.append(["  " * level + group_label(drawn, item), "", "", ""])
                tell(item, level + 1)
            else:
                said, signs, firsts = facts(item, drawn, details)
                (name, kind), off = block_label(item), [f"cut: {x}" for x in cuts if x.end is item]
                rows.append(["  " * level + name, kind, f"→ {item.result.shape}",
                             ", ".join([*said, *off, *map(str, signs), *firsts])])
    tell(drawn.tree, 0)
    heading = (f"graph of {size(details.graph)}, drawn as {count(len(drawn.blocks), 'block')} of "
               f"{type(drawn.model).__name__}, depth {drawn.depth}")
    if drawn.guessed:
        heading += ("; modules guessed from their parameters (a graph made `with viz.record():` "
                    "knows them)")
    return "\n".join([heading, *columns(rows)])


def blocks_alt(drawn: Diagram, details: Details) -> str:
    """The diagram in a sentence."""
    said = [" ".join(block_label(block)).strip() for block in drawn.blocks[:12]]
    more = f", and {len(drawn.blocks) - 12} more" if len(drawn.blocks) > 12 else ""
    cuts = "; ".join(f"{cut}, before {' '.join(block_label(cut.end)).strip()}"
                     for cut in block_cuts(drawn, details))
    return (f"The blocks of {plain(type(drawn.model).__name__)}, in order: {'; '.join(said)}{more}."
            f"{f' The graph is cut: {cuts}.' if cuts else ''}")
