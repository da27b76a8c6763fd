"""The code of Python's pickle, as far as it builds plain objects: written, and followed.

`data.pkl` in PyTorch's files is such a code: instructions for a machine with a stack, and a memo
for what comes more than once. Python's own reader calls whatever function the code names. This one
knows a few instructions (pickletools.py of Python lists all) and the functions in `READS`; another
name is refused, and nothing of a file is ever executed.
"""
import io
from collections import OrderedDict, namedtuple
from struct import calcsize, pack, unpack

from ...public import refuse
from ...serialization import place

KEYS = type(None), bool, int, float, str
WRITES = {}       # a type, or its name "module name" -> what makes of it a Call or a plain object
READS = {}        # the name of a function that instructions may call -> ours
OBJECTS = {}      # the name of what else instructions may speak of -> what it is
STATES = {}       # a type -> what gives such an object a state

Call = namedtuple("Call", "name args state", defaults=[None])   # to write: this function, of these
class Code(bytes): """To write: instructions as they are."""
class Name(str): """A function or a type that instructions speak of, "module name"."""


# Writing

def written(obj, more: dict) -> bytes:
    """The code that builds an object; `more` writes types that are whole, beside numbers."""
    plain, code, todo = PLAIN | more, [b"\x80\x02"], [(obj, ())]
    memo, inside = {}, set()                              # numbers of objects; those begun, by id
    while todo:
        x, path = todo.pop()
        if path is None:                                  # x[0] is complete, and gets its number
            inside.remove(id(x[0]))
            code.append(x[1] + b"r" + pack("<I", memo[id(x[0])][0]))
        elif type(x) in plain:
            code.append(plain[type(x)](x))
        elif id(x) in memo:
            if id(x) in inside:
                raise ValueError("save: expected an object that does not hold itself, got "
                                 f"{_place(path)}, which it is in")
            code.append(b"j" + pack("<I", memo[id(x)][0]))
        else:
            begin, parts, end = _parts(x, path)
            memo[id(x)] = len(memo), x                    # x is kept: no other gets its id
            inside.add(id(x))
            code.append(begin)
            todo += [((x, end), None), *reversed(parts)]
    return b"".join([*code, b"."])

def _parts(x, path):
    """What begins a composed object, its parts and their places, and what ends it."""
    kind = type(x) if type(x) in WRITES else f"{type(x).__module__} {type(x).__qualname__}"
    if kind in WRITES:
        try:
            x = WRITES[kind](x)
        except TypeError as error:
            raise TypeError(f"save: {_place(path)} {error}") from None
    if type(x) is Call:
        parts = x.args if x.state is None else (*x.args, Code(b"tR"), x.state)
        end = b"tR" if x.state is None else b"b"
        return _name(x.name) + b"(", [(part, path) for part in parts], end
    if type(x) in (dict, OrderedDict):
        for key in x:
            if not _simple(key):
                raise TypeError("save: expected keys that are strings or numbers, or tuples of "
                                f"these, got {key!r:.60} in {_place(path)}")
        begin = b"}" if type(x) is dict else _name("collections OrderedDict") + b")R"
        own = [vars(x), Code(b"b")] if type(x) is OrderedDict and vars(x) else []
        return begin, [*((part, path) for part in (*own, Code(b"("))), *(
            item for key, part in x.items() for item in ((key, path), (part, (path, key))))], b"u"
    if type(x) not in (list, tuple):
        raise TypeError("save: expected tensors, dicts, lists, tuples, numbers and strings, got "
                        f"{_place(path)} of type {type(x).__name__}; of a module or an optimizer "
                        "save its state_dict()")
    begin, end = (b"](", b"e") if type(x) is list else (b"(", b"t")
    return begin, [(part, (path, i)) for i, part in enumerate(x)], end

def _place(path):
    """The place of a part, in words; its path is (path of the whole, key), for () the object."""
    keys = []
    while path:
        path, key = path
        keys.append(key)
    return place(keys[::-1])

