"""Convolution against loops that anybody can check."""
import numpy as np
import pytest

import minigrad as mg
from minigrad.convolution import conv2d, slide, unslide


def by_loops(x, w, stride, padding):
    x = np.pad(x, ((0, 0), (0, 0), (padding[0],) * 2, (padding[1],) * 2))
    (N, C, H, W), (O, _, kh, kw) = x.shape, w.shape
    out = np.zeros((N, O, (H - kh) // stride[0] + 1, (W - kw) // stride[1] + 1))
    for n, o, i, j in np.ndindex(out.shape):
        top, left = i * stride[0], j * stride[1]
        out[n, o, i, j] = (x[n, :, top:top + kh, left:left + kw] * w[o]).sum()
    return out


@pytest.mark.parametrize("image, kernel", [((2, 3, 7, 6), (4, 3, 3, 2)), ((1, 1, 5, 5), (2, 1, 5, 5)), ((2, 2, 4, 9), (1, 2, 1, 1))])
@pytest.mark.parametrize("stride", [(1, 1), (2, 1), (3, 2)])
@pytest.mark.parametrize("padding", [(0, 0), (1, 2)])
@pytest.mark.parametrize("layout", ["plain", "transposed"])
def test_equal_to_loops(image, kernel, stride, padding, layout):
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal(image), rng.standard_normal(kernel)
    given = x if layout == "plain" else np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(conv2d(mg.tensor(given), mg.tensor(w), stride=stride, padding=padding).numpy(),
                               by_loops(x, w, stride, padding), atol=1e-12)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_one_bad_number_spoils_only_the_windows_it_is_in(bad):
    """Neighbours share a product, and ∞ · 0 is NaN: what a neighbour does not look at must not reach it."""
    rng = np.random.default_rng(0)
    image, kernel, grad = (rng.standard_normal(shape) for shape in ((2, 3, 8, 8), (4, 3, 3, 3), (2, 4, 8, 8)))
    image[0, 1, 3, 3] = grad[1, 2, 4, 5] = bad
    x, w, b = mg.tensor(image, requires_grad=True), mg.tensor(kernel), mg.tensor(rng.standard_normal(4))
    out = conv2d(x, w, b, padding=(1, 1))
    np.testing.assert_allclose(out.detach().numpy(), by_loops(image, kernel, (1, 1), (1, 1)) + b.numpy()[:, None, None], atol=1e-12)
    out.backward(mg.tensor(grad))
    turned = kernel[:, :, ::-1, ::-1].swapaxes(0, 1)
    np.testing.assert_allclose(x.grad.numpy(), by_loops(grad, turned, (1, 1), (1, 1)), atol=1e-12)


def test_windows_and_their_adjoint():
    x = mg.arange(16, dtype=mg.float32).reshape(1, 1, 4, 4)
    windows = slide(x, window=(2, 2), stride=(2, 2))
    assert windows.shape == (1, 1, 2, 2, 2, 2) and windows[0, 0, 1, 0].tolist() == [[8, 9], [12, 13]]
    assert unslide(windows, size=(4, 4), stride=(2, 2)).tolist() == x.tolist()
    overlaps = unslide(slide(mg.ones(1, 1, 3, 3), window=(2, 2)), size=(3, 3))
    assert overlaps[0, 0].tolist() == [[1, 2, 1], [2, 4, 2], [1, 2, 1]]


def test_the_adjoint_is_the_adjoint():
    """<slide(x), y> = <x, unslide(y)> for any x and y."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 3, 7, 8)), rng.standard_normal((2, 3, 3, 4, 3, 2))
    left = (slide(x, window=(3, 2), stride=(2, 2)) * y).sum()
    assert left == pytest.approx((x * unslide(y, size=(7, 8), stride=(2, 2))).sum())


def test_shape_errors_name_the_shapes():
    with pytest.raises(RuntimeError, match=r"at least 5 x 5.*torch.Size\(\[1, 1, 3, 3\]\)"):
        mg.nn.functional.conv2d(mg.ones(1, 1, 3, 3), mg.ones(1, 1, 5, 5))
