"""How results lie in memory, beside PyTorch: value, shape, strides, whether memory is shared with the input, and whether the
result is the input itself.

Where PyTorch keeps the order of a permuted input and minigrad lays the result out in rows (a fancy index, sort), every view
works that works in PyTorch: these are in `IN_ROWS`, and no operation is there that is contiguous in PyTorch.
"""
import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")

LAYOUTS = {
    "plain": lambda x: x,
    "transposed": lambda x: x.transpose(-1, -2),
    "permuted": lambda x: x.permute(*[(i + 1) % x.ndim for i in range(x.ndim)]),
    "permuted back": lambda x: x.permute(*[(i - 1) % x.ndim for i in range(x.ndim)]),
    "each second": lambda x: x[..., ::2],
    "from the second": lambda x: x[1:],
    "a transposed part": lambda x: x.transpose(0, -1)[..., 1:],
    "repeated": lambda x: x[:1].expand(3, *x.shape[1:]),
    "repeated inside": lambda x: x[..., :1].expand(*x.shape[:-1], 4),
    "a slice": lambda x: x.select(-1, 1),
}

# One expression for both libraries: `m` is the library, `F` its nn.functional, x the input

EVERYWHERE = """
-x | x + 1 | x + x | x * x | x > 0 | x.exp() | x.relu() | x.sigmoid() | x.abs() | x.clamp(0, 1) | x ** 2 | 1 - x | x / 2 | m.where(x > 0, x, x)
F.gelu(x) | F.silu(x) | F.leaky_relu(x) | F.dropout(x, 0.5, False) | F.dropout(x, 0.0)
x + m.ones(x.shape[-1]) | m.ones(x.shape[-1]) * x | x.sum() | x.sum(0) | x.sum(-1) | x.sum(0, keepdim=True) | x.mean(-1) | x.amax(0) | x.max(0)[0]
x.argmax(0) | x.var(0) | x.std(-1) | x.prod(0) | x.any(0) | x.logsumexp(0) | x.norm(dim=0) | x.cumsum(0) | x.cumsum(-1) | x.cumprod(0)
x.softmax(-1) | x.softmax(0) | x.log_softmax(-1) | x.log_softmax(0) | F.logsigmoid(x) | F.layer_norm(x, x.shape[-1:])
m.cat([x, x]) | m.cat([x], -1) | m.stack([x, x]) | m.stack([x, x], -1) | m.hstack([x, x]) | m.vstack([x, x])
x.clone() | m.clone(x) | x.contiguous() | x.to(m.float32, copy=True) | x.double() | x.long() | x.bool() | x.flip(0) | x.roll(1, 0)
x.clone(memory_format=m.contiguous_format) | m.zeros_like(x) | m.ones_like(x) | m.full_like(x, 2.0) | m.zeros_like(x, memory_format=m.contiguous_format)
x.transpose(0, -1) | x.mT if x.ndim > 1 else x | x.permute(*range(x.ndim)[::-1]) | x.movedim(0, -1) | x.swapaxes(0, -1) | x.adjoint() if x.ndim > 1 else x
x.flatten() | x.flatten(1) if x.ndim > 1 else x | x.ravel() | x.reshape(-1) | x.reshape(x.shape) | x.reshape(*x.shape[::-1]) | x.view(x.shape) | x.view(-1)
x.unsqueeze(0) | x.unsqueeze(-1) | x.unsqueeze(1).squeeze(1) | x.squeeze() | x.expand(2, *x.shape) | x.expand(*x.shape) | x.expand_as(x) | x.view_as(x)
x[0] | x[..., 0] | x[1:] | x[..., ::2] | x[:] | x[...] | x[()] | x[None] | x[:, None] | x.detach() | x.data | x.unflatten(0, (1, -1))
x[x > 0] | x.masked_select(x > 0) | x.masked_fill(x > 0, 0.0) | x.index_select(0, m.tensor([1, 0])) | x.index_select(-1, m.tensor([1, 0]))
x.gather(0, m.zeros(*x.shape, dtype=m.int64)) | x.take(m.tensor([[0, 1]])) | F.one_hot((x > 0).long(), 2) | F.embedding((x > 0).long(), m.ones(2, 3))
x.narrow(0, 1, 1) | x.select(0, 1) | x.chunk(2, -1)[1] | x.chunk(1)[0] | x.split(1)[1] | x.unbind(-1)[0] | x.tensor_split(2)[0] | x.hsplit(1)[0]
x.diagonal() if x.ndim > 1 else x | x.diagonal(1, -1, 0) if x.ndim > 1 else x | m.diag(x) if x.ndim == 2 else x | x.unfold(0, 2, 1) | x.unfold(-1, 2, 2)
x.repeat(*[2] * x.ndim) | x.repeat(*[1] * x.ndim) | x.tile(2) | x.repeat_interleave(2, 0) | x.tril() if x.ndim > 1 else x | m.diag_embed(x)
x @ x.transpose(-1, -2) if x.ndim > 1 else x @ x | x @ m.ones(x.shape[-1]) | x @ m.ones(x.shape[-1], 5) | F.linear(x, m.ones(5, x.shape[-1]), m.ones(5))
F.pad(x, (1, 1)) | F.pad(x, (0, 0)) | F.pad(x, ()) | m.einsum('...i->...i', x) | m.einsum('...ij->...ji', x) if x.ndim > 1 else x
x.float() | x.to(m.float32) | x.to('cpu') | x.cpu() | x.type_as(x) | x.to(x) | x.positive() | +x | m.as_tensor(x) | x.T if x.ndim < 3 else x | x.t() if x.ndim < 3 else x
m.atleast_1d(x) | m.atleast_3d(x) | m.broadcast_tensors(x, x)[0] | m.broadcast_to(x, x.shape) | x.requires_grad_() | x.sum_to_size(x.shape)
x.clone().relu_() | x.clone().add_(1) | F.normalize(x, dim=-1) if x.ndim < 3 else x | F.mse_loss(x, x, reduction='none')
"""
IMAGES = """
F.max_pool2d(x, 2) | F.max_pool2d(x, 1) | F.avg_pool2d(x, 2) | F.avg_pool2d(x, 1) | F.adaptive_avg_pool2d(x, 1) | F.adaptive_avg_pool2d(x, x.shape[2:])
F.batch_norm(x, None, None, training=True) | F.instance_norm(x) | F.interpolate(x, scale_factor=1) | F.interpolate(x, scale_factor=2) | F.pixel_shuffle(x, 1)
m.nn.Identity()(x) | m.nn.Flatten()(x) | m.nn.Flatten(1, 1)(x) | m.nn.Dropout().eval()(x) | m.nn.Sequential()(x)
F.pad(x, (0, 0, 0, 0), mode='reflect') | F.pad(x, (1, 1, 1, 1), mode='replicate') | F.pad(x, (0, -1)) if x.is_contiguous() else x
"""
AFTER_A_CONVOLUTION = """
y | y.relu() | y + m.ones(3, 1, 1) | y.permute(0, 2, 3, 1) | y.flatten(1) | y.flatten(2).transpose(1, 2) | y.view(y.size(0), -1) | y[:, 0] | y[[0]] | y[:, [1, 0]]
y.mean(1) | y.mean((2, 3)) | y.sum(1, keepdim=True) | y.argmax(1) | m.cat([y, y], 1) | m.stack([y, y]) | y.clone() | y.double() | y.contiguous() | y.detach()
y.permute(1, 3, 0, 2).detach() | m.zeros_like(y) | m.where(y > 0, y, y * 2) | y.softmax(1) | F.max_pool2d(y, 2) | F.max_pool2d(y, 2).view(y.size(0), -1)
F.avg_pool2d(y, 2) | F.batch_norm(y, None, None, training=True) | F.group_norm(y, 1) | F.dropout(y, 0.5, False) | F.interpolate(y, scale_factor=2)
F.conv2d(y, m.ones(2, 3, 2, 2)) | F.conv2d(y, m.ones(3, 1, 2, 2), groups=3) | F.conv2d(y, m.ones(2, 3, 2, 2), dilation=2) | F.conv_transpose2d(y, m.ones(3, 2, 2, 2), stride=2)
F.conv1d(y[:, :, 0], m.ones(2, 3, 2)) | F.conv_transpose1d(y[:, :, 0], m.ones(3, 2, 2)) | F.adaptive_avg_pool2d(y, 2) | F.pad(y, (1, 1)) | F.max_pool1d(y[:, :, 0], 2)
"""
# PyTorch keeps the order of the input's axes here
IN_ROWS = "x[[-1, 0]] | x[..., [-1, 0]] | x[m.tensor([[0, -1], [-1, 0]])] | x.sort(-1)[0] | x.argsort(0) | m.maximum(x, m.zeros(*x.shape)) | x + m.zeros(*x.shape)"


