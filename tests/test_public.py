"""A name is declared once, in a row: from it come its name, its forms and what help() shows."""
import inspect

import numpy as np
import pytest

import minigrad as mg
from minigrad.public import Published, publish, row


def test_a_row_takes_its_name_from_what_it_is_bound_to_and_gives_all_its_forms():
    names = {"__name__": "somewhere"}
    names["thrice"] = names["triple"] = row("3x.", "[1., 2.]", "[3., 6.]", lambda x: 3 * x, lambda g, out, x: 3 * g,
                                            forms="f x.f x.f_")
    try:
        assert publish(names) == ["thrice", "triple"]
        x = mg.tensor([1.0, 2.0], requires_grad=True)
        y = x.thrice()
        y.sum().backward()
        assert y.tolist() == [3, 6] and x.grad.tolist() == [3, 3] and x.detach().clone().triple_().tolist() == [3, 6]
        assert y.grad_fn.name() == "ThriceBackward0" and names["thrice"].__module__ == "somewhere"
        assert names["thrice"].__doc__ == "3x.\n\n>>> mg.thrice(mg.tensor([1., 2.]))\ntensor([3., 6.])\n"
    finally:
        for name in ("thrice", "thrice_", "triple", "triple_"):
            delattr(Published, name)


@pytest.mark.parametrize("name, arguments", [
    ("exp", ["input"]), ("matmul", ["input", "other"]), ("tan", ["input"]), ("atan2", ["input", "other"]),
    ("add", ["input", "other", "alpha"]), ("gather", ["input", "dim", "index", "sparse_grad"])])
def test_tab_shows_the_arguments(name, arguments):
    assert list(inspect.signature(getattr(mg, name)).parameters) == [*arguments, "out"]
    assert list(inspect.signature(getattr(mg.Tensor, name)).parameters) == arguments


def test_other_names_are_the_same_functions():
    assert mg.arcsin is mg.asin and mg.greater is mg.gt and mg.concat is mg.cat and mg.swapdims is mg.transpose
    assert mg.Tensor.arctan2 is mg.Tensor.atan2 and not hasattr(mg.Tensor, "cat") and not hasattr(mg, "view_as")


def test_functions_of_numpy_find_the_rows():
    x = mg.tensor([0.5], requires_grad=True)
    np.tan(x).backward()
    np.testing.assert_allclose(x.grad.numpy(), 1 + np.tan(0.5) ** 2, rtol=1e-6)
    assert np.fmod(mg.tensor([5.0]), 3).tolist() == [2]


def test_linalg_special_and_cuda_are_modules():
    import minigrad.cuda
    import minigrad.linalg as linalg
    import minigrad.special as special

    assert linalg is mg.linalg and special is mg.special and not minigrad.cuda.is_available()
    assert special.expit is mg.sigmoid and inspect.unwrap(linalg.det) is inspect.unwrap(mg.det) and linalg.norm is not mg.norm


def test_a_star_import_brings_functions_and_no_modules():
    from minigrad import catalog

    assert {"backends", "cuda", "distributions", "linalg", "return_types", "safetensors", "special"} == {name for name in catalog.__all__ if inspect.ismodule(getattr(catalog, name))}
    assert set(catalog.__all__) <= set(dir(mg)) and not {"np", "ops", "math", "raw", "leaf"} & set(catalog.__all__)
