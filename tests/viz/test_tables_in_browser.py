"""trace's and gradient_flow's tables in a real browser: they show, in light and dark, and no name runs as a script."""
import pytest

pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
from test_browser import chromium, notebook, said, visit  # noqa: E402, F401  (fixtures)

import minigrad as mg  # noqa: E402
from minigrad.viz import gradient_flow, trace  # noqa: E402

NASTY = '<script>alert(1)</script> "|" Привет 🎈'


@pytest.fixture
def model():
    mg.manual_seed(0)
    return mg.nn.Sequential(mg.nn.Linear(2, 4), mg.nn.ReLU(), mg.nn.Linear(4, 1))


@pytest.mark.parametrize("dark", [False, True])
def test_the_tables_and_the_plot_show(visit, model, dark):  # noqa: F811
    pytest.importorskip("matplotlib").use("agg")
    model[0].weight.name = NASTY
    x = mg.tensor([[1., 2.], [3., -4.]])
    with mg.no_grad():
        model[0].bias.fill_(-99.0)
    loss = model(x).sum()
    walk = trace(loss, names={NASTY: model[0].weight})
    html = walk._repr_html_()
    loss.backward()
    page = visit(notebook(html, gradient_flow(model, x).html()))
    page.evaluate("theme => { document.body.style.colorScheme = theme }", "dark" if dark else "light")
    assert page.locator("table").count() == 3 and page.locator("script").count() == 0
    assert page.locator("table").nth(0).locator("tbody tr").count() == len(walk.lines)
    assert "<script>" in page.locator("table").nth(0).inner_text()
    assert page.evaluate("document.querySelector('img').naturalWidth") > 400
    warning = page.get_by_text("dead: 4 of 4 units")
    assert warning.is_visible() and warning.evaluate("e => getComputedStyle(e).color") == ("rgb(255, 144, 99)" if dark else "rgb(194, 65, 12)")
