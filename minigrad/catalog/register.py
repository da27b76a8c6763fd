"""How the names of this folder reach the modules where PyTorch has them."""

def register(module, family, kind=type):
    """Give a module what a family defines itself, of one kind: all but _names, or its __all__."""
    for name in getattr(family, "__all__", [name for name in vars(family) if name[0] != "_"]):
        thing = getattr(family, name)
        if getattr(thing, "__module__", None) == family.__name__ and isinstance(thing, kind):
            setattr(module, name, thing)
