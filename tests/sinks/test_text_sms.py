from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ioc.alerts.message import Message, Occasion
from ioc.sinks.sms_units import ALONE, Coding, parts, size, split, unmarked
from ioc.sinks.text_sms import Form, sms
from ioc.words import LANGS, Lang
from tests.sinks.told import AIR, ALL_CLEAR, BACKBONE, BRUTE, CAMERAS, DIGEST, HOTSPOT, SOS, at, message

PLAIN = Form("gsm7", 1)
SHORT = Form("ucs2", 1)

# The wording is that of the officers' reference, letter by letter.
REFERENCE: list[tuple[str, Message, Lang, str]] = [
    ("hotspot", HOTSPOT, "vi", "IOC TN #4821 CAO, CHUA XAC MINH: diem nhiet 13:42 21/11 xa La Bang (h.Dai Tu cu), 21.645,105.625, sat rung. Goi Kiem lam. Tra loi 1 4821 = tiep nhan"),
    ("hotspot", HOTSPOT, "en", "IOC TN #4821 SEVERE, UNVERIFIED: hotspot 13:42 21/11 La Bang (ex Dai Tu district), 21.645,105.625, by forest. Call rangers. Reply 1 4821 = accept"),
    ("air", AIR, "vi", "IOC TN #4830 CAO: VN_AQI gio 218 Rat xau (PM2.5 168 ug/m3) P.Phan Dinh Phung 07:00 21/11, da 3 gio, 2/3 tram gan cung cao. Tra loi 1 4830 = tiep nhan"),
    ("air", AIR, "en", "IOC TN #4830 SEVERE: hourly VN_AQI 218 Very bad (PM2.5 168 ug/m3) Phan Dinh Phung ward 07:00 21/11, 3 h, 2/3 nearby stations agree. Reply 1 4830 = accept"),
    ("brute force", BRUTE, "vi", "IOC TN #4844 CAO: do mat khau VPN vpn-ubnd 1.240 lan/10 phut tu 3 IP, chua thay dang nhap thanh cong, 02:14 21/11. Goi truc ATTT. Tra loi 1 4844 = tiep nhan"),
    ("brute force", BRUTE, "en", "IOC TN #4844 SEVERE: password guessing on VPN vpn-ubnd, 1,240 in 10 min from 3 IPs, no success seen, 02:14 21/11. Call SOC duty. Reply 1 4844 = accept"),
    ("cameras", CAMERAS, "vi", "IOC TN #4852 TRUNG BINH: 18/20 camera cum Quang truong mat tin hieu tu 22:05 20/11, cung switch SW-QT1 (nghi mat dien). Tra loi 1 4852 = tiep nhan"),
    ("cameras", CAMERAS, "en", "IOC TN #4852 MODERATE: 18/20 cameras of Quang truong cluster offline since 22:05 20/11, same switch SW-QT1 (power?). Reply 1 4852 = accept"),
    ("sos", SOS, "vi", "IOC TN #4860 KHAN CAP SOS 19:31 xa La Bang (sai so 15m): ngap nuoc, 4 nguoi. Mo IOC lay SDT, goi lai NGAY. Tra loi 1 4860 = tiep nhan"),
    ("sos", SOS, "en", "IOC TN #4860 EXTREME SOS 19:31 La Bang commune (+-15 m): flooding, 4 people. Open IOC for phone, call back NOW. Reply 1 4860 = accept"),
    ("backbone", BACKBONE, "vi", "IOC TN #4871 KHAN CAP: dut truc mang TSLCD TN-Dinh Hoa 03:12 21/11, 13 xa mat ket noi (1 vu viec, gop 61 canh bao). Goi nha mang. Tra loi 1 4871 = tiep nhan"),
    ("backbone", BACKBONE, "en", "IOC TN #4871 EXTREME: gov network backbone TN-Dinh Hoa cut 03:12 21/11, 13 communes off (1 incident, 61 alerts grouped). Call carrier. Reply 1 4871 = accept"),
    ("all-clear", ALL_CLEAR, "vi", "IOC TN #4871 DA KET THUC: truc TN-Dinh Hoa thong lai 05:40 21/11 (gian doan 2g28p). 12/13 xa da co lai; con mat: 1 xa"),
    ("digest", DIGEST, "vi", "IOC TN 20:00-20:15 bao lu: 128 canh bao moi, 6 vu viec, 3 KHAN CAP da bao rieng. Chua tiep nhan 41, cu nhat 18p. Nang: La Bang, Linh Son. Mo IOC"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "told", "lang", "text"), REFERENCE, ids=lambda one: one if isinstance(one, str) and len(one) < 20 else ""
)
def test_the_text_is_the_reference_and_fits_one_part(name: str, told: Message, lang: Lang, text: str) -> None:
    assert sms(told, lang, PLAIN) == text, name
    assert size(text, "gsm7") <= 160