def expressions(text):
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|")]


def numbers(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def about(out, x):
    array, given = out.detach().numpy(), x.detach().numpy()
    strides = [n for n, size in zip(out.stride(), out.shape) if size > 1] if out.numel() else None    # one step leads nowhere
    shares = np.shares_memory(array, given)
    return {"shape": tuple(out.shape), "strides": strides, "contiguous": out.is_contiguous(), "shares memory": shares,
            "is the input": out is x, "offset": out.storage_offset() if out.numel() and shares else 0}


def outcome(m, expression, name, value):
    try:
        out = eval(expression, {"m": m, "F": m.nn.functional, name: value})
    except (RuntimeError, IndexError):
        return "refused", None
    return about(out, value), out.detach().numpy()


def compare(expression, name, ours, theirs):
    (said, mine), (right, wanted) = outcome(mg, expression, name, ours), outcome(torch, expression, name, theirs)
    assert said == right
    if wanted is not None:
        np.testing.assert_allclose(mine, wanted, rtol=1e-4, atol=1e-5)
    return said


@pytest.mark.parametrize("expression", expressions(EVERYWHERE))
def test_results_lie_as_in_pytorch(expression):
    for shape in ((4, 6), (2, 4, 6), (2, 3, 4, 6)):
        for name, lay in LAYOUTS.items():
            if name.startswith("repeated") and expression in REPEATED:
                continue
            ours, theirs = (lay(m.tensor(numbers(*shape))) for m in (mg, torch))
            compare(expression, "x", ours, theirs)


# of numbers that stand for many numpy's ufuncs make a result in another order; all others are in rows
REPEATED = {"x.abs()", "x.positive()", "F.pad(x, ())"}


@pytest.mark.parametrize("expression", expressions(IMAGES))
def test_images_lie_as_in_pytorch(expression):
    for shape in ((2, 4, 4, 6), (1, 3, 4, 4)):
        for name in ("plain", "transposed", "each second"):
            compare(expression, "x", *(LAYOUTS[name](m.tensor(numbers(*shape))) for m in (mg, torch)))


@pytest.mark.parametrize("shape", [(4, 2, 8, 8), (1, 2, 8, 8), (4, 2, 3, 8), (4, 2, 8, 3)], ids=str)
@pytest.mark.parametrize("expression", expressions(AFTER_A_CONVOLUTION))
def test_what_comes_after_a_convolution_lies_as_in_pytorch(expression, shape):
    for grad in (False, True):
        both = []
        for m in (mg, torch):
            kernel = m.tensor(numbers(3, 2, 3, 3), requires_grad=grad)
            both.append(m.nn.functional.conv2d(m.tensor(numbers(*shape)), kernel, padding=(0, 1)))
        compare(expression, "y", *both)


@pytest.mark.parametrize("expression", expressions(IN_ROWS))
def test_what_pytorch_leaves_permuted_is_never_less_contiguous(expression):
    for shape in ((4, 6), (2, 4, 6)):
        for lay in LAYOUTS.values():
            results = [eval(expression, {"m": m, "x": lay(m.tensor(numbers(*shape)))}) for m in (mg, torch)]
            np.testing.assert_allclose(*(x.numpy() for x in results), rtol=1e-5)
            assert results[0].is_contiguous() >= results[1].is_contiguous()


# What is shared is written to

@pytest.mark.parametrize("m", [mg, torch], ids=["minigrad", "torch"])
def test_a_view_of_a_convolution_reaches_it(m):
    x, kernel = m.tensor(numbers(2, 1, 4, 4)), m.tensor(numbers(3, 1, 2, 2), requires_grad=True)
    y = m.nn.functional.conv2d(x, kernel)
    before = y.clone()
    y.view(2, -1)[:, 0] *= 2
    y.detach().numpy()[0, 1] = 7
    assert m.allclose(y[:, 0, 0, 0], before[:, 0, 0, 0] * 2) and (y[0, 1] == 7).all()


def test_gradients_go_through_a_view_of_a_convolution():
    found = []
    for m in (mg, torch):
        x, kernel = m.tensor(numbers(2, 2, 5, 5), requires_grad=True), m.tensor(numbers(3, 2, 2, 2), requires_grad=True)
        y = m.nn.functional.conv2d(x, kernel)
        early = y.sigmoid()
        y.view(2, -1)[:, 3] *= x[:, 0, 0, 0]
        (y.view(2, 3, -1).sum(-1) ** 2 + early.mean()).sum().backward()
        found.append([x.grad.numpy(), kernel.grad.numpy()])
    for mine, right in zip(*found):
        np.testing.assert_allclose(mine, right, rtol=1e-4, atol=1e-5)


VIEWS = {
    "diagonal": lambda y: y.diagonal(), "lower diagonal": lambda y: y.diagonal(-1, 1, 0), "windows": lambda y: y.unfold(1, 2, 2),
    "as_strided": lambda y: y.as_strided((2, 2), (5, 1), 1), "a window's diagonal": lambda y: y.unfold(0, 2, 2).diagonal(0, 1, 2),
    "unflatten": lambda y: y.unflatten(1, (2, 2))[:, 1], "swapaxes": lambda y: y.swapaxes(0, 1)[1:],
    "tensor_split": lambda y: y.tensor_split(2, 1)[1], "movedim": lambda y: y.movedim(0, 1)[0],
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_is_written_through_a_view_is_in_the_gradient(view):
    found = []
    for m in (mg, torch):
        w = m.tensor(numbers(3, 4), requires_grad=True)
        y = w * 2
        old = y[1]
        view(y).mul_(3.0)
        view(y).add_(w.sum())
        ((y ** 3).sum() + old.exp().sum()).backward()
        found.append((y.detach().numpy(), w.grad.numpy()))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-4, atol=1e-4)


def test_windows_that_overlap_take_no_writes():
    x = mg.zeros(5)
    with pytest.raises(RuntimeError, match="share places"):
        x.unfold(0, 3, 1).add_(1)
    with pytest.raises(RuntimeError, match="share places"):
        x.as_strided((2, 2), (1, 1)).add_(1)
    with pytest.raises(RuntimeError, match="leave the memory"):
        x.as_strided((2, 3), (3, 1))
    with pytest.raises(NotImplementedError, match="contiguous"):
        mg.zeros(2, 3).T.as_strided((2,), (1,))


def test_memory_shared_with_numpy():
    for m in (mg, torch):
        array = np.arange(24.0).reshape(2, 3, 2, 2).transpose(1, 2, 0, 3).copy().transpose(2, 0, 1, 3)    # as a convolution's
        for t in (m.from_numpy(array), m.as_tensor(array)):
            t.view(-1)[:1] if t.is_contiguous() else t.stride()
            t[0, 0, 0, 0] += 1
            assert t.numpy()[0, 0, 0, 0] == array[0, 0, 0, 0] == t.detach().numpy()[0, 0, 0, 0]
        assert array[0, 0, 0, 0] == 2 and m.tensor(array).numpy() is not array


@pytest.mark.parametrize("make", ["m.zeros(3, 2).T", "m.zeros(4, 3)[::2]", "m.zeros(1, 3).expand(2, 3)", "m.zeros(2, 3)"])
def test_a_gradient_lies_as_its_leaf(make):
    found = []
    for m in (mg, torch):
        x = eval(make).requires_grad_()
        (x * m.tensor(numbers(2, 3))).sum().backward()
        found.append(x.grad.stride())
    assert found[0] == found[1]


def test_a_leaf_that_is_a_view_is_a_leaf():
    for m in (mg, torch):
        w = m.zeros(6).reshape(2, 3).requires_grad_()
        for change in (lambda: w.add_(1), lambda: w[0].add_(1), lambda: w.view(-1).zero_()):
            with pytest.raises(RuntimeError, match="leaf"):
                change()
        with m.no_grad():
            w += 1
        assert w.is_leaf and w.tolist() == [[1, 1, 1], [1, 1, 1]]


# A mean that is large against the spread

@pytest.mark.parametrize("mean, spread", [(100, 1e-3), (1e4, 0.1), (3, 1), (0, 1)])
@pytest.mark.parametrize("norm, axes, shape", [
    ("F.batch_norm(x, None, None, training=True, eps=0)", (0, 2, 3), (8, 5, 6, 6)), ("F.layer_norm(x, x.shape[-1:], eps=0)", (-1,), (16, 200)),
    ("F.group_norm(x, 1, eps=0)", (1, 2), (8, 4, 50)), ("F.instance_norm(x, eps=1e-20)", (2,), (8, 4, 50)),
    ("F.batch_norm(x, None, None, training=True, eps=0)", (0,), (5000, 3))])
def test_norms_keep_their_digits(norm, axes, shape, mean, spread):
    x = (mean + spread * np.random.default_rng(1).standard_normal(shape)).astype(np.float32)
    exact = x.astype(np.float64)
    away = exact - exact.mean(axes, keepdims=True)
    exact = away / np.sqrt((away ** 2).mean(axes, keepdims=True))
    out = eval(norm, {"F": mg.nn.functional, "x": mg.tensor(x)}).numpy()
    np.testing.assert_allclose(out, exact, atol=1e-5)


# Whole numbers that do not fit, and powers of them

WHOLE = """u + -1 | -1 + u | u * -1 | u >= -1 | u + 256 | u - 1 | u.sub_(-1) | u.add_(300) | i ** m.tensor([-1, -3, -2, -1]) | 2 ** i | i ** i.abs()"""


@pytest.mark.parametrize("expression", expressions(WHOLE))
def test_whole_numbers_wrap_round(expression):
    found = []
    for m in (mg, torch):
        u, i = m.tensor([0, 3, 255], dtype=m.uint8), m.tensor([-1, 1, 2, 0])
        found.append(eval(expression, {"m": m, "u": u, "i": i}))
    assert found[0].tolist() == found[1].tolist() and found[0].numpy().dtype == found[1].numpy().dtype
    with pytest.raises(RuntimeError, match="no power"):
        mg.tensor([2]) ** -1


def test_an_expansion_that_repeats_nothing_can_be_written_to():
    found = []
    for m in (mg, torch):
        w = m.tensor(numbers(2, 3), requires_grad=True)
        y = w * 2
        y.expand_as(y).mul_(3)
        (y ** 2).sum().backward()
        found.append(w.grad.numpy())
    np.testing.assert_allclose(*found, rtol=1e-5)


def test_ties_and_corners():
    for m in (mg, torch):
        x = m.tensor([1.0, 3.0, 3.0, 5.0, 3.0], requires_grad=True)
        x.median().backward()
        assert x.grad.tolist() == pytest.approx([0, 1 / 3, 1 / 3, 0, 1 / 3])
        assert m.tensor([float("nan"), -2.0]).sign().tolist() == [0, -1]
        x, y = (m.zeros(1, requires_grad=True) for _ in range(2))
        m.atan2(y, x).sum().backward()
        assert x.grad.tolist() == [0] == y.grad.tolist()
        assert m.cat([m.tensor([1]), m.zeros(0)]).tolist() == [1.0] and m.cat([m.tensor([1]), m.zeros(0)]).is_floating_point()
        truth = m.tensor([True]).sign()
        assert m.tensor([0, 2], dtype=m.uint8).any().numpy().dtype == np.uint8 and truth.tolist() == [True]
        w = m.tensor([2.0], requires_grad=True)
        g, = m.autograd.grad(m.special.xlogy(w, 3).sum(), [w])
        assert g.numpy().dtype == np.float32 and g.item() == pytest.approx(np.log(3))
        assert not any(m.nn.functional.threshold(m.tensor([float("nan")]), 0.1, 20) == 20)


@pytest.mark.parametrize("draw", [
    lambda m, y: m.nn.functional.dropout(y, 0.5), lambda m, y: m.rand_like(y), lambda m, y: m.randn_like(y),
    lambda m, y: m.randint_like(y, 9), lambda m, y: m.bernoulli(y.detach().sigmoid()), lambda m, y: m.zeros_like(y).normal_(),
    lambda m, y: y.detach().clone().exponential_(), lambda m, y: y.detach().relu().bernoulli_(0.5)])
def test_what_is_drawn_for_images_of_a_convolution_is_laid_as_pytorch_lays_it(draw):
    drawn = []
    for m in (mg, torch):
        m.manual_seed(0)
        images = m.nn.functional.relu(m.nn.Conv2d(1, 4, 3)(m.ones(3, 1, 8, 8)))
        drawn.append(draw(m, images).detach().numpy())
    np.testing.assert_allclose(*drawn, rtol=1e-5, atol=1e-6)
