"""Rich pictures: contributions, sums, warnings, cuts, places, themes."""
import re
import time

import numpy as np
import pytest
from first_classes import Functions, Named, Strengths
from pictures import article, leaf, needs_graphviz, texts_in

import minigrad as mg
from minigrad.viz import draw, record, use_theme
from minigrad.viz.graph.details import Details
from minigrad.viz.graph.sweep import Sweep
from minigrad.viz.graph.walk import walk


@pytest.mark.parametrize("make", [leaf, Strengths, Named])
def test_contributions_stand_on_edges_and_add_up_at_the_node(make):
    names = article(make)
    drawing = draw(names["d"], names=names, flow=True)
    lines = [line.split() for line in str(drawing).splitlines()]
    assert "7 + 4 = 11" in str(drawing) and "sends 7 to #1, 4 to #3" in str(drawing) and lines[1][:3] == ["#1", "a", "leaf"]
    assert 'label=" ← 7 "' in drawing.dot and "grad 7 + 4 = 11" in drawing.dot
    assert getattr(names["a"], "grad", None) is None                      # nothing was touched


def test_the_wider_the_line_the_more_flows():
    a, b = leaf(1.0), leaf(1.0)
    dot = draw(a * 1000 + b, flow=True, direction="LR").dot
    widths = {edge: float(width) for edge, width in re.findall(r'id="(e\w+)".*?penwidth=([\d.]+)', dot)}
    assert widths["e3_0"] > widths["e4_1"]


def test_arrays_have_norms_and_broadcasting_is_said():
    x, b = mg.ones(4, 5), mg.zeros(5, requires_grad=True)
    loss = (x + b).sum()
    drawing = draw(loss, names=locals(), flow=True)
    assert "sends ‖8.944‖ to #2 (summed from (4, 5))" in str(drawing)
    assert "Σ (4,5)→(5,)" in drawing.dot


def test_the_sweep_agrees_with_backward():
    mg.manual_seed(1)
    net = mg.nn.Sequential(mg.nn.Conv2d(1, 3, 3), mg.nn.ReLU(), mg.nn.MaxPool2d(2), mg.nn.Flatten(), mg.nn.Linear(27, 4))
    loss = mg.nn.functional.cross_entropy(net(mg.randn(5, 1, 8, 8)), mg.tensor([0, 1, 2, 3, 0]))
    graph = walk(loss)
    sweep = Sweep(graph)
    loss.backward()
    for value in graph.values:
        if value.thing.op is None and value.requires_grad:
            np.testing.assert_allclose(sweep.gradients[value.number], value.thing.grad.value, rtol=1e-5, atol=1e-7)


def test_functions_of_a_readers_class_and_a_root_of_many_elements():
    c = Functions(np.ones((2, 3))) @ Functions(np.ones((3, 4)))
    with pytest.raises(RuntimeError, match="pass gradient="):
        draw(c, flow=True)
    with pytest.raises(RuntimeError, match=r"expected a gradient of shape \(2, 4\), got \(4, 2\)"):
        draw(c, flow=True, gradient=np.ones((4, 2)))
    assert "sends ‖9.798‖ to #1" in str(draw(c, flow=True, gradient=np.ones((2, 4))))


def test_after_backward_as_long_as_the_arrays_are_there():
    names = article(leaf)
    before = draw(names["d"], flow=True).text
    names["d"].backward()
    assert draw(names["d"], flow=True).text == before
    w = mg.ones(100, 100, requires_grad=True)
    loss = (w * 2).exp().sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        draw(loss, flow=True)
    assert "NaN" not in draw(loss, stats=True).text                      # what was freed is no NaN


def test_a_value_changed_in_place_is_named_and_not_differentiated_wrongly():
    w = leaf([1.0, 2.0])
    loss = (w * w).sum()
    loss.backward()
    with mg.no_grad():
        w -= 0.5
    assert "changed in place after it was used" in str(draw(loss, stats=True))
    with pytest.raises(RuntimeError, match="changed in place"):
        draw(loss, flow=True)


def test_statistics_of_what_is_too_large_to_write():
    w = mg.arange(10, dtype=mg.float32).requires_grad_()
    text = str(draw((w * w).sum(), flow=True, stats=True))
    assert "value: mean 4.5, std 2.872, largest 9" in text and "grad: mean 9, std 5.745, largest 18" in text
    assert "float32" in text and "float32" not in str(draw(w * w))


@pytest.mark.parametrize("spoil, said, colour", [
    (lambda x: mg.log(x - 10), "✖ NaN in the value", "#fde2e1"), (lambda x: x / 0, "✖ Inf in the value", "#fde2e1"),
    (lambda x: mg.relu(x - 10), "○ value all zero", "#e3e6ea"), (lambda x: x * 1e5, "▲ exploding", "#ffe3c2"),
    (lambda x: x * 1e-7, "▽ vanishing", "#f3f0fa"), (lambda x: x * 0, "○ gradient all zero", "#e3e6ea")])
def test_warnings_have_a_sign_and_a_colour(spoil, said, colour):
    x = leaf([1.0, 2.0, 3.0])
    drawing = draw(spoil(x).sum(), flow=True)
    assert said in str(drawing) and said in drawing.dot and f'fillcolor="{colour}"' in drawing.dot
    plain = draw((x * 2).sum(), flow=True)
    assert not set("✖○▲▽★") & set(str(plain))


