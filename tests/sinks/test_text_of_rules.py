"""Every shipped rule as every channel would tell it, at the commune with the longest name: one part, nothing vital cut."""

from __future__ import annotations

import pytest

from ioc.alerts.message import Message
from ioc.alerts.rule import Rule
from ioc.places.boundaries import Boundaries
from ioc.places.table import communes
from ioc.settings import load_rules
from ioc.sinks.sms_units import parts, unmarked
from ioc.sinks.text_facts import near, short
from ioc.sinks.text_long import CHAT, chat, letter, voice
from ioc.sinks.text_sms import Form, sms
from ioc.words import LANGS, Lang, say
from tests.sinks.told import at

RULES = {rule.id: rule for rule in load_rules().rules if rule.emit == "alert"}
PLACES = [place for one in communes() if (place := Boundaries.builtin().place(one.code)) is not None]
DEVICE = "Trạm quan trắc không khí tự động liên tục Khu công nghiệp Điềm Thụy số 2"
WHY = {
    "vi": "Giá trị trung bình 1.240,5 µg/m³, vượt ngưỡng 1.000 µg/m³, kéo dài 2 giờ 10 phút, 3/5 trạm gần cùng cao",
    "en": "Mean value 1,240.5 µg/m³, above the limit of 1,000 µg/m³, for 2 h 10 min, 3/5 nearby stations agree",
}


def told(rule: Rule, lang: Lang) -> Message:
    place: dict[str, str] = {one: max((known.label(one) for known in PLACES), key=len) for one in LANGS}
    return Message(
        occasion="escalated",
        waited_min=120,
        number="#104821",
        reply="104821",
        severity="extreme",
        certainty=rule.certainty,
        domain=rule.domain,
        rule=rule.id,
        kind=rule.condition.kind,
        title={one: f"{getattr(rule.title, one)} {DEVICE}" for one in LANGS},
        why=WHY,
        place=place,
        lat=21.645,
        lon=105.625,
        at=at(21, 13, 42),
        opened_at=at(21, 13, 42),
        step={lang: getattr(rule.steps[0], lang)},
        call={lang: getattr(rule.call, lang)},
    )


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_shipped_rule_fits_every_channel(rule: str, lang: Lang) -> None:
    message = told(RULES[rule], lang)
    full = sms(message, lang, Form("gsm7", 1))
    brief = sms(message, lang, Form("ucs2", 1))
    assert parts(full, "gsm7") == 1
    assert parts(brief, "ucs2") == 1
    assert full.isascii()
    for text in (full, brief, chat(message, lang), letter(message, lang).subject):
        assert "#104821" in text
    assert unmarked(say("text.mark.extreme", lang)) in full
    assert "13:42 21/11" in full
    assert "13:42" in brief
    assert " 1 104821 = " in full
    if message.domain in ("hotspot", "camera", "environment") and message.kind != "absence":
        assert unmarked(near(short(message.place[lang]))) in full
    assert len(chat(message, lang)) <= CHAT
    assert len(letter(message, lang).subject) <= 250
    assert "1 0 4 8 2 1" in voice(message, lang)


def test_there_are_rules() -> None:
    assert len(RULES) >= 10
