"""Pages in Chromium over a running console; the policy is on, and any error in a page fails its test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ioc.desk.moment import now_ms
from tests.console.room import Room
from tests.desk.made import MINUTE, transition

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Open = Callable[..., "Page"]
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
WALL = {"viewport": {"width": 1920, "height": 1080}}


def fires(room: Room, nth: int, *, ago_min: float = 5, **given: Any) -> None:
    """An alert that began so many minutes ago."""
    at = now_ms(room.clock) - int(ago_min * MINUTE)
    room.receive(transition(nth, **{"opened_at": at, "at": at, "clock": at, "last_seen": at, **given}))


def see(locator: Locator) -> Any:
    """What will be seen of it; looks again and again for a while. (Waiting for an expression needs eval, which the policy forbids.)"""
    from playwright.sync_api import expect

    return expect(locator)


def ready(page: Page, address: str) -> Page:
    """Open an address and wait until its scripts have run."""
    page.goto(address)
    page.wait_for_selector("body[data-ready='1']")
    return page


def numbers(page: Page) -> list[str]:
    """Short numbers of the lines that exist, in the order in which they stand."""
    found: list[str] = page.eval_on_selector_all(
        ".list .row",
        "rows => rows.map(row => [row.getBoundingClientRect().top, row.querySelector('.num').textContent])"
        ".sort((a, b) => a[0] - b[0]).map(pair => pair[1])",
    )
    return found
