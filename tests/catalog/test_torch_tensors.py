"""What tensors tell of their memory and history, and their copies, beside PyTorch's."""
import copy
import pickle
import warnings

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

# Each line is a program that ends in a value; `t` is the library.
PROGRAMS = """
x = t.ones(1); [x.is_sparse, x.is_quantized, x.is_meta, x.is_nested, x.is_mkldnn, x.is_cpu, x.get_device(), x.is_signed(), x.is_conj(), x.is_neg()]
t.arange(12.).reshape(3, 4)[1:, 2].storage_offset()
t.arange(12.).reshape(3, 4).T[1:, 2].storage().tolist()
t.arange(12.).reshape(3, 4)[1:, 2].untyped_storage().nbytes()
a = t.ones(2).expand(3, 2); [a.storage().size(), a.untyped_storage().size(), a.storage_offset()]
s = t.tensor([1, 2]).storage(); [s.size(), len(s), s[1], s.nbytes(), s.element_size(), s.is_shared(), list(s)]
a = t.arange(4.); a.storage()[0] = 7; a.tolist()
a = t.ones(4); [a.untyped_storage() == a[1:].untyped_storage(), a.untyped_storage() == t.ones(4).untyped_storage()]
[t.is_storage(t.ones(1).storage()), t.is_storage(t.ones(1))]
a = t.ones(2, 2); [a.is_set_to(a), a.is_set_to(a[:]), a.is_set_to(a.T), a.is_set_to(a[0]), a.is_set_to(a.clone())]
a = t.zeros(4); b = a[1:]; b += 1; a[0] = 2; a.fill_(3); [a._version, b._version, a.detach()._version]
w = t.ones(2, requires_grad=True); y = w * 1; y.add_(1); y[0] = 2; y._version
t.arange(6.).reshape(2, 3).T.apply_(lambda v: v * 2).tolist()
t.arange(3).apply_(lambda v: v + 0.5).tolist()
t.tensor([True]).apply_(lambda v: 0).tolist()
t.arange(6.).reshape(2, 3).map_(t.ones(3), lambda a, b: a - b).tolist()
t.arange(3).map_(t.ones(3), max)
t.ones(2).apply_(lambda v: None)
t.ones(2, requires_grad=True).apply_(abs)
t.ones(2).pin_memory()
[t.ones(2).is_shared(), t.ones(2).is_pinned()]
t.from_dlpack(np.arange(3)).tolist()
np.from_dlpack(t.arange(3)).tolist()
t.ones(2, requires_grad=True).__dlpack__()
t.frombuffer(bytearray(b"abcd"), dtype=t.uint8, count=2, offset=1).tolist()
t.frombuffer(b"abcd", dtype=t.uint8).tolist()
t.frombuffer(bytearray(7), dtype=t.float32)
t.frombuffer(bytearray(8), dtype=t.float32, count=3)
t.frombuffer(bytearray(8), dtype=t.float32, offset=8)
t.frombuffer(bytearray(0), dtype=t.float32)
t.frombuffer(bytearray(8), dtype=t.float32, requires_grad=True).requires_grad
a = t.arange(6.); x, y, z = copy.deepcopy([a, a[2:4], a.reshape(2, 3).T]); y[0] = 9; [x.tolist(), z.tolist(), z.stride(), y.storage_offset()]
y = copy.deepcopy(t.arange(6.)[2:4]); [y.storage_offset(), y.untyped_storage().nbytes()]
y = copy.deepcopy(t.arange(6.).reshape(2, 3).T.contiguous().T); y.stride()
a = t.arange(6.); x, y = pickle.loads(pickle.dumps([a, a[2:4]])); y[0] = 9; x.tolist()
x = t.ones(2, requires_grad=True); x.grad = t.ones(2); x.note = 3; y = copy.copy(x); [y.requires_grad, y.grad, y.note, y.data_ptr() == x.data_ptr()]
x = t.ones(2, requires_grad=True); x.grad = t.ones(2); x.note = 3; y = copy.deepcopy(x); [y.requires_grad, y.grad.tolist(), y.note, y.grad is x.grad]
x = t.ones(2, requires_grad=True); x.grad = t.ones(2); x.note = 3; y = pickle.loads(pickle.dumps(x)); [y.requires_grad, y.grad, y.note]
x = t.nn.Parameter(t.ones(2)); x.grad = t.ones(2); x.note = 3; y = copy.deepcopy(x); [y.requires_grad, y.grad, hasattr(y, "note")]
x = t.nn.Parameter(t.ones(2)); x.grad = t.ones(2); x.note = 3; y = copy.copy(x); [y.requires_grad, y.grad, hasattr(y, "note"), y.data_ptr() == x.data_ptr()]
x = t.ones(2, requires_grad=True) * 2; y = copy.copy(x); [y.requires_grad, y.is_leaf]
x = t.ones(2, requires_grad=True) * 2; y = pickle.loads(pickle.dumps(x)); [y.requires_grad, y.is_leaf]
copy.deepcopy(t.ones(2, requires_grad=True) * 2)
l = t.nn.Linear(2, 2); l(t.ones(1, 2)).sum().backward(); copy.deepcopy(l).weight.grad
seen = []; x = t.ones(2, requires_grad=True); h = x.register_post_accumulate_grad_hook(lambda p: seen.append(p.grad.tolist())); (x * 3).sum().backward(); (x * 3).sum().backward(); h.remove(); x.sum().backward(); seen
x = t.ones(2, requires_grad=True); x.register_post_accumulate_grad_hook(lambda p: setattr(p, "grad", None)); x.sum().backward(); x.grad
(t.ones(2, requires_grad=True) * 2).register_post_accumulate_grad_hook(print)
t.ones(2).register_post_accumulate_grad_hook(print)
"""


def answer(library, program):
    *lines, last = program.split("; ")
    names = {"t": library, "np": np, "copy": copy, "pickle": pickle}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec("\n".join(lines), names)
            return eval(last, names)
        except Exception as error:
            return next(base for base in type(error).__mro__ if base.__module__ == "builtins")


@pytest.mark.parametrize("program", PROGRAMS.strip().splitlines())
def test_the_same_answer(program):
    assert answer(mg, program) == answer(torch, program)
