"""Blocks in their containers, and what repeats among them."""
from dataclasses import dataclass, field
from typing import Any

from ...nn.module import Module
from ..graph.labels import operation_label
from ..graph.walk import Value


@dataclass(eq=False, repr=False)
class Block:
    """One box: what one module made in one call, or a few operations outside of all modules."""
    path: tuple[str, ...]                        # of the module; of loose operations' container
    module: Module | None                        # None for loose operations
    values: list[Value] = field(default_factory=list)
    then: list[str] = field(default_factory=list)                 # what follows and was taken in
    parameters: list[Value] = field(default_factory=list)
    left_out: int = 0                            # so many blocks, where there are too many

    @property
    def result(self) -> Value:
        return self.values[-1]

    @property
    def home(self) -> tuple[str, ...]:
        """The container that it is drawn in."""
        return self.path[:-1] if self.module is not None else self.path

    def signature(self) -> tuple:
        operations = tuple(operation_label(value) for value in self.values)
        return (type(self.module).__name__, operations, self.result.shape,
                tuple(self.then), tuple(sorted(value.shape for value in self.parameters)))


@dataclass(eq=False, repr=False)
class Group:
    """A cluster: a module that holds others, or a run of equal things, `times` of them."""
    path: tuple[str, ...]
    items: list[Any] = field(default_factory=list)                # Blocks and Groups, oldest first
    times: int = 1
    last: str = ""                                                # the path of its last copy

    def blocks(self) -> list[Block]:
        return [block for item in self.items
                for block in (item.blocks() if isinstance(item, Group) else [item])]

    def signature(self) -> tuple:
        return (self.times, *(item.signature() for item in self.items))


def grouped(blocks: list[Block]) -> tuple[Group, dict]:
    """The blocks in their containers, equal neighbours folded; {block: what stands for it}."""
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
    """(items in one copy, copies) from place i on; (1, 1) where nothing repeats."""
    best = (1, 1)
    for size in range(1, (len(items) - i) // 2 + 1):
        times = 1
        while signatures[i + times * size:i + (times + 1) * size] == signatures[i:i + size]:
            times += 1
        whole = any(isinstance(item, Group) for item in items[i:i + size])
        layers = whole or any(item.module is not None for item in items[i:i + size])
        enough = times >= (2 if whole else 3) and (layers or size * times > 5)
        if enough and size * times > best[0] * best[1]:
            best = (size, times)
    return best


def cut_middle(blocks: list[Block], root: Group, stands: dict, most: int) -> None:
    """Where there are more than `most` blocks, one stands for those in the middle."""
    shown = root.blocks()
    gone = shown[most * 2 // 3:len(shown) - most // 3] if len(shown) > most else []
    if not gone:
        return
    gap = Block((), None, [value for block in gone for value in block.values], left_out=len(gone))
    for block, stand in list(stands.items()):
        if stand in gone:
            stands[block] = gap
    stands[gap] = gap
    blocks.insert(blocks.index(gone[-1]) + 1, gap)
    at = next(i for i, item in enumerate(root.items) if gone[0] in Group((), [item]).blocks())
    before, after = Group((), root.items[:at + 1]), Group((), root.items[at + 1:])
    kept = [_without(part, gone) or part for part in (before, after)]
    root.items = [*kept[0].items, gap, *kept[1].items]


def _without(item: Any, gone: list[Block]) -> Any:
    """An item without the blocks that are gone; None if nothing is left."""
    if isinstance(item, Block):
        return None if item in gone else item
    item.items = [one for one in (_without(one, gone) for one in item.items) if one]
    return item if item.items else None


def _stand(one: Any, other: Any, stands: dict) -> None:
    if isinstance(one, Group):
        for a, b in zip(one.items, other.items):
            _stand(a, b, stands)
    else:
        for block, old in list(stands.items()):
            if old is other:
                stands[block] = one
