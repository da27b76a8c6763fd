"""PyTorch's format, where PyTorch itself is missing: a stored file, forged files, and what `save` writes."""
import argparse
import io
import os
import pickle
import random
import tracemalloc
import zipfile
from collections import Counter, OrderedDict
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad import nn

CHECKPOINT = Path(__file__).with_name("checkpoint.pt")          # make_checkpoint.py wrote it, with PyTorch
KINDS = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()


def check_checkpoint(found):
    """What make_checkpoint.py put in."""
    net = found["net"]
    assert type(net) is OrderedDict and list(net) == ["weight", "bias"]
    assert type(net["weight"]) is nn.Parameter and net["weight"].requires_grad and net["weight"].tolist() == [[0.5, -1.5]]
    assert type(net["bias"]) is nn.Parameter and not net["bias"].requires_grad and net["bias"].is_bias is True
    base = np.arange(24, dtype=np.float32).reshape(4, 6)
    for name, wanted in (("base", base), ("view", base.T[1:, ::2]), ("expanded", np.full((2, 3), 7.0, np.float32))):
        assert type(found[name]) is mg.Tensor and np.array_equal(found[name].value, wanted)
        assert found[name].value.strides == (wanted.strides if name != "expanded" else (0, 0)) and not found[name].requires_grad
    found["base"][0, 1] = 99                                        # which the view sees
    assert found["view"][0, 0].item() == 99
    found["base"][0, 1] = 1
    with pytest.raises(RuntimeError, match="share places"):
        found["expanded"].add_(1)
    for name, t in found["kinds"].items():
        assert t.value.dtype == name and t.tolist() == [0, 1]
    assert list(found["kinds"]) == KINDS
    assert found["number"].shape == () and found["number"].item() == 3 and found["nothing"].shape == (0, 3)
    assert found["asks"].requires_grad and found["asks"].is_leaf
    plain = [1, -2, 2**40, -2**90, 1.5, None, True, False, "é", (1, (2, [3]), ()), float("inf")]
    assert found["plain"] == plain and list(map(type, found["plain"])) == list(map(type, plain))
    assert found["args"] == {"lr": 0.1, "layers": [2, 3]} and found[1, "a"] == {2: 3}
    assert type(found["milestones"]) is Counter and found["milestones"] == {3: 2, 5: 1}
    assert found["size"] == (2, 3) and found["dtype"] == mg.float64 and found["device"] == mg.device("cpu")
    assert (found["set"], found["complex"], found["bytes"], found["no bytes"]) == ({1, 2}, 1 + 2j, b"\x00\xff", b"")
    assert np.array_equal(found["array"], np.arange(6.0).reshape(2, 3).T) and found["unsigned"].tolist() == [2**32 - 1]
    assert type(found["scalar"]) is np.float32 and found["scalar"] == 0.5 and found["unsigned"].dtype == np.uint32


def test_a_file_of_pytorch():
    check_checkpoint(mg.load(CHECKPOINT))


def test_it_stays_the_same_when_it_is_saved_and_loaded_again(tmp_path):
    mg.save(mg.load(CHECKPOINT), tmp_path / "x.pt")
    check_checkpoint(mg.load(tmp_path / "x.pt", map_location="cpu", weights_only=True, mmap=True))
    with open(tmp_path / "x.pt", "rb") as file:
        check_checkpoint(mg.load(file, weights_only=False))


def through(obj):
    mg.save(obj, file := io.BytesIO())
    return mg.load(file)


def test_a_checkpoint_of_a_training_goes_on_where_it_stopped():
    def training():
        net = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
        optimizer = mg.optim.Adam(net.parameters(), lr=0.1)
        return net, optimizer, mg.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])

    def steps(net, optimizer, scheduler):
        for i in range(4):
            optimizer.zero_grad()
            (net(mg.arange(6.0).reshape(2, 3) + i) ** 2).mean().backward()
            optimizer.step()
            scheduler.step()
        return [p.tolist() for p in net.parameters()], optimizer.param_groups[0]["lr"]
    parts, others = training(), training()
    steps(*parts)
    saved = through({name: part.state_dict() for name, part in zip("nos", parts)} | {"args": argparse.Namespace(a=1)})
    assert type(saved["s"]["milestones"]) is Counter and saved["args"] == {"a": 1}
    for name, part in zip("nos", others):
        part.load_state_dict(saved[name])
    assert steps(*parts) == steps(*others)


