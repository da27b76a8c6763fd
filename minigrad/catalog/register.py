"""How the names of this folder reach the modules where PyTorch has them."""

def register(module, family, kind=type):
    """Give a module what a family of this folder itself defines, of one kind."""
    for name, thing in vars(family).items():
        own = getattr(thing, "__module__", None) == family.__name__
        if own and isinstance(thing, kind) and not name.startswith("_"):
            setattr(module, name, thing)
