"""Emoji and Chinese letters show where there is a font, and are readable where there is none."""
import shutil
import subprocess
import warnings

import pytest
from pictures import leaf, needs_graphviz, texts_in

from minigrad.viz import draw, show, step, trace
from minigrad.viz.common import glyphs
from minigrad.viz.common.glyphs import shown, spelled

NAME = "fox 🦊 你 вес ∂"


@pytest.fixture(params=[True, False], ids=["a font", "no font"])
def font(request, monkeypatch):
    monkeypatch.setattr(glyphs, "has_font", lambda letter: request.param)
    return request.param


@pytest.mark.parametrize("letter, words", [
    ("🦊", "[fox face]"), ("你", "[U+4F60]"), ("\ufe0f", ""), ("\u200d", ""), ("\ue000", "[U+E000]")])
def test_what_cannot_be_shown_is_spelled_out(letter, words):
    assert spelled(letter) == words


def test_what_can_be_shown_stays(font):
    assert shown(NAME) == (NAME if font else "fox [fox face] [U+4F60] вес ∂")
    assert shown("loss") == "loss"


@needs_graphviz
def test_pictures_films_and_tables_show_it_and_the_text_is_the_same_everywhere(font):
    x = leaf(2.0)
    x.name = NAME
    y = x * 3.0
    assert shown(NAME) in texts_in(draw(y, theme="light").svg) and NAME in str(draw(y))
    assert f'"{shown(NAME)}"' in step(y).page and NAME in str(step(y))
    assert shown(NAME) in trace(y)._repr_html_()


@pytest.mark.skipif(not shutil.which("fc-list"), reason="no fontconfig")
def test_fonts_are_asked_for():
    assert glyphs.has_font("a")
    with_fox = subprocess.run(["fc-list", ":charset=1f98a"], capture_output=True, check=True).stdout
    assert glyphs.has_font("🦊") is bool(with_fox)


def test_a_plot_has_no_empty_boxes():
    plt = pytest.importorskip("matplotlib.pyplot")
    from matplotlib.font_manager import fontManager

    plt.switch_backend("agg")
    fig, axes = plt.subplots()
    axes.plot([1, 2], label="naïve \U00020000")
    axes.set_title("\U00020000 你")
    axes.set_yticks([1, 2], ["\U00020000", "two"])
    axes.legend()
    with warnings.catch_warnings():
        warnings.simplefilter("error")                        # matplotlib warns of each missing letter
        assert show("a line", fig).png
    if not any("CJK" in name or "WenQuanYi" in name for name in fontManager.get_font_names()):
        assert axes.get_title() == "[U+20000] [U+4F60]"
