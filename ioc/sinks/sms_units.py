"""What an SMS can carry: letters of the GSM alphabet or UCS-2, counted and cut into parts (3GPP TS 23.038, TS 23.040).

One part holds 160 septets or 70 UCS-2 units; each part of a longer message gives 7 septets, or 3 units, to the header
that puts it together again (TS 23.040 section 9.2.3.24.1).
"""

from __future__ import annotations

import unicodedata
from typing import Final, Literal

Coding = Literal["gsm7", "ucs2"]

ALONE: Final[dict[Coding, int]] = {"gsm7": 160, "ucs2": 70}
"""Units of a message of one part."""
JOINED: Final[dict[Coding, int]] = {"gsm7": 153, "ucs2": 67}
"""Units of each part of a longer one."""

_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""TS 23.038 section 6.2.1, in the order of the codes."""
_ESCAPE: Final = 0x1B
_SEPTETS: Final[dict[str, tuple[int, ...]]] = {
    **{letter: (code,) for code, letter in enumerate(_BASIC) if code != _ESCAPE},
    **{
        letter: (_ESCAPE, code)
        for letter, code in {
            "^": 0x14,
            "{": 0x28,
            "}": 0x29,
            "\\": 0x2F,
            "[": 0x3C,
            "~": 0x3D,
            "]": 0x3E,
            "|": 0x40,
            "€": 0x65,
        }.items()
    },
}
_PLAIN: Final = str.maketrans(
    {"đ": "d", "Đ": "D", "µ": "u", "μ": "u", "³": "3", "²": "2", "°": "", "–": "-", "—": "-", "…": "...", "≥": ">=",
     "≤": "<=", "×": "x", "±": "+-", "·": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "\u00a0": " "}
)  # fmt: skip


def unmarked(text: str) -> str:
    """Text without diacritics, in ASCII: what has no likeness there becomes `?`."""
    spread = unicodedata.normalize("NFKD", text.translate(_PLAIN))
    return "".join(one if one.isascii() else "?" for one in spread if not unicodedata.combining(one))


def written(text: str, coding: Coding) -> str:
    """Text as that coding will show it: `gsm7` without diacritics, `ucs2` in composed letters."""
    return unmarked(text) if coding == "gsm7" else unicodedata.normalize("NFC", text)


def size(text: str, coding: Coding) -> int:
    """Septets or UCS-2 units of a text that `written` has been over."""
    return sum(map(len, _pieces(text, coding))) // (1 if coding == "gsm7" else 2)


def parts(text: str, coding: Coding) -> int:
    """SMS that it takes."""
    return len(split(text, coding))


def split(text: str, coding: Coding) -> list[bytes]:
    """The parts, one octet a septet in `gsm7`, big-endian UTF-16 in `ucs2`; no letter is torn."""
    pieces = _pieces(text, coding)
    width = 1 if coding == "gsm7" else 2
    if sum(map(len, pieces)) <= ALONE[coding] * width:
        return [b"".join(pieces)]
    found, room = [b""], JOINED[coding] * width
    for piece in pieces:
        if len(found[-1]) + len(piece) > room:
            found.append(b"")
        found[-1] += piece
    return found


def _pieces(text: str, coding: Coding) -> list[bytes]:
    """The letters, each as it is coded: escaped letters and surrogate pairs stay together."""
    if coding == "ucs2":
        return [letter.encode("utf-16-be", "replace") for letter in text]
    unknown = _SEPTETS["?"]
    return [bytes(_SEPTETS.get(letter, unknown)) for letter in text]


def packed(septets: bytes, fill: int = 0) -> bytes:
    """Septets in octets, the first in the lowest bits, after `fill` bits that align them behind a header."""
    bits = 0
    for nth, one in enumerate(septets):
        bits |= (one & 0x7F) << (7 * nth + fill)
    return bits.to_bytes((7 * len(septets) + fill + 7) // 8, "little")


def unpacked(data: bytes, septets: int, fill: int = 0) -> str:
    """The text in packed septets."""
    bits = int.from_bytes(data, "little") >> fill
    return letters(bytes(bits >> 7 * nth & 0x7F for nth in range(septets)))


def letters(septets: bytes) -> str:
    """The text of septets, one an octet; an escape that leads nowhere is a blank (TS 23.038 section 6.2.1.1)."""
    known = {codes[1]: letter for letter, codes in _SEPTETS.items() if len(codes) == 2}
    text, escaped = "", False
    for one in septets:
        if escaped:
            text, escaped = text + known.get(one, " "), False
        elif one == _ESCAPE:
            escaped = True
        else:
            text += _BASIC[one & 0x7F]
    return text
