import inspect
import re

import pytest

from minigrad import ops
from minigrad.course import Chapter, chapter, outline, source
from minigrad.course.source import COLOURS, Listing, resolve
from tests.colours import contrast


def test_a_function_by_object_and_by_name():
    expected = "# minigrad/course/outline.py\n" + inspect.getsource(chapter).rstrip()
    assert source(chapter) == source("minigrad.course.outline.chapter") == expected


def test_an_alias_leads_to_the_definition():
    assert source("minigrad.course.chapter") == source(chapter)
    assert source("minigrad.mean") == source("minigrad.functions.mean")


def test_a_class_with_its_decorators():
    lines = source(Chapter).splitlines()
    assert lines[:3] == ["# minigrad/course/outline.py", "@dataclass(frozen=True)", "class Chapter:"]


def test_a_method_starts_at_the_margin():
    assert source("minigrad.course.outline.Chapter.__post_init__").splitlines()[1] == "def __post_init__(self):"
    assert source(Chapter.__post_init__) == source("minigrad.course.outline.Chapter.__post_init__")


def test_a_function_inside_a_function():
    assert source("minigrad.optim.sgd.SGD.update.piece").splitlines()[1] == "def piece(w, g, v=None):"


@pytest.mark.parametrize("thing", ["minigrad.ops.mul", ops.mul], ids=["name", "object"])
def test_a_line_of_the_derivative_table(thing):
    header, *lines = source(thing).splitlines()
    assert header == "# minigrad/ops.py"
    assert lines[0].startswith("mul") and "primitive(" in lines[0]


def test_table_entries_stand_together_under_one_header():
    table = source("minigrad.ops.add", "minigrad.ops.mul")
    assert table == source("minigrad.ops.add") + "\n" + source("minigrad.ops.mul").removeprefix("# minigrad/ops.py\n")


def test_definitions_are_set_apart_and_each_file_has_its_header():
    text = source(chapter, outline.chapters, Listing)
    assert text.count("# minigrad/course/outline.py") == text.count("# minigrad/course/source.py") == 1
    assert "\n\n@cache\ndef chapters(" in text and "\n\n# minigrad/course/source.py\nclass Listing" in text


def test_docstrings_can_be_left_out():
    text = source(Chapter, chapter, docstrings=False)
    assert '"""' not in text
    assert "class Chapter:\n    number: int" in text
    assert "def chapter(number: int) -> Chapter:\n    for one in chapters():" in text


def test_a_docstring_that_is_the_whole_body_stays():
    from minigrad.course import execute

    assert '"""' in source(execute.UnexpectedResult, docstrings=False)


def test_it_shows_as_text_and_as_coloured_code():
    listing = source(chapter)
    assert repr(listing) == str(listing)
    assert listing._repr_markdown_() == f"```python\n{listing}\n```"


def test_a_piece_for_the_curious_is_closed_until_it_is_clicked_on():
    listing, folded = source(chapter), source(chapter, fold="for the curious: 1 < 2")
    assert folded == listing and folded.splitlines() == listing.splitlines()
    assert repr(folded) == f"for the curious: 1 < 2\n{listing}"
    assert folded._repr_html_() == (
        '<details><summary style="cursor:pointer">for the curious: 1 &lt; 2</summary>'
        f"{listing._repr_html_()}</details>")
    assert folded._repr_markdown_() == (
        '<details><summary style="cursor:pointer">for the curious: 1 &lt; 2</summary>\n\n'
        f"{listing._repr_markdown_()}\n\n</details>")


@pytest.mark.parametrize(
    "thing", ["minigrad.nothing", "minigrad.fft", "minigrad.ops.nothing", "nothing.at.all", "json.dumps", inspect.getsource, 3]
)
def test_what_the_package_does_not_define_is_an_error(thing):
    with pytest.raises(LookupError):
        source(thing)


def test_a_name_means_what_a_reader_who_types_it_gets():
    assert resolve("minigrad.course.source") is source                  # the function hides the module
    assert resolve("minigrad.course.source.Listing") is Listing         # what only the module has is found too


def test_every_colour_of_a_listing_is_read_easily_on_a_light_and_on_a_dark_page():
    html = source(chapter)._repr_html_()
    styled = re.findall(r'style="color:(#\w+);color:light-dark\((#\w+),(#\w+)\)', html)
    assert len(styled) == html.count("color:#") > 10 and {one[0] for one in styled} == set(COLOURS)
    for between, day, night in styled:
        assert contrast(between, "#ffffff") >= 4.5 and contrast(between, "#111111") > 4.1, "none has 4.5 on both"
        assert contrast(day, "#eeeeee") >= 4.5 and contrast(night, "#424242") >= 4.5
