"""Checks of our own that `scripts/check` makes beside ruff, mypy and import-linter: each gives findings in words."""
