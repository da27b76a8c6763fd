"""From a graph of operations to a model's blocks: which module made what, folded to a depth."""
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ...nn.module import Module
from ..common.text import plain
from ..graph.labels import SYMBOLS, operation_label
from ..graph.record import note, recorded
from ..graph.walk import Graph, Value, key
from .repeats import Block, Group, cut_middle, grouped

FITS = 16            # blocks that a laptop's screen shows well: the depth is chosen by that
ACTIVATIONS = {"relu", "tanh", "sigmoid", "max_pool2d", "abs", "exp"}   # drawn in the block before


@dataclass(eq=False, repr=False)
class Diagram:
    """The blocks of a graph: a tree of groups, the arrows between blocks, what stands for what."""
    model: Module
    tree: Group
    blocks: list[Block]                           # those that are drawn
    arrows: dict[tuple[Any, Block], Value]        # (Block or data Value, Block) -> what goes along
    depth: int
    copies: dict[Block, list[Block]]              # all that a drawn block stands for, with itself
    guessed: bool

    def chain(self) -> bool:
        """Do the blocks follow each other in a single row?"""
        between = [(start, end) for start, end in self.arrows if isinstance(start, Block)]
        return between == list(zip(self.blocks, self.blocks[1:]))


def diagram(graph: Graph, model: Module, depth: int | None = None, most: int = 60) -> Diagram:
    """The graph as up to `most` blocks: without a depth, the deepest view that fits on a screen."""
    modules = dict(model.named_modules())
    homes = find_homes(graph, model)
    deepest = max((len(path) for path in homes.values() if path), default=0)
    depths = range(max(deepest, 1), 0, -1) if depth is None else [depth]
    for level in depths:
        found = _diagram(graph, model, modules, homes, level, most)
        if len(found.blocks) <= FITS:
            break
    return found


def find_homes(graph: Graph, model: Module) -> dict[int, tuple[str, ...] | None]:
    """The path of the module that made each value; () for the model itself, None outside of it.

    A recording knows. Without one, an operation belongs to the module whose parameters it uses, and
    one that uses none to the innermost module that holds what it connects.
    """
    paths = {module: tuple(path.split(".")) if path else ()
             for path, module in model.named_modules()}
    homes, owned, modules = {}, owners(model), {path: module for module, path in paths.items()}
    for value in graph.values:
        noted = note(value.thing)
        if not value.inputs:
            homes[value.number] = owned.get(key(value.thing))
        elif noted is not None:
            known = [module for module in noted.modules if module in paths]
            homes[value.number] = paths[known[-1]] if known else None
        else:
            homes[value.number] = _guess(value, homes, modules)
    return homes


def owners(model: Module) -> dict[int, tuple[str, ...]]:
    """The path of the module that owns each parameter, by the parameter's key."""
    return {key(parameter): tuple(path.split("."))[:-1]
            for path, parameter in model.named_parameters()}


def inner(module: Module) -> bool:
    """Does it hold other modules?"""
    return any(True for _ in module.children())


def _guess(value: Value, homes: dict, modules: dict) -> tuple[str, ...] | None:
    """The module whose parameter is used; else what the layers behind the inputs have in common."""
    def weight(parent, home):             # a transposed weight is a weight
        return not parent.inputs or not inner(modules[home]) and not any(
            grand.inputs or homes[grand.number] is None for grand in parent.parents())
    known = [(parent, home) for parent in value.parents()
             if (home := homes[parent.number]) is not None]
    direct = [home for parent, home in known if weight(parent, home)]
    if direct:
        return max(direct, key=len)
    around = [home if inner(modules[home]) else home[:-1] for parent, home in known
              if parent.inputs]
    if not around:
        return () if known else None
    return common(around)


