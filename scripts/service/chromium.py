"""Chromium as Debian packs it: a program that tests start themselves, so being up means that it has drawn a page."""

from service.daemon import Service
from service.place import Say, ServiceError, forget_state, read_state, write_state
from service.programs import find, program, run

PACKAGE = "chromium"
# Root may not use the sandbox; a machine for tests has no graphics card.
OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu")
PAGE = "data:text/html,<p id=told>not run</p><script>told.textContent='page drawn'</script>"


class Chromium(Service):
    """The program's path in IOC_CHROMIUM."""

    name = "chromium"
    about = "Chromium, for tests that look at pages"

    def install(self, say: Say) -> None:
        program("chromium", PACKAGE, say)

    def start(self, say: Say) -> None:
        path = program("chromium", PACKAGE, say)
        drawn = run([path, *OPTIONS, "--dump-dom", PAGE], "chromium", limit=60.0)
        if "page drawn" not in drawn:
            raise ServiceError("It started but ran no script in a page; see chromium.log in the folder of logs.")
        write_state(self.name, {"path": path})

    def stop(self, say: Say) -> None:
        forget_state(self.name)

    def is_up(self) -> bool:
        path = read_state(self.name).get("path")
        return isinstance(path, str) and find(path) is not None

    def environment(self) -> dict[str, str]:
        return {"IOC_CHROMIUM": str(read_state(self.name).get("path", ""))}