def faulty(rng):
    """A random net in float64 in which one operation makes the first NaN, forward or backward; and that operation."""
    values, where = [leaf(np.abs(rng.standard_normal(3)) + 1) for _ in range(3)], rng.integers(8)
    for i in range(8):
        x, y = (values[k] for k in rng.choice(len(values), 2))
        if i == where:
            forward = rng.random() < 0.5
            x = mg.log(-mg.relu(x) - 1) if forward else mg.sqrt(x * 0)        # log of < 0; or a slope of 1 / 0, times 0
            guilty = x
        else:
            x = [lambda: x + y, lambda: x * y * 0.5, lambda: mg.tanh(x) + 1, lambda: mg.exp(-x) + y][rng.integers(4)]()
        values.append(x)
    return sum(values[1:], values[0]).sum(), guilty, forward


@pytest.mark.parametrize("number", range(50))
def test_planted_faults_are_located(number):
    loss, guilty, forward = faulty(np.random.default_rng(number))
    graph = walk(loss)
    details = Details(graph, Sweep(graph))
    kind = "forward" if forward else "backward"
    marked, = [n for n, firsts in details.firsts.items() if any(kind in first for first in firsts)]
    assert graph.values[marked - 1].thing is guilty.node
    assert f"of {kind}" in draw(loss, flow=True).dot


def test_detach_is_a_dashed_arrow():
    w = leaf([1.0, 2.0])
    loss = (w * w.detach()).sum()
    drawing = draw(loss, names=locals(), stats=True)
    assert "detach of w" in str(drawing) and 'style=dashed' in drawing.dot and "cut: detach" in drawing.dot
    hidden = w * 3
    assert "detach of hidden" in str(draw((w + hidden.detach()).sum(), names=locals(), stats=True))


def test_a_recording_knows_what_no_grad_cut_off_and_where_things_were_made():
    w = leaf([1.0, 2.0])
    with record():
        with mg.no_grad():
            scale = w * 2
        hidden = w.exp()
        loss = (w * scale + hidden.detach()).sum()
    drawing = draw(loss, names=dict(w=w, loss=loss))
    assert "no_grad: mul of w" in str(drawing) and "detach of exp (2,)" in str(drawing)
    assert "test_details.py, line " in str(drawing)
    assert "loss = (w * scale" in drawing.html() if drawing.html().startswith("<figure") else True
    after = w * 2
    assert "test_details" not in str(draw(after))                         # off again


def test_the_default_picture_stays_plain():
    names = article(leaf)
    drawing = draw(names["d"], names=names)
    assert "id=" not in drawing.dot and "sends" not in str(drawing) and "<span" not in drawing.html()


@needs_graphviz
def test_themes(tmp_path):
    names = article(leaf)
    light, dark, both = (draw(names["d"], names=names, flow=True, theme=theme) for theme in ("light", "dark", "auto"))
    assert "#ffffff" in light.svg and "#ffffff" not in dark.svg and "#151a21" in dark.svg
    assert "prefers-color-scheme: dark" in both.svg and "prefers-color-scheme" not in light.svg
    dark.save(tmp_path / "dark.png")
    use_theme("dark")
    try:
        assert "#151a21" in draw(names["d"]).svg
    finally:
        use_theme("auto")
    with pytest.raises(ValueError, match="theme"):
        draw(names["d"], theme="pink")


@needs_graphviz
def test_tooltips_lie_over_the_picture_and_inside_the_svg():
    x = leaf(1.0)
    with record():
        y = x * 2                                                         # <b>&"
    drawing = draw(y, flow=True)
    assert drawing.html().count("<span title=") == 3 and "made in test_details.py" in drawing.html()
    assert "&lt;b&gt;&amp;&quot;" in drawing.html() and "<b>" not in drawing.html()
    assert "<title>#2\nshape ()\nmade in" in drawing.svg


@needs_graphviz
def test_a_thousand_nodes_with_a_hub_are_drawn():
    x = hub = leaf(1.0)
    for i in range(1000):
        x = x * hub if i % 2 else x + hub
    took = []
    for _ in range(3):
        start = time.perf_counter()
        svg = draw(x, max_nodes=2000, names={"hub": hub}).svg
        took.append(time.perf_counter() - start)
    assert texts_in(svg).count("hub") > 900                               # far uses are mentioned, not wired
    assert min(took) < 2


def test_zero_biases_are_no_warning_but_a_silent_relu_is():
    bias, x = leaf([0.0, 0.0]), leaf([-1.0, -2.0])
    loss = (bias.reshape(2, 1).sum(1) + x.relu()).sum()
    lines = str(draw(loss, flow=True)).splitlines()
    warned = [lines[i - 1] for i, line in enumerate(lines) if "value all zero" in line]
    assert len(warned) == 1 and "relu" in warned[0]


def test_the_plain_picture_too_says_what_was_cut_or_changed():
    w = leaf([1.0, 2.0])
    assert "detach of w" in str(draw((w * w.detach()).sum(), names=locals()))
    loss = (w * w).sum()
    assert "changed" not in str(draw(loss))
    with mg.no_grad():
        w -= 1
    assert "changed in place after it was used" in str(draw(loss))
