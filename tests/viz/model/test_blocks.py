"""Models drawn as blocks: modules found, folded to a depth, repeats drawn once."""
import re
from pathlib import Path

import numpy as np
import pytest
from networks import Block, ConvNet, Transformer, loss_of
from pictures import drawable, needs_graphviz, texts_in

import minigrad as mg
from minigrad import nn
from minigrad.viz import draw, record, step
from minigrad.viz.model.modules import diagram
from minigrad.viz.graph.walk import walk


@pytest.fixture
def transformer():
    mg.manual_seed(0)
    net = Transformer()
    with record():
        loss = loss_of(net)
    return net, loss


def test_a_transformer_of_four_blocks_is_drawn_as_one(transformer):
    net, loss = transformer
    drawing = draw(loss, model=net, names={"loss": loss})
    lines = str(drawing).splitlines()
    assert lines[0].startswith("graph of 232 values and 178 operations, drawn as 11 blocks of Transformer, depth 3")
    assert "guessed" not in lines[0]
    assert [line.split("  →")[0].strip() for line in lines[3:11]] == [
        "blocks · ModuleList", "blocks.0 … blocks.3 · Block × 4", "blocks.0.ln1                   LayerNorm",
        "blocks.0.attn                  Attention of 18 operations", "+", "blocks.0.ln2                   LayerNorm",
        "blocks.0.mlp                   Sequential of 3 operations", "+"]


@pytest.mark.parametrize("depth, blocks, said", [(1, 6, "ModuleList of 164 operations"), (2, 6, "Block of 41 operations"), (4, 18, "blocks.0.attn.proj")])
def test_the_depth_can_be_set(transformer, depth, blocks, said):
    net, loss = transformer
    text = str(draw(loss, model=net, depth=depth))
    assert f"depth {depth}" in text
    found = len(diagram(walk(loss), net, depth).blocks)
    assert said in text and found == blocks


def test_arrows_join_what_stays_after_folding(transformer):
    net, loss = transformer
    found = diagram(walk(loss), net, 3)
    name = {block: "/".join(block.path) or block.values[0].operation for block in found.blocks}
    arrows = [(name.get(start, getattr(start, "name", None) or ""), name[end]) for start, end in found.arrows]
    assert ("blocks/0/ln1", "blocks/0/attn") in arrows and ("blocks/0", "ln") in arrows and ("ln", "head") in arrows
    assert not any("blocks/1" in end for arrow in arrows for end in arrow)


def test_without_a_recording_modules_are_guessed_from_parameters():
    mg.manual_seed(0)
    net = ConvNet()
    loss = loss_of(net)
    text = str(draw(loss, model=net))
    assert "guessed" in text.splitlines()[0] and "× 3" in text
    with record():
        again = loss_of(net)
    known = str(draw(again, model=net)).splitlines()
    assert len(known) == len(text.splitlines())
    assert [line.split()[0] for line in known[1:]] == [line.split()[0] for line in text.splitlines()[1:]]


def test_layers_that_differ_are_not_folded():
    net = nn.Sequential(*[nn.Linear(n, n + 1) for n in range(2, 8)])
    assert "×" not in str(draw(net(mg.ones(1, 2)).sum(), model=net))
    net = nn.Sequential(*[nn.Linear(4, 4) for _ in range(12)])
    text = str(draw(net(mg.ones(1, 4)).sum(), model=net))
    assert "× 12" in text and len(text.splitlines()) == 4


