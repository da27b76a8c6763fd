"""What several tests of pictures need: small graphs, strange names, the texts of an SVG."""
import xml.etree.ElementTree as ElementTree

import pytest

import minigrad as mg
from minigrad.viz import NoRenderer
from minigrad.viz.common.render import find_dot

NASTY = ['<script>alert(1)</script>', 'say "hi"', "a|b{c}", "back\\slash \\n", "two\nlines", "вес", "fox 🦊", "&amp;",
         "'", "]]>", "%s {0}", "\x00\x1b[31m", "\u202eabc"]


def article(make):
    a, b = make(4.0), make(3.0)
    c = a + b
    return dict(a=a, b=b, c=c, d=a * c)


def leaf(x):
    return mg.tensor(x, requires_grad=True)


def drawable():
    try:
        import graphviz                                                          # noqa: F401
        return bool(find_dot())
    except (ImportError, NoRenderer):
        return False


def texts_in(svg):
    return [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


needs_graphviz = pytest.mark.skipif(not drawable(), reason="no Graphviz program: pip install graphviz graphviz-pure")