def test_what_is_shared_stays_shared():
    t, items = mg.arange(6.0), [1]
    found = through({"t": t, "again": t, "tail": t[3:], "a": items, "b": items, "other": t.clone()})
    assert found["t"] is found["again"] and found["a"] is found["b"] and found["a"] is not items
    found["t"][4] = 9
    assert found["tail"].tolist() == [3, 9, 5] and found["other"].tolist() == [0, 1, 2, 3, 4, 5]
    copies = tuple([()] * 3)
    for _ in range(60):                                           # 3 ** 60 of them, were they written one by one
        copies = copies, copies
    assert len(through(copies)) == 2


def test_memory_in_any_order():
    turned = mg.from_numpy(np.arange(6.0)[::-1])
    columns = mg.from_numpy(np.asfortranarray(np.arange(6).reshape(2, 3)))
    found = through([turned, columns, columns.T])
    assert found[0].tolist() == [5, 4, 3, 2, 1, 0] and found[1].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found[2].tolist() == [[0, 3], [1, 4], [2, 5]]
    ordered = OrderedDict(a=1)
    ordered._metadata = {"version": 2}
    assert through(ordered)._metadata == {"version": 2}
    deep = []
    for _ in range(20_000):
        deep = [deep]
    assert len(through(deep)) == 1


@pytest.mark.parametrize("obj, message", [
    ({"net": [nn.Linear(1, 1)]}, r"got the entry 'net/0' of type Linear; of a module or an optimizer save its state_dict\(\)"),
    ({"f": print}, "got the entry 'f' of type builtin_function_or_method"), ({((),): 1}, "expected keys that are strings"),
    ({"a": {"b": np.array(["x"])}}, "the entry 'a/b' is of numpy's <U1"), (frozenset(), "the object itself of type frozenset"),
])
def test_what_cannot_be_written_is_named_and_leaves_no_file(tmp_path, obj, message):
    with pytest.raises(TypeError, match=message):
        mg.save(obj, tmp_path / "x.pt")
    assert os.listdir(tmp_path) == []
    with pytest.raises(ValueError, match="2,039 bits, got one of 5,001"):
        mg.save(2**5000, tmp_path / "x.pt")


# Files from anywhere

def forged(path, code, storages=(), name="x", **more):
    """A file with this code and these storages."""
    entries = {"data.pkl": code, "byteorder": b"little", "version": b"3\n", **more}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in {**entries, **{f"data/{i}": x for i, x in enumerate(storages)}}.items():
            archive.writestr(f"{name}/{entry}", content)
    return path


class Calls:
    def __init__(self, function, *args):
        self.how = function, args

    def __reduce__(self):
        return self.how

    def __repr__(self):                        # the same in every process that names the tests
        return f"a call of {self.how[0].__name__}"


@pytest.mark.parametrize("trap, name", [
    (Calls(os.mkdir, "trapped"), r"posix\.mkdir|nt\.mkdir"), (Calls(eval, "1"), r"builtins\.eval"), (print, r"builtins\.print"),
    (Calls(getattr, "x", "y"), r"builtins\.getattr"), (np.array([print], dtype=object), r"builtins\.print|damaged"),
    (nn.Linear, r"minigrad\.nn\.linear\.Linear"), (Path("x"), r"pathlib"), (range(3), r"builtins\.x?range"), (Ellipsis, "damaged|Ellipsis"),
], ids=repr)
@pytest.mark.parametrize("protocol", [2, 4])
def test_no_code_is_ever_run_and_the_name_is_said(tmp_path, monkeypatch, trap, name, protocol):
    monkeypatch.chdir(tmp_path)
    forged(tmp_path / "x.pt", pickle.dumps({"a": trap}, protocol))
    for weights_only in (True, False, None):
        with pytest.raises(RuntimeError, match=name if protocol == 2 else "damaged|asks for") as error:
            mg.load("x.pt", weights_only=weights_only)
        assert "x.pt" in str(error.value)
    assert not (tmp_path / "trapped").exists()


