"""growth: the map of the package, drawn as a house; the rooms that a chapter built are lit."""
import sys
from dataclasses import dataclass, field
from importlib import import_module
from inspect import unwrap
from types import ModuleType
from typing import Any

from ..common.picture import Picture
from ..common.text import columns, count
from .plan import plan_svg

PACKAGE = __name__.partition(".")[0]
FLOORS = {           # from the ground up, as imports run: a room uses only what stands before it
    "engine": ["dtypes", "grad_mode", "changes", "watch", "hooks", "memory", "kernels", "sums",
               "graph", "promotion", "inplace", "ops"],
    "tensors": ["public", "shape", "functions", "create", "random", "form", "tensor", "convolution",
                "gradcheck", "anomaly", "autograd"],
    "networks": ["nn.hooks", "nn.module", "nn.container", "nn.layer", "nn.init", "nn.linear",
                 "nn.activation", "nn.loss", "nn.resize", "nn.windows", "nn.conv", "nn.pool",
                 "nn.dropout", "nn.embedding", "nn.cells", "nn.over_time", "nn.recurrent",
                 "nn.clip", "nn.attention", "nn.functional"],
    "training": ["optim", "utils.data", "datasets", "serialization"],
    "to look up": ["catalog"],
}


@dataclass
class Room:
    """A module of the package, and what the chapters so far have built in it."""
    key: str
    floor: str
    since: int | None = None                          # the chapter that built its first name
    new: list[str] = field(default_factory=list)      # the names of the chapter that is shown

    @property
    def state(self) -> str:
        return "lit" if self.new else "later" if self.since is None else "built"


def growth(chapter: int) -> Picture:
    """The map of minigrad after a chapter: its new rooms lit, earlier built, later dashed.

    >>> growth(1)
    minigrad after chapter 1, A number that remembers
    engine  graph  lit: Node, leaf
            ops    lit: add, mul

    What a chapter builds stands in `notebooks/outline.toml`. Raises KeyError for a chapter that is
    not there, LookupError for a name that is there but not in the package.
    """
    from ...course.outline import chapters
    outline = {one.number: one for one in chapters()}
    if chapter not in outline:
        raise KeyError(f"no chapter {chapter} in the outline; "
                       f"there are {min(outline)} to {max(outline)}")
    house = {}
    for number, one in sorted(outline.items()):
        for dotted in one.builds:
            _build(house, dotted, number, chapter)
    house = [room for _, room in sorted(house.items(), key=lambda item: _place(item[0]))]
    title = outline[chapter].title
    lit = "; ".join(f"{room.key} with {', '.join(room.new)}" for room in house
                    if room.state == "lit")
    done = sum(room.state != "later" for room in house)
    alt = (f"The package as a house after chapter {chapter}, {title}: "
           f"{done} of {count(len(house), 'room')} built. "
           f"{'Newly lit: ' + lit if lit else 'Nothing new in this chapter'}.")
    return Picture(_listing(house, f"{PACKAGE} after chapter {chapter}, {title}"), alt,
                   svg=plan_svg(house, list(FLOORS), f"chapter {chapter}", title, alt))


def _listing(house: list[Room], heading: str) -> str:
    """The rooms built so far, from the ground up: the text stays as the package grows."""
    lines, floor = [], None
    for room in house:
        if room.state != "later":
            said = f"lit: {', '.join(room.new)}" if room.new else f"since chapter {room.since}"
            lines.append([room.floor if room.floor != floor else "", room.key, said])
            floor = room.floor
    return "\n".join([heading, *(columns(lines) if lines else ["no room yet"])])


def _build(house: dict[str, Room], dotted: str, number: int, shown: int) -> None:
    """Enter one name of the outline in its room."""
    found = _where(dotted.removeprefix(f"{PACKAGE}."))
    if found is None:
        if number > shown:               # a plan; its room may not stand yet
            return
        raise LookupError(f"the outline says that chapter {number} builds {dotted}, "
                          "but the package has no such name")
    key, name = found
    room = house.setdefault(key, Room(key, _floor(key)))
    if number <= shown:
        room.since = number if room.since is None else room.since
    if number == shown and not name:
        room.new = ["all of it"]
    elif number == shown and name not in room.new and room.new != ["all of it"]:
        room.new.append(name)


def _where(dotted: str) -> tuple[str, str] | None:
    """(room, name) for a dotted name, as ("graph", "Node"); the name of a whole room is ""."""
    parts, thing = dotted.split("."), import_module(PACKAGE)
    for i, part in enumerate(parts):
        inside = getattr(thing, part, None) or _module(".".join([PACKAGE, *parts[:i + 1]]))
        if inside is None:
            return None
        if not isinstance(inside, ModuleType):
            return _lowest(part, inside), ".".join(parts[i:])
        thing = inside
    return _room(dotted), ""


def _lowest(name: str, thing: Any) -> str:
    """The lowest room that has it, and so the one that makes it: imports run downward."""
    modules = {module.__name__.removeprefix(f"{PACKAGE}."): module     # not by PyTorch's paths
               for path, module in list(sys.modules.items())
               if path.startswith(f"{PACKAGE}.") and not _is_package(module)}
    holding = [_room(path) for path, module in modules.items()
               if unwrap(vars(module).get(name)) is unwrap(thing)]    # PyTorch's older ways to call
    return min(holding, key=_place, default=name)


def _is_package(module) -> bool:
    return getattr(module.__spec__, "submodule_search_locations", None) is not None


def _module(path: str) -> ModuleType | None:
    try:
        return import_module(path)
    except ModuleNotFoundError:
        return None


def _room(path: str) -> str:
    """The room of a module: its path, but all of `optim` is one room, and so is the catalog."""
    first = path.partition(".")[0]
    return first if first in ("optim", "catalog") else path


def _floor(key: str) -> str:
    kin = {"nn": "networks", "utils": "training"}
    known = (floor for floor, keys in FLOORS.items() if key in keys)
    return next(known, kin.get(key.split(".")[0], "tensors"))


def _place(key: str) -> tuple:
    """Where a room stands: floor, known rooms in their order, others after them by name."""
    known = FLOORS[_floor(key)]
    return list(FLOORS).index(_floor(key)), known.index(key) if key in known else len(known), key