def test_a_module_called_three_times_has_three_places():
    class Shared(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b, self.act = nn.Linear(2, 3), nn.Linear(3, 4), nn.Tanh()

        def forward(self, x):
            return self.act(self.b(self.act(self.a(x)))).sum()
    net = Shared()
    with record():
        loss = net(mg.ones(1, 2))
    text = str(draw(loss, model=net))
    assert text.count("Linear, Tanh") == 2


def test_gradients_and_warnings_are_seen_on_the_blocks():
    net = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    with mg.no_grad():
        net[0].bias -= 100
    drawing = draw(net(mg.ones(1, 2)).sum(), model=net, flow=True)
    assert "9 parameters, grad ‖0‖, ○" in str(drawing) and "○ value all zero" in drawing.dot and 'fillcolor="#e3e6ea"' in drawing.dot


def test_inside_of_one_module(transformer):
    net, loss = transformer
    text = str(draw(loss, model=net, inside="blocks.2.ln1"))
    assert "blocks.2.ln1.weight" in text and "blocks.1.ln1" not in text and text.count("mean(") == 2
    with pytest.raises(AttributeError, match="no module 'blocks.9'"):
        draw(loss, model=net, inside="blocks.9")


def test_wrong_depth(transformer):
    net, loss = transformer
    with pytest.raises(TypeError, match="expected model to be a Module, got dict"):
        draw(loss, model={})
    with pytest.raises(ValueError, match="depth should be at least 1; got 0"):
        draw(loss, model=net, depth=0)


@needs_graphviz
def test_the_picture(transformer):
    net, loss = transformer
    drawing = draw(loss, model=net, flow=True, names={"loss": loss})
    assert any("Block × 4" in text for text in texts_in(drawing.svg))
    html = drawing.html()
    assert html.count("<details>") == 3 and "inside blocks.0.attn (Attention)" in html
    assert "made in networks.py" in html and "<script" not in html


@needs_graphviz
def test_a_long_chain_is_laid_in_bends():
    mg.manual_seed(0)
    net = ConvNet()
    drawing = draw(loss_of(net), model=net)
    assert "rank=same" in drawing.dot and "dir=back" in drawing.dot
    width, height = map(float, drawing.svg.split('viewBox="')[1].split('"')[0].split()[2:])
    assert width < 1300 and height < 800


@needs_graphviz
def test_hostile_names_of_modules():
    class Evil(nn.Module):
        pass
    Evil.__name__ = '<img src=x onerror="alert(1)">'
    Evil.forward = lambda self, x: self.block(x).sum()
    net = Evil()
    setattr(net, "block", Block(4, 2))
    vars(net)['</script>"><b>'] = nn.Linear(4, 4)
    net.forward = None
    x = vars(net)['</script>"><b>'](net.block(mg.ones(1, 2, 4))).sum()
    drawing = draw(x, model=net, depth=2)
    assert "<b>" not in drawing.html() and "<script" not in drawing.html() and "onerror=\"" not in drawing.html()
    assert '</script>"><b>' in texts_in(drawing.svg)


@pytest.mark.parametrize("held", [False, True])
def test_too_many_blocks_are_cut_in_the_middle_and_said(held):
    layers = [nn.Linear(n, n + 1) for n in range(1, 101)]
    net = nn.Sequential(nn.Sequential(*layers)) if held else nn.Sequential(*layers)
    drawing = draw(net(mg.ones(1, 1)).sum(), model=net, max_nodes=9, depth=2)
    lines = [line.strip() for line in str(drawing).splitlines()]
    assert sum("Linear" in line for line in lines) == 8 and sum("… 92 more blocks" in line for line in lines) == 1
    assert "… 92 more blocks" in drawing.dot and drawing.dot.count(" -> ") >= 9


def test_inside_shows_gradients_and_ends_at_the_modules_border(transformer):
    net, loss = transformer
    text = str(draw(loss, model=net, inside="blocks.3.mlp", flow=True))
    lines = text.splitlines()
    assert lines[0] == "graph of 8 values and 3 operations" and "more" not in text
    assert sum("grad –" in line for line in lines) == 0 and "blocks.3.mlp.0.weight" in text
    with pytest.raises(ValueError, match="nothing in this graph"):
        draw(net.tok.sum(), model=net, inside="head")


def test_after_backward_the_kept_gradients_are_shown(transformer):
    net, loss = transformer
    assert "grad" not in str(draw(loss, model=net))
    loss.backward()
    head = next(line for line in str(draw(loss, model=net)).splitlines() if line.startswith("head"))
    assert f"grad ‖{np.hypot(*(np.linalg.norm(p.grad.value) for p in net.head.parameters())):.2g}‖" in head


def test_without_graphviz_there_is_still_the_text(monkeypatch, transformer):
    net, loss = transformer
    monkeypatch.setattr("minigrad.viz.common.render.shutil.which", lambda *args, **kwargs: None)
    monkeypatch.delenv("MINIGRAD_DOT", raising=False)
    x = mg.tensor(2.0, requires_grad=True)
    for picture in (draw(loss, model=net), draw(x * x, flow=True), step(x * x)):
        assert picture.html().startswith("<pre>") and "pip install graphviz" in picture.html()


def test_a_fault_in_a_copy_is_seen_on_the_block_that_stands_for_it():
    mg.manual_seed(0)
    net = Transformer()
    with mg.no_grad():
        net.blocks[2].mlp[0].weight.fill_(float("inf"))
    with record():
        loss = loss_of(net)
    drawing = draw(loss, model=net, flow=True)
    assert "★ first bad value of forward in blocks.2.mlp" in str(drawing) and "blocks.0 … blocks.3 · Block × 4" in str(drawing)
    assert "★ first bad value of forward in blocks.2.mlp" in drawing.dot and 'fillcolor="#fde2e1"' in drawing.dot


def test_the_readmes_second_picture_is_what_is_drawn_today():
    mg.manual_seed(0)
    net = ConvNet()
    with record():
        loss = loss_of(net)
    stored = (Path(__file__).parents[3] / "docs/convnet.svg").read_text(encoding="utf-8")
    shown = " ".join(texts_in(stored))
    for line in str(draw(loss, model=net, flow=True)).splitlines()[2:]:
        for said in re.findall(r"[\d,]+ parameters|Conv2d|fc\d|drawn once, × 3|‖0\.0*[1-9]", line):
            assert said in shown, f"{said} is not in the picture: draw it again and save it as docs/convnet.svg"


class Student(nn.Module):
    """Learns from a teacher that must not change, and from a copy of its own answer without a history."""

    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(4, 3), nn.Linear(3, 2)
        self.teacher = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2))

    def forward(self, x):
        hidden = self.body(x).relu()
        with mg.no_grad():
            truth = self.teacher(x).tanh()
        return ((self.head(hidden) - truth) ** 2).mean() + (self.head(hidden.detach()) ** 2).mean()