def common(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest beginning that all share."""
    paths = list(paths)
    shared = 0
    while all(len(path) > shared for path in paths) and len({path[shared] for path in paths}) == 1:
        shared += 1
    return paths[0][:shared]


def _diagram(graph: Graph, model: Module, modules: dict, homes: dict, depth: int,
             most: int) -> Diagram:
    where, blocks = {}, []
    for value in graph.operations:
        path, module = _folded(homes[value.number], modules, depth)
        block = blocks[-1] if blocks else None
        if block is None or module is None or block.module is not module:
            blocks.append(block := Block(path, module))
        block.values.append(value)
        where[value] = block
    for user, block in where.items():
        for value in user.parents():
            home = homes[value.number]
            if value.inputs or home is None or block.module is None:
                continue
            if home[:len(block.path)] == block.path and value not in block.parameters:
                block.parameters.append(value)
    arrows = _arrows(graph, model, blocks, where)
    blocks = _taken_in(blocks, where, arrows)
    tree, stands = grouped(blocks)
    cut_middle(blocks, tree, stands, most)
    place = {block: i for i, block in enumerate(blocks)}
    drawn = {}
    for (start, end), value in _arrows(graph, model, blocks, where).items():
        a, b = stands.get(start, start), stands[end]
        back = isinstance(a, Block) and place[a] > place[b]         # a copy's way back to its start
        if a is not b and not back:
            drawn.setdefault((a, b), value)
    copies = {}
    for block, stand in stands.items():
        copies.setdefault(stand, []).append(block)
    return Diagram(model, tree, tree.blocks(), drawn, depth, copies, not recorded(graph))


def _folded(path: tuple[str, ...] | None, modules: dict,
            depth: int) -> tuple[tuple[str, ...], Module | None]:
    """(path, module) of the block: a module without others inside, or one at the depth; or None."""
    if path is None or path == ():
        return (), None
    path = path[:depth]
    module = modules[".".join(path)]
    return (path, None) if inner(module) and len(path) < depth else (path, module)


def _arrows(graph: Graph, model: Module, blocks: list[Block], where: dict) -> dict:
    """{(where from, where to): value}: between blocks, and from data older than the model's run."""
    first = min((value.born or 0 for value in graph.operations), default=0)
    buffers = {key(buffer) for buffer in model.buffers()}
    found = {}
    for value in graph.operations:
        for parent in value.parents():
            end = where[value]
            if parent.inputs:
                if where[parent] is not end:
                    found.setdefault((where[parent], end), parent)
            elif parent not in end.parameters:
                fixed = key(parent.thing) in buffers
                old = parent.name or (parent.born or 0) < first
                if parent.requires_grad or old and not fixed:
                    found.setdefault((parent, end), parent)
    return found


def _taken_in(blocks: list[Block], where: dict, arrows: dict) -> list[Block]:
    """A block without parameters that alone follows another is drawn in it: `Conv2d, ReLU`."""
    into, out = {}, {}
    for start, end in arrows:
        into.setdefault(end, []).append(start)
        out.setdefault(start, []).append(end)
    kept, became = [], {}
    for block in blocks:
        before = [became.get(start, start) for start in into.get(block, [])]
        one = before[0] if len(before) == 1 and isinstance(before[0], Block) else None
        alone = one is not None and all(len(out.get(start, [])) == 1 for start in into[block])
        if alone and one.home == block.home and not block.parameters and _fits(one, block):
            name = type(block.module).__name__ if block.module else short(block.values[0])
            one.then += [name, *block.then]
            one.values += block.values
            became[block] = one
            for value in block.values:
                where[value] = one
        else:
            kept.append(block)
    return kept


def short(value: Value) -> str:
    """An operation without its settings: `relu`, `÷ 4`."""
    return operation_label(value) if value.operation in SYMBOLS else plain(value.operation or "?")


def _fits(one: Block, block: Block) -> bool:
    if one.module is None:
        return block.module is None and len(one.values) < 6
    if not one.parameters:
        return False
    return not inner(block.module) if block.module else block.values[0].operation in ACTIVATIONS
