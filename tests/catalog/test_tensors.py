"""What tensors tell of their memory and history, and how they are handed over to others."""
import copy
import multiprocessing
import operator
import pickle

import numpy as np
import pytest

import minigrad as mg


def leafy():
    return mg.tensor([1.0, 2.0], requires_grad=True)


def test_where_it_stands_in_memory():
    a = mg.arange(6.0).reshape(2, 3)
    row, column = a[1], a[:, 1]
    assert (row.storage_offset(), column.storage_offset(), a.T.storage_offset()) == (3, 1, 0)
    storage = row.untyped_storage()
    assert storage.data_ptr() == a.data_ptr() and storage.nbytes() == storage.size() == len(storage) == 24
    assert storage == a.untyped_storage() and storage != mg.ones(6).untyped_storage() and mg.is_storage(storage)
    assert column.storage().tolist() == [0, 1, 2, 3, 4, 5] and column.storage().size() == 6 and column.storage()[2] == 2
    column.storage()[1] = 50
    assert a[0, 1].item() == 50 and column[0].item() == 50
    assert repr(a[0, :2].clone().storage()) == " 0.0\n 50.0\n[minigrad.storage.TypedStorage(dtype=torch.float32, device=cpu) of size 2]"
    assert a.T.is_set_to(a.T) and not a.is_set_to(a.T) and not a.is_set_to(a.clone())


def test_what_it_is_not():
    x = mg.ones(1)
    assert not any((x.is_sparse, x.is_quantized, x.is_meta, x.is_mps, x.is_conj(), x.is_shared(), x.is_pinned()))
    assert x.is_cpu and x.layout == mg.strided and x.get_device() == -1 and x.is_signed() and not mg.ones(1, dtype=mg.uint8).is_signed()
    with pytest.raises(NotImplementedError, match="shared_memory"):
        x.share_memory_()
    with pytest.raises(RuntimeError, match="accelerator"):
        x.pin_memory()


def test_changes_are_counted():
    x = mg.zeros(4)
    view = x[1:]
    assert x._version == 0
    view.add_(1)
    x[0] = 3
    assert x._version == view._version == 2 and mg.zeros(1)._version == 0


def test_python_functions_number_by_number():
    a = mg.arange(6.0).reshape(2, 3)
    assert a.T.apply_(lambda n: n + 1).tolist() == [[1, 4], [2, 5], [3, 6]] and a.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert a.map_(mg.tensor([1.0, 0.0, 2.0]), lambda x, y: x * y).tolist() == [[1, 0, 6], [4, 0, 12]]
    assert mg.arange(3).apply_(lambda n: n + 0.5).tolist() == [0, 1, 2]
    with pytest.raises(RuntimeError, match="detach"):
        leafy().apply_(abs)
    with pytest.raises(TypeError, match="dtype"):
        mg.arange(2).map_(mg.ones(2), max)


# Hooks after backward

def test_a_hook_after_the_gradient_has_been_added():
    x, seen = leafy(), []
    handle = x.register_post_accumulate_grad_hook(lambda t: seen.append((t is x, t.grad.tolist())))
    (x * 3).sum().backward()
    (x * 3).sum().backward()
    mg.autograd.grad(x.sum(), x)
    assert seen == [(True, [3, 3]), (True, [6, 6])]
    handle.remove()
    x.sum().backward()
    assert len(seen) == 2


def test_an_optimizer_inside_backward():
    x = leafy()
    optimizer = mg.optim.SGD([x], lr=1.0)

    def step(t):
        optimizer.step()
        optimizer.zero_grad()
    x.register_post_accumulate_grad_hook(step)
    (x * 3).sum().backward()
    assert x.grad is None and x.tolist() == [-2, -1]


def test_where_no_such_hook_can_be():
    for tensor in (mg.ones(1), leafy() * 2):
        with pytest.raises(RuntimeError):
            tensor.register_post_accumulate_grad_hook(print)
    x = leafy()
    x.register_post_accumulate_grad_hook(lambda t: 3)
    with pytest.raises(TypeError, match="returns None"):
        x.sum().backward()


# Others' memory

def test_memory_comes_and_goes_without_a_copy():
    array = np.arange(3.0)
    tensor = mg.from_dlpack(array)
    tensor += 1
    assert array.tolist() == [1, 2, 3] and np.from_dlpack(tensor).ctypes.data == array.ctypes.data
    assert mg.from_dlpack(tensor).data_ptr() == tensor.data_ptr()
    with pytest.raises(BufferError, match="detach"):
        np.from_dlpack(leafy())
    buffer = bytearray(8)
    numbers = mg.frombuffer(buffer, dtype=mg.float32)
    numbers += 1
    assert buffer == np.ones(2, np.float32).tobytes()
    with pytest.warns(UserWarning, match="not writable"):
        assert mg.frombuffer(b"ab", dtype=mg.uint8, offset=1).tolist() == [98]


@pytest.mark.parametrize("settings, message", [
    (dict(count=3), "greater than actual"), (dict(offset=9), "minus 1"), (dict(count=0), "must not be 0"), (dict(offset=1), "multiple of")])
def test_a_buffer_that_does_not_fit(settings, message):
    with pytest.raises(ValueError, match=message):
        mg.frombuffer(bytearray(8), dtype=mg.float32, **settings)


# Copies

def test_what_shares_memory_shares_it_again_in_a_deep_copy():
    a = mg.arange(6.0)
    a2, part, turned = copy.deepcopy([a, a[2:4], a.reshape(2, 3).T])
    part[0] = 50
    assert a2[2].item() == turned[2, 0].item() == 50 and a[2].item() == 2
    assert turned.stride() == (1, 3) and part.storage_offset() == 2 and part.untyped_storage() == a2.untyped_storage()
    alone = copy.deepcopy(a[2:4])
    assert alone.storage_offset() == 2 and alone.untyped_storage().size() == 24


def test_copies_of_a_transposed_tensor_and_of_itself():
    t = mg.from_numpy(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    first, twin = copy.deepcopy([t, t])
    assert first is twin and first.stride() == (1, 2) and first.tolist() == t.tolist()
    t.me = t
    assert copy.deepcopy(t).me.me.tolist() == t.tolist()


def test_tied_weights_stay_tied():
    net = mg.nn.Sequential(mg.nn.Linear(2, 2), mg.nn.Linear(2, 2))
    net[1].weight = net[0].weight
    net[0].weight.note = "here"
    net(mg.ones(1, 2)).sum().backward()
    twin = copy.deepcopy(net)
    assert twin[0].weight is twin[1].weight and twin[0].weight is not net[0].weight
    assert twin[0].weight.grad is None and not hasattr(twin[0].weight, "note")


def test_other_processes_take_tensors():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(operator.neg, (mg.ones(2),)).tolist() == [-1, -1]
    p = pickle.loads(pickle.dumps(mg.nn.Parameter(mg.ones(2))))
    assert type(p) is mg.nn.Parameter and p.requires_grad
