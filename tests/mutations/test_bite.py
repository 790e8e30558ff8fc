"""Mistakes in the engine turn the naive evaluator's comparison red; all of them: `scripts/long mutations`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutations.bite import NOTHING, ROOT, bitten
from tests.mutations.table import MUTATIONS, Mutation


@pytest.mark.parametrize("mutation", [one for one in MUTATIONS if one.quick], ids=lambda one: one.name)
def test_a_mistake_is_found(mutation: Mutation) -> None:
    assert bitten(mutation)


def test_where_nothing_is_changed_nothing_is_found() -> None:
    assert bitten(NOTHING) == ""


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: one.name)
def test_every_mistake_still_fits_the_code(mutation: Mutation) -> None:
    code = (ROOT / Path(mutation.file)).read_text(encoding="utf-8")

    assert code.count(mutation.old) == 1
    assert mutation.new != mutation.old
