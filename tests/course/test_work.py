"""The reader's copies, in a small course of two chapters."""

import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from minigrad.course import Chapter, work
from minigrad.course.execute import dumps, normalise

A, B = "00_a.ipynb", "01_b.ipynb"


def text(answer):
    shown = new_output("execute_result", {"text/plain": answer}, execution_count=1)
    return dumps(normalise(new_notebook(cells=[
        new_markdown_cell("**Before you run the next cell:** what will it say?"),
        new_code_cell("6 * 7", outputs=[shown], metadata={"jupyter": {"outputs_hidden": True}}),
        new_code_cell("answer", outputs=[shown])])))


@pytest.fixture(autouse=True)
def course(tmp_path, monkeypatch):
    """notebooks/ and work/ in a folder of their own."""
    (tmp_path / "notebooks").mkdir()
    for file in (A, B):
        (tmp_path / "notebooks" / file).write_text(text("old"), encoding="utf-8")
    written = [Chapter(i, file, "T", "Q?", "written") for i, file in enumerate((A, B))]
    monkeypatch.setattr(Chapter, "path", property(lambda one: tmp_path / "notebooks" / one.file))
    monkeypatch.setattr(work, "chapters", lambda: [*written, Chapter(2, "02_c.ipynb", "T", "Q?", "planned")])
    monkeypatch.setattr(work, "folder", lambda: tmp_path / "work")
    return tmp_path


def renew(course, file=A):
    (course / "notebooks" / file).write_text(text("new"), encoding="utf-8")


def touch(course, content="mine"):
    (course / "work" / A).write_text(content, encoding="utf-8")


def answers(path):
    return [cell.outputs[0].data["text/plain"] if cell.outputs else None
            for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def only(**found):
    return dict(made=[], updated=[], same=[], own=[], kept=[], unreadable=[]) | found


def test_the_first_time_every_written_chapter_is_copied_without_its_answers(course):
    assert work.refresh() == only(made=[A, B])
    assert sorted(path.name for path in (course / "work").iterdir()) == [".copied.json", A, B]
    assert answers(course / "work" / A) == [None, "old"] and answers(course / "notebooks" / A) == ["old", "old"]
    first = nbformat.read(course / "work" / A, as_version=4).cells[1]
    assert first.execution_count is None and "outputs_hidden" not in first.metadata.get("jupyter", {})
    assert work.refresh() == only(same=[A, B])


def test_untouched_and_updated_it_follows(course):
    work.refresh()
    renew(course)
    assert work.refresh() == only(updated=[A], same=[B])
    assert answers(course / "work" / A) == [None, "new"]


def test_opened_and_saved_it_is_still_untouched_and_run_it_is_not(course):
    work.refresh()
    path = course / "work" / A
    opened = nbformat.read(path, as_version=4)
    opened.metadata.language_info.version = "3.13"
    opened.cells[1].metadata.trusted = True
    nbformat.write(opened, path)
    renew(course)
    assert work.refresh() == only(updated=[A], same=[B])
    ran = nbformat.read(path, as_version=4)
    ran.cells[1].outputs = ran.cells[2].outputs
    nbformat.write(ran, path)
    assert work.refresh() == only(own=[A], same=[B])


def test_touched_it_stays_and_nothing_is_said_until_there_is_a_newer_one(course):
    work.refresh()
    touch(course)
    assert work.refresh() == only(own=[A], same=[B])
    renew(course)
    for _ in range(2):
        assert (done := work.refresh()) == only(kept=[A], same=[B])
    assert (course / "work" / A).read_text() == "mine"
    assert f"You have changed {A}, and the course has newer ones; yours stay." in work.report(done)
    assert 'make new ONLY="0"' in work.report(done)


def test_when_asked_both_stand_side_by_side(course):
    work.refresh()
    touch(course)
    renew(course)
    path = work.beside(work.chapters()[0])
    assert path.name == "00_a.new.ipynb" and answers(path) == [None, "new"]
    assert (course / "work" / A).read_text() == "mine"
    assert work.refresh() == only(own=[A], same=[B]), "it is no news any more"
    with pytest.raises(FileExistsError, match="there already"):
        work.beside(work.chapters()[0])


def test_deleted_by_the_reader_it_comes_anew(course):
    work.refresh()
    (course / "work" / A).unlink()
    renew(course)
    assert work.refresh() == only(made=[A], same=[B])
    assert answers(course / "work" / A) == [None, "new"]


def test_what_cannot_be_read_is_left_alone_and_named(course):
    work.refresh()
    (course / "work" / A).unlink()
    (course / "work" / A).mkdir()
    (course / "notebooks" / B).write_text("{ half a notebook", encoding="utf-8")
    assert (done := work.refresh()) == only(unreadable=[A, B])
    assert f"left alone: {A}, {B}" in work.report(done)
    assert (course / "work" / A).is_dir() and answers(course / "work" / B) == [None, "old"]


@pytest.mark.parametrize("record", ["", "[1]", "{", None])
def test_without_its_record_nothing_is_written_over(course, record):
    work.refresh()
    path = course / "work" / work.RECORD
    path.unlink() if record is None else path.write_text(record)
    touch(course)
    renew(course, B)
    assert work.refresh() == only(kept=[A, B])
    assert (course / "work" / A).read_text() == "mine" and answers(course / "work" / B) == [None, "old"]


def test_a_copy_that_was_cut_off_before_the_record_is_recognised(course):
    work.refresh()
    (course / "work" / work.RECORD).unlink()
    assert work.refresh() == only(same=[A, B])
    renew(course)
    assert work.refresh() == only(updated=[A], same=[B])


def test_the_reader_s_own_files_are_not_looked_at(course):
    work.refresh()
    (course / "work" / "my_try.ipynb").write_text("x")
    work.refresh()
    assert (course / "work" / "my_try.ipynb").read_text() == "x"
    assert set(json.loads((course / "work" / work.RECORD).read_text())) == {A, B}


def test_from_a_copy_relative_paths_lead_to_the_same_files():
    from minigrad.course import outline

    for path in ("../data/mnist", "../benchmarks/results.json"):
        assert (outline.work() / path).resolve() == (outline.notebooks() / path).resolve()