def test_with_diacritics_one_part_takes_the_short_form() -> None:
    text = sms(HOTSPOT, "vi", SHORT)
    assert text == "#4821 CHƯA XÁC MINH: điểm nhiệt xã La Bằng 13:42, sát rừng. 1=nhận"
    assert size(text, "ucs2") == 66


def test_a_drill_says_so_first_and_sends_nobody_out() -> None:
    text = sms(replace(HOTSPOT, drill=True, number="#D017", reply="D017", why={}), "vi", PLAIN)
    assert text.startswith("DIEN TAP - IOC TN #D017 ")
    assert text.endswith("Tra loi 1 D017 = tiep nhan KHONG dieu dong")


OCCASIONS: tuple[Occasion, ...] = (
    "alert", "update", "ended", "escalated", "repeat", "group", "digest", "receipt", "overdue", "unowned", "answer",
)  # fmt: skip


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("form", [PLAIN, SHORT, Form("ucs2", 2), Form("gsm7", 2)])
@pytest.mark.parametrize("occasion", OCCASIONS)
def test_no_occasion_grows_beyond_its_parts(occasion: Occasion, form: Form, lang: Lang) -> None:
    text = "Trạm quan trắc tự động liên tục nước mặt sông Cầu tại cầu Gia Bẩy, phường Phan Đình Phùng " * 3
    long = dict.fromkeys(LANGS, text)
    told = replace(
        HOTSPOT, occasion=occasion, title=long, place=long, why=long, step=long, subject=long, waited_min=1440,
        tally=replace(DIGEST.tally, places=(long,) * 5) if DIGEST.tally else None,
        status="resolved" if occasion == "ended" else "firing", accepted_by="Nguyễn " * 20 if occasion == "update" else "",
    )  # fmt: skip
    text = sms(told, lang, form)
    assert 0 < parts(text, form.coding) <= form.most
    if occasion in ("alert", "escalated", "repeat", "group", "overdue"):
        assert "#4821" in text
        assert "13:42" in text
        assert unmarked({"vi": "CHUA XAC MINH", "en": "UNVERIFIED"}[lang]) in unmarked(text)
        assert "1 4821 = " in text or "1=" in text


def test_what_is_cut_first_is_what_matters_least() -> None:
    long = replace(HOTSPOT, why={"vi": "sát rừng, cấp cháy rừng IV, cách nguồn nhiệt đã biết 3,2 km"})
    text = sms(long, "vi", PLAIN)
    assert "21.645" not in text
    assert "sat rung" in text
    assert "Goi Kiem lam" in text


HOSTILE = st.text(st.characters(codec="utf-8"), max_size=400)


@settings(max_examples=40)
@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(["gsm7", "ucs2"]), st.integers(1, 2))
def test_whatever_feeds_and_people_write_stays_one_line_within_its_parts(
    title: str, place: str, name: str, coding: Coding, most: int
) -> None:
    told = message(
        "4821", occasion="update", title={"vi": title}, place={"vi": place}, why={"vi": name}, accepted_by=name
    )
    text = sms(told, "vi", Form(coding, most))
    assert parts(text, coding) <= most
    assert not any(ord(letter) < 32 for letter in text)
    assert "#4821" in text


def test_no_link_gets_out() -> None:
    text = sms(message("1", title={"vi": "Xem https://evil.example/x và www.evil.example ngay"}), "vi", PLAIN)
    assert "evil" not in text


@pytest.mark.parametrize(
    ("coding", "units", "wanted"),
    [("gsm7", 160, 1), ("gsm7", 161, 2), ("gsm7", 306, 2), ("gsm7", 307, 3), ("ucs2", 70, 1), ("ucs2", 71, 2), ("ucs2", 134, 2), ("ucs2", 135, 3)],
)  # fmt: skip
def test_parts_are_counted_as_the_standard_says(coding: Coding, units: int, wanted: int) -> None:
    assert parts("a" * units, coding) == wanted


def test_no_letter_is_torn_between_parts() -> None:
    assert [len(one) for one in split("a" * 66 + "😀" + "b" * 10, "ucs2")] == [132, 24]
    assert [one[-1] for one in split("a" * 152 + "€" + "b" * 10, "gsm7")] == [ord("a"), ord("b")]
    assert size("€", "gsm7") == 2


def test_midnight_belongs_to_the_event_not_to_the_sending() -> None:
    assert " 00:05 21/11 " in sms(replace(HOTSPOT, at=at(21, 0, 5)), "vi", PLAIN)
    assert ALONE["ucs2"] == 70
