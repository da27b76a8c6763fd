"""From a graph of operations to the blocks of a model: which module made what, folded to a depth, repeats found."""
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ..nn.module import Module
from .record import note, recorded
from .walk import Graph, Value
from .words import SYMBOLS, operation_label, plain

FITS = 16            # blocks that a laptop's screen shows well: the depth is chosen so that there are no more
ACTIVATIONS = {"relu", "tanh", "sigmoid", "max_pool2d", "abs", "exp"}      # drawn in the block that they follow


@dataclass(eq=False, repr=False)
class Block:
    """One box: operations that one module made in one call, or a few operations in a row outside of all modules."""
    path: tuple[str, ...]                        # of the module; of the container for loose operations
    module: Module | None                        # None for loose operations
    values: list[Value] = field(default_factory=list)
    then: list[str] = field(default_factory=list)                 # what follows and was taken in
    parameters: list[Value] = field(default_factory=list)

    @property
    def result(self) -> Value:
        return self.values[-1]

    @property
    def home(self) -> tuple[str, ...]:
        """The container that it is drawn in."""
        return self.path[:-1] if self.module is not None else self.path

    def signature(self) -> tuple:
        return (type(self.module).__name__, tuple(operation_label(value) for value in self.values), self.result.shape,
                tuple(self.then), tuple(sorted(value.shape for value in self.parameters)))


@dataclass(eq=False, repr=False)
class Group:
    """A cluster: a module that holds others, or a run of equal things; `times` says how often it is there."""
    path: tuple[str, ...]
    items: list[Any] = field(default_factory=list)                # Blocks and Groups, in the order of their making
    times: int = 1
    last: str = ""                                                # the path of its last copy

    def blocks(self) -> list[Block]:
        return [block for item in self.items for block in (item.blocks() if isinstance(item, Group) else [item])]

    def signature(self) -> tuple:
        return (self.times, *(item.signature() for item in self.items))


@dataclass(eq=False, repr=False)
class Diagram:
    """The blocks of a graph: a tree of groups, the arrows between blocks, what stands for what."""
    model: Module
    tree: Group
    blocks: list[Block]                                           # those that are drawn
    arrows: dict[tuple[Any, Block], Value]                        # (Block or data Value, Block) -> what goes along
    depth: int
    homes: dict[int, tuple[str, ...] | None]
    guessed: bool = False

    def chain(self) -> bool:
        """Do the blocks follow each other in a single row?"""
        between = [(start, end) for start, end in self.arrows if isinstance(start, Block)]
        return between == list(zip(self.blocks, self.blocks[1:]))


def diagram(graph: Graph, model: Module, depth: int | None = None) -> Diagram:
    """The graph as blocks. Without a depth, the deepest view that fits on a screen."""
    modules = dict(model.named_modules())
    homes = find_homes(graph, model)
    deepest = max((len(path) for path in homes.values() if path), default=0)
    depths = range(max(deepest, 1), 0, -1) if depth is None else [depth]
    for level in depths:
        found = _diagram(graph, model, modules, homes, level)
        if len(found.blocks) <= FITS:
            break
    return found


def find_homes(graph: Graph, model: Module) -> dict[int, tuple[str, ...] | None]:
    """The path of the module that made each value; () for the model itself, None outside of it.

    A recording knows. Without one, an operation belongs to the module whose parameters it uses, and one that uses none to
    the innermost module that holds what it connects.
    """
    paths = {module: tuple(path.split(".")) if path else () for path, module in model.named_modules()}
    homes, owned = {}, {}
    for path, parameter in model.named_parameters():
        owned[parameter.born] = tuple(path.split("."))[:-1]
    modules = {path: module for module, path in paths.items()}
    for value in graph.values:
        noted = note(value.thing)
        if not value.inputs:
            homes[value.number] = owned.get(getattr(value.thing, "born", None))
        elif noted is not None:
            known = [module for module in noted.modules if module in paths]
            homes[value.number] = paths[known[-1]] if known else None
        else:
            homes[value.number] = _guess(value, homes, modules)
    return homes


def inner(module: Module) -> bool:
    """Does it hold other modules?"""
    return any(True for _ in module.children())


def _guess(value: Value, homes: dict, modules: dict) -> tuple[str, ...] | None:
    """The module whose parameter is used; else what the inputs, seen from outside of their layers, have in common."""
    direct = [homes[parent.number] for parent in value.parents() if homes[parent.number] is not None
              and (not parent.inputs or not inner(modules[homes[parent.number]])       # a transposed weight is a weight
                   and not any(grand.inputs for grand in parent.parents()))]
    if direct:
        return max(direct, key=len)
    around = []
    for parent in value.parents():
        home = homes[parent.number]
        if parent.inputs and home is not None:
            around.append(home if inner(modules[home]) else home[:-1])
    if not around:
        return () if any(homes[parent.number] is not None for parent in value.parents()) else None
    return common(around)


