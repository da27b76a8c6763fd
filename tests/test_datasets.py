"""The real data files: found, checked, read; and what a damaged one says."""
import gzip
import shutil
from pathlib import Path

import numpy as np
import pytest

import minigrad as mg
from minigrad.datasets import FILES, MNIST, _idx, names, shakespeare

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="module")
def test_set():
    return MNIST(train=False)


@pytest.fixture
def small(tmp_path):
    """A copy of the test set's files, to be damaged."""
    for name in FILES:
        if "t10k" in name:
            shutil.copy(DATA / name, tmp_path)
    return tmp_path


def test_the_training_set_is_mnist():
    train = MNIST()
    assert len(train) == 60_000 and train.data.shape == (60_000, 28, 28)
    assert np.bincount(train.targets.numpy()).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert repr(train) == "MNIST(60,000 training images of 28 x 28)"


def test_the_test_set(test_set):
    assert test_set.data.shape == (10_000, 28, 28) and test_set.data.dtype == mg.uint8
    assert test_set.targets.shape == (10_000,) and test_set.targets.dtype == mg.int64
    assert test_set.targets[:5].tolist() == [7, 2, 1, 0, 4] and len(test_set.classes) == 10
    assert test_set.images.shape == (10_000, 1, 28, 28) and test_set.images.dtype == mg.float32
    assert test_set.images.max().item() == 1 and test_set.images.min().item() == 0
    assert test_set.images is test_set.images                          # computed once


def test_a_sample_is_an_image_from_0_to_1_and_an_int(test_set):
    image, label = test_set[-1]
    assert image.shape == (1, 28, 28) and image.dtype == mg.float32 and type(label) is int and label == 6
    assert mg.equal(image, test_set.images[-1])
    assert np.array_equal(np.round(image.numpy()[0] * 255), test_set.data.numpy()[-1])
    with pytest.raises(IndexError):
        test_set[10_000]


def test_transforms():
    turned = MNIST(train=False, transform=lambda image: 1 - image, target_transform=lambda label: label == 7)
    assert turned[0][0].max().item() == 1 and turned[0][0][0, 0, 0].item() == 1 and turned[0][1] is True


def test_in_a_loader_and_as_a_tensor_dataset(test_set):
    images, labels = next(iter(mg.utils.data.DataLoader(test_set, batch_size=64)))
    assert images.shape == (64, 1, 28, 28) and images.dtype == mg.float32 and labels.dtype == mg.int64
    whole = mg.utils.data.TensorDataset(test_set.images, test_set.targets)
    fast, also = next(iter(mg.utils.data.DataLoader(whole, batch_size=64)))
    assert mg.equal(images, fast) and mg.equal(labels, also)


def test_texts():
    assert len(names()) == 8403 and names()[0] == "aaren" and all(name.isalpha() and name.islower() for name in names())
    text = shakespeare()
    assert len(text) == 805_445 and len(set(text)) == 64 and "To be, or not to be" in text


# Where the files are looked for

def test_root_is_the_folder_of_the_files_or_the_one_above(small):
    for root in (small, DATA, str(DATA / "mnist")):
        assert len(MNIST(root, train=False)) == 10_000
    assert len(names(DATA)) == len(names(DATA / "text")) == 8403


def test_they_are_found_from_a_folder_inside_the_project(monkeypatch, tmp_path):
    package = tmp_path / "elsewhere" / "minigrad" / "datasets.py"
    monkeypatch.setattr("minigrad.datasets.__file__", str(package))
    monkeypatch.chdir(DATA.parent / "tests")
    assert len(names()) == 8403
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        names()


# Damage

def test_a_missing_file(small):
    (small / "t10k-labels-idx1-ubyte.gz").unlink()
    with pytest.raises(FileNotFoundError) as error:
        MNIST(small, train=False)
    for part in ("4,517 bytes", str(small), "git checkout -- data/mnist/t10k-labels-idx1-ubyte.gz"):
        assert part in str(error.value)


def test_a_truncated_file(small):
    path = small / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RuntimeError) as error:
        MNIST(small, train=False)
    for part in (str(path), "expected 1,616,508 bytes, got 1,000", "git checkout -- data/mnist/t10k-images"):
        assert part in str(error.value)


def test_one_altered_byte(small):
    path = small / "t10k-images-idx3-ubyte.gz"
    content = bytearray(path.read_bytes())
    content[500_000] ^= 1
    path.write_bytes(content)
    with pytest.raises(RuntimeError, match="SHA-256 1a1a05ea.*got [0-9a-f]{64}: the content was altered; restore it"):
        MNIST(small, train=False)


def test_texts_are_checked_too(tmp_path):
    (tmp_path / "names.txt").write_bytes((DATA / "text/names.txt").read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(RuntimeError, match="58,955 bytes, got 67,358; .*git checkout -- data/text/names.txt"):
        names(tmp_path)


def test_idx():
    content = gzip.compress(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    assert _idx(content).tolist() == [[1, 2, 3], [4, 5, 6]]