STORAGE = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpu%stQ"
STORED = STORAGE % b"K\x04"
TENSOR = b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(" + STORED + b"%sccollections\nOrderedDict\n)RtR."
FOUR = np.arange(4, dtype="<f4").tobytes()


def test_the_forged_files_are_nearly_good(tmp_path):
    t = mg.load(forged(tmp_path / "x.pt", TENSOR % b"K\x00K\x02K\x02\x86K\x02K\x01\x86\x89", [FOUR]))
    assert t.tolist() == [[0, 1], [2, 3]]
    code = TENSOR % b"K\x00K\x04\x85K\x01\x85\x89"
    assert mg.load(forged(tmp_path / "x.pt", code, [FOUR], byteorder=b"big")).tolist() != [0, 1, 2, 3]
    swapped = np.arange(4, dtype=">f4").tobytes()
    assert mg.load(forged(tmp_path / "x.pt", code, [swapped], byteorder=b"big")).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("code", [
    TENSOR % b"K\x01K\x04\x85K\x01\x85\x89", TENSOR % b"K\x00K\x05\x85K\x01\x85\x89",                # beyond the storage
    TENSOR % b"K\x00K\x02K\x02\x86K\x02K\x02\x86\x89", TENSOR % b"K\x00K\x04\x85J\xff\xff\xff\xff\x85\x89",
    TENSOR % b"J\xff\xff\xff\xffK\x01\x85K\x01\x85\x89", TENSOR % b"K\x00K\x02K\x02\x86K\x01\x85\x89",
    TENSOR % b"K\x00\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f\x85K\x00\x85\x89", TENSOR % b"K\x00X\x01\x00\x00\x00a\x85K\x01\x85\x89",
    TENSOR % b"K\x00K\x04\x85K\x01\x85K\x01", TENSOR % (b"K\x00(" + b"K\x01" * 99 + b"t(" + b"K\x01" * 99 + b"t\x89"),
    b"\x80\x02" + STORED + b".", b"\x80\x02]" + STORED + b"a.", b"\x80\x02" + STORED + b"\x85.",     # a storage on its own
    b"\x80\x02" + STORAGE % b"K\x03" + b".", b"\x80\x02" + STORAGE % b"\x8a\x05\x00\x00\x00\x00\x7f" + b".",
    b"\x80\x02ctorch\nFloatStorage\n.", b"\x80\x02]ctorch._utils\n_rebuild_tensor_v2\na.", b"\x80\x02ctorch\nTensor\n)R.",
    b"", b".", b"\x80\x02", b"\x80\x02t.", b"\x80\x02R.", b"\x80\x02K.", b"\x80\x02]]s.", b"\x80\x02}Nb.", b"\x80\x02h\x00.",
    b"\x80\x02X\xff\xff\xff\xffab.", b"\x80\x02)b.", b"\x80\x02}]K\x01s.", b"\x80\x02}(K\x01u.", b"\x80\x02NNR.", b"\x80\x02NQ.",
    b"\x80\x02" + b")" + b"\x85" * 200_000 + b"N\x86}(" + b"h\x00", b"\x80\x02})" + b"\x85" * 300_000 + b"Ns.",  # a deep key
    b"\x80\x02ccollections\nCounter\n])" + b"\x85" * 300_000 + b"N\x86a\x85R.",
    b"\x80\x02cargparse\nNamespace\n])" + b"\x85" * 300_000 + b"N\x86a\x85R.",
    b"\x80\x02c__builtin__\nset\n])" + b"\x85" * 300_000 + b"a\x85R.",
    b"\x80\x02(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000)" + b"\x85" * 300_000 + b"K\x04tQ.",
    b"\x80\x02ccollections\nOrderedDict\n)R}X\x05\x00\x00\x00itemsNsb.",                                # would hide a method
], ids=lambda code: repr(code[:30]))  # fmt: skip
def test_code_that_builds_nothing_sound_is_refused(tmp_path, code):
    with pytest.raises(RuntimeError, match="x.pt") as error:
        mg.load(forged(tmp_path / "x.pt", code, [FOUR]))
    assert "damaged" in str(error.value) or isinstance(error.value, NotImplementedError)


