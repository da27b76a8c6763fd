"""save and load: what goes in comes out, nothing else gets in, and a kill in the middle costs nothing."""
import io
import json
import os
import pickle
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn


def through(obj, path):
    mg.save(obj, path)
    return mg.load(path)


# What goes in comes out

def test_a_state_dict(tmp_path):
    net, twin = (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 3)) for _ in range(2))
    twin.load_state_dict(through(net.state_dict(), tmp_path / "net.npz"))
    assert all(mg.equal(p, q) for p, q in zip(net.parameters(), twin.parameters(), strict=True))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int32", "int64", "uint8", "bool"])
def test_every_dtype_and_shape(tmp_path, dtype):
    for shape in [(), (0,), (3,), (2, 0, 3), (2, 3, 4)]:
        t = mg.tensor(np.array(np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3, dtype))
        back = through(t, tmp_path / "t.npz")
        assert mg.equal(t, back) and back.dtype.name == dtype and back.shape == shape and not back.requires_grad
        assert back.value.flags.writeable


def test_nested_objects_keep_their_types_and_order(tmp_path):
    obj = {"b": 1, "a": [1.5, None, True, "text", (1, (2, []))], 3: {"deep": mg.ones(2)}, None: -0.0, "nan": np.nan,
           "inf": np.inf, "big": 2 ** 100, "": mg.zeros(1), "é/\n\"": np.arange(3), "scalar": np.float32(0.1),
           True: {}, 2.5: ()}
    back = through(obj, tmp_path / "obj.npz")
    assert list(back) == list(obj) and [type(key) for key in back] == [type(key) for key in obj]
    assert back["a"] == obj["a"] and type(back["a"][4]) is tuple and back["big"] == 2 ** 100
    assert np.isnan(back["nan"]) and back["inf"] == float("inf") and str(back[None]) == "-0.0"
    assert type(back["é/\n\""]) is np.ndarray and type(back["scalar"]) is np.float32
    assert back["scalar"] == np.float32(0.1)
    assert back[3]["deep"].tolist() == [1, 1] and back[True] == {} and back[2.5] == ()


def test_names_that_look_alike_stay_apart(tmp_path):
    obj = {"1": mg.tensor(1), 1: mg.tensor(2), "a/b": mg.tensor(3), "a": {"b": mg.tensor(4)}, "file": mg.tensor(5),
           "contents.json": mg.tensor(6), "../up": mg.tensor(7), "/root": mg.tensor(8), "tensor": mg.tensor(9)}
    back = through(obj, tmp_path / "t.npz")
    assert [back["1"], back[1], back["a/b"], back["a"]["b"]] == [1, 2, 3, 4]
    assert [back[key].item() for key in ("file", "contents.json", "../up", "/root", "tensor")] == [5, 6, 7, 8, 9]
    assert os.listdir(tmp_path) == ["t.npz"]


