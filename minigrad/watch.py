"""Who listens to the engine, each in its own thread. While nobody does, nothing is called."""
from threading import get_ident

observers = []           # those who listen now


def listen(observer):
    """Tell the observer from now on what happens in this thread."""
    observer.thread = get_ident()
    observers.append(observer)


def mine() -> list:
    """Those who listen in this thread."""
    return [observer for observer in tuple(observers) if observer.thread == get_ident()]


class Observer:
    """What the engine tells; a listener overrides what it wants to hear."""

    def leaf(self, out):
        """A tensor without a history was made: data, a parameter, a gradient."""

    def made(self, out, op, inputs, arrays, tracked):
        """A primitive made the Tensor `out` from `inputs`; `tracked`: the graph records it."""

    def detached(self, out, source):
        """`source.detach()` or `source.data` made the tensor `out`."""

    def rules(self, node, rules):
        """Backward asks for a node's rules, one for each input; an observer may wrap them."""
        return rules

    def hooked(self, node, before, after):
        """A hook was called with a gradient, and gave another one or the same."""

    def entered(self, module):
        """A module is called."""

    def left(self, module):
        """The call of a module is over."""


def rules(node):
    """The rules of a node as backward shall call them."""
    found = node.op.rules
    for observer in mine():
        found = observer.rules(node, found)
    return found
