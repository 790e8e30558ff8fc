"""Names of places compared, searched and sorted as people here write them.

`fold` makes spellings equal that are the same words: composed or decomposed Unicode, capital or small, the tone mark on
either vowel (Định Hoá, Định Hóa). `search_fold` also forgets the marks, for a keyboard without them.
"""

from __future__ import annotations

import unicodedata

_TONES = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}
"""Combining grave, hook, tilde, acute, dot below, in the order of the Vietnamese dictionary (huyền hỏi ngã sắc nặng)."""
_VOWELS = frozenset("aeiouy")
_ETH = str.maketrans({"Ð": "Đ", "ð": "đ"})
"""Icelandic eth looks like the Vietnamese letter and comes out of old font converters."""
_ALPHABET = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}


def _small(text: str) -> str:
    """Small letters, one blank between words, eth mended."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_ETH).casefold().split())


def _word(letters: str) -> str:
    """One word (decomposed) with its tone marks moved to its first vowel."""
    tones = [c for c in letters if c in _TONES]
    if not tones:
        return letters
    bare = [c for c in letters if c not in _TONES]
    first = next((i for i, c in enumerate(bare) if c in _VOWELS), None)
    if first is None:
        return letters
    after = first + 1
    while after < len(bare) and unicodedata.combining(bare[after]):
        after += 1
    return "".join((*bare[:after], *tones, *bare[after:]))


def fold(name: str) -> str:
    """Key under which equal names are equal: NFC, small letters, single blanks, the tone mark on the first vowel.

    The key is for comparing, not for showing (`quý` becomes `qúy`).
    """
    folded: list[str] = []
    word: list[str] = []
    for c in unicodedata.normalize("NFD", _small(name)):
        if c.isalpha() or unicodedata.combining(c):
            word.append(c)
            continue
        folded += (_word("".join(word)), c)
        word.clear()
    folded.append(_word("".join(word)))
    return unicodedata.normalize("NFC", "".join(folded))


def unaccented(text: str) -> str:
    """Without Vietnamese marks, capitals kept: `Đại Từ` -> `Dai Tu` (what a GSM-7 message can carry)."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.translate(_ETH)) if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def search_fold(name: str) -> str:
    """Key for searching without marks: `Định Hoá`, `dinh hoa` and `ĐỊNH HÓA` are one."""
    return unaccented(_small(name))


def collation_key(name: str) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    """Sort key of Vietnamese: letters first (a ă â b c d đ e ê ...), then tones, then capitals after small letters.

    As in Unicode's collation for `vi` (CLDR): the tones decide only between names of the same letters, and are ordered
    none, huyền, hỏi, ngã, sắc, nặng. Signs and digits come before letters, other letters after z.
    """
    letters: list[int] = []
    tones: list[int] = []
    for c in unicodedata.normalize("NFC", _small(name)):
        parts = unicodedata.normalize("NFD", c)
        tone = next((mark for mark in parts if mark in _TONES), None)
        letter = unicodedata.normalize("NFC", parts.replace(tone, "")) if tone else c
        place = _ALPHABET.get(letter)
        if place is not None:
            letters.append(0x10000 + place)
        else:
            letters.append(0x20000 + ord(letter[0]) if letter[0].isalpha() else ord(letter[0]))
        tones.append(_TONES[tone] if tone else 0)
    return tuple(letters), tuple(tones), name.swapcase()
