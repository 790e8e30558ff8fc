from datetime import UTC, datetime
from pathlib import Path

import pytest

from ioc.settings import ConfigMistakes, load_boundaries, load_catalogue, shipped

GOOD = """\
name: rain
adapter: readings
domain: environment
title: {vi: Mưa, en: Rain}
owner: {unit: {vi: Đài, en: Station}}
schedule: {every: 600, grace: 60}
sources:
  - id: rain:one
    names: [one]
    title: {vi: Một, en: One}
    lat: 21.6
    lon: 105.8
"""


def folder(tmp_path: Path, **files: str) -> Path:
    feeds = tmp_path / "feeds"
    feeds.mkdir(exist_ok=True)
    for name, text in files.items():
        (feeds / f"{name}.yaml").write_text(text, encoding="utf-8")
    return feeds


def sentences(feeds: Path, heat: Path | None = None) -> list[str]:
    with pytest.raises(ConfigMistakes) as caught:
        load_catalogue(feeds, heat)
    assert all("{" not in sentence for sentence in caught.value.sentences("vi"))
    return [said.replace(f"{feeds}/", "") for said in caught.value.sentences("en")]


def test_a_good_file_becomes_a_feed(tmp_path: Path) -> None:
    catalogue = load_catalogue(folder(tmp_path, rain=GOOD))

    assert [feed.name for feed in catalogue.feeds] == ["rain"]
    assert catalogue.by_source["rain:one"][1].title.vi == "Một"
    assert catalogue.heat == load_catalogue().heat


