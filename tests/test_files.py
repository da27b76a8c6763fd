"""The one atomic write that save and save_file share."""
import os

import pytest

import minigrad as mg
from minigrad.files import whole_file
from minigrad.safetensors import load_file, save_file

WAYS = {"save": (lambda x, path: mg.save({"x": x}, path), mg.load),
        "save_file": (lambda x, path: save_file({"x": x}, path), load_file)}
both = pytest.mark.parametrize("write, read", WAYS.values(), ids=WAYS.keys())


@both
def test_what_a_crash_left_is_replaced_by_the_next_save(tmp_path, write, read):
    path = tmp_path / "x.bin"
    write(mg.ones(2), path)
    (tmp_path / ".x.bin.tmp").write_bytes(b"half a file" * 1000)
    write(mg.zeros(2), path)
    assert os.listdir(tmp_path) == ["x.bin"] and read(path)["x"].tolist() == [0, 0]


@both
def test_an_error_names_the_file_that_was_asked_for(tmp_path, write, read):
    missing = tmp_path / "no folder" / "x.bin"
    with pytest.raises(FileNotFoundError) as error:
        write(mg.ones(2), missing)
    assert error.value.filename == str(missing) and ".tmp" not in str(error.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as error:
        write(mg.ones(2), tmp_path / "file" / "x.bin")
    assert ".tmp" not in str(error.value)
    with pytest.raises(ValueError, match="a folder or a device"):
        write(mg.ones(2), tmp_path)


@both
def test_a_full_disk_leaves_the_old_file(tmp_path, write, read, monkeypatch):
    path = tmp_path / "x.bin"
    write(mg.ones(2), path)

    def full(_):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(mg.zeros(2), path)
    assert os.listdir(tmp_path) == ["x.bin"] and read(path)["x"].tolist() == [1, 1]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
@both
def test_a_link_stays_a_link_and_one_in_the_way_is_not_followed(tmp_path, write, read):
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".x.bin.tmp").symlink_to(tmp_path / "precious")
    (tmp_path / "link").symlink_to(tmp_path / "x.bin")
    write(mg.ones(2), tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and read(tmp_path / "x.bin")["x"].tolist() == [1, 1]
    assert (tmp_path / "precious").read_text() == "precious"


def test_an_interrupt_leaves_nothing_behind(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        with whole_file(tmp_path / "x") as file:
            file.write(b"half")
            raise KeyboardInterrupt
    assert os.listdir(tmp_path) == []
