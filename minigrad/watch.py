"""Who listens while the graph is made and walked: anomaly detection, recordings for pictures, hooks.

Where nobody listens, one look at an empty list is all that it costs.
"""
observers = []                            # who listens now, the newest last


class Observer:
    """What can be heard; a listener overrides what it cares for. As a `with` block it listens inside."""

    def made(self, out, op, inputs):
        """An operation made the tensor `out` of these inputs, as they were given."""

    def detached(self, out, source):
        """`out` is `source` without its history."""

    def rules(self, node, rules):
        """Backward asks for the rules of a node; what is returned is called in their place."""
        return rules

    def hooked(self, node, before, after):
        """A hook has seen the gradient of a node, and gave `after` for it."""

    def entered(self, module):
        """A module begins to compute."""

    def left(self, module):
        """And has done so."""

    def __enter__(self):
        observers.append(self)
        return self

    def __exit__(self, *_):
        observers.remove(self)


def tell(event: str, *about) -> None:
    """Tell all who listen."""
    for observer in tuple(observers):
        getattr(observer, event)(*about)


def rules(node):
    """The rules of a node, as the observers want them called."""
    found = node.op.rules
    for observer in observers:
        found = observer.rules(node, found)
    return found