def _int(x):
    if -2**31 <= x < 2**31:
        return b"J" + pack("<i", x)
    code = x.to_bytes(x.bit_length() // 8 + 1, "little", signed=True)
    refuse(len(code) > 255, "save: expected whole numbers of at most 2,039 bits, got one of "
           f"{x.bit_length():,}", ValueError)
    return b"\x8a" + bytes([len(code)]) + code

def _text(x):
    code = x.encode("utf-8", "surrogatepass")
    return b"X" + pack("<I", len(code)) + code

def _name(x): return b"c" + x.replace(" ", "\n").encode() + b"\n"
def persistent(*args): return b"(" + b"".join(PLAIN[type(x)](x) for x in args) + b"tQ"

PLAIN = dict(zip(KEYS, (lambda _: b"N", lambda x: b"\x88" if x else b"\x89", _int,
                        lambda x: b"G" + pack(">d", x), _text)))
PLAIN |= {Name: _name, Code: bytes}


# Following

def built(code: bytes, persistent):
    """The object that a code builds; `persistent(*args)` gives what the code has a number for."""
    file, stack, marks, memo = io.BytesIO(code), [], [], {}
    def number(form): return unpack(form, file.read(calcsize(form)))[0]
    def line(): return file.readline()[:-1].decode()
    def above(start):
        items = stack[start:]
        del stack[start:]
        return items
    while True:
        match op := file.read(1):
            case b"\x80": file.read(1)                    # the version of the code
            case b"N": stack.append(None)
            case b"\x88" | b"\x89": stack.append(op == b"\x88")
            case b"K": stack.append(number("B"))
            case b"M": stack.append(number("<H"))
            case b"J": stack.append(number("<i"))
            case b"\x8a":
                stack.append(int.from_bytes(file.read(number("B")), "little", signed=True))
            case b"G": stack.append(number(">d"))
            case b"X": stack.append(file.read(number("<I")).decode("utf-8", "surrogatepass"))
            case b"]": stack.append([])
            case b"}": stack.append({})
            case b")": stack.append(())
            case b"(": marks.append(len(stack))
            case b"t": stack.append(tuple(above(marks.pop())))
            case b"\x85" | b"\x86" | b"\x87": stack.append(tuple(above(0x84 - op[0])))
            case b"a": _add(above(-1), stack)
            case b"s": _add(above(-2), stack)
            case b"e" | b"u": _add(above(marks.pop()), stack)
            case b"q": memo[number("B")] = stack[-1]
            case b"r": memo[number("<I")] = stack[-1]
            case b"h": stack.append(memo[number("B")])
            case b"j": stack.append(memo[number("<I")])
            case b"c": stack.append(_named(f"{line()} {line()}"))
            case b"R" | b"\x81": stack.append(called(*above(-2)))
            case b"b": STATES[type(stack[-2])](stack[-2], stack.pop())
            case b"Q": stack.append(persistent(*stack.pop()))
            case b".": return _finished(stack[-1])
            case _: raise ValueError(f"an unknown instruction {op}")

def _named(name):
    name = name.replace("__builtin__ ", "builtins ").replace("numpy._core.", "numpy.core.")
    refuse(name not in READS and name not in OBJECTS, f"asks for {name.replace(' ', '.')}, which "
           "load does not build: it builds tensors and plain objects, and executes nothing of a "
           "file; of modules and optimizers save the state_dict()", NotImplementedError)
    return OBJECTS[name] if name in OBJECTS else Name(name)

def called(name, arguments):
    """What a function that the code may name makes of its arguments."""
    refuse(type(name) is not Name, "a call of what is no function", ValueError)
    return READS[name](*arguments)

def _add(items, stack):
    """Put items into the list, or pairs of them into the dict, that lies on top."""
    if type(stack[-1]) is list:
        return stack[-1].extend(items)
    refuse(type(stack[-1]) not in (dict, OrderedDict), "items for no container", ValueError)
    stack[-1].update(pairs(zip(items[::2], items[1::2], strict=True)))

def pairs(pairs):
    """For a dict, whose keys are simple: the hash of ((((…)))) overflows the machine's stack."""
    for key, x in pairs:
        refuse(not _simple(key), "has dicts with keys that are no strings or numbers",
               NotImplementedError)
        yield key, x

def _simple(key):
    return type(key) in KEYS or type(key) is tuple and all(type(part) in KEYS for part in key)

def attributes(x, state):
    """Give an object attributes of its own; none that its type has."""
    refuse(any(hasattr(type(x), name) for name in state), "an attribute is not x's own", ValueError)
    vars(x).update(state)
    return x

def _finished(obj):
    """The object, if all that is in it is an object of its own."""
    todo, seen = [obj], set()
    while todo:
        x = todo.pop()
        refuse(type(x) is Name or getattr(x, "unfinished", False),
               f"holds a {type(x).__name__} on its own", NotImplementedError)
        if id(x) not in seen:
            seen.add(id(x))
            todo += x.values() if isinstance(x, dict) else x if type(x) in (list, tuple) else ()
            todo += getattr(x, "__dict__", {}).values()
    return obj

STATES[OrderedDict] = attributes
READS["collections OrderedDict"] = lambda items=(): OrderedDict(pairs(items))
