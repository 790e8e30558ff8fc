"""Walls as files: what the code makes, whole on one screen, readable from five metres, nothing from the internet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from dashboards import look
from dashboards.build import FOLDER, build, outdated, write
from tests.dashboards.rules import findings

BUILT = build()


def walls() -> Iterator[Any]:
    for name, text in BUILT.items():
        yield pytest.param(json.loads(text), id=name)


each_wall = pytest.mark.parametrize("wall", list(walls()))


def test_the_committed_files_are_what_the_code_makes() -> None:
    assert outdated() == [], "run `ioc dashboards build`"


def test_a_file_that_was_changed_by_hand_or_left_behind_is_named(tmp_path: Path) -> None:
    map_file = tmp_path / "map" / "communes.geojson"
    write(tmp_path, map_file)
    assert outdated(tmp_path, map_file) == []
    (tmp_path / "ioc-overview-vi.json").write_text("{}", encoding="utf-8")
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    map_file.write_text("{}", encoding="utf-8")
    assert outdated(tmp_path, map_file) == ["communes.geojson", "ioc-overview-vi.json", "old.json"]
    assert write(tmp_path, map_file) == ["old.json", "ioc-overview-vi.json", "communes.geojson"]


def test_building_twice_gives_the_same_bytes() -> None:
    assert build() == BUILT


@pytest.mark.data
@each_wall
def test_grafanas_strict_schema_finds_nothing(wall: Any, shared_data: Path) -> None:
    schema = json.loads((shared_data / "grafana" / "dashboard-v1-strict.schema.json").read_text(encoding="utf-8"))
    found = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(wall)]
    assert found == []


@pytest.mark.data
def test_the_schema_does_find_what_is_wrong(shared_data: Path) -> None:
    schema = json.loads((shared_data / "grafana" / "dashboard-v1-strict.schema.json").read_text(encoding="utf-8"))
    wall = json.loads(BUILT["ioc-overview-vi.json"])
    wall["panels"][0]["options"]["colorMode"] = "rainbow"
    assert list(jsonschema.Draft7Validator(schema).iter_errors(wall))


@each_wall
def test_a_wall_is_what_walls_must_be(wall: Any) -> None:
    assert findings(wall) == []


def test_titles_and_uids_are_unique() -> None:
    for key in ("title", "uid"):
        found = [json.loads(text)[key] for text in BUILT.values()]
        assert len(set(found)) == len(found)


# --- colours

# Machado, Oliveira and Fernandes (2009), severity 1.0: what protan, deutan and tritan eyes see, in linear RGB.
SEEN = {
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    "every": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
}
GRAFANA = {"dark-blue": "#1F60C4", "super-light-blue": "#C0D8FF", "light-orange": "#FFB357", "dark-red": "#C4162A"}
"""The named colours in Grafana's dark theme."""


def linear(colour: str) -> list[float]:
    parts = (int(colour[nth : nth + 2], 16) / 255 for nth in (1, 3, 5))
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lab(colour: str, eye: str) -> list[float]:
    seen = [min(1.0, max(0.0, sum(k * v for k, v in zip(row, linear(colour), strict=True)))) for row in SEEN[eye]]
    white = (0.95047, 1.0, 1.08883)
    matrix = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.0721750), (0.0193339, 0.1191920, 0.9503041))
    xyz = [sum(k * v for k, v in zip(row, seen, strict=True)) / w for row, w in zip(matrix, white, strict=True)]
    f = [v ** (1 / 3) if v > 0.008856 else 7.787 * v + 16 / 116 for v in xyz]
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]


@pytest.mark.parametrize("eye", SEEN)
def test_no_eye_takes_one_severity_for_another(eye: str) -> None:
    colours = [GRAFANA[colour] for _, colour, _ in look.SEVERITY]
    for one, other in combinations(colours, 2):
        apart = sum((a - b) ** 2 for a, b in zip(lab(one, eye), lab(other, eye), strict=True)) ** 0.5
        assert apart >= 30, (one, other, eye)


def test_every_severity_has_a_sign_of_its_own() -> None:
    assert len({sign for _, _, sign in look.SEVERITY}) == 4


def test_the_folder_holds_a_wall_in_each_language() -> None:
    names = {path.stem for path in FOLDER.glob("*.json")}
    assert {name.removesuffix("-vi") for name in names if name.endswith("-vi")} == {
        name.removesuffix("-en") for name in names if name.endswith("-en")
    }
