"""`brute-force`: passwords are guessed at the People's Committee's gateway, and one real exploit is tried among them."""

from __future__ import annotations

from ioc.embedded.province.native import MINUTE, SECOND
from ioc.embedded.province.signatures import SHELLSHOCK, SSH_SCAN
from ioc.embedded.province.story import Attack
from ioc.embedded.scenarios.scenario import Act, Scenario

SENSOR = "ids:ubnd"
BEGINS = 8 * SECOND
LASTS = 5 * MINUTE
GUESSES = 600
"""Two a second, from three addresses."""
EXPLOIT = 2 * MINUTE

BRUTE_FORCE = Scenario(
    name="brute-force",
    summary="Password guessing against the People's Committee's network, with one exploit among it.",
    effects=(
        Attack(SENSOR, BEGINS, BEGINS + LASTS, SSH_SCAN, GUESSES),
        Attack(SENSOR, EXPLOIT, EXPLOIT + SECOND, SHELLSHOCK, 1),
    ),
    acts=(
        Act(BEGINS, "Two guesses a second from three addresses, none blocked: a moderate alert for the first one."),
        Act(33 * SECOND, "Fifty within ten minutes: a severe alert of password guessing."),
        Act(58 * SECOND, "A hundred alerts of one sensor: a burst, moderate."),
        Act(EXPLOIT, "One exploit attempt, not blocked: the alert on grave signatures rises to severe."),
        Act(258 * SECOND, "Five hundred guesses: extreme."),
        Act(BEGINS + LASTS, "It stops."),
        Act(25 * MINUTE, "All clear for guessing and burst: the window has emptied, ten minutes have passed."),
        Act(36 * MINUTE, "All clear for grave signatures: half an hour without any."),
    ),
    length=45 * MINUTE,
)
