import pytest

from minigrad.course import Chapter, built_before, chapter, chapters


def test_chapters_are_numbered_from_0_to_21_and_their_files_begin_with_the_number():
    assert [one.number for one in chapters()] == list(range(22))
    assert all(one.file.startswith(f"{one.number:02}_") and one.file.endswith(".ipynb") for one in chapters())


def test_every_chapter_asks_a_question():
    assert [one.number for one in chapters() if not one.title or not one.question.endswith("?")] == []


def test_a_name_joins_the_package_once():
    names = [name for one in chapters() for name in one.builds]
    assert sorted(names) == sorted(set(names))


def test_only_chapters_0_and_11_preview():
    assert [one.number for one in chapters() if one.previews] == [0, 11]


def test_built_before_grows():
    assert built_before(0) == ()
    assert built_before(2) == chapter(0).builds + chapter(1).builds
    assert set(built_before(22)) == {name for one in chapters() for name in one.builds}


def test_an_unknown_chapter_is_a_clear_error():
    with pytest.raises(KeyError, match="no chapter 99 .* 0 to 21"):
        chapter(99)


def test_an_unknown_status_is_a_clear_error():
    with pytest.raises(ValueError, match='"written" or "planned", got \'half\''):
        Chapter(1, "01_x.ipynb", "x", "x?", "half")
