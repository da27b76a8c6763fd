"""How the names of this folder reach the modules where PyTorch has them."""
from types import ModuleType

def register(module: ModuleType, *things) -> None:
    """Give a module these functions and classes, under their own names."""
    for thing in things:
        setattr(module, thing.__name__, thing)
        if hasattr(module, "__all__"):
            module.__all__ = [*module.__all__, thing.__name__]

def own(module: ModuleType, kind=object) -> list:
    """What a module itself defines for others, of one kind."""
    return [thing for name, thing in vars(module).items() if not name.startswith("_")
            and isinstance(thing, kind) and getattr(thing, "__module__", None) == module.__name__]
