import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict

import numpy as np
import pytest
from first_classes import Functions, Named, Strengths
from pictures import NASTY, needs_graphviz, texts_in

import minigrad as mg
from minigrad.viz import NoRenderer, draw
from minigrad.viz.common.glyphs import shown
from minigrad.viz.common.render import find_dot


def article(kind=Strengths):
    a, b = kind(4), kind(3)
    c = a + b
    return a, b, c, a * c


# What is printed

def test_summary_of_the_first_class():
    a, b, c, d = article()
    assert str(draw(d, names=dict(a=a, b=b, c=c, d=d))) == """\
graph of 4 values and 2 operations
#1  a  leaf         4
#2  b  leaf         3
#3  c  from #1, #2  7   local gradients 1, 1
#4  d  from #1, #3  28  local gradients 7, 4"""


def test_summary_with_operations_and_gradients():
    a, b, c, d = article(Named)
    a.grad, b.grad, c.grad = 11, 4, 0
    a.name = "a"
    assert str(draw(d)) == """\
graph of 4 values and 2 operations
#1  a  leaf     4                         grad 11
#2     leaf     3                         grad 4
#3     #1 + #2  7   local gradients 1, 1  grad 0
#4     #1 × #3  28  local gradients 7, 4  grad –"""


def test_summary_of_tensors():
    w = mg.tensor([[1.0, 2.0, 3.0], [-4.0, 0.5, 6.0]], requires_grad=True)
    x = mg.tensor([1.0, -2.0, 3.25])
    b = mg.tensor([1 / 3, 0.25], requires_grad=True)
    y = mg.tensor([1.0, 2.0])
    loss = (((w @ x + b) - y) ** 2).sum()
    names = dict(w=w, x=x, b=b, y=y, loss=loss)
    before = str(draw(loss, names=names))
    assert before == """\
graph of 9 values and 5 operations
#1  w     leaf     (2, 3)  [[1, 2, 3], [-4, 0.5, 6]]  grad –
#2  x     data     (3,)    [1, -2, 3.25]
#3  b     leaf     (2,)    [0.3333, 0.25]             grad –
#4  y     data     (2,)    [1, 2]
#5        #1 @ #2  (2,)    [6.75, 14.5]
#6        #5 + #3  (2,)    [7.083, 14.75]
#7        #6 − #4  (2,)    [6.083, 12.75]
#8        #7 ** 2  (2,)    [37.01, 162.6]
#9  loss  sum(#8)          199.6"""
    loss.backward()
    after = str(draw(loss, names=names))
    assert "grad [12.17, 25.5]" in after and "grad –" not in after
    assert str(draw(loss, names=names)) == after


def test_numbers_have_at_most_four_digits():
    x = mg.tensor([123456.789, 1e-7 / 3, -0.0, float("nan"), float("inf"), 1 / 3], requires_grad=True)
    assert "[1.235e5, 3.333e-8, 0, nan, inf, 0.3333]" in str(draw(x))


def test_whole_numbers_of_any_length():
    shown = [str(draw(Strengths(n))).split()[-1] for n in (123456, 2 ** 60, -10 ** 400)]
    assert shown == ["123456", "1.153e18", "-1.000e400"]


def test_dtype_and_shape_are_said_when_they_matter():
    x = mg.zeros(2, 2, dtype=mg.float64, requires_grad=True)
    assert "float64" in str(draw(x)) and "float32" not in str(draw(mg.zeros(2, 2)))
    assert "(20, 30)" in str(draw(mg.zeros(20, 30)))
    assert "float64" not in str(draw(Functions(np.ones((2, 2)))))


def test_operations_are_labelled_with_constants_and_settings():
    x = mg.ones(2, 3, requires_grad=True)
    dot = draw(mg.reshape((2 - x * 2) / 4, (3, 2)).sum(dim=1) ** 2).dot
    for label in ("× 2", "2 −", "÷ 4", "reshape (3, 2)", "** 2", "dim=1"):
        assert f"{label}" in dot
    assert "(3, 2))" in str(draw(mg.reshape(x, (3, 2))))


def test_a_retained_gradient_is_shown():
    a = mg.tensor(4.0, requires_grad=True)
    c = a * 2
    c.retain_grad()
    d = c * 3
    d.backward()
    assert str(draw(d)).splitlines()[2].endswith("grad 3")


