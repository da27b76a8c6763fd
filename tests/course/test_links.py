"""The cells that are written into every chapter; tests/test_notebooks.py holds each chapter to them."""

import re
import subprocess
import sys
from copy import deepcopy

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from minigrad.course import BAR, chapters, check_kernel, execute, here, links
from minigrad.course.links import GUARD, finished, linked

LAST = finished()[-1].number


def bare():
    return new_notebook(cells=[new_markdown_cell("# Title"), new_code_cell("1 + 1")])


def ways(number):
    return [cell.source for cell in linked(bare(), number).cells if cell.metadata.get("written") == "way"]


def test_a_chapter_begins_with_the_last_one_and_ends_with_the_next_one():
    everything = "[All chapters](00_start_here.ipynb)"
    assert ways(2) == [
        f"[← 1 · A number that remembers](01_a_number_that_remembers.ipynb) | {everything}",
        f"[3 · Backward in one sweep →](03_backward_in_one_sweep.ipynb) | {everything}"]
    assert [cell.metadata.get("written") for cell in linked(bare(), 2).cells] == ["way", "kernel", None, None, "way"]


def test_the_first_chapter_begins_with_the_contents_and_the_last_one_has_no_next():
    first = linked(bare(), 0)
    assert [cell.metadata.get("written") for cell in first.cells] == ["way", "kernel", None, "kernel's name", None, "way"]
    assert ways(0)[0] == links.contents() and "[1 · A number that remembers →]" in ways(0)[1]
    assert "←" in ways(LAST)[0] and ways(LAST)[1] == "[All chapters](00_start_here.ipynb)"


def test_the_contents_have_every_chapter_and_link_to_the_written_ones():
    table = links.contents()
    assert all(one.question in table and one.title in table for one in chapters())
    assert re.findall(r"\]\((.*?)\)", table) == [one.file for one in finished()]


def test_by_links_alone_one_comes_from_the_first_chapter_to_the_last():
    seen, here = [], chapters()[0].file
    while here and here not in seen:
        seen.append(here)
        number = int(here[:2])
        here = next(iter(re.findall(r"→\]\((.*?)\)", ways(number)[1])), None)
    assert seen == [one.file for one in finished()]


def test_a_planned_chapter_is_passed_over(monkeypatch):
    monkeypatch.setattr(links, "finished", lambda: [one for one in chapters() if one.number in (0, 3)])
    assert "03_backward" in ways(0)[1] and "00_start_here" in ways(3)[0]


def test_written_a_second_time_nothing_changes_and_other_cells_are_never_touched():
    once = linked(bare(), 0)
    assert linked(deepcopy(once), 0) == once
    once.cells[0].source = "[an old link](99_lost.ipynb)"
    assert linked(deepcopy(once), 0) == linked(bare(), 0)
    assert [cell.source for cell in once.cells if "written" not in cell.metadata] == [cell.source for cell in bare().cells]


def test_main_writes_where_something_is_new(tmp_path, monkeypatch, capsys):
    path = tmp_path / "01.ipynb"
    path.write_text(nbformat.writes(bare()), encoding="utf-8")
    one = execute.chapter(1)
    monkeypatch.setattr(type(one), "path", path)
    monkeypatch.setattr(sys, "argv", ["links", "1"])
    links.main()
    stored = path.read_bytes()
    links.main()
    assert path.read_bytes() == stored and b"check_kernel" in stored
    assert [line.split()[-1] for line in capsys.readouterr().out.splitlines()] == ["written", "unchanged"]


def test_written_cells_make_no_stored_timing_old():
    timing = new_code_cell("perf_counter()", metadata={"tags": ["timing"]})
    (_, alone), = execute.timed(new_notebook(cells=[timing]))
    (_, below), = execute.timed(linked(new_notebook(cells=[timing]), 3))
    assert alone == below


# The kernel

def test_the_right_kernel_is_not_spoken_of(monkeypatch, capsys):
    monkeypatch.delenv(here.PREFIX, raising=False)
    check_kernel()
    for name, value in here.for_readers().items():
        monkeypatch.setenv(name, value)
    check_kernel()
    assert capsys.readouterr().out == ""


def test_a_wrong_kernel_is_said_with_the_right_one_and_how_to_choose_it(monkeypatch, capsys):
    monkeypatch.setenv(here.PREFIX, "/another/place")
    check_kernel()
    said = capsys.readouterr().out
    assert sys.prefix in said and "/another/place" in said and "menu Kernel, Change Kernel…, Python 3 (ipykernel)." in said


def test_where_there_is_no_minigrad_the_error_shows_what_to_choose():
    program = f"import sys; sys.modules['minigrad'] = None\nfrom IPython import get_ipython\nget_ipython().run_cell({GUARD!r})"
    done = subprocess.run([sys.executable, "-m", "IPython", "--colors=NoColor", "-c", program], capture_output=True, text=True)
    assert "ModuleNotFoundError" in done.stdout and 'Menu Kernel, "Change Kernel…": "Python 3 (ipykernel)"' in done.stdout


# The bar

def bar_of(**environment):
    program = "from minigrad.course import BAR; print(BAR)"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True,
                          env=execute.kernel_environment() | environment).stdout.strip()


def test_a_reader_s_bar_shows_the_time_left_in_a_fixed_width_and_a_stored_one_knows_no_time():
    from tqdm import tqdm

    assert "remaining" not in bar_of() and "elapsed" not in bar_of() and "rate" not in bar_of()
    lines = [tqdm.format_meter(n, 100, 60.0, bar_format=bar_of(**here.for_readers()), prefix="epoch 1", postfix="loss 1.0")
             for n in (1, 50, 99)]
    assert "1:39:00 left" in lines[0] and "01:00 left" in lines[1]
    assert len({line.index("left") - line.index(" batches") for line in lines}) == 1


def test_what_is_stored_from_a_reader_s_terminal_is_stored_as_ever(monkeypatch):
    monkeypatch.setenv(here.READER, "1")
    assert here.READER not in execute.kernel_environment() and BAR == bar_of()
