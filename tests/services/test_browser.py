"""The browser fixture itself: it draws, and an error in a page does not go unseen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.screens import Screens

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.services, pytest.mark.browser]

NOON_UTC = "new Date('2026-03-01T12:00:00Z')"


def test_a_page_runs_its_script_and_shows_vietnamese_time(browser_page: "Callable[..., Page]") -> None:
    page = browser_page()
    page.set_content(f"<p id=at></p><script>at.textContent = {NOON_UTC}.toLocaleTimeString()</script>")
    assert page.inner_text("#at") == "19:00:00"


def test_two_pages_share_nothing(browser_page: "Callable[..., Page]") -> None:
    one, other = browser_page(), browser_page()
    one.context.add_cookies([{"name": "who", "value": "lan", "url": "http://127.0.0.1"}])
    assert other.context.cookies() == []


@pytest.mark.parametrize(
    ("event", "script"),
    [
        pytest.param("pageerror", "null.value", id="a script that throws"),
        pytest.param("console", "console.error('refused')", id="an error in the console"),
        pytest.param("console", "document.body.append(new Image()); document.images[0].src = 'file:///x'", id="a file"),
    ],
)
def test_an_error_in_a_page_fails_at_the_end(browser: "Browser", event: str, script: str) -> None:
    screens = Screens(browser)
    page = screens.page()
    page.goto("data:text/html,<p>page</p>")
    with page.expect_event(event):
        page.evaluate("script => { setTimeout(script, 0) }", script)
    with pytest.raises(AssertionError, match="data:text/html"):
        screens.close()


def test_an_error_that_is_allowed_does_not_fail(browser: "Browser") -> None:
    screens = Screens(browser)
    page = screens.page(allow_errors=True)
    with page.expect_event("console"):
        page.evaluate("console.error('expected here')")
    screens.close()