def test_gradients_from_a_dict_which_stays_as_it_is():
    a, b, c, d = article()
    gradients = defaultdict(lambda: 0, {a: 11, b: 4})
    text = str(draw(d, gradients=gradients))
    assert [line.rpartition("grad ")[2] for line in text.splitlines()[1:]] == ["11", "4", "–", "–"]
    assert list(gradients) == [a, b]


def test_no_gradient_line_without_a_grad():
    assert "grad " not in str(draw(article()[-1])).replace("local gradients", "")


def test_alt_text_is_made_of_words_or_given():
    a, b, c, d = article(Named)
    drawing = draw(d, names=dict(a=a, b=b, c=c, d=d))
    assert drawing.alt == "Computation graph of d. Inputs: a = 4, b = 3. Steps: a + b gives c = 7; a × c gives d = 28."
    assert draw(d, alt="my own words").alt == "my own words"
    assert "<" not in re.sub(r"</?(figure|img)[^<>]*>", "", draw(d, alt='<b>"x"').html())


# Big graphs

def chain(n, kind=Named):
    x = start = kind(1.0)
    for _ in range(n):
        x = x + start
    return start, x


def test_a_big_graph_is_shortened_and_says_so():
    start, end = chain(2000)
    drawing = draw(end, names={"start": start, "end": end}, max_nodes=10)
    lines = str(drawing).splitlines()
    assert lines[0] == "graph of 2,001 values and 2,000 operations, of which 3 values shown"
    assert lines[1] == "…   1,998 more operations"
    assert [line.split()[0] for line in lines[2:]] == ["#1", "#2000", "#2001"]
    assert "1,998 more operations" in drawing.dot and "dashed" in drawing.dot
    assert "more operations" not in str(draw(chain(20)[1]))


def test_a_chain_of_100_000_is_drawn():
    _, end = chain(100_000)
    text = str(draw(end))
    assert text.startswith("graph of 100,001 values")


def test_many_inputs_do_not_flood_the_picture():
    parts = [mg.tensor([1.0], requires_grad=True) for _ in range(300)]
    text = str(draw(mg.cat(parts)))
    assert "… 295 more" in text and len(text.splitlines()) < 30


# Pictures

@needs_graphviz
def test_both_edges_are_drawn():
    a = mg.tensor(5.0, requires_grad=True)
    drawing = draw(a + a)
    assert len(re.findall(r"^  v1 -> o2 ", drawing.dot, re.M)) == 2
    assert drawing.svg.count('class="edge"') == 3            # two from a, one to the result
    assert drawing.svg.count('class="node"') == 3


@needs_graphviz
def test_strengths_stand_on_the_arrows():
    svg = draw(article()[-1]).svg
    assert sorted(text.strip() for text in texts_in(svg)) == sorted(["4", "3", "7", "28", "1", "1", "7", "4"])




@needs_graphviz
@pytest.mark.parametrize("name", NASTY)
def test_labels_are_shown_as_text(name, recwarn, capfd):
    a = Named(1, name=name)
    root = a + Named(2)
    root.local_gradients = tuple((name, parent, 1) for _, parent, _ in root.local_gradients)
    drawing = draw(root)
    texts = [text.replace("\xa0", " ") for text in texts_in(drawing.svg)]
    said = shown("".join(c if c.isprintable() else repr(c)[1:-1] for c in name))
    assert texts.count(said) == 2                           # as a name, and as an operation
    assert "<script" not in drawing.svg and "<script" not in drawing.html()
    assert len(str(drawing).splitlines()) == 4
    assert capfd.readouterr() == ("", "") and not recwarn.list


@needs_graphviz
def test_notebook_bundle():
    drawing = draw(article()[-1])
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"] == str(drawing) == repr(drawing)
    found = re.fullmatch(r'<figure[^>]*><img alt="([^"]*)" width="(\d+)" data-source="[0-9a-f]{12}" '
                         r'style="[^"]*" src="data:image/svg\+xml;base64,([^"]*)"></figure>', bundle["text/html"])
    assert found and int(found[2]) < 400
    assert base64.b64decode(found[3]).decode() == drawing.svg


