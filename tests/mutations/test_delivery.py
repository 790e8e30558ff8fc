"""Mistakes in delivery turn the simulation or a fault test red; all of them: `scripts/long delivery-mutations`."""

from __future__ import annotations

import pytest

from tests.mutations.delivery import MISTAKES, Mistake, fits, found


@pytest.mark.slow
@pytest.mark.parametrize("mistake", [one for one in MISTAKES if one.quick], ids=lambda one: one.name)
def test_a_mistake_in_delivery_is_found(mistake: Mistake) -> None:
    assert found(mistake)


@pytest.mark.slow
def test_where_nothing_is_changed_nothing_goes_wrong() -> None:
    assert found(None) == ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_every_mistake_in_delivery_still_fits_the_code(mistake: Mistake) -> None:
    assert fits(mistake) == 1
    assert mistake.new != mistake.old
