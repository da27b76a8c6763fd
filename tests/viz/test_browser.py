"""The film and the pictures in a real browser. Skipped where Playwright or a Chromium is missing."""
import os
import re
import shutil
from base64 import b64decode
from io import BytesIO

import pytest
from pictures import NASTY, article, drawable, leaf

import minigrad as mg
from minigrad.viz import draw, gradient_flow, growth, record, show, show_images, step
from minigrad.viz.common.glyphs import shown
from minigrad.viz.common.markup import attribute

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = os.environ.get("MINIGRAD_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]
matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
from matplotlib.image import imread  # noqa: E402

pytestmark = pytest.mark.skipif(not drawable(), reason="no Graphviz program")


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as p:
        try:
            browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except playwright.Error as error:
            pytest.skip(f"no Chromium: {str(error).splitlines()[0]}")
        yield browser
        browser.close()


@pytest.fixture
def said():
    """What the browser complained of."""
    return []


@pytest.fixture
def visit(chromium, tmp_path, said):
    """visit(html, dark=, script=) opens a page; at the end nothing may have been said, broken or fetched."""
    pages = []

    def opened(html, dark=False, script=True):
        path = tmp_path / f"page{len(pages)}.html"
        path.write_text(html, encoding="utf-8")
        context = chromium.new_context(color_scheme="dark" if dark else "light", java_script_enabled=script,
                                       viewport={"width": 1200, "height": 900})
        page = context.new_page()
        pages.append(context)
        page.on("console", lambda message: said.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: said.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith(("file:", "data:", "about:"))
                or said.append(f"fetched: {request.url}"))
        page.goto(path.as_uri())
        return page

    yield opened
    for context in pages:
        context.close()
    assert said == []


def notebook(*outputs):
    return f"<!DOCTYPE html><html><head><meta charset='utf-8'></head><body>{''.join(outputs)}</body></html>"


@pytest.fixture
def film():
    names = article(leaf)
    return step(names["d"], names=names)


def gradients(frame):
    return frame.locator("text[data-grad]").all_text_contents()


@pytest.mark.parametrize("inside", ["file", "notebook"])
def test_the_film_plays_by_button_slider_and_key(visit, film, inside):
    page = visit(film.page if inside == "file" else notebook(film.html()))
    frame = page if inside == "file" else page.frame_locator("iframe")
    title = frame.locator("#panel h2")
    assert title.text_content() == "Backward starts at d" and "grad 11" not in " ".join(gradients(frame))
    frame.locator("#next").click()
    assert title.text_content() == "d passes its gradient on"
    assert sorted(gradients(frame)) == ["grad 1", "grad 4", "grad 7", "grad –"]
    assert frame.locator("#v4.now").count() == 1 and frame.locator("g.edge.now").count() == 2
    frame.locator("#back").click()
    assert title.text_content() == "Backward starts at d"
    frame.locator("#slider").fill("2")
    assert title.text_content() == "c passes its gradient on" and "grad 7 + 4 = 11" in gradients(frame)
    assert frame.locator("#panel tbody tr").first.locator("td").all_text_contents() == ["a", "g", "1", "4 · 1 = 4", "7 + 4 = 11"]
    frame.locator("#slider").press("ArrowLeft")
    assert title.text_content() == "d passes its gradient on" and frame.locator("#count").text_content() == "2 / 4"
    frame.locator("#slider").press("ArrowRight")
    frame.locator("#slider").press("ArrowRight")
    assert title.text_content() == "Backward is done" and frame.locator("#next").is_disabled()
    frame.locator("#first").click()
    assert frame.locator("#count").text_content() == "1 / 4" and frame.locator("#back").is_disabled()
    frame.locator("#play").click()
    frame.locator("#count", has_text="4 / 4").wait_for(timeout=10_000)
    assert frame.locator("#play").text_content() == "Play"


def test_keys_work_as_soon_as_the_page_has_the_focus(visit, film):
    page = visit(film.page)
    page.keyboard.press("ArrowRight")
    assert page.locator("#count").text_content() == "2 / 4"
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert page.locator("#count").text_content() == "3 / 4"


def test_labels_of_arrows_appear_when_the_gradient_has_passed(visit, film):
    page = visit(film.page)
    assert page.locator("g.edge.later").count() == 4
    page.keyboard.press("ArrowRight")
    assert page.locator("g.edge.later").count() == 2
    page.keyboard.press("Home")
    assert page.locator("g.edge.later").count() == 4
    page.keyboard.press("End")
    assert page.locator("g.edge.later").count() == 0


def test_without_script_it_shows_the_last_frame(visit, film):
    page = visit(film.page, script=False)
    assert "grad 7 + 4 = 11" in gradients(page) and page.locator("#panel h2").text_content() == "Backward is done"
    assert not page.locator("#bar").is_visible()


def test_where_frames_are_taken_out_the_first_frame_stays(visit, film):
    """As in a notebook that has not been run yet: JupyterLab shows no frame that it does not trust."""
    html = film.html()
    stripped = html[html.index(">", html.index("style=")) + 1:].replace("</iframe>", "")
    page = visit(notebook(stripped))
    assert page.locator("img").evaluate("image => image.naturalWidth") > 100
    assert page.get_by_text("Run the cell, and this picture is a film.").is_visible()


def test_the_image_of_a_film_is_what_its_player_shows_first(visit, film):
    image = b64decode(re.search(r'src="data:image/svg\+xml;base64,([^"]*)"', film.html())[1]).decode()
    still, page = visit(notebook(image)), visit(film.page)
    first = sorted(gradients(page))
    assert sorted(still.locator("text", has_text="grad ").all_text_contents()) == first == ["grad 1", "grad –", "grad –", "grad –"]
    for shown in (still.locator, page.locator("#stage").locator):
        assert shown("g.now").evaluate_all("all => all.map(one => one.id)") == ["v4"]
    assert still.locator("g.edge.later").count() == page.locator("g.edge.later").count() == 4
    assert not still.locator("g.edge text").first.is_visible()
    middle = "e => { const box = e.getBoundingClientRect(); return box.x + box.width / 2 }"
    box, line = still.locator("#v4 path").first, still.locator("#v4 text", has_text="grad")
    assert abs(box.evaluate(middle) - line.evaluate(middle)) < 2


def test_the_film_follows_the_notebooks_theme(visit, film):
    for dark in (False, True):
        page = visit(notebook(film.html()).replace("<body", f'<body data-jp-theme-light="{"false" if dark else "true"}"'))
        body = page.frame_locator("iframe").locator("body")
        assert ("dark" in (body.get_attribute("class") or "")) is dark
        page.evaluate("dark => document.body.setAttribute('data-jp-theme-light', dark)", str(dark).lower())
        page.frame_locator("iframe").locator("body.dark" if not dark else "body:not(.dark)").wait_for(timeout=5_000)
    assert visit(film.page, dark=True).locator("body.dark").count() == 1
    assert visit(film.page).locator("body.dark").count() == 0


PAPER = {"light": (255, 255, 255), "dark": (0x15, 0x1a, 0x21)}


def colour(image, x, y):
    """The colour of a point of an image on the page, its place given in parts of the whole."""
    seen = imread(BytesIO(image.screenshot()), format="png")
    return tuple(round(255 * float(part)) for part in seen[int(y * (len(seen) - 1)), int(x * (len(seen[0]) - 1))][:3])


def pictures():
    import matplotlib.pyplot as plt

    names = article(leaf)
    plt.plot([1, 2])
    yield show("a line")
    yield draw(names["d"], names=names)
    yield draw(names["d"], names=names, flow=True)
    yield growth(3)
    net = mg.nn.Linear(2, 1)
    net(mg.ones(1, 2)).sum().backward()
    yield draw(net(mg.ones(1, 2)).sum(), model=net)
    yield gradient_flow(net)


def test_every_picture_follows_the_page_s_theme_and_changes_with_it(visit):
    """JupyterLab tells its theme to the page as `color-scheme`, and tells it again when another one is chosen."""
    found = list(pictures())
    page = visit(notebook(*(picture.html() for picture in found)))
    images = page.locator("figure > img, figure > div > img")
    for theme in ("dark", "light", "dark"):
        page.evaluate("theme => { document.body.style.colorScheme = theme }", theme)
        seen = [colour(images.nth(i), 0.01, 0.02) for i in range(len(found))]
        assert seen == [PAPER[theme]] * len(found), theme


def test_a_chosen_theme_stays_whatever_the_page_is(visit):
    names = article(leaf)
    for theme in ("light", "dark"):
        page = visit(notebook(draw(names["d"], theme=theme).html(), step(names["d"], theme=theme).html()), dark=theme == "light")
        page.evaluate("theme => { document.body.style.colorScheme = theme }", "light" if theme == "dark" else "dark")
        assert colour(page.locator("img").first, 0.01, 0.02) == PAPER[theme]
        assert page.frame_locator("iframe").locator("body.dark").count() == (theme == "dark")


def test_in_the_dark_a_photo_stays_as_it_is_and_its_frame_is_dark(visit):
    page = visit(notebook(show_images([mg.zeros(8, 8), mg.ones(8, 8)], titles=["no", "yes"], alt="two").html()))
    page.evaluate("document.body.style.colorScheme = 'dark'")
    image = page.locator("img")
    assert colour(image, 0.25, 0.6) == (0, 0, 0) and colour(image, 0.75, 0.6) == (255, 255, 255)
    assert colour(image, 0.002, 0.5) == PAPER["dark"]


def test_the_naive_walk_shows_its_paths(visit):
    names = article(leaf)
    page = visit(step(names["d"], names=names, paths=True).page)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert page.locator("#panel h2").text_content() == "From c to a"
    assert page.locator("g.edge.now").count() == 2 and "Arrows passed: 3 of 4" in page.locator("#panel p").text_content()


def test_a_tall_film_scrolls_to_what_it_speaks_of(visit):
    x = y = leaf(1.0)
    for i in range(60):
        y = y * x if i % 2 else mg.tanh(y)
    page = visit(notebook(step(y).html()))
    frame = page.frame_locator("iframe")
    frame.locator("#next").click()
    stage, node = frame.locator("#stage").bounding_box(), frame.locator("#v61").bounding_box()
    assert stage["y"] <= node["y"] and node["y"] + node["height"] <= stage["y"] + stage["height"] + 1
    frame.locator("#end").click()
    node = frame.locator("#v1").bounding_box()
    assert stage["y"] <= node["y"] and node["y"] + node["height"] <= stage["y"] + stage["height"] + 1


def test_no_name_runs_as_a_script(visit):
    total = leaf(0.0)
    for text in [*NASTY, "<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "'\"><svg onload=alert(1)>"]:
        x = leaf(1.0)
        x.name = text
        total = total + x
    film, names = step(total), [shown(frame["rows"][-1][0]) for frame in step(total)._film["frames"] if frame["rows"]]
    page = visit(notebook(film.html(), draw(total, flow=True).html(), draw(total).html(), draw(total, flow=True).svg))
    frame = page.frame_locator("iframe")
    seen = []
    for _ in range(len(names)):
        frame.locator("#next").click()
        seen.append(frame.locator("#panel tbody tr").last.locator("td").first.text_content())
    assert seen == names and frame.locator("img, script[src]").count() == 0


def test_tooltips_lie_over_their_boxes(visit):
    x = leaf(1.0)
    with record():
        y = x * 2
    page = visit(notebook(draw(y, names=locals(), flow=True).html()))
    picture, spans = page.locator("img").bounding_box(), page.locator("span[title]")
    assert spans.count() == 3
    for i in range(3):
        box = spans.nth(i).bounding_box()
        assert picture["x"] <= box["x"] and box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
        assert picture["y"] <= box["y"] and box["y"] + box["height"] <= picture["y"] + picture["height"] + 1 and box["height"] > 20
    assert "made in test_browser.py" in spans.nth(1).get_attribute("title")
    hit = spans.nth(1).bounding_box()
    over = page.evaluate("([x, y]) => document.elementFromPoint(x, y).title", [hit["x"] + 5, hit["y"] + 5])
    assert "y = x * 2" in over


def test_insides_open_on_a_click(visit):
    net = mg.nn.Sequential(mg.nn.Linear(2, 3), mg.nn.ReLU(), mg.nn.Linear(3, 1))
    page = visit(notebook(draw(net(mg.ones(1, 2)).sum(), model=net).html()))
    assert page.locator("details img").first.is_visible() is False
    page.locator("summary").first.click()
    assert page.locator("details img").first.is_visible()
    assert page.locator("img").first.evaluate("image => image.complete && image.naturalWidth") > 50


VS_CODE = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"


@pytest.mark.parametrize("around", ["", "allow-scripts"])
def test_the_film_plays_under_the_strictest_policy(visit, film, around):
    """As in VS Code: nothing may be loaded, and outputs stand in a sandbox without an origin of their own."""
    page = notebook(film.html()).replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{VS_CODE}">')
    if around:
        page = notebook(f'<iframe sandbox="{around}" srcdoc="{attribute(page)}" style="width:100%;height:700px"></iframe>')
    frame = visit(page).frame_locator("iframe")
    frame = frame.frame_locator("iframe") if around else frame
    frame.locator("#next").click()
    assert frame.locator("#panel h2").text_content() == "d passes its gradient on"
    frame.locator("#slider").fill("2")
    frame.locator("#slider").press("ArrowRight")
    assert frame.locator("#count").text_content() == "4 / 4" and "grad 7 + 4 = 11" in gradients(frame)


def test_where_no_script_may_run_the_film_shows_its_last_frame(visit, film, said):
    page = notebook(f'<iframe sandbox srcdoc="{attribute(film.page)}" style="width:100%;height:600px"></iframe>')
    frame = visit(page).frame_locator("iframe")
    assert frame.locator("#panel h2").text_content() == "Backward is done" and not frame.locator("#bar").is_visible()
    assert "grad 7 + 4 = 11" in gradients(frame)
    assert said and all("sandboxed" in one for one in said)              # the browser says why it did not run them
    said.clear()
