"""The fault tests by their ids."""

from __future__ import annotations

from tests.faults import flood, killed, outages, poison, refusals, retention, rolling, slow, widened
from tests.faults.trial import Trial

TRIALS: tuple[Trial, ...] = (
    Trial("R1", "one worker and the desk killed at every point and at random moments", killed.one_worker),
    Trial("R1", "two workers and the desk killed at every point and at random moments", killed.two_workers),
    Trial("R2", "workers restarted politely one after the other", rolling.rolling),
    Trial("R3", "a worker lost, its partitions judged elsewhere", rolling.failover),
    Trial("R4", "records of every bad shape among the good ones", poison.run),
    Trial("R5", "one feed flooded with what nobody can read", flood.run),
    Trial("R6", "a broker killed and started again", outages.killed, ("own",)),
    Trial("R7", "a broker frozen past the session", outages.stopped, ("own",)),
    Trial("R7", "workers frozen past the session, and woken", outages.zombies),
    Trial("R8", "a send refused now and then", refusals.run),
    Trial("R18", "rules of one topic that take their time", slow.run),
    Trial("R19", "retention that takes what was not judged", retention.run, ("kafka",)),
    Trial("R21", "one worker, four, and one again", rolling.scaled),
    Trial("R22", "partitions raised while alerts are open", widened.run, ("kafka",)),
)
