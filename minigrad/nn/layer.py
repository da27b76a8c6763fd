"""Layer: a function as a module, which keeps the function's settings."""
from collections.abc import Callable
from inspect import Signature, signature

from .module import Module


class Layer(Module):
    """The base of layers that keep the settings of a function and call it: one line declares each.

    `of` is the function. Its arguments that have a default, or those that `keeps` names, become the
    layer's; so does its help, with the call in the example rewritten: `example` is what that call
    passes as settings. Further keywords are defaults that differ from the function's.

    >>> class Power(mg.nn.layer.Layer, of=mg.pow, keeps="exponent", example="2"): ...
    >>> Power(2), Power(2)(mg.tensor([1., 2., 3.]))
    (Power(exponent=2), tensor([1., 4., 9.]))
    """

    _settings, _names = Signature(), ()
    _quiet: tuple[str, ...] = ("inplace",)     # not in the repr where they are the default

    def __init_subclass__(cls, of: Callable | None = None, keeps: str | None = None,
                          example: str = "", **defaults):
        if of is not None:
            given = signature(of).parameters
            optional = [name for name, p in given.items() if p.default is not p.empty]
            cls._names = tuple(keeps.split() if keeps else optional)
            cls._function = staticmethod(of)
            cls._settings = cls.__signature__ = Signature([
                given[name].replace(default=defaults.get(name, given[name].default))
                for name in cls._names])
            if cls.__doc__ is None:
                call = f"mg.nn.{cls.__name__}({example})("
                doc = (of.__doc__ or "").replace("mg.nn.functional.", "mg.")
                doc = doc.replace(f"mg.{of.__name__}(", call)
                cls.__doc__ = doc.replace(f", {example})", ")")
        if "__init__" in vars(cls):
            cls.__signature__ = None              # Tab and help show that of its own __init__

    def __init__(self, *args, **settings):
        super().__init__()
        try:
            given = self._settings.bind(*args, **settings)
        except TypeError as error:
            raise TypeError(f"{type(self).__name__}{self._settings}: {error}") from None
        given.apply_defaults()
        for name, value in given.arguments.items():
            setattr(self, name, value)
        self.__post_init__()

    def __post_init__(self):
        """What a layer checks or adds once it has its settings."""

    def forward(self, *inputs, **named):
        settings = {name: getattr(self, name) for name in self._names}
        return self._function(*inputs, **named, **settings)

    def extra_repr(self):
        said = [p.name for p in self._settings.parameters.values()
                if p.name not in self._quiet or getattr(self, p.name) != p.default]
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in said)