def test_a_huge_claim_takes_no_memory(tmp_path):
    code = b"\x80\x02NrX\xff\xff\x7f."                               # a memo of two thousand million places
    assert mg.load(forged(tmp_path / "x.pt", code)) is None
    for code in (b"\x80\x02" + STORAGE % b"\x8a\x05\x00\x00\x00\x00\x7f" + b".", b"\x80\x02X\xff\xff\xff\x7fa.",
                 b"\x80\x02cnumpy\ndtype\n(X\x02\x00\x00\x00f8\x89\x88tR."):
        tracemalloc.start()
        try:
            mg.load(forged(tmp_path / "x.pt", code, [FOUR]))
        except RuntimeError:
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 1_000_000, f"{peak:,}"


@pytest.mark.parametrize("where, fine", [
    (None, False), ("cpu", True), (mg.device("cpu"), True), ({"cuda:0": "cpu"}, True), ({"cuda:1": "cpu"}, False),
    (lambda storage, place: storage, True), (lambda storage, place: storage.cpu(), True), (lambda storage, place: None, False),
])  # fmt: skip
def test_numbers_of_another_device_come_where_they_are_sent(tmp_path, where, fine):
    code = (TENSOR % b"K\x00K\x04\x85K\x01\x85\x89").replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    path = forged(tmp_path / "x.pt", code, [FOUR])
    if fine:
        assert mg.load(path, where).tolist() == [0, 1, 2, 3]
    else:
        with pytest.raises(NotImplementedError, match="'cuda:0'.*pass map_location='cpu'"):
            mg.load(path, map_location=where)


def test_other_formats_are_named(tmp_path):
    (tmp_path / "old.pt").write_bytes(b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.")
    with pytest.raises(RuntimeError, match="old.pt', which begins with .* before 1.6: load and save it there once more"):
        mg.load(tmp_path / "old.pt")
    forged(tmp_path / "script.pt", b"\x80\x02N.", **{"constants.pkl": b"\x80\x02)."})
    with pytest.raises(RuntimeError, match="expected a file written by save, got .*script.pt' with the entries"):
        mg.load(tmp_path / "script.pt")


# Damage

def outcome(load, content):
    """What comes of a file: its peak of memory, and the object or the error."""
    tracemalloc.start()
    try:
        found = load(content)
    except RuntimeError as error:
        found = error
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, found


SOME = {"weight": mg.arange(60_000.0).reshape(300, 200), "bias": mg.arange(9), "mask": mg.tensor([True, False] * 9)}
LOADS = {"pt": lambda content: mg.load(io.BytesIO(content)), "safetensors": mg.safetensors.load}


@pytest.mark.parametrize("kind", LOADS)
def test_300_flipped_bytes_are_noticed_or_harmless(kind):
    if kind == "pt":
        mg.save(SOME, file := io.BytesIO())
        content = file.getvalue()
        places = [i for i in range(len(content)) if not 4_000 < i < len(content) - 4_000]
    else:
        content = mg.safetensors.save({**SOME, "weight": SOME["bias"]})
        places = range(int.from_bytes(content[:8], "little") + 8)          # numbers have no checksum in this format
    dice, noticed = random.Random(0), 0
    for _ in range(300):
        damaged, at = bytearray(content), dice.choice(places)
        damaged[at] ^= dice.randrange(1, 256)
        peak, found = outcome(LOADS[kind], bytes(damaged))
        assert peak < 2 * len(content) + 200_000, f"{peak:,} bytes for a file of {len(content):,}"
        if isinstance(found, RuntimeError):
            noticed += 1
            assert "damaged" in str(found) or "expected a file" in str(found) or isinstance(found, NotImplementedError)
        elif kind == "pt":
            assert found.keys() == SOME.keys() and all(mg.equal(found[key], SOME[key]) for key in SOME)
        else:                                             # another letter in a name, or a swapped dtype of equal size
            assert len(found) == 3
    assert noticed > 150


def test_any_flipped_byte_of_the_numbers_is_noticed(tmp_path):
    mg.save(SOME, file := io.BytesIO())
    content, dice = file.getvalue(), random.Random(1)
    at = content.index(SOME["weight"].value.tobytes())
    for place in dice.sample(range(at, at + 240_000), 40):
        damaged = bytearray(content)
        damaged[place] ^= 1 << dice.randrange(8)
        with pytest.raises(RuntimeError, match="damaged .*CRC"):
            mg.load(io.BytesIO(damaged))
