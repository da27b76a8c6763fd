"""Letters that this computer has no font for, spelled out: a picture would show empty boxes."""
import shutil
import subprocess
import unicodedata
from functools import cache


def shown(text: str) -> str:
    """`text` with the letters that cannot be shown here spelled out: `[balloon]`, `[U+4F60]`."""
    if text.isascii():
        return text
    return "".join(letter if letter < FIRST or has_font(letter) else spelled(letter)
                   for letter in text)


def spelled(letter: str) -> str:
    """The name of a sign; of a letter of a script, whose names say nothing, its number."""
    if unicodedata.category(letter) in ("Mn", "Cf"):          # chooses how the last one looks
        return ""
    name = unicodedata.name(letter, "").lower()
    sign = unicodedata.category(letter)[0] == "S" and name
    return f"[{name if sign else f'U+{ord(letter):04X}'}]"


FIRST = "\u2e80"          # before it stand Latin, Greek, mathematics …, which every system can show


@cache
def has_font(letter: str) -> bool:
    """Is there a font for it? Where fontconfig is missing (Windows, macOS) there is one."""
    program = shutil.which("fc-list")
    if program is None:
        return True
    query = [program, f":charset={ord(letter):x}", "family"]
    return bool(subprocess.run(query, capture_output=True).stdout.strip())
