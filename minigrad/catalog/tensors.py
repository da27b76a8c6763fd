"""What else PyTorch's tensors tell of themselves, and functions called on each of their numbers."""
import weakref

import numpy as np

from ..changes import notes, owner
from ..device import strided
from ..graph import raw
from ..memory import settle
from ..hooks import RemovableHandle, callable_only
from ..inplace import write
from ..public import Published, public, refuse

ABSENT = ("is_sparse is_sparse_csr is_quantized is_nested is_meta is_mkldnn is_mps is_xpu is_xla "
          "is_ipu is_vulkan is_maia is_mtia")
for _name in ABSENT.split():
    setattr(Published, _name, property(lambda self: False, doc="False: minigrad has no such kind."))
Published.is_cpu = property(lambda self: True, doc="True: minigrad computes on the CPU.")
Published.layout = property(lambda self: strided, doc="The only one: numbers at equal distances.")
Published._version = property(lambda self: notes.get(id(owner(self.value)), (None, 0, 0))[2],
                              doc="How often its memory was written to in place.")

@public("True if its numbers can be below 0.", "mg.tensor([1]).is_signed()", "True")
def is_signed(input) -> bool: return input.value.dtype.kind in "if"
@public("False: no tensor of minigrad is conjugated later.", "mg.ones(1).is_conj()", "False")
def is_conj(input) -> bool: return False
@public("False: no tensor of minigrad is negated later.", "mg.ones(1).is_neg()", "False")
def is_neg(input) -> bool: return False
@public("−1: the number of the CPU among the devices.", "mg.ones(1).get_device()", "-1")
def get_device(input) -> int: return -1

# Its memory

@public("How many elements of its storage come before its first one.",
        "mg.arange(6.).reshape(2, 3)[1].storage_offset()", "3", "x.f")
def storage_offset(input) -> int:
    start = np.lib.array_utils.byte_bounds(owner(settle(input).value))[0]
    return (input.value.ctypes.data - start) // input.value.itemsize

@public("True if both look at the same places of the same memory.",
        "a = mg.ones(2); a.is_set_to(a[:]), a.is_set_to(a.clone())", "(True, False)", "x.f")
def is_set_to(input, tensor) -> bool:
    x, y = settle(input).value, settle(tensor).value
    return (owner(x) is owner(y) and x.ctypes.data == y.ctypes.data
            and (x.shape, x.strides) == (y.shape, y.strides))

@public("False: minigrad's tensors belong to one process.", "mg.ones(1).is_shared()", "False",
        "x.f")
def is_shared(input) -> bool: return False
@public("False: pinned memory is for copies to a graphics card.", "mg.ones(1).is_pinned()", "False",
        "x.f")
def is_pinned(input, device=None) -> bool: return False

def share_memory_(input):
    """Refused: changes would not be seen by another process. Raises NotImplementedError.

    >>> mg.ones(1).is_shared()
    False
    """
    raise NotImplementedError("share_memory_: minigrad's tensors belong to one process; send "
                              "their numbers, or use multiprocessing.shared_memory with from_numpy")

def pin_memory(input, device=None):
    """Refused, as in PyTorch without a graphics card. Raises RuntimeError.

    >>> mg.ones(1).is_pinned()
    False
    """
    raise RuntimeError("pin_memory: Cannot access accelerator device when none is available.")

share_memory_.forms, pin_memory.forms = ["x.f"], ["x.f"]

# Python's functions, number by number

@public("Each number replaced by a function of it, one call each: slow; not recorded, in place.",
        "mg.tensor([1., 2.]).apply_(lambda n: n * 10)", "tensor([10., 20.])", "x.f")
def apply_(input, callable):
    return _each("apply_", input, callable, input.value)

@public("Each number replaced by a function of it and the other tensor's number at its place.",
        "mg.tensor([1., 2.]).map_(mg.tensor([3., 4.]), lambda a, b: a * b)", "tensor([3., 8.])",
        "x.f")
def map_(input, tensor, callable):
    refuse(tensor.dtype != input.dtype, f"map_: expected another tensor of dtype {input.dtype}, "
           f"got {tensor.dtype}", TypeError)
    return _each("map_", input, callable, input.value, np.broadcast_to(raw(tensor), input.shape))

def _each(name, x, function, *arrays):
    callable_only(name, function)
    refuse(x.tracked, f"{name}: this tensor requires grad, and the function is not recorded; call "
           f"it on detach()")
    numbers = np.array([function(*some) for some in zip(*(a.ravel().tolist() for a in arrays))])
    refuse(numbers.dtype.kind not in "biuf" or numbers.size != x.value.size,
           f"{name}: expected a function that gives a number", TypeError)
    write(x, numbers.astype(x.dtype).reshape(x.shape), name)
    return x

# After backward

def register_post_accumulate_grad_hook(input, hook) -> RemovableHandle:
    """Call `hook(tensor)` after backward() has added to this leaf's `.grad`; returns a handle.

    Raises RuntimeError for a tensor that requires no grad, or that an operation made.

    >>> w = mg.ones(2, requires_grad=True)
    >>> handle = w.register_post_accumulate_grad_hook(lambda w: print("its gradient:", w.grad))
    >>> (w * 3).sum().backward()
    its gradient: tensor([3., 3.])
    """
    name = "register_post_accumulate_grad_hook"
    refuse(not input.tracked, f"{name}: this tensor does not require grad")
    refuse(not input.is_leaf, f"{name}: expected a leaf, got the result of {input.grad_fn}")
    callable_only(name, hook)
    hooks, there = input._hooks(), weakref.ref(input)        # a node owns no tensor
    hooks.after = {} if hooks.after is None else hooks.after

    def accumulated():
        answer = None if (tensor := there()) is None else hook(tensor)
        refuse(answer is not None, f"{name}: expected a hook that returns None", TypeError)
    return RemovableHandle(hooks.after, accumulated)

register_post_accumulate_grad_hook.forms = ["x.f"]
