"""The memory behind a tensor, as PyTorch hands it out; others' memory as tensors; copies."""
import copy
import warnings

import numpy as np

from ..changes import changed, owner
from ..create import finish
from ..device import device, placed
from ..graph import TensorBase, leaf
from ..memory import flat, settle
from ..nn.module import Parameter
from ..public import Published, public, refuse


class UntypedStorage:
    """All the bytes of the memory that a tensor looks at; views have the same storage.

    >>> a = mg.arange(6.)
    >>> a[2:].untyped_storage().nbytes(), a[2:].untyped_storage() == a.untyped_storage()
    (24, True)
    """

    is_cuda, device = False, device()

    def __init__(self, array):
        self._array = _row(array)

    def __len__(self): return len(self._array)
    def __getitem__(self, i): return self._array[i].item()

    def __setitem__(self, i, value):
        self._array[i] = value
        changed(self._array)

    def __eq__(self, other):
        return isinstance(other, UntypedStorage) and self.data_ptr() == other.data_ptr()

    def __hash__(self): return hash(self.data_ptr())
    def __repr__(self): return "\n".join([*(f" {x}" for x in self.tolist()), self._last_line()])

    def _last_line(self):
        return f"[minigrad.storage.{type(self).__name__}(device=cpu) of size {len(self)}]"

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._array.ctypes.data

    def nbytes(self) -> int:
        """How many bytes."""
        return self._array.nbytes

    def size(self) -> int:
        """How many elements: of an untyped storage, bytes."""
        return len(self)

    def element_size(self) -> int:
        """The bytes of one element."""
        return self._array.itemsize

    def tolist(self) -> list:
        """Its elements as Python numbers."""
        return self._array.tolist()

    def is_shared(self) -> bool:
        """False: the memory belongs to one process."""
        return False


class TypedStorage(UntypedStorage):
    """The memory that a tensor looks at, as numbers of its dtype.

    >>> mg.arange(4.)[1:].storage().tolist()
    [0.0, 1.0, 2.0, 3.0]
    """

    dtype = property(lambda self: self._array.dtype, doc="The type of the elements.")

    def untyped(self) -> UntypedStorage:
        """The same memory as bytes."""
        return UntypedStorage(self._array.view(np.uint8))

    def _last_line(self):
        dtype = f"dtype=torch.{self.dtype.name}, device=cpu"
        return f"[minigrad.storage.TypedStorage({dtype}) of size {len(self)}]"


def _row(array):
    """The whole memory that an array looks at, as one row of its dtype."""
    row, = flat(owner(array))
    refuse(row.ndim != 1, "storage: this memory has gaps; use clone() first", NotImplementedError)
    return row if row.dtype == array.dtype else row.view(array.dtype)

@public("The memory that it looks at, as bytes.",
        "mg.arange(6.)[2:].untyped_storage().nbytes()", "24", "x.f")
def untyped_storage(input): return UntypedStorage(_row(settle(input).value).view(np.uint8))
@public("The memory that it looks at, as numbers.",
        "mg.arange(6.)[2:].storage().size()", "6", "x.f")
def storage(input): return TypedStorage(settle(input).value)
@public("True for what storage() and untyped_storage() give.",
        "mg.is_storage(mg.ones(2).storage())", "True", "f")
def is_storage(obj) -> bool: return isinstance(obj, UntypedStorage)

# Memory of others

@public("A tensor in the memory of another library's array, or of another tensor; no copy.",
        "mg.from_dlpack(np.arange(3))", "tensor([0, 1, 2])", "f")
@placed
def from_dlpack(ext_tensor, *, copy=None):
    if isinstance(ext_tensor, TensorBase):
        return ext_tensor.detach().clone() if copy else ext_tensor.detach()
    array = ext_tensor if isinstance(ext_tensor, np.ndarray) else np.from_dlpack(ext_tensor)
    return finish(array.copy() if copy else array, False)

