"""The safetensors format: what is written is read, and what lies about itself is refused."""
import json
import struct
import time

import numpy as np
import pytest

import minigrad as mg
from minigrad.safetensors import load, load_file, save, save_file

TENSORS = {
    "weight": mg.tensor(np.arange(6.0, dtype=np.float32).reshape(2, 3)),
    "a scalar": mg.tensor(2.5, dtype=mg.float64),
    "nothing": mg.zeros(0, 4),
    "half": mg.tensor([1.5, -2.0], dtype=mg.float16),
    "mask": mg.tensor([True, False, True]),
    "bytes": mg.tensor([1, 255], dtype=mg.uint8),
    "whole": mg.tensor([[-1], [2]]),
    "transposed": mg.tensor(np.arange(6.0).reshape(2, 3)).T,
    "ключ": mg.tensor([1], dtype=mg.int8),
}


def same(one, other):
    assert sorted(one) == sorted(other)
    for name, t in one.items():
        assert other[name].dtype == t.dtype and other[name].shape == t.shape
        np.testing.assert_array_equal(other[name].numpy(), t.numpy(), err_msg=name)


def test_round_trip(tmp_path):
    same(TENSORS, load(save(TENSORS, {"format": "pt"})))
    save_file(TENSORS, tmp_path / "t.safetensors")
    same(TENSORS, load_file(tmp_path / "t.safetensors"))
    assert [p.name for p in tmp_path.iterdir()] == ["t.safetensors"]
    assert load(save({})) == {}


def test_what_is_loaded_can_be_changed_and_has_the_machines_byte_order():
    t = load(save(TENSORS))["weight"]
    t += 1
    assert t.dtype is mg.float32 and t.value.dtype.isnative and t[0, 0].item() == 1


def test_a_failed_save_leaves_the_old_file(tmp_path):
    save_file({"a": mg.ones(2)}, tmp_path / "t")
    with pytest.raises(TypeError, match="'b': list"):
        save_file({"a": mg.zeros(2), "b": [1, 2]}, tmp_path / "t")
    same({"a": mg.ones(2)}, load_file(tmp_path / "t"))
    assert len(list(tmp_path.iterdir())) == 1


def file(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def entry(dtype="F32", shape=(1,), offsets=(0, 4), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


def test_bfloat16_is_widened_exactly():
    numbers = np.array([1.0, -2.5, 3e38, 1e-40, np.inf], np.float32)
    upper = (numbers.view(np.uint32) >> 16).astype("<u2")
    found = load(file({"a": entry("BF16", (5,), (0, 10))}, upper.tobytes()))["a"]
    assert found.dtype == mg.float32
    np.testing.assert_array_equal(found.numpy().view(np.uint32), upper.astype(np.uint32) << 16)


@pytest.mark.parametrize("content", [
    b"", b"1234567", struct.pack("<Q", 2**63), struct.pack("<Q", 100) + b"{}", struct.pack("<Q", 2) + b"[]",
    file(b"{"), file(b"\xff\xfe"), file(b"[" * 100_000), file(b"null"),
    file(b'{"a":' + json.dumps(entry()).encode() + b',"a":' + json.dumps(entry()).encode() + b"}", bytes(4)),
    file({"a": entry()}),                                                  # no numbers
    file({"a": entry()}, bytes(8)),                                        # too many
    file({"a": entry(shape=(2,))}, bytes(4)),                              # shape and bytes disagree
    file({"a": entry(shape=(-1,))}, bytes(4)), file({"a": entry(shape=(True,))}, bytes(4)),
    file({"a": entry(shape=(1.0,))}, bytes(4)), file({"a": entry(shape=(2**63,))}, bytes(4)),
    file({"a": entry(shape=(2**40, 2**40, 0), offsets=(0, 0)), "b": entry(offsets=(0, 2**62))}, bytes(4)),
    file({"a": entry(shape=(2**62,), offsets=(0, 2**64))}, bytes(4)),
    file({"a": entry(offsets=(4, 8))}, bytes(8)), file({"a": entry(offsets=(4, 0))}, bytes(4)),
    file({"a": entry(offsets=(-4, 0))}, bytes(4)), file({"a": entry(offsets=(0,))}, bytes(4)),
    file({"a": entry(), "b": entry()}, bytes(4)),                          # both claim the same bytes
    file({"a": entry(), "b": entry(offsets=(8, 12))}, bytes(12)),          # a hole
    file({"a": {"dtype": "F32", "shape": [1]}}, bytes(4)), file({"a": entry(code="import os")}, bytes(4)),
    file({"a": 3}), file({"a": entry(dtype=3)}, bytes(4)), file({"__metadata__": {"a": 1}}), file({"__metadata__": []}),
])  # fmt: skip
def test_a_header_that_lies_is_refused(content):
    with pytest.raises(RuntimeError, match="damaged or no safetensors file"):
        load(content)


@pytest.mark.parametrize("code", ["F8_E4M3", "U32", "C64", "nonsense"])
def test_a_dtype_that_numpy_or_minigrad_has_not_is_refused(code):
    with pytest.raises(NotImplementedError, match=f"'a' has dtype {code}"):
        load(file({"a": entry(code)}, bytes(4)))


@pytest.mark.parametrize("tensors, metadata, error", [
    ({"a": mg.ones(1)}, {"epoch": 3}, TypeError), ({3: mg.ones(1)}, None, TypeError), ({"a": 1.0}, None, TypeError),
    ({"a": np.zeros(2, complex)}, None, TypeError), ({"__metadata__": mg.ones(1)}, None, ValueError),
])
def test_what_cannot_be_written_is_refused(tensors, metadata, error):
    with pytest.raises(error, match="safetensors: "):
        save(tensors, metadata)


def test_a_missing_file_and_another_device():
    with pytest.raises(FileNotFoundError):
        load_file("no such file.safetensors")
    with pytest.raises(RuntimeError, match="on the CPU only"):
        load_file("x", device="cuda")


# Beside the format's own library

def test_the_reference_reads_what_is_written_and_the_other_way_round(tmp_path):
    reference = pytest.importorskip("safetensors.numpy")
    arrays = {name: t.numpy() for name, t in TENSORS.items()}
    ours = save(TENSORS, {"format": "pt"})
    for name, array in reference.load(ours).items():
        np.testing.assert_array_equal(array, arrays[name])
    same(TENSORS, load(reference.save({name: a.copy(order="C") for name, a in arrays.items()})))


def test_weights_travel_to_pytorch_and_back(tmp_path):
    torch = pytest.importorskip("torch")
    reference = pytest.importorskip("safetensors.torch")

    def net(nn):
        return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 3))

    theirs, mine, x = net(torch.nn), net(mg.nn), np.random.default_rng(0).standard_normal((2, 1, 8, 8)).astype("float32")
    reference.save_file({name: t.contiguous() for name, t in theirs.state_dict().items()}, tmp_path / "theirs")
    mine.load_state_dict(load_file(tmp_path / "theirs"))
    mine.eval(), theirs.eval()
    np.testing.assert_allclose(mine(mg.tensor(x)).detach().numpy(), theirs(torch.tensor(x)).detach().numpy(), atol=1e-5)
    save_file(mine.state_dict(), tmp_path / "mine")
    again = net(torch.nn)
    again.load_state_dict(reference.load_file(tmp_path / "mine"))
    assert all(torch.equal(a, b) for a, b in zip(again.state_dict().values(), theirs.state_dict().values()))
    big = {"w": torch.randn(5, 7, dtype=torch.bfloat16)}
    np.testing.assert_array_equal(load(reference.save(big))["w"].numpy(), big["w"].float().numpy())


