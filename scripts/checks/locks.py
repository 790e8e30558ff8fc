"""The locks hold what pyproject.toml asks for, each version with its hashes, and agree with each other."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+?)(?: *;[^\\]*?)? *(\\)?$", re.MULTILINE)
REMEDY = "run scripts/lock"


def check(root: Path) -> Iterator[str]:
    """One finding per requirement or pin."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    run = project["dependencies"]
    every = [*run, *(one for extra in project.get("optional-dependencies", {}).values() for one in extra)]
    locks = {"requirements.lock": run, "requirements-dev.lock": every}
    pins = {}
    for name, asked in locks.items():
        if not (root / name).exists():
            yield f"{name} is missing: {REMEDY}"
            return
        text = (root / name).read_text("utf-8")
        pins[name] = versions(text)
        for package, _version, continued in PIN.findall(text):
            if not continued:
                yield f"{name}: {package} has no hashes: {REMEDY}"
        for line in asked:
            wanted = Requirement(line)
            held = pins[name].get(canonicalize_name(wanted.name), set())
            if not held:
                yield f"{name} does not hold {line}: {REMEDY}"
            for version in sorted(held):
                if not wanted.specifier.contains(version, prereleases=True):
                    yield f"{name} holds {wanted.name} {version}, and pyproject.toml asks for {line}: {REMEDY}"
    for package, held in sorted(pins["requirements.lock"].items()):
        if pins["requirements-dev.lock"].get(package) != held:
            yield f"the two locks differ in {package}: {REMEDY}"


def versions(text: str) -> dict[str, set[Version]]:
    """Package to its versions: more than one where a lock tells machines or Pythons apart."""
    held: dict[str, set[Version]] = {}
    for package, version, _continued in PIN.findall(text):
        held.setdefault(canonicalize_name(package), set()).add(Version(version))
    return held
