"""The one atomic write that all share who save: tensors, pictures, notebooks."""
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import minigrad as mg
from minigrad import files
from minigrad.files import whole_file
from minigrad.viz.common.picture import Picture

ROOT = Path(__file__).parents[1]


def write(x, path):
    mg.save({"x": x}, path)


read = mg.load
both = pytest.mark.parametrize("ending", [".npz", ".pt"])


@both
def test_what_a_crash_left_is_replaced_by_the_next_save(tmp_path, ending):
    path = tmp_path / f"x{ending}"
    write(mg.ones(2), path)
    (tmp_path / f".x{ending}.tmp").write_bytes(b"half a file" * 1000)
    write(mg.zeros(2), path)
    assert os.listdir(tmp_path) == [f"x{ending}"] and read(path)["x"].tolist() == [0, 0]


@both
def test_an_error_names_the_file_that_was_asked_for(tmp_path, ending):
    missing = tmp_path / "no folder" / f"x{ending}"
    with pytest.raises(FileNotFoundError) as error:
        write(mg.ones(2), missing)
    assert error.value.filename == str(missing) and ".tmp" not in str(error.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as error:
        write(mg.ones(2), tmp_path / "file" / f"x{ending}")
    assert ".tmp" not in str(error.value)
    with pytest.raises(ValueError, match="a folder or a device"):
        write(mg.ones(2), tmp_path)


@both
def test_a_full_disk_leaves_the_old_file(tmp_path, ending, monkeypatch):
    path = tmp_path / f"x{ending}"
    write(mg.ones(2), path)

    def full(_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(mg.zeros(2), path)
    assert os.listdir(tmp_path) == [f"x{ending}"] and read(path)["x"].tolist() == [1, 1]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
@both
def test_a_link_stays_a_link_and_one_in_the_way_is_not_followed(tmp_path, ending):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / f".x{ending}.tmp").symlink_to(tmp_path / "precious")
    (tmp_path / "link").symlink_to(tmp_path / f"x{ending}")
    write(mg.ones(2), tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and read(tmp_path / f"x{ending}")["x"].tolist() == [1, 1]
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with whole_file(tmp_path / "x") as file:
            file.write(b"half")
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []


def test_a_picture_is_written_the_same_way(tmp_path, monkeypatch):
    picture, path = Picture("text", "alt"), tmp_path / "x.txt"
    picture.save(path)
    (tmp_path / ".x.txt.tmp").write_bytes(b"what a kill left")
    picture.save(path)
    assert os.listdir(tmp_path) == ["x.txt"] and path.read_text() == "text\n"
    monkeypatch.setattr(files.os, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        Picture("another", "alt").save(path)
    assert os.listdir(tmp_path) == ["x.txt"] and path.read_text() == "text\n"


def test_nothing_else_writes_beside_and_renames():
    found = [path.name for path in (ROOT / "minigrad").rglob("*.py")
             if re.search(r"os\.(replace|rename)\(|mkstemp", path.read_text(encoding="utf-8"))]
    assert found == ["files.py"]


@pytest.mark.skipif(os.name == "nt", reason="needs permissions")
def test_who_may_read_a_file_stays_as_it_was(tmp_path):
    (tmp_path / "x").touch()
    (tmp_path / "x").chmod(0o600)
    with whole_file(tmp_path / "x") as file:
        file.write(b"secret")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o600


# Two at once

@pytest.mark.skipif(os.name == "nt", reason="there the second save fails instead")
def test_the_second_of_two_saves_waits_for_the_first(tmp_path):
    path, entered, done = tmp_path / "x", threading.Event(), []

    def second():
        entered.set()
        with whole_file(path) as file:
            done.append("second begins")
            file.write(b"second")
    with whole_file(path) as file:
        file.write(b"fir")
        thread = threading.Thread(target=second)
        thread.start()
        entered.wait()
        time.sleep(0.05)
        assert done == []
        file.write(b"st")
    thread.join(10)
    assert done and path.read_bytes() == b"second" and os.listdir(tmp_path) == ["x"]


SAVE_FOR_EVER = """
import sys
from minigrad.files import whole_file
letter = sys.argv[2].encode()
while True:
    with whole_file(sys.argv[1]) as file:
        for _ in range(20):
            file.write(letter * 10_000)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_processes_that_save_at_once_and_are_killed_leave_one_whole_file(tmp_path):
    path = tmp_path / "x"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    children = [subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, str(path), letter], env=environment)
                for letter in "abc"]
    try:
        deadline = time.monotonic() + 30
        while not path.exists():
            assert time.monotonic() < deadline, "nobody saves"
            time.sleep(0.01)
        for _ in range(300):
            content = path.read_bytes()
            assert len(content) == 200_000 and content == content[:1] * 200_000
    finally:
        for child in children:
            assert child.poll() is None, "a save failed beside another one"
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
    assert set(os.listdir(tmp_path)) <= {"x", ".x.tmp"}                       # at most one name beside it
    with whole_file(path) as file:
        file.write(b"new")
    assert os.listdir(tmp_path) == ["x"] and path.read_bytes() == b"new"