def test_cuts_are_dashed_between_blocks():
    net = Student()
    with record():
        loss = net(mg.ones(5, 4))
    drawing = draw(loss, model=net)
    assert "cut: detach of body" in str(drawing) and "cut: no_grad of teacher" in str(drawing)
    assert re.search(r'b0 -> b\d \[style=dashed color="#\w+" label=" cut: detach "\]', drawing.dot)
    assert re.search(r'c0 -> b\d \[style=dashed color="#\w+" label=" cut: no_grad "\]', drawing.dot)
    assert 'c0 [label="teacher"' in drawing.dot and drawing.dot.count("style=dashed") == 2
    assert "The graph is cut: no_grad of teacher, before −" in drawing.alt
    plain = draw(net.body(mg.ones(1, 4)).sum(), model=net)
    assert "cut" not in str(plain) and "dashed" not in plain.dot


def test_a_cut_inside_of_a_block_is_said_in_it():
    net = nn.Sequential(Student(), nn.Identity())
    with record():
        loss = net(mg.ones(5, 4))
    drawing = draw(loss, model=net, depth=1)
    assert "cut: detach inside" in str(drawing) and "cut: detach inside" in drawing.dot


def test_what_is_made_of_something_cut_off_is_cut_off_too():
    w = mg.ones(2).requires_grad_()
    with record():
        with mg.no_grad():
            truth = (w * 2).exp().tanh()
        late = w.detach() * 3
        loss = (w * truth * late).sum()
    text = str(draw(loss, names={"w": w}))
    assert text.count("no_grad: mul of w") == 1 and text.count("detach of w") == 1


def test_a_little_too_wide_is_better_than_taller_than_a_screen():
    w, b = mg.randn(2, 3).requires_grad_(), mg.randn(2, 1).requires_grad_()
    loss = (((w @ mg.randn(3, 4) + b) - mg.randn(2, 4)) ** 2).mean()
    assert "rankdir=LR" in draw(loss, flow=True).dot or not drawable()
    assert "Σ (2,4)→(2,1)" in draw(loss, flow=True).dot