CASES = {
    "an unknown key names the nearest one": (
        ("schedule:", "schedul:"),
        [
            "rain.yaml, line 1: schedule is missing",
            "rain.yaml, line 6: schedul is not known; did you mean schedule?",
        ],
    ),
    "an unknown key of a source names the nearest one": (
        ("    names: [one]", "    name: [one]"),
        ["rain.yaml, line 9: sources.1.name is not known; did you mean names?"],
    ),
    "an unknown key inside a title": (
        ("en: One", "fr: Un"),
        [
            "rain.yaml, line 10: sources.1.title.en is missing",
            "rain.yaml, line 10: sources.1.title.fr is not known",
        ],
    ),
    "a number in words": (
        ("every: 600", "every: often"),
        ["rain.yaml, line 6: schedule.every must be a whole number, not often"],
    ),
    "a latitude that is none": (
        ("lat: 21.6", "lat: 216"),
        ["rain.yaml, line 11: sources.1.lat must be 90 or less, not 216"],
    ),
    "a domain that is none": (
        ("domain: environment", "domain: env"),
        ["rain.yaml, line 3: domain cannot be env; take one of camera, hotspot, environment, netsec"],
    ),
    "a format that is none names the nearest one": (
        ("adapter: readings", "adapter: reading"),
        ["rain.yaml, line 2: adapter: there is no format reading; did you mean readings?"],
    ),
    "a format of another domain": (
        ("adapter: readings", "adapter: suricata"),
        ["rain.yaml, line 3: domain is environment, but this format makes netsec events"],
    ),
    "a name with a capital": (
        ("name: rain", "name: Rain"),
        [
            (
                "rain.yaml, line 1: name cannot be Rain; use lower-case letters, digits and . _ - only, at most 64 "
                "characters"
            )
        ],
    ),
    "a name that is not the file's": (
        ("name: rain", "name: snow"),
        ["rain.yaml, line 1: name is snow, but the file is called rain; the two must be the same"],
    ),
    "a zone that is none": (
        ("domain: environment", "domain: environment\nzone: Hanoi"),
        ["rain.yaml, line 4: zone: there is no time zone Hanoi; write +07:00 or Asia/Ho_Chi_Minh"],
    ),
    "a latitude alone": (
        ("    lon: 105.8\n", ""),
        ["rain.yaml, line 8: sources.1 (rain:one): lat and lon go together"],
    ),
    "lost before it is late": (
        ("grace: 60}", "grace: 60, lost: 300}"),
        ["rain.yaml, line 6: schedule.lost: lost after 300 s must be longer than late after 660 s (every + grace)"],
    ),
    "due times both ways": (
        ("schedule:", 'expect: {every: 1h, times: ["01:30"], grace: 20m}\nschedule:'),
        ["rain.yaml, line 6: expect needs either every (a period) or times (times of day), one of the two"],
    ),
    "a period that does not divide the day": (
        ("schedule:", "expect: {every: 7h, grace: 20m}\nschedule:"),
        [("rain.yaml, line 6: expect: every must divide a day (10m, 1h, 6h ...) and at must be shorter than every")],
    ),
    "a due time past its own period": (
        ("schedule:", "expect: {every: 1h, at: 90m, grace: 20m}\nschedule:"),
        [("rain.yaml, line 6: expect: every must divide a day (10m, 1h, 6h ...) and at must be shorter than every")],
    ),
    "a span without its unit": (
        ("schedule:", "expect: {every: 1h, grace: 20}\nschedule:"),
        ["rain.yaml, line 6: expect.grace is written like 20m, 1h or 1h30m"],
    ),
    "a time of day that is none": (
        ("schedule:", 'expect: {times: ["25:00"], grace: 20m}\nschedule:'),
        ['rain.yaml, line 6: expect.times.1 must be a time of day, as "13:30"'],
    ),
    "at beside times": (
        ("schedule:", 'expect: {times: ["01:30"], at: 5m, grace: 20m}\nschedule:'),
        ["rain.yaml, line 6: expect: at goes with every only; with times change the times themselves"],
    ),
    "early that reaches the due time before": (
        ("schedule:", 'expect: {times: ["01:00", "01:30"], early: 30m, grace: 20m}\nschedule:'),
        [
            (
                "rain.yaml, line 6: expect: the times must differ, and early must be shorter than the time between "
                "the closest two"
            )
        ],
    ),
    "a grace that is missing": (
        ("schedule:", "expect: {every: 1h}\nschedule:"),
        ["rain.yaml, line 6: expect.grace is missing"],
    ),
    "text where a group belongs": (
        ("schedule: {every: 600, grace: 60}", "schedule: hourly"),
        ["rain.yaml, line 6: schedule must be a group of keys and values"],
    ),
    "a key twice": (
        ("adapter: readings", "adapter: readings\nadapter: firms"),
        ["rain.yaml, line 3: a key stands twice in the same group"],
    ),
    "an indentation that breaks the file": (
        ("title: {vi", "  title: {vi"),
        [
            "rain.yaml, line 4: not valid YAML; look at the indentation, colons and quotes of this line",
        ],
    ),
    "an anchor": (
        ("name: rain", "name: &n rain"),
        ["rain.yaml, line 1: YAML's & and * are not taken here; write the text out"],
    ),
    "a tag that would make an object": (
        ("name: rain", "name: !!python/object/apply:os.system [true]"),
        ["rain.yaml, line 1: YAML's ! tags are not taken here"],
    ),
    "two documents": (
        ("name: rain", "name: rain\n---\nname: snow"),
        ["rain.yaml, line 2: the file has two documents parted by ---; make two files of them"],
    ),
    "a list where the feed belongs": (
        (GOOD, "- 1\n"),
        ["rain.yaml, line 1: the file's content must be a group of keys and values"],
    ),
    "an empty file": ((GOOD, "# nothing\n"), ["rain.yaml: the file is empty"]),
}


@pytest.mark.parametrize(("change", "said"), CASES.values(), ids=CASES.keys())
def test_a_mistake_is_one_sentence_with_file_and_line(tmp_path: Path, change: tuple[str, str], said: list[str]) -> None:
    assert change[0] in GOOD
    assert sentences(folder(tmp_path, rain=GOOD.replace(*change))) == said


