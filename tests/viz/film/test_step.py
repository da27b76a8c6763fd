"""The film of backward: its text, its frames, its page."""
import json
import re

import numpy as np
import pytest
from first_classes import Functions, Named, Strengths
from pictures import NASTY, article, leaf, needs_graphviz

import minigrad as mg
from minigrad.viz import step
from minigrad.viz.common.glyphs import shown
from minigrad.viz.film.formula import _source


def data(film):
    return json.loads(re.search(r'<script type="application/json" id="film">(.*?)</script>', film.page, re.DOTALL)[1])


@pytest.mark.parametrize("make, times, plus", [(leaf, " ×", " +"), (Named, " ×", " +"), (Strengths, "", "")])
def test_the_article_in_four_frames(make, times, plus):
    names = article(make)
    text = re.sub(r"  +", "  ", str(step(names["d"], names=names)))
    assert text == f"""\
backward in 4 frames, past 4 arrows
1  d  starts with 1
2  d{times}  1 · 7 = 7 to a, 1 · 4 = 4 to c
3  c{plus}  4 · 1 = 4 to a (7 + 4 = 11), 4 · 1 = 4 to b
4  done  a 11, b 4"""


def test_the_walk_along_every_path_explodes():
    x = leaf(1.0)
    y = x
    for _ in range(12):
        y = y + y
    assert str(step(y)).splitlines()[0] == "backward in 14 frames, past 24 arrows"
    film = step(y, paths=True, max_frames=50)
    assert str(film).splitlines()[0] == "backward path by path in 51 frames, past 8,190 arrows, of which 50 are shown"


def test_the_paths_add_up_to_the_sweep():
    names = article(leaf)
    text = str(step(names["d"], names=names, paths=True))
    assert "c → a  4 · 1 = 4 (7 + 4 = 11)" in text and "past 4 arrows" in text
    names["d"].backward()
    assert names["a"].grad.item() == 11


def test_arrays_have_shapes_and_norms():
    x, b = mg.ones(4, 5), mg.zeros(5, requires_grad=True)
    film = step((x + b).sum(), names=locals())
    row = film._film["frames"][2]["rows"][0]
    assert row[0] == "b" and row[4] == "‖8.944‖ (5,) summed from (4, 5)"


def test_a_readers_functions_and_a_gradient_to_start_from():
    c = Functions(np.ones((2, 3))) @ Functions(np.ones((3, 4)))
    assert "‖9.798‖ to #1" in str(step(c, gradient=np.ones((2, 4))))


def test_formulas_are_the_tables_own():
    names = article(leaf)
    rows = step(mg.exp(names["d"]), names=names)._film["frames"][1]["rows"] + step(names["d"], names=names)._film["frames"][1]["rows"]
    assert [row[1:3] for row in rows] == [["g * out", "out = #5"], ["g * y", "y = c"], ["g * x", "x = a"]]
    assert _source(mg.ops.sqrt.rules[0]) == "g / (2 * out)" and _source(mg.ops.neg.rules[0]) == "-g"
    assert _source(mg.ops.sigmoid.rules[0]) == "g * out * (1 - out)" and _source(mg.ops.matmul.rules[0]) == "g @ y.mT"


def test_gradients_of_the_last_frame_are_those_of_backward():
    mg.manual_seed(3)
    w, x = mg.randn(3, requires_grad=True), mg.randn(3)
    loss = mg.tanh(w * x + w).sum()
    frames = step(loss, names=dict(w=w))._film["frames"]
    loss.backward()
    assert frames[-1]["note"].endswith("w [" + ", ".join(f"{g:.4g}" for g in w.grad.tolist()) + "].")


def test_too_large_a_graph_is_refused_with_advice():
    x = y = leaf(1.0)
    for _ in range(130):
        y = y + x
    with pytest.raises(ValueError, match="up to 120 values, this graph has 131"):
        step(y)


def test_a_spent_graph_says_what_to_do():
    w = mg.ones(100, 100, requires_grad=True)
    loss = (w * 2).exp().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        step(loss)


@needs_graphviz
def test_the_film_of_100_nodes_is_small_and_complete():
    x = y = leaf(1.0)
    for i in range(99):
        y = y * x if i % 2 else mg.tanh(y)
    film = step(y)
    assert len(film.page) < 2_000_000 and len(film.html()) < 2_000_000
    assert len(data(film)["frames"]) == 101
    assert not re.search(r'(src|href)="(?!data:|#)', film.page) and "url(" not in film.page


@needs_graphviz
@pytest.mark.parametrize("name", NASTY)
def test_names_cannot_become_markup(name):
    a = Named(2.0, name=name)
    root = a * Named(3.0, name="</title><script>alert(2)</script>")
    film = step(root)
    assert film.page.count("<script") == 2 and film.html().count("<script") == 0      # escaped inside srcdoc
    said = shown("".join(c if c.isprintable() else repr(c)[1:-1] for c in name))
    assert said in [frame["rows"][0][0] for frame in data(film)["frames"] if frame["rows"]]


@needs_graphviz
def test_files_and_what_shows_without_script_or_frames(tmp_path):
    names = article(leaf)
    film = step(names["d"], names=names, theme="dark")
    for ending in ("html", "svg", "txt"):
        film.save(tmp_path / f"film.{ending}")
    page = (tmp_path / "film.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>") and "Backward is done" in page.partition('<script')[0] and "class=dark" in page
    html = film.html()
    assert html.startswith("<iframe") and "<img alt=" in html and "srcdoc=" in html
    with pytest.raises(ValueError, match=r"\.html"):
        film.save(tmp_path / "film.png")
    with pytest.raises(ValueError, match="theme"):
        step(names["d"], theme="blue")
