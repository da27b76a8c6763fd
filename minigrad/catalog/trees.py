"""Nested tuples, lists and dicts of tensors, as functions take and give them."""

def children(tree):
    """What a tuple, a list or a dict holds; None for anything else, a leaf."""
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if isinstance(tree, (tuple, list)) else None

def leaves(tree) -> list:
    """What stands at the ends, in order."""
    inside = children(tree)
    return [tree] if inside is None else [leaf for child in inside for leaf in leaves(child)]

def mapped(function, tree, *others):
    """The same tree with `function(leaf)` for each leaf, or of the leaves of several trees."""
    inside = children(tree)
    if inside is None:
        return function(tree, *others)
    new = [mapped(function, *some) for some in zip(inside, *map(children, others), strict=True)]
    if isinstance(tree, dict):
        return type(tree)(zip(tree, new))
    return type(tree)(*new) if hasattr(tree, "_fields") else type(tree)(new)