def test_views_parameters_and_ordered_dicts(tmp_path):
    w = nn.Parameter(mg.arange(6, dtype=mg.float32).reshape(2, 3))
    views = {"t": w.detach().T, "slice": w.detach()[:, ::2], "fortran": np.asfortranarray(np.eye(2))}
    back = through(OrderedDict(w=w, **views), tmp_path / "t.npz")
    assert type(back["w"]) is mg.Tensor and mg.equal(back["w"], w) and back["t"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert back["slice"].tolist() == [[0, 2], [3, 5]] and back["fortran"].tolist() == [[1, 0], [0, 1]]


def test_the_name_is_kept_and_equal_objects_make_equal_files(tmp_path):
    for name in ("model", "model.pt"):
        mg.save({"w": mg.ones(3)}, str(tmp_path / name))
    assert sorted(os.listdir(tmp_path)) == ["model", "model.pt"]
    assert (tmp_path / "model").read_bytes() == (tmp_path / "model.pt").read_bytes()


def test_numpy_reads_the_arrays(tmp_path):
    mg.save(nn.Linear(2, 3).state_dict(), tmp_path / "net.npz")
    with np.load(tmp_path / "net.npz", allow_pickle=False) as file:
        assert file["weight"].shape == (3, 2) and file["bias"].dtype == np.float32


def test_open_files():
    file = io.BytesIO()
    mg.save([mg.ones(2)], file)
    assert mg.load(file)[0].tolist() == [1, 1]


# What cannot be stored, and files that are not ours

@pytest.mark.parametrize("obj, message", [
    (nn.Linear(1, 1), r"got the object itself of type Linear; of a module or an optimizer save its state_dict\(\)"),
    ({"net": [{"f": print}]}, r"got the entry 'net/0/f' of type builtin_function_or_method"),
    ({(1, 2): 3}, r"keys that are strings or numbers, got \(1, 2\)"),
    ({"x": np.array([object()])}, "got the entry 'x' of object"),
    ({"x": {1, 2}}, "of type set"),
])
def test_what_cannot_be_stored_is_named_and_leaves_no_file(tmp_path, obj, message):
    with pytest.raises(TypeError, match=message):
        mg.save(obj, tmp_path / "x.npz")
    assert os.listdir(tmp_path) == []


class Trap:
    def __reduce__(self):
        return os.mkdir, ("trapped",)


def test_no_code_is_ever_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pickle.npz").write_bytes(pickle.dumps(Trap()))
    np.savez(tmp_path / "objects.npz", x=np.array([Trap()], dtype=object))
    for name in ("pickle.npz", "objects.npz"):
        with pytest.raises(RuntimeError, match="expected a file written by save"):
            mg.load(name)
    # one of ours, into which somebody put a pickled array
    box = io.BytesIO()
    np.lib.format.write_array(box, np.array([Trap()], dtype=object), allow_pickle=True)
    mg.save({"x": mg.ones(1)}, "ours.npz")
    with zipfile.ZipFile("ours.npz") as old, zipfile.ZipFile("theirs.npz", "w") as new:
        new.writestr("contents.json", old.read("contents.json"))
        new.writestr("x.npy", box.getvalue())
    with pytest.raises(RuntimeError, match="damaged"):
        mg.load("theirs.npz")
    assert not (tmp_path / "trapped").exists()


def test_files_that_are_not_ours(tmp_path):
    np.savez(tmp_path / "numpy.npz", a=np.ones(1))
    with pytest.raises(RuntimeError, match=r"numpy.npz' with the entries \['a.npy'\]; numpy.load opens"):
        mg.load(tmp_path / "numpy.npz")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(RuntimeError, match="text', which begins with b'hell'"):
        mg.load(tmp_path / "text")
    (tmp_path / "empty").write_text("")
    with pytest.raises(RuntimeError, match="begins with b''"):
        mg.load(tmp_path / "empty")
    with pytest.raises(FileNotFoundError, match="nowhere"):
        mg.load(tmp_path / "nowhere.npz")
    with pytest.raises(ValueError, match="a folder or a device"):
        mg.save({}, tmp_path)
    with pytest.raises(FileNotFoundError):
        mg.save({}, tmp_path / "no" / "folder.npz")


def test_every_flipped_byte_and_every_shortening_is_noticed_or_harmless(tmp_path):
    whole = {"a": mg.tensor([1.0, 2.0, 3.0]), "n": 7}
    path = tmp_path / "x.npz"
    mg.save(whole, path)
    content = path.read_bytes()
    noticed = 0
    for i in range(len(content)):
        for damaged in (content[:i] + bytes([content[i] ^ 0x55]) + content[i + 1:], content[:i]):
            path.write_bytes(damaged)
            try:
                back = mg.load(path)
            except RuntimeError as error:
                noticed += 1
                assert "x.npz" in str(error)
            else:
                assert list(back) == ["a", "n"] and back["a"].tolist() == [1, 2, 3] and back["n"] == 7
    assert noticed > 1.5 * len(content)


# Atomic

def test_a_failing_disk_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    mg.save({"v": 1}, path)

    def full(_):
        raise OSError("No space left on device")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        mg.save({"v": 2}, path)
    assert mg.load(path) == {"v": 1} and os.listdir(tmp_path) == ["x.npz"]


@pytest.mark.skipif(os.name == "nt", reason="needs links")
def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.npz").symlink_to(tmp_path / "there" / "x.npz")
    mg.save({"v": 1}, tmp_path / "link.npz")
    assert (tmp_path / "link.npz").is_symlink() and mg.load(tmp_path / "there" / "x.npz") == {"v": 1}


SAVE_FOR_EVER = """
import sys, minigrad as mg
for i in range(1, 10**9):
    mg.save({"i": i, "x": mg.full((400_000,), float(i))}, sys.argv[1])
    if i == 1:
        print("begun", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
@pytest.mark.parametrize("wait", [0.0, 0.004, 0.011, 0.023])
def test_a_kill_in_the_middle_of_a_save_leaves_a_whole_file(tmp_path, wait):
    path = tmp_path / "x.npz"
    root = Path(__file__).parents[1]
    child = subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, str(path)], stdout=subprocess.PIPE, cwd=root,
                             env={**os.environ, "PYTHONPATH": str(root)})
    try:
        assert child.stdout.readline() == b"begun\n"
        deadline = time.monotonic() + 20
        while not any(name.endswith(".tmp") for name in os.listdir(tmp_path)):     # caught in the act of writing
            assert time.monotonic() < deadline, "the child stopped saving"
        time.sleep(wait)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        child.stdout.close()
    back = mg.load(path)
    assert back["i"] >= 1 and (back["x"].numpy() == back["i"]).all()


# Files from anywhere: what they claim is compared with what they hold

def entries(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def forged(path, changes, compression=zipfile.ZIP_STORED):
    """The good file of {"x": ones(3)} with other entries."""
    mg.save({"x": mg.ones(3)}, path)
    kept = {**entries(path), **changes}
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
    return path


def refused(path, message):
    tracemalloc.start()
    try:
        with pytest.raises(RuntimeError, match=message) as error:
            mg.load(path)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert path.name in str(error.value) and peak < 3_000_000, f"{peak:,} bytes"


def npy(array):
    np.save(box := io.BytesIO(), array)
    return box.getvalue()


def contents(obj):
    return {"contents.json": json.dumps({"format": "minigrad 1", "object": obj})}


def test_a_zip_bomb_is_refused_before_it_grows(tmp_path):
    refused(forged(tmp_path / "bomb.npz", {"x.npy": npy(np.zeros(4_000_000))}, zipfile.ZIP_DEFLATED), "compressed")


def test_a_size_that_the_file_cannot_hold_is_refused(tmp_path):
    path = forged(tmp_path / "x.npz", {})
    content = path.read_bytes()
    at = content.rindex(b"PK\x01\x02")                            # its last entry, in the directory at the end
    huge = struct.pack("<LL", 2**31, 2**31)
    path.write_bytes(content[:at + 20] + huge + content[at + 28:])
    refused(path, "claim 2,147,.* bytes, the file has")
    header = npy(np.ones(3, np.float32)).replace(b"(3,), }" + 12 * b" ", b"(3000000000000,), }")
    refused(forged(tmp_path / "x.npz", {"x.npy": header}), "claims to be float32 of shape")


@pytest.mark.parametrize("array", [
    np.array(["text"]), np.array(["2026-01-01"], "datetime64[D]"), np.ones(2, complex), np.ones(2, np.dtype("f4,i4")),
    np.ones(2, np.dtype(">f4" if sys.byteorder == "little" else "<f4")), np.ones(2, np.longdouble)], ids=lambda a: a.dtype.str)
def test_what_is_no_tensors_dtype_is_refused(tmp_path, array):
    refused(forged(tmp_path / "x.npz", {"x.npy": npy(array)}), "claims to be")
    if array.dtype.isnative:
        with pytest.raises(TypeError, match="expected a dtype in bool, uint8"):
            mg.save({"x": array}, tmp_path / "y.npz")


@pytest.mark.parametrize("obj, message", [
    ({"dict": [["a", 1], ["a", 2]]}, "a key comes twice"), ({"set": [1, 2]}, "an unknown kind 'set'"),
    ({"tensor": "y"}, "no item named"), ({"tensor": "../x"}, "no item named"), ({}, "damaged"), ({"dict": 3}, "damaged"),
    ({"dict": [[[], 1]]}, "damaged"), ({"tensor": []}, "damaged")])
def test_a_content_that_save_does_not_write_is_refused(tmp_path, obj, message):
    refused(forged(tmp_path / "x.npz", contents(obj)), message)


def test_text_that_is_no_content_is_refused(tmp_path):
    for text in ('{"format": "minigrad 1", "object": 1, "object": 2}', "[" * 100_000, '{"format": "minigrad 9", "object": 1}',
                 "[]", "", "\xff"):
        refused(forged(tmp_path / "x.npz", {"contents.json": text}), "damaged")


def test_an_entry_that_comes_twice_is_refused(tmp_path):
    path = forged(tmp_path / "x.npz", {})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("x.npy", npy(np.zeros(3, np.float32)))
    refused(path, "twice")


def test_a_good_file_is_not_called_damaged_where_memory_or_the_disk_fails(tmp_path, monkeypatch):
    for name in ("x.npz", "x.pt"):
        mg.save({"x": mg.ones(3)}, tmp_path / name)
        for error in (MemoryError, OSError(5, "Input/output error")):
            with monkeypatch.context() as m, pytest.raises((MemoryError, OSError)) as raised:
                m.setattr(np, "empty", lambda *_: (_ for _ in ()).throw(error))
                mg.load(tmp_path / name)
            assert "damaged" not in str(raised.value)


@pytest.mark.parametrize("name", ["x.npz", "x.pt"])
def test_what_holds_itself_is_refused(tmp_path, name):
    line, deep = [], {}
    line.append({"again": [line]})
    deep["a"] = (deep,)
    for obj in (line, deep):
        with pytest.raises(ValueError, match="does not hold itself"):
            mg.save(obj, tmp_path / name)
    assert os.listdir(tmp_path) == []


def test_a_file_can_be_read_at_any_depth_that_can_be_written(tmp_path):
    obj = []
    for _ in range(150):
        obj = [obj]
    assert through(obj, tmp_path / "x.npz") == obj
