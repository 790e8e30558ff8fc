"""Fetches, starts and stops the real services that tests run against, with the standard library only.

`scripts/services` is the command. Each service has a file of its own; what they share is
`place` (where things lie), `daemon` (a process that outlives the command) and `programs`
(what the machine must have).
"""