# What looks like a header, and is none

def refused_at_once(content, message, seconds=3.0):
    start = time.process_time()
    with pytest.raises(RuntimeError, match=f"damaged or no safetensors file: .*{message}"):
        load(content)
    assert time.process_time() - start < seconds


@pytest.mark.parametrize("header", [
    b"[" + b"[]," * 33_000_000 + b"[]]", b'{"__metadata__":{"a":[' + b"[]," * 33_000_000 + b"[]]}}",
    b'{"a":{"dtype":"F32","data_offsets":[0,0],"shape":[' + b"[]," * 33_000_000 + b"[]]}}",
    b'{"a":{' + b'"shape":[],' * 9_000_000 + b'"dtype":"F32"}}', b'{"a' * 33_000_000, b"{" * 99_000_000, b'"\\' * 49_000_000,
], ids=["list", "metadata", "shape", "fields", "open strings", "open dicts", "escapes"])  # fmt: skip
def test_a_header_of_99_megabytes_without_sense_is_refused_at_once(header):
    refused_at_once(file(header), "its header is not")


def test_a_long_sound_header_is_read():
    long = {"__metadata__": {"note": '[{"\\' * 1000}} | {f"a [{i}] {{": entry(offsets=(4 * i, 4 * i + 4)) for i in range(5_000)}
    assert len(load(file(long, bytes(20_000)))) == 5_000


def test_booleans_are_0_or_1():
    assert load(file({"a": entry("BOOL", (2,), (0, 2))}, b"\0\1"))["a"].tolist() == [False, True]
    with pytest.raises(RuntimeError, match="'a' has bytes other than 0 and 1"):
        load(file({"a": entry("BOOL", (2,), (0, 2))}, b"\1\2"))


def test_64_axes_are_refused():
    assert load(file({"a": entry(shape=[1] * 63)}, bytes(4)))["a"].ndim == 63
    with pytest.raises(RuntimeError, match="the tensor 'a' has the shape"):
        load(file({"a": entry(shape=[1] * 64)}, bytes(4)))


def test_half_a_letter_is_no_name():
    with pytest.raises(RuntimeError, match="is no valid text"):
        load(file(b'{"\\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)))
    with pytest.raises(ValueError, match="is no valid text"):
        save({"\ud800": mg.ones(1)})
    assert list(load(file(b'{"\\ud83d\\ude00":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', bytes(4)))) == ["\U0001f600"]


def test_it_is_written_whole_and_an_error_names_the_file(tmp_path):
    (tmp_path / ".x.tmp").write_bytes(b"what a kill left")
    save_file({"a": mg.ones(2)}, tmp_path / "x")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    with pytest.raises(FileNotFoundError) as error:
        save_file({"a": mg.ones(2)}, tmp_path / "no folder" / "x")
    assert error.value.filename == str(tmp_path / "no folder" / "x") and ".tmp" not in str(error.value)
