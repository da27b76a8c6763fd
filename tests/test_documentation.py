"""Every public name says what it does in one sentence and shows it in an example that runs."""
import doctest
import inspect
import io

import numpy as np
import pytest

import minigrad as mg

PLACES = {"minigrad": mg, "minigrad.nn": mg.nn, "minigrad.nn.functional": mg.nn.functional, "minigrad.nn.init": mg.nn.init,
          "minigrad.optim": mg.optim, "minigrad.utils.data": mg.utils.data, "minigrad.autograd": mg.autograd,
          "minigrad.distributions": mg.distributions}


def public():
    found = {}
    for path, module in PLACES.items():
        for name, thing in vars(module).items():
            homes = (path, "minigrad.nn.", "minigrad.catalog.")                               # not what a module only uses
            own = path == "minigrad" or getattr(thing, "__module__", "").startswith(homes)
            if not name.startswith("_") and callable(thing) and own:
                found.setdefault(thing, f"{path}.{name}")
    for name, thing in vars(mg.linalg).items():                        # where some helpers stand, too
        if hasattr(thing, "shown"):
            found.setdefault(thing, f"minigrad.linalg.{name}")
    return {path: thing for thing, path in found.items()}


@pytest.mark.parametrize("path", public())
def test_a_sentence_and_an_example(path):
    doc = inspect.getdoc(public()[path])
    assert doc, f"{path} has no docstring"
    parser, out = doctest.DocTestParser(), io.StringIO()
    test = parser.get_doctest(doc, {"mg": mg, "np": np}, path, None, 0)
    assert test.examples, f"{path} has no example"
    results = doctest.DocTestRunner().run(test, out=out.write)
    assert results.failed == 0, out.getvalue()
