"""Pages as officers see them, each with a browser memory of its own."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

DESK = {
    "locale": "vi-VN",
    "timezone_id": "Asia/Ho_Chi_Minh",
    "viewport": {"width": 1366, "height": 768},
}


class Screens:
    """Opens pages and remembers what went wrong in them."""

    def __init__(self, browser: "Browser") -> None:
        self.browser = browser
        self.contexts: list[BrowserContext] = []
        self.errors: list[str] = []

    def page(self, *, allow_errors: bool = False, **options: Any) -> "Page":
        """A page of an officer of its own (no shared cookies), Vietnamese, at +07:00, on a desk's screen.

        `options` are those of Playwright's new_context. A script that throws, or an error in the page's console
        (a script or style refused by the policy, a missing file), fails the test at its end, unless allowed.
        """
        context = self.browser.new_context(**{**DESK, **options})
        self.contexts.append(context)
        page = context.new_page()
        if not allow_errors:
            page.on("pageerror", lambda error: self.errors.append(f"{page.url}: {error}"))
            page.on("console", lambda said: self.heard(page, said.type, said.text))
        return page

    def heard(self, page: "Page", kind: str, text: str) -> None:
        """Keep what the console calls an error."""
        if kind == "error":
            self.errors.append(f"{page.url}: {text}")

    def close(self) -> None:
        """Close every page; AssertionError when one had errors."""
        for context in self.contexts:
            context.close()
        self.contexts.clear()
        assert not self.errors, "the pages had errors:\n" + "\n".join(self.errors)
