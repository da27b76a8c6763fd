import ast
import re
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from minigrad.course import outline
from minigrad.course.outline import Chapter
from minigrad.viz import growth
from minigrad.viz.map.growth import FLOORS, Room
from minigrad.viz.map.plan import plan_svg


def test_first_chapter():
    assert str(growth(1)).splitlines()[1:] == ["engine  graph  lit: Node, leaf", "        ops    lit: add, mul"]


@pytest.fixture
def small(monkeypatch):
    def entry(number, *builds):
        return Chapter(number, f"{number:02}.ipynb", f"Title <{number}>", "?", "planned", tuple(builds))
    house = (entry(0), entry(1, "minigrad.ops.add", "minigrad.tensor"),
             entry(2, "minigrad.ops", "minigrad.exp", "minigrad.sum"),
             entry(3, "minigrad.optim.SGD", "minigrad.nn.Linear", "minigrad.Tensor.backward"),
             entry(4, "minigrad.nothing_such"), entry(5))
    monkeypatch.setattr(outline, "chapters", lambda: house)


def test_rooms_are_found_where_things_are_made(small):
    assert str(growth(1)).splitlines()[1:] == ["engine   ops     lit: add", "tensors  create  lit: tensor"]
    assert str(growth(2)).splitlines()[1:] == [
        "engine   ops        lit: all of it",
        "tensors  functions  lit: sum", "         create     since chapter 1"]
    assert str(growth(3)).splitlines()[1:] == [
        "engine    ops        since chapter 1", "tensors   functions  since chapter 2",
        "          create     since chapter 1", "          tensor     lit: Tensor.backward",
        "networks  nn.linear  lit: Linear", "training  optim      lit: SGD"]


def test_the_picture_is_sound_and_says_the_same(small):
    picture = growth(3)
    root = ElementTree.fromstring(picture.svg)
    texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"ops", "tensor", "optim", "SGD", "Linear", "Title <3>"} <= set(texts)
    assert "optim with SGD" in picture.alt
    assert re.search(r'<img alt="The package as a house after chapter 3, Title &lt;3&gt;', picture.html())
    assert growth(3).svg == picture.svg
    boxes = [tuple(float(box.get(k)) for k in ("x", "y", "width", "height"))
             for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("rx") == "5"]
    for i, (x, y, w, h) in enumerate(boxes):                  # no room overlaps another
        for X, Y, W, H in boxes[:i]:
            assert x >= X + W or X >= x + w or y >= Y + H or Y >= y + h


def test_names_fit_into_their_rooms():
    rooms = [Room(f"a_rather_long_name_{i}", "engine", since=1) for i in range(9)]
    rooms.append(Room("b", "engine", 1, ["c"] * 50))
    root = ElementTree.fromstring(plan_svg(rooms, ["engine"], "chapter 1", "Title", "alt"))
    boxes = [box for box in root.iter("{http://www.w3.org/2000/svg}rect") if box.get("rx") == "5"]
    keys = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text") if text.get("class") == "key"]
    assert keys == [room.key for room in rooms]
    for box, key in zip(boxes, keys):
        assert float(box.get("width")) > 7.3 * len(key)
        assert float(box.get("x")) + float(box.get("width")) <= 780


def test_a_room_is_above_what_it_uses():
    order = [f"minigrad.{key}" for keys in FLOORS.values() for key in keys]
    for at, name in enumerate(order):
        here, tree = sys.modules[name].__package__, ast.parse(open(sys.modules[name].__file__, encoding="utf-8").read())
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and node.level:
                parts = [*here.split(".")[:len(here.split(".")) + 1 - node.level], *filter(None, [node.module])]
                for used in (".".join(parts), *(".".join([*parts, alias.name]) for alias in node.names)):
                    assert used not in order or order.index(used) < at or hasattr(sys.modules[name], "__path__")


def test_an_alias_lights_the_room_of_what_it_names(monkeypatch):
    names = "minigrad.nn.functional.linear", "minigrad.tan", "minigrad.nn.Hardswish"
    monkeypatch.setattr(outline, "chapters", lambda: (Chapter(1, "1.ipynb", "One", "?", "planned", names),))
    assert str(growth(1)).splitlines()[1:] == [
        "networks    nn.linear  lit: linear", "to look up  catalog    lit: tan, Hardswish"]


def test_promises_are_checked(small):
    assert "no room yet" in str(growth(0))
    with pytest.raises(LookupError, match="nothing_such"):
        growth(4)
    with pytest.raises(KeyError, match="0 to 5"):
        growth(99)
