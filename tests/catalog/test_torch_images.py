"""Images resized, sampled, cut into patches, pooled and unpooled beside PyTorch, where its own samples do not look."""
from itertools import product

import numpy as np
import pytest

import minigrad as mg

torch = pytest.importorskip("torch")


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def compare(function, *arrays, tolerance=1e-9):
    """function(library, *tensors): the result and the gradients of all arrays."""
    found = []
    for m in (mg, torch):
        xs = [m.tensor(x, requires_grad=True) for x in arrays]
        out = function(m, *xs)
        grads = m.autograd.grad((out * out).sum(), xs, allow_unused=True)
        found.append([out.detach(), *(m.zeros_like(x) if g is None else g for x, g in zip(xs, grads))])
    for mine, theirs in zip(*found, strict=True):
        assert tuple(mine.shape) == tuple(theirs.shape)
        np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=tolerance, atol=tolerance)


MODES = [("nearest", 4), ("nearest-exact", 4), ("bilinear", 4), ("bicubic", 4), ("area", 4), ("linear", 3), ("trilinear", 5), ("nearest", 5)]


@pytest.mark.parametrize("mode, axes", MODES)
@pytest.mark.parametrize("how", [dict(size=7), dict(scale_factor=2), dict(scale_factor=1.7), dict(scale_factor=0.6, recompute_scale_factor=True), dict(size=3)])
@pytest.mark.parametrize("corners", [None, True])
def test_other_sizes(mode, axes, how, corners):
    if corners is None or "linear" in mode or mode == "bicubic":
        compare(lambda m, x: m.nn.functional.interpolate(x, mode=mode, align_corners=corners, **how), numbers(*(2, 3, 5, 4, 6)[:axes]))


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
def test_float32_images_round_as_pytorch_s(mode):
    x = numbers(1, 3, 32, 32).astype(np.float32)
    mine, theirs = (m.nn.functional.interpolate(m.tensor(x), size=(224, 50), mode=mode) for m in (mg, torch))
    np.testing.assert_allclose(mine.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("call", [
    lambda F, x: F.interpolate(x), lambda F, x: F.interpolate(x, size=4, scale_factor=2), lambda F, x: F.interpolate(x, size=(4, 4, 4)),
    lambda F, x: F.interpolate(x, size=4, align_corners=True), lambda F, x: F.interpolate(x, size=4, mode="linear"),
    lambda F, x: F.interpolate(x, size=4, mode="trilinear"), lambda F, x: F.interpolate(x, size=0), lambda F, x: F.interpolate(x, size=4, mode="cubist")])
def test_sizes_that_pytorch_refuses(call):
    for m in (mg, torch):
        with pytest.raises((ValueError, NotImplementedError, RuntimeError)):
            call(m.nn.functional, m.ones(1, 1, 2, 2))


@pytest.mark.parametrize("make", [
    lambda nn: nn.Upsample(scale_factor=2, mode="bilinear"), lambda nn: nn.Upsample(size=(7, 3)), lambda nn: nn.Upsample(scale_factor=2, mode="bicubic", align_corners=True),
    lambda nn: nn.UpsamplingBilinear2d(scale_factor=2), lambda nn: nn.UpsamplingNearest2d(size=5), lambda nn: nn.Unfold((2, 3), padding=1), lambda nn: nn.ChannelShuffle(2),
    lambda nn: nn.AdaptiveMaxPool2d((3, None)), lambda nn: nn.AdaptiveAvgPool2d(2), lambda nn: nn.PixelUnshuffle(2), lambda nn: nn.Unfold(2, dilation=2, stride=2)])
def test_layers(make):
    assert repr(make(mg.nn)) == repr(make(torch.nn))
    compare(lambda m, x: make(m.nn)(x), numbers(2, 4, 6, 4))


@pytest.mark.parametrize("size, window, how", [
    ((5, 6), (2, 3), {}), ((5, 6), 2, dict(stride=2)), ((5, 6), (2, 3), dict(padding=1, stride=(2, 1))), ((7, 6), 2, dict(dilation=(2, 3))), ((4, 4), 4, {})])
def test_patches_there_and_back(size, window, how):
    compare(lambda m, x: m.nn.functional.unfold(x, window, **how), numbers(2, 3, *size))
    compare(lambda m, x: m.nn.functional.fold(m.nn.functional.unfold(x, window, **how) * 2, size, window, **how), numbers(2, 3, *size))
    compare(lambda m, x: m.nn.Fold(size, window, **how)(m.nn.Unfold(window, **how)(x)), numbers(3, *size))
    assert repr(mg.nn.Fold(size, window, **how)) == repr(torch.nn.Fold(size, window, **how))


@pytest.mark.parametrize("mode, outside, aligned", [*product(("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection"), (True, False))])
@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 3, 4, 5), (1, 1, 1, 3)], ids=str)
def test_places_of_a_grid(mode, outside, aligned, shape):
    count = len(shape) - 2
    if mode != "bicubic" or count == 2:
        grid = np.random.default_rng(1).uniform(-2.5, 2.5, (shape[0], *(3, 4, 2)[:count], count))
        compare(lambda m, x, g: m.nn.functional.grid_sample(x, g, mode, outside, aligned), numbers(*shape), grid)


@pytest.mark.parametrize("aligned", [True, False])
@pytest.mark.parametrize("theta, size", [((2, 2, 3), (2, 3, 4, 5)), ((1, 3, 4), (1, 2, 3, 4, 5)), ((1, 2, 3), (1, 1, 1, 3))])
def test_grids_of_maps(theta, size, aligned):
    compare(lambda m, t: m.nn.functional.affine_grid(t, size, aligned), numbers(*theta))


def test_a_transformer_of_images_as_in_pytorch():
    def program(m, x, theta):
        return m.nn.functional.grid_sample(x, m.nn.functional.affine_grid(theta, (2, 1, 6, 6), align_corners=False), align_corners=False)
    compare(program, numbers(2, 1, 8, 8), numbers(2, 2, 3) * 0.3)


@pytest.mark.parametrize("name, shape, window, stride", [("1d", (2, 3, 9), 3, 2), ("1d", (3, 8), 2, None), ("2d", (2, 3, 6, 8), 2, None), ("2d", (2, 7, 7), 3, 2)])
def test_pools_backwards(name, shape, window, stride):
    def program(m, x):
        pool = getattr(m.nn, f"MaxPool{name}")(window, stride, return_indices=True)
        out, places = pool(x)
        unpool = getattr(m.nn, f"MaxUnpool{name}")(window, stride)
        assert repr(unpool) == repr(getattr(torch.nn, f"MaxUnpool{name}")(window, stride))
        return unpool(out * out, places, output_size=tuple(x.shape)[-int(name[0]):])
    compare(program, np.round(numbers(*shape), 1))


@pytest.mark.parametrize("name, shape, size", [("1d", (2, 3, 7), 3), ("2d", (2, 3, 6, 7), (4, 3)), ("3d", (1, 2, 3, 4, 5), 2)])
def test_the_places_of_adaptive_maxima(name, shape, size):
    x = np.round(numbers(*shape), 0)                                            # many ties
    mine, theirs = (getattr(m.nn.functional, f"adaptive_max_pool{name}")(m.tensor(x), size, return_indices=True) for m in (mg, torch))
    assert [t.tolist() for t in mine] == [t.tolist() for t in theirs]
    compare(lambda m, x: getattr(m.nn, f"AdaptiveMaxPool{name}")(size)(x), x)
    compare(lambda m, x: getattr(m.nn, f"AdaptiveAvgPool{name}")(size)(x), x)