@public("What from_dlpack reads: the tensor, packed for other libraries.",
        "np.from_dlpack(mg.ones(2))", "array([1., 1.], dtype=float32)", "x.f")
def __dlpack__(input, *, stream=None, **settings):
    refuse(input.tracked, "__dlpack__: this tensor requires grad, and others record nothing; use "
           "detach()", BufferError)
    return settle(input).value.__dlpack__(stream=stream, **settings)

@public("The kind and the number of its device, for other libraries: the CPU.",
        "mg.ones(1).__dlpack_device__() == (1, 0)", "True", "x.f")
def __dlpack_device__(input): return input.value.__dlpack_device__()

Published.__dlpack__, Published.__dlpack_device__ = __dlpack__, __dlpack_device__

@public("A tensor in the memory of a bytearray or the like: a change of one is one of the other.",
        "mg.frombuffer(bytearray(b'abc'), dtype=mg.uint8).tolist()", "[97, 98, 99]", "f")
def frombuffer(buffer, *, dtype, count=-1, offset=0, requires_grad=False):
    view = memoryview(buffer).cast("B")
    size, item, rest = len(view), np.dtype(dtype).itemsize, len(view) - offset
    for wrong, why in (
            (size == 0 or count == 0, f"both buffer length ({size}) and count ({count}) must not "
             "be 0"),
            (not 0 <= offset < size, f"offset ({offset} bytes) must be non-negative and no greater "
             f"than buffer length ({size} bytes) minus 1"),
            (count < 0 and rest % item, f"buffer length ({rest} bytes) after offset ({offset} "
             f"bytes) must be a multiple of element size ({item})"),
            (count * item > rest, f"requested buffer length ({count} * {item} bytes) after offset "
             f"({offset} bytes) must not be greater than actual buffer length ({size} bytes)")):
        refuse(wrong, f"frombuffer: {why}", ValueError)
    if view.readonly:
        warnings.warn("frombuffer: The given buffer is not writable, and so is the tensor; copy "
                      "the buffer or the tensor before changing it", stacklevel=2)
    return finish(np.frombuffer(buffer, dtype, count, offset), requires_grad)

# Copies

def __copy__(x):
    """Another tensor in the same memory, as `copy.copy` gives it; a leaf, without a gradient."""
    return _leaf_like(x, settle(x).value, vars(x))

def __deepcopy__(x, memo):
    """A tensor in new memory; those that shared memory do so again if they are copied together."""
    refuse(x.op is not None, "deepcopy: expected a leaf, got the result of an operation; use "
           "detach(). In a module, it may be an attribute that forward() made")
    plain = isinstance(x, Parameter)                   # as PyTorch's: its numbers, nothing else
    memo[id(x)] = out = _leaf_like(x, x.value.copy("K") if plain else _copied(x.value, memo), {})
    if not plain:
        out.node.grad = copy.deepcopy(x.grad, memo)
        vars(out).update(copy.deepcopy(vars(x), memo))
    return out

def _leaf_like(x, array, attributes):
    """A leaf of the same class around an array."""
    out = type(x).__new__(type(x))
    TensorBase.__init__(out, array, x.tracked)
    out.node.name = x.name
    vars(out).update(attributes)
    return out

def _copied(array, memo):
    """The copy of an array; a view is the same view of the copy of its whole memory."""
    memory = owner(array)
    if id(memory) not in memo:
        memo[id(memory)] = memory.copy("K")
    there, (row,) = memo[id(memory)], flat(memo[id(memory)])
    if memory is array:
        return there
    if row.ndim != 1 or there.strides != memory.strides:
        return array.copy("K")
    first = np.lib.array_utils.byte_bounds(memory)[0]
    return np.ndarray(array.shape, array.dtype, row, array.ctypes.data - first, array.strides)

Published.__copy__, Published.__deepcopy__ = __copy__, __deepcopy__
