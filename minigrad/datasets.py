"""The course's data, real files from `data/` that are checked first: MNIST, names, Shakespeare."""
import gzip
import hashlib
from functools import cached_property
from pathlib import Path

import numpy as np

from .graph import leaf
from .public import public as says, refuse
from .tensor import Tensor
from .utils.data import Dataset

FILES = {                                 # file in data/: its size in bytes and its SHA-256
    "mnist/train-images-idx3-ubyte.gz": (
        9719438, "0b367032e93c5d0cea0925647cfdb18614af8ee15f83e6f2fc2ad904a6835971"),
    "mnist/train-labels-idx1-ubyte.gz": (
        28857, "1787548bbe0bff1ec2ecdc0ef292b02df999e2d1a6002d27500982c652b17203"),
    "mnist/t10k-images-idx3-ubyte.gz": (
        1616508, "1a1a05eab793c14bb050b398624a11b0ffd1a2953baed553b1b9bd079e2a20be"),
    "mnist/t10k-labels-idx1-ubyte.gz": (
        4517, "b91679a0acfe4ba0e50a2437a903084cba1f5f92592b016a25a7dfd00455798b"),
    "text/names.txt": (
        58955, "1bf57faa9a8675e2b5114072fd1c9dcaf44a68e3643482055851a1abc9643150"),
    "text/shakespeare.txt": (
        805445, "ea3c7f59bf38935fec87293d6f6ba194fba9e1036f6d7e3f4eedd85835d5f75d"),
}


class MNIST(Dataset):
    """70,000 handwritten digits (LeCun, Cortes, Burges): 60,000 to train on, 10,000 to test with.

    A sample is (image, label): a float32 tensor of shape (1, 28, 28) from 0 (paper) to 1 (ink), and
    an int. All at once: `data` (N, 28, 28) uint8, `images` (N, 1, 28, 28) float32, `targets` (N,)
    int64. `root` is the folder of the four files, or the one above it; by default it is found
    beside the package or above the working directory. Nothing is ever downloaded (`download`
    changes nothing): the files come with the repository. Raises FileNotFoundError for a missing
    file, RuntimeError for a truncated or altered one.

    >>> test = mg.datasets.MNIST(train=False)
    >>> image, label = test[0]
    >>> image.shape, label, len(test)
    (torch.Size([1, 28, 28]), 7, 10000)
    """

    classes = [f"{i} - {word}" for i, word in
               enumerate("zero one two three four five six seven eight nine".split())]

    def __init__(self, root: str | Path | None = None, train: bool = True, transform=None,
                 target_transform=None, download: bool = False):
        self.train, self.transform, self.target_transform = train, transform, target_transform
        part = "mnist/train" if train else "mnist/t10k"
        self.data = leaf(_idx(_read(f"{part}-images-idx3-ubyte.gz", root)))
        self.targets = leaf(_idx(_read(f"{part}-labels-idx1-ubyte.gz", root)).astype(np.int64))

    @cached_property
    def images(self) -> Tensor:
        """All images as a network wants them: (N, 1, 28, 28), float32 in [0, 1]."""
        return leaf(self.data.value[:, None] / np.float32(255))

    def __len__(self) -> int: return len(self.data.value)

    def __getitem__(self, index: int):
        image = leaf(self.data.value[index, None] / np.float32(255))
        label = int(self.targets.value[index])
        return (self.transform(image) if self.transform else image,
                self.target_transform(label) if self.target_transform else label)

    def __repr__(self):
        return f"MNIST({len(self):,} {'training' if self.train else 'test'} images of 28 x 28)"


@says("English given names in lower case a-z, sorted.",
      "mg.datasets.names()[:3]", "['aaren', 'aarika', 'aaron']")
def names(root: str | Path | None = None) -> list[str]:
    return _read("text/names.txt", root).decode("ascii").split()

@says("Eight tragedies by Shakespeare, speeches only, as one text.",
      "mg.datasets.shakespeare()[:21].split()", "['BERNARDO:', \"Who's\", 'there']")
def shakespeare(root: str | Path | None = None) -> str:
    return _read("text/shakespeare.txt", root).decode("ascii")

def _read(name: str, root) -> bytes:
    """The bytes of a data file, after checking that they are the right ones."""
    folder, file = name.split("/")
    if root is not None:
        places = [Path(root), Path(root, folder)]
    else:                                 # beside the package, or above the working directory
        above = (Path(__file__).resolve().parents[1], Path.cwd(), *Path.cwd().parents)
        places = [Path(place, "data", folder) for place in above]
    path = next((place / file for place in places if (place / file).is_file()), None)
    restore = (f"restore it with `git checkout -- data/{name}` (or copy it from the repository's "
               f"data/{folder}/)")
    size, digest = FILES[name]
    if path is None:
        raise FileNotFoundError(f"{file}: expected a file of {size:,} bytes in {places[0]} or "
                                f"{places[1]}, found none; {restore}")
    content = path.read_bytes()
    if len(content) != size:
        raise RuntimeError(f"{path}: expected {size:,} bytes, got {len(content):,}; {restore}")
    refuse((got := hashlib.sha256(content).hexdigest()) != digest, f"{path}: expected SHA-256 "
           f"{digest}, got {got}: the content was altered; {restore}")
    return content

def _idx(content: bytes) -> np.ndarray:
    """The array in a gzipped IDX file: two zeros, a type (8: uint8), ndim, shape, the numbers."""
    content = gzip.decompress(content)
    ndim = content[3]
    shape = np.frombuffer(content, ">i4", ndim, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape)
