"""One file per step, in order: `step_0001_...` is the first; the newest is what this program needs."""
