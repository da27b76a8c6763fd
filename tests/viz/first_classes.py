"""Classes such as readers write in chapters 1 to 4: `value` and `local_gradients`, and little else."""


class Strengths:
    """Chapter 1: (parent, number)."""

    def __init__(self, value, local_gradients=()):
        self.value, self.local_gradients = value, local_gradients

    def __add__(self, other):
        return type(self)(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        return type(self)(self.value * other.value, ((self, other.value), (other, self.value)))


class Named:
    """Later: (operation, parent, number), `grad`, `name`, and None for a leaf."""

    def __init__(self, value, local_gradients=None, name=None):
        self.value, self.local_gradients, self.name, self.grad = value, local_gradients, name, None

    def __add__(self, other):
        return Named(self.value + other.value, (("add", self, 1), ("add", other, 1)))

    def __mul__(self, other):
        return Named(self.value * other.value, (("mul", self, other.value), ("mul", other, self.value)))


class Functions:
    """Chapter 4: (operation, parent, function)."""

    def __init__(self, value, local_gradients=None):
        self.value, self.local_gradients = value, local_gradients

    def __matmul__(self, other):
        return Functions(self.value @ other.value, (("matmul", self, lambda g: g @ other.value.T),
                                                    ("matmul", other, lambda g: self.value.T @ g)))
