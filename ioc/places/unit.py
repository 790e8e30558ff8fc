"""An administrative unit by kind and name: xã La Bằng, huyện Đại Từ, tỉnh Bắc Kạn."""

from __future__ import annotations

from typing import NamedTuple

from ioc.words import Lang, say

_WORDS = {
    "xã": "place.unit.xa",
    "phường": "place.unit.phuong",
    "thị trấn": "place.unit.thi_tran",
    "huyện": "place.unit.huyen",
    "thị xã": "place.unit.thi_xa",
    "thành phố": "place.unit.thanh_pho",
    "đặc khu": "place.unit.dac_khu",
    "tỉnh": "place.unit.tinh",
}
KINDS = frozenset(_WORDS)
"""Kinds of units of Vietnam, before and after the Law on Local Government of 2025 (72/2025/QH15)."""


class Unit(NamedTuple):
    """Kind as written in Vietnamese, in small letters, and name."""

    kind: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Unit:
        """Read `Huyện Đại Từ` or `huyện Đại Từ`; ValueError where no known kind stands first."""
        folded = text.strip()
        for kind in KINDS:
            head, rest = folded[: len(kind)], folded[len(kind) :]
            if head.casefold() == kind and rest[:1].isspace() and rest.strip():
                return cls(kind, rest.strip())
        raise ValueError(f"no administrative unit: {text!r}")

    def text(self, lang: Lang) -> str:
        """Give `huyện Đại Từ`, in English `Đại Từ district`; a kind we do not know stands as it is."""
        key = _WORDS.get(self.kind)
        return say(key, lang, name=self.name) if key else f"{self.kind} {self.name}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
