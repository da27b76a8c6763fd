"""gradient_flow finds what it should find, says nothing of a healthy network, and changes nothing by looking."""
import numpy as np
import pytest

import minigrad as mg
from minigrad import nn
from minigrad.viz import gradient_flow, show
from tests.colours import contrast

X = mg.tensor([[1., 2.], [3., -4.], [-2., 0.5]])


def net(**first):
    mg.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1))


def after_backward(model, x=X):
    (model(x) ** 2).mean().backward()
    return model


def remarks(flow):
    return {x.name: x.remark for x in [*flow.layers, *flow.parameters] if x.remark}


def test_a_healthy_network_gets_no_remark():
    model = after_backward(net())
    flow = gradient_flow(model, X, optimizer=mg.optim.SGD(model.parameters(), lr=0.01))
    assert remarks(flow) == {} and flow.alt.endswith("Nothing strange.")
    assert str(flow).splitlines()[0] == "gradient flow through 4 parameters" and len(str(flow).splitlines()) == 1 + 4 + 5


def test_numbers_are_root_mean_squares_and_the_ratio_is_the_real_step():
    model = after_backward(net())
    optimizer = mg.optim.Adam(model.parameters(), lr=0.01)
    weight, before = model[0].weight, model[0].weight.value.copy()
    first = gradient_flow(model, optimizer=optimizer).parameters[0]
    assert first.size == pytest.approx(np.sqrt((weight.value ** 2).mean()))
    assert first.gradient == pytest.approx(np.sqrt((weight.grad.value ** 2).mean()))
    assert np.array_equal(before, weight.value) and not optimizer.state[weight]
    optimizer.step()
    assert first.ratio == pytest.approx(np.sqrt(((weight.value - before) ** 2).mean()) / first.size)


def test_what_backward_never_reached_is_frozen_or_zero():
    model = net()
    model[0].bias.requires_grad_(False)
    assert remarks(gradient_flow(model)) == {"0.weight": "no gradient", "0.bias": "frozen", "2.weight": "no gradient",
                                             "2.bias": "no gradient"}
    (model(X) * 0).sum().backward()
    assert remarks(gradient_flow(model))["0.weight"] == "gradient is all zero"


def test_a_parameter_that_the_optimizer_never_saw():
    model = after_backward(net())
    found = remarks(gradient_flow(model, optimizer=mg.optim.SGD(model[2].parameters(), lr=0.01)))
    assert found == {"0.weight": "the optimizer does not know it", "0.bias": "the optimizer does not know it"}


@pytest.mark.parametrize("lr, remark", [(1e-9, "hardly moves"), (1e6, "jumps")])
def test_steps_that_are_too_small_or_too_large(lr, remark):
    model = after_backward(net())
    assert remarks(gradient_flow(model, optimizer=mg.optim.SGD(model.parameters(), lr=lr)))["0.weight"] == remark


def test_dead_units_and_what_they_do_to_the_weights_before_them():
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    with mg.no_grad():
        model[0].bias.copy_(mg.tensor([9., 9., -99., -99.]))
    found = remarks(gradient_flow(after_backward(model), X))
    assert found["1"] == "dead: 2 of 4 units" and found["0.weight"] == "2 of 4 units get nothing"


def test_vanishing_exploding_nan_and_a_layer_that_says_the_same_to_everything():
    model = net()
    model[2].weight.value *= 1e-6
    assert remarks(gradient_flow(after_backward(model), X))["0.weight"].startswith("vanishing: ")
    assert remarks(gradient_flow(model, X))["2"] == "the same for every sample"
    model = after_backward(net())
    model[0].weight.grad.value *= 1e6
    assert remarks(gradient_flow(model))["0.weight"] == "exploding"
    model[0].weight.grad.value[0, 0] = np.nan
    assert remarks(gradient_flow(model))["0.weight"] == "gradient is NaN"
    model[0].weight.value[0, 0] = np.inf
    assert "not finite" in remarks(gradient_flow(model, X))["0"]


def test_a_layer_that_is_called_twice_has_two_lines():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear, self.bend = nn.Linear(2, 2), nn.ReLU()

        def forward(self, x):
            return self.bend(self.linear(self.bend(x)))
    assert [x.name for x in gradient_flow(Twice(), X).layers] == ["bend, call 1", "linear", "bend, call 2"]


def test_looking_changes_nothing():
    class Counts(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", mg.zeros(1))

        def forward(self, x):
            self.calls += 1
            return x
    model = Counts()
    gradient_flow(model, X)
    assert model.calls.item() == 0 and not model._hooks.after


def test_the_plot_and_the_tables_are_complete_in_html():
    pytest.importorskip("matplotlib").use("agg")
    model = after_backward(net())
    model[0].weight.grad.value[0, 0] = np.nan
    html = gradient_flow(model, X).html()
    assert html.count("<table") == 2 and 'alt="gradient flow through 4 parameters' in html and "gradient is NaN" in html
    assert gradient_flow(model).png.startswith(b"\x89PNG")
    assert gradient_flow(net()).png.startswith(b"\x89PNG")          # no gradient at all: still a plot


def test_something_else_is_refused():
    with pytest.raises(TypeError, match="expected a Module, got list"):
        gradient_flow([1, 2])


def test_every_word_of_the_plot_is_large_and_dark_enough(monkeypatch):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("agg")
    from matplotlib.colors import to_hex
    from matplotlib.text import Text

    from minigrad.viz.common.theme import DARK
    from minigrad.viz.tables import flow

    seen = []
    monkeypatch.setattr(flow, "show", lambda alt, fig: seen.append(fig) or show(alt, fig))
    model = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 1))
    with mg.no_grad():
        model[0].bias.fill_(-99.0)
    assert gradient_flow(after_backward(model), X).png
    words = [text for text in seen[0].findobj(Text) if text.get_text() and text.get_visible()]
    assert {"dead", "0.weight", "size"} <= {text.get_text() for text in words}
    assert all(text.get_fontsize() >= 11 for text in words), "72 points are 72 CSS pixels: figures are shown at half their size"
    for text in words:
        assert contrast(to_hex(text.get_color()), "#ffffff") >= 4.5, text
    assert contrast(DARK[flow.RED], "#212121") >= 4.5 and contrast(flow.RED, "#f5f5f5") >= 4.5      # the tables' remarks
