import base64
import re

import numpy as np
import pytest

import minigrad as mg
from minigrad.viz import show, show_images, use_style

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("agg")
import matplotlib.pyplot as plt                                                  # noqa: E402


@pytest.fixture(autouse=True)
def _leave_no_trace():
    plt.close("all")
    with matplotlib.rc_context():
        yield
    plt.close("all")


def size(picture):
    return tuple(int.from_bytes(picture.png[i:i + 4], "big") for i in (16, 20))


def test_a_figure_becomes_a_picture_with_words():
    use_style()
    plt.plot([1, 2])
    picture = show('loss "falls" from 2\n to 1')
    assert str(picture) == 'picture: loss "falls" from 2 to 1'
    html = picture._repr_mimebundle_()["text/html"]
    found = re.fullmatch(r'<figure[^>]*><img alt="loss &quot;falls&quot; from 2 to 1" width="(\d+)" data-source="[0-9a-f]{12}" '
                         r'style="[^"]*" src="data:image/svg\+xml;base64,([^"]*)"></figure>', html)
    inside = re.search(r'href="data:image/png;base64,([^"]*)"', base64.b64decode(found[2]).decode())
    assert base64.b64decode(inside[1]) == picture.png
    assert abs(size(picture)[0] - 2 * int(found[1])) <= 1             # two pixels for one, for sharp screens
    assert plt.get_fignums() == []


def test_the_same_figure_gives_the_same_bytes():
    def one():
        fig, axes = plt.subplots()
        axes.plot([3, 1, 2], label="loss")
        axes.legend()
        return show("three points", fig).png
    first = one()
    assert first == one()
    assert b"Software" not in first and b"matplotlib" not in first.lower()


def test_an_alt_text_and_a_figure_are_needed():
    with pytest.raises(ValueError, match="no figure"):
        show("nothing")
    plt.plot([1])
    with pytest.raises(ValueError, match="alt"):
        show(" ")


def test_images_of_all_forms():
    digits = mg.rand(12, 28, 28)
    assert str(show_images(digits, alt="twelve digits")) == "picture: twelve digits"
    wide, tall = size(show_images(digits, alt="x", columns=12)), size(show_images(digits, alt="x", columns=3))
    assert wide[0] > 3 * tall[0] and tall[1] > 3 * wide[1]
    mixed = [np.eye(3) - 0.5, np.zeros((1, 3, 3)), np.ones((3, 4, 4))]
    assert show_images(mixed, titles=["a", 1, "в"], alt="kernels").png
    assert show_images(mg.zeros(2, 5, 5), alt="all zero").png
    assert show_images([np.full((2, 2), np.nan)], alt="all nan").png


def test_wrong_images():
    with pytest.raises(ValueError, match=r"\(2, 5, 5\)"):
        show_images([np.ones((2, 5, 5))], alt="x")
    with pytest.raises(ValueError, match="at least one"):
        show_images([], alt="x")
    with pytest.raises(ValueError, match="a title for each"):
        show_images([np.ones((2, 2))], titles=["a", "b"], alt="x")


def test_images_do_not_change_the_readers_style():
    before = dict(matplotlib.rcParams)
    show_images([np.ones((2, 2))], alt="x")
    assert dict(matplotlib.rcParams) == before
