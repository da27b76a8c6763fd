"""After backward, when somebody looks for a mistake, every picture still comes, or says in words what is gone."""
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import needs_graphviz

import minigrad as mg
from minigrad import nn
from minigrad.graph import raw
from minigrad.nn import functional as F
from minigrad.viz import draw, step, trace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from cases import ADJOINTS, CASES  # noqa: E402

WORDS = r"retain_graph=True|before backward|freed"                # what to do about it


def loss_of(case):
    """One number out of all outputs of a case, and the names of its inputs."""
    xs = [mg.tensor(x, requires_grad=True) for x in case.inputs()]
    out = case.function(mg, *xs)
    outs = out if isinstance(out, tuple) else (out,)
    weights = [mg.tensor(np.cos(np.arange(o.numel())).reshape(o.shape)) for o in outs]
    return sum((o * w).sum() for o, w in zip(outs, weights)), dict(zip("xyzuv", xs))


def classes():
    return mg.tensor([0, 2, 1, 1])


def classifier(*layers, copies=1):
    net = nn.Sequential(nn.Linear(5, 8), *layers, nn.Linear(8, 3))
    return F.cross_entropy(net(mg.randn(4 * copies, 5)), mg.cat([classes()] * copies))


def conv_net():
    net = nn.Sequential(nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.5),
                        nn.Flatten(), nn.Linear(8, 3))
    return F.cross_entropy(net(mg.randn(4, 1, 4, 4)), classes())


def attention():
    q, k, v = (nn.Linear(8, 8)(mg.randn(4, 3, 8)) for _ in range(3))
    return F.cross_entropy(F.scaled_dot_product_attention(q, k, v, is_causal=True).mean(1), mg.tensor([0, 2, 1, 7]))


def recurrent():
    cell, h = nn.Linear(8, 3), mg.zeros(4, 3)
    for t in range(3):
        h = cell(mg.cat([mg.randn(4, 5), h], 1)).tanh()
    return F.cross_entropy(h, classes())


NETS = {
    "a classifier": lambda: classifier(nn.ReLU()),
    "layer_norm": lambda: classifier(nn.LayerNorm(8), nn.GELU()),
    "batch_norm": lambda: classifier(nn.BatchNorm1d(8), nn.Tanh()),
    "a ConvNet": conv_net,
    "dropout": lambda: (nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 1))(mg.randn(4, 5)) ** 2).mean(),
    "attention": attention,
    "recurrent": recurrent,
    "binary": lambda: F.binary_cross_entropy_with_logits(nn.Linear(5, 1)(mg.randn(4, 5)), mg.rand(4, 1)),
    "embedding": lambda: F.cross_entropy(nn.Linear(4, 3)(nn.Embedding(9, 4)(mg.tensor([1, 8, 1, 0]))), classes()),
    "a changed buffer": lambda: buffer(mg.randn(3, 4, requires_grad=True)),
    "large arrays": lambda: classifier(nn.Linear(8, 300), nn.LayerNorm(300), nn.ReLU(), nn.Linear(300, 8), copies=100),
}


def behind(t):
    """A value and all that a gradient flows through to reach it, in the article's view of the graph."""
    found, stack = {id(t): t}, [t]
    while stack:
        for _, parent, _ in stack.pop().local_gradients:
            if id(parent) not in found and parent.tracked:
                found[id(parent)] = parent
                stack.append(parent)
    return list(found.values())


def buffer(x):
    rows = mg.zeros(3, 4)
    rows[0] = x[1] * 2
    rows[1:] = x[:2]
    return (rows * rows).sum()


def or_words(picture, *args, **settings):
    """The text of a picture, or what the error says that stands in its place; any other error is one."""
    try:
        return str(picture(*args, **settings))
    except RuntimeError as error:
        assert re.search(WORDS, str(error)), f"{picture.__name__} says {error}: that does not tell what to do"
        return None


def look(loss, names, retained, film):
    """Every picture of a graph after backward."""
    assert str(draw(loss, names=names)).strip()
    walk = trace(loss, names=names)
    assert walk.lines and repr(walk).startswith("backward walks ")
    assert walk._repr_html_().count("<tr>") == 1 + len(walk.lines)
    full = trace(loss, names=names, full=True).lines
    again, flow = or_words(step, loss, names=names), or_words(draw, loss, names=names, flow=True)
    if retained:
        assert again == film and flow is not None and all(line[3] is not None for line in full)
    else:
        assert again in (film, None)                              # never another number


@pytest.mark.parametrize("retained", [False, True], ids=["spent", "retained"])
@pytest.mark.parametrize("case", CASES + ADJOINTS, ids=str)
def test_every_operation(case, retained):
    loss, names = loss_of(case)
    film = str(step(loss, names=names))
    loss.backward(retain_graph=retained)
    look(loss, names, retained, film)


@pytest.mark.parametrize("retained", [False, True], ids=["spent", "retained"])
@pytest.mark.parametrize("make", NETS.values(), ids=NETS.keys())
def test_networks(make, retained):
    mg.manual_seed(0)
    loss = make()
    film = str(step(loss))
    loss.backward(retain_graph=retained)
    look(loss, {}, retained, film)


@pytest.mark.parametrize("make", NETS.values(), ids=NETS.keys())
def test_looking_changes_no_gradient(make):
    mg.manual_seed(0)
    loss = make()
    leaves = [x for x in behind(loss) if not x.local_gradients]
    loss.backward(retain_graph=True)
    before = [np.array(raw(x.grad)) for x in leaves]
    draw(loss, flow=True), step(loss), trace(loss, full=True)
    assert leaves and all((raw(x.grad) == once).all() for x, once in zip(leaves, before))
    loss.backward()                                               # and the graph can still be walked
    for x, once in zip(leaves, before):
        np.testing.assert_allclose(raw(x.grad), 2 * once, rtol=1e-5, atol=1e-7)


@needs_graphviz
@pytest.mark.parametrize("name", ["a classifier", "a ConvNet"])
def test_the_picture_itself_and_the_player(name):
    mg.manual_seed(0)
    loss = NETS[name]()
    loss.backward(retain_graph=True)
    assert "<svg" in draw(loss, flow=True).svg and "<svg" in step(loss).page
    loss = NETS[name]()
    loss.backward()
    assert "<svg" in draw(loss).svg and draw(loss)._repr_mimebundle_()["text/plain"]


def test_after_an_optimizer_step_too():
    """The weights are other ones now: no picture may claim the old numbers."""
    mg.manual_seed(0)
    net, x = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)), mg.randn(4, 5)
    loss = F.cross_entropy(net(x), classes())
    film = str(step(loss))
    loss.backward()
    mg.optim.SGD(net.parameters(), lr=0.1).step()
    assert str(draw(loss)).strip() and trace(loss)._repr_html_()
    for picture, settings in ((step, {}), (draw, {"flow": True})):
        try:
            text = str(picture(loss, **settings))
        except RuntimeError as error:
            assert re.search(WORDS + "|changed in place", str(error))
        else:
            assert picture is draw or text == film


@pytest.mark.parametrize("retained", [False, True], ids=["spent", "retained"])
def test_local_gradients_after_backward_say_what_is_gone(retained):
    """The article's view of a node: a number, or the advice."""
    mg.manual_seed(0)
    loss = NETS["layer_norm"]()
    nodes = behind(loss)
    loss.backward(retain_graph=retained)
    for node in nodes:
        for name, parent, pull in node.local_gradients:
            assert isinstance(name, str)
            try:
                assert pull(np.ones(node.value.shape)).shape == parent.value.shape
            except RuntimeError as error:
                assert not retained and re.search(WORDS, str(error))