@needs_graphviz
def test_a_wide_graph_is_drawn_downwards():
    _, end = chain(25)
    assert "rankdir=TB" in draw(end).dot
    assert "rankdir=LR" in draw(end, direction="LR").dot
    assert "rankdir=LR" in draw(article()[-1]).dot


@needs_graphviz
def test_files(tmp_path):
    drawing = draw(article(Named)[-1])
    for ending, start in ((".svg", b"<svg"), (".png", b"\x89PNG"), (".dot", b"digraph"), (".txt", b"graph of 4")):
        path = tmp_path / f"graph{ending}"
        path.write_text("old")
        drawing.save(path)
        assert path.read_bytes().startswith(start)
    drawing.save(str(tmp_path / "AGAIN.SVG"))
    assert len(list(tmp_path.iterdir())) == 5                # nothing half-written stays behind


def test_unknown_ending(tmp_path):
    for name in ("graph.pdf", "graph"):
        with pytest.raises(ValueError, match=r"\.svg, \.png, \.dot, \.txt"):
            draw(article()[-1]).save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_without_graphviz_there_is_the_text_and_a_line(monkeypatch, tmp_path):
    monkeypatch.setattr("minigrad.viz.common.render.shutil.which", lambda *args, **kwargs: None)
    monkeypatch.delenv("MINIGRAD_DOT", raising=False)
    drawing = draw(article()[-1])
    bundle = drawing._repr_mimebundle_()
    assert bundle["text/plain"].startswith("graph of 4 values")
    assert bundle["text/html"].startswith("<pre>graph of 4 values")
    assert "pip install graphviz graphviz-pure" in bundle["text/html"]
    with pytest.raises(NoRenderer, match="pip install"):
        drawing.save(tmp_path / "graph.svg")
    drawing.save(tmp_path / "graph.txt")
    drawing.save(tmp_path / "graph.dot")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.dot", "graph.txt"]


def test_minigrad_dot_is_asked_first(monkeypatch):
    monkeypatch.setenv("MINIGRAD_DOT", "/nowhere/dot")
    with pytest.raises(NoRenderer, match="/nowhere/dot"):
        find_dot()
    monkeypatch.setenv("MINIGRAD_DOT", sys.executable)
    assert str(find_dot()) == sys.executable


@needs_graphviz
def test_the_readers_own_graphviz_is_left_alone():
    from graphviz.backend import dot_command
    before = dot_command.DOT_BINARY
    draw(article()[-1]).svg
    assert dot_command.DOT_BINARY is before


def test_wrong_arguments():
    with pytest.raises(ValueError, match="direction"):
        draw(Strengths(1), direction="left")
    with pytest.raises(ValueError, match="max_nodes"):
        draw(Strengths(1), max_nodes=0)
    with pytest.raises(TypeError, match="local_gradients"):
        draw(3)


def test_importing_viz_imports_neither_graphviz_nor_matplotlib():
    code = "import sys, minigrad.viz; print([m for m in ('graphviz', 'matplotlib') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_a_value_whose_numbers_were_overwritten_says_so():
    x = mg.ones(2, requires_grad=True)
    y = x * 2
    z = (y + 1).sum()
    y += 1
    drawn = draw(y.sum() + z)
    double, = [line for line in str(drawn).splitlines() if "#1 × 2" in line]
    assert double.split()[-1] == "overwritten" and "[2, 2]" not in double and "overwritten" in drawn.dot
    with mg.no_grad():
        x += 1                                              # a leaf is what it is now
    assert "overwritten" not in str(draw(z.detach() + x)).splitlines()[1]


def test_names_that_are_no_dict_are_refused():
    x = mg.ones(2, requires_grad=True)
    for names in ([x], (x,), "x", {x}):
        with pytest.raises(TypeError, match=r"names should be a dict from names to tensors, such as locals\(\); got"):
            draw(x.sum(), names=names)


def test_a_net_that_is_nested_too_deep_is_refused():
    net = mg.nn.Linear(2, 1)
    for _ in range(3_000):
        net = mg.nn.Sequential(net)
    linear = net.get_submodule(".".join("0" * 3_000))
    with pytest.raises(RecursionError, match="draw: these modules are nested more levels deep than Python's calls may be"):
        draw(linear(mg.ones(1, 2)), model=net)
    while isinstance(net, mg.nn.Sequential):
        net = net[0]