def test_due_times_are_the_sources_own_or_its_feeds(tmp_path: Path) -> None:
    own = '    expect: {times: ["13:30", "01:30"], grace: 3h}\n'
    other = "  - id: rain:two\n    title: {vi: Hai, en: Two}\n"
    text = "expect: {every: 6h, at: 5m, grace: 20m, early: 10m}\n"
    catalogue = load_catalogue(folder(tmp_path, rain=text + GOOD + own + other))
    (feed,) = catalogue.feeds

    due = {one.id: one.expect and one.expect.of_day for one in feed.sources}
    assert due == {"rain:one": (5400, 48600), "rain:two": None}
    found = [catalogue.expect_of(feed, source) for source in feed.sources]
    assert [one.of_day for one in found if one] == [(5400, 48600), (300, 21900, 43500, 65100)]


def test_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    bad = GOOD.replace("name: rain", "name: snow")
    said = sentences(folder(tmp_path, rain=GOOD, snow=bad.replace("every: 600", "every: 0")))

    assert said == ["snow.yaml, line 6: schedule.every must be more than 0, not 0"]


def test_a_source_or_a_senders_name_stands_once(tmp_path: Path) -> None:
    more = "  - id: rain:two\n    names: [one]\n    title: {vi: Hai, en: Two}\n"
    snow = GOOD.replace("name: rain", "name: snow")
    feeds = folder(tmp_path, rain=GOOD + more, snow=snow)

    assert sentences(feeds) == [
        f"rain.yaml, line 14: sources.2.names.1: one already stands at {feeds}/rain.yaml:9".replace(f"{feeds}/", ""),
        f"snow.yaml, line 8: sources.1.id: rain:one already stands at {feeds}/rain.yaml:8".replace(f"{feeds}/", ""),
    ]


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    assert sentences(tmp_path / "none") == [f"{tmp_path}/none: the file cannot be read (No such file or directory)"]


BOMBS = {
    "a billion laughs": "a: &a [x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n",
    "a hundred thousand brackets": "a: " + "[" * 100_000,
    "deeper than anybody writes": "".join(f"{' ' * n}a:\n" for n in range(60)),
    "two megabytes": "a: " + "x" * 2_000_000,
    "a number that is too large": "name: rain\nschedule: {every: 1e999}\n",
    "control characters": "a: \x00\x07",
    "a python object": "a: !!python/object/apply:os.system ['true']",
    "unpaired quotes": 'a: "',
    "binary": "\udcff\udcfe",
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_hostile_file_is_one_or_a_few_sentences(tmp_path: Path, text: str) -> None:
    feeds = folder(tmp_path, rain="")
    (feeds / "rain.yaml").write_bytes(text.encode("utf-8", "surrogateescape"))

    said = sentences(feeds)
    assert said
    assert all(len(sentence) < 300 for sentence in said)


def test_only_what_is_fed_is_missed(tmp_path: Path) -> None:
    feeds = folder(tmp_path, rain=GOOD, snow=GOOD.replace("rain", "snow") + "demo: true\n")

    def expected(demo: bool | None) -> list[str]:
        return [source.id for _, source in load_catalogue(feeds, demo=demo).expected("environment")]

    assert expected(None) == ["rain:one", "snow:one"]
    assert expected(demo=True) == ["snow:one"]
    assert expected(demo=False) == ["rain:one"]


def test_the_shipped_catalogue_is_sound_and_lies_in_the_province() -> None:
    catalogue = load_catalogue()
    boundaries = load_boundaries()
    at = datetime(2026, 1, 1, tzinfo=UTC)
    outside = [
        source.id
        for feed in catalogue.feeds
        for source in feed.sources
        if source.lat is not None and source.lon is not None
        if boundaries.commune_at(source.lat, source.lon, at) is None
    ]

    assert {feed.domain for feed in catalogue.feeds} == {"camera", "hotspot", "environment", "netsec"}
    assert outside == []
    assert all(boundaries.commune_at(heat.lat, heat.lon, at) for heat in catalogue.heat)
    assert shipped("heat.yaml").is_file()


def test_the_map_is_built_in_or_the_operators_file(tmp_path: Path) -> None:
    path = tmp_path / "communes.geojson"

    assert load_boundaries().approximate
    for text, said in (
        ('{"type":\n nothing}', "line 2: not valid JSON"),
        (None, "the file cannot be read (No such file or directory)"),
    ):
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigMistakes) as caught:
            load_boundaries(path)
        assert caught.value.sentences("en")[0].endswith(said)
