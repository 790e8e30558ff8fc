"""docs/settings.md is the tree; the example in docs/feeds.md is a feed.

`IOC_WRITE_DOCS=1 pytest tests/settings/test_pages.py` writes the page anew.
"""

import os
import re
from pathlib import Path

from ioc.settings import load_feed
from ioc.settings.reference import markdown

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_of_settings_is_made_from_the_tree() -> None:
    page = DOCS / "settings.md"
    if os.environ.get("IOC_WRITE_DOCS"):
        page.write_text(markdown(), encoding="utf-8")

    assert page.read_text(encoding="utf-8") == markdown()


def test_the_example_of_a_feed_is_one(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", (DOCS / "feeds.md").read_text(encoding="utf-8"), re.DOTALL)
    assert example
    path = tmp_path / "rain.yaml"
    path.write_text(example[1], encoding="utf-8")

    feed = load_feed(path)
    assert feed.schedule.late_after == 660
    assert feed.source_of("Đại Từ") is not None