def common(paths: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The longest beginning that all share."""
    paths = list(paths)
    shared = 0
    while all(len(path) > shared for path in paths) and len({path[shared] for path in paths}) == 1:
        shared += 1
    return paths[0][:shared]


def _diagram(graph: Graph, model: Module, modules: dict, homes: dict, depth: int) -> Diagram:
    where, blocks = {}, []
    for value in graph.operations:
        path, module = _folded(homes[value.number], modules, depth)
        block = blocks[-1] if blocks else None
        if block is None or module is None or block.module is not module:
            blocks.append(block := Block(path, module))
        block.values.append(value)
        where[value] = block
    for value in graph.values:
        if not value.inputs and homes[value.number] is not None:
            for block in {where[user] for user in graph.operations if value in user.parents()}:
                if block.module is not None and homes[value.number][:len(block.path)] == block.path:
                    block.parameters.append(value)
    arrows = _arrows(graph, model, blocks, where)
    blocks = _taken_in(blocks, where, arrows)
    tree, stands = _tree(blocks, modules, depth)
    place = {block: i for i, block in enumerate(blocks)}
    drawn = {}
    for (start, end), value in _arrows(graph, model, blocks, where).items():
        a, b = stands.get(start, start), stands[end]
        if a is not b and not (isinstance(a, Block) and place[a] > place[b]):      # a copy's way back to its start
            drawn.setdefault((a, b), value)
    kept = [block for block in blocks if stands[block] is block]
    return Diagram(model, tree, kept, drawn, depth, homes, not recorded(graph))


def _folded(path: tuple[str, ...] | None, modules: dict, depth: int) -> tuple[tuple[str, ...], Module | None]:
    """(path, module) of the block: a module without modules inside, or one at the depth; None for a loose operation."""
    if path is None or path == ():
        return (), None
    path = path[:depth]
    module = modules[".".join(path)]
    return (path, None) if inner(module) and len(path) < depth else (path, module)


def _arrows(graph: Graph, model: Module, blocks: list[Block], where: dict) -> dict:
    """{(where from, where to): value}: between blocks, and from data that was there before the model ran."""
    first = min((getattr(value.thing, "born", 0) for value in graph.operations), default=0)
    buffers = {buffer.born for buffer in model.buffers()}
    found = {}
    for value in graph.operations:
        for parent in value.parents():
            end = where[value]
            if parent.inputs:
                if where[parent] is not end:
                    found.setdefault((where[parent], end), parent)
            elif parent not in end.parameters:
                born = getattr(parent.thing, "born", 0)
                if parent.requires_grad or born not in buffers and (parent.name or born < first):
                    found.setdefault((parent, end), parent)
    return found


def _taken_in(blocks: list[Block], where: dict, arrows: dict) -> list[Block]:
    """A block without parameters that alone follows another is drawn in it: `Conv2d, then ReLU`; loose ones in a row too."""
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
            one.then += [type(block.module).__name__ if block.module else short(block.values[0])] + block.then
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


# Clusters and repeats

def _tree(blocks: list[Block], modules: dict, depth: int) -> tuple[Group, dict]:
    """The blocks in their containers, equal neighbours folded; and {block: the block that stands for it}."""
    root = Group(())
    groups = {(): root}
    def group(path):
        if path not in groups:
            above = group(path[:-1])
            groups[path] = Group(path)
            above.items.append(groups[path])
        return groups[path]
    for block in blocks:
        group(block.home).items.append(block)
    stands = {block: block for block in blocks}
    _fold(root, stands)
    return root, stands


def _fold(group: Group, stands: dict) -> None:
    for item in group.items:
        if isinstance(item, Group):
            _fold(item, stands)
    items, folded, i = group.items, [], 0
    signatures = [item.signature() for item in items]
    while i < len(items):
        size, times = _repeat(items, signatures, i)
        if times == 1:
            folded.append(items[i])
        else:
            first = items[i:i + size]
            for copy in range(1, times):
                for one, other in zip(first, items[i + copy * size:i + (copy + 1) * size]):
                    _stand(one, other, stands)
            if size == 1 and isinstance(first[0], Group) and first[0].times == 1:
                run = first[0]
            else:
                run = Group((*group.path, f"×{i}"), first)
            run.times, run.last = times, ".".join(items[i + size * times - 1].path)
            folded.append(run)
        i += size * times
    group.items = folded


def _repeat(items: list, signatures: list, i: int) -> tuple[int, int]:
    """(how many items make one copy, how many copies) from place i on; (1, 1) where nothing repeats."""
    best = (1, 1)
    for size in range(1, (len(items) - i) // 2 + 1):
        times = 1
        while signatures[i + times * size:i + (times + 1) * size] == signatures[i:i + size]:
            times += 1
        whole = any(isinstance(item, Group) for item in items[i:i + size])
        layers = any(isinstance(item, Group) or item.module is not None for item in items[i:i + size])
        if times >= (2 if whole else 3) and (layers or size * times > 5) and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def _stand(one: Any, other: Any, stands: dict) -> None:
    if isinstance(one, Group):
        for a, b in zip(one.items, other.items):
            _stand(a, b, stands)
    else:
        for block, old in list(stands.items()):
            if old is other:
                stands[block] = one
