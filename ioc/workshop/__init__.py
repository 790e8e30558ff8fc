"""What a rule author works with: backtest, tests of rules, comparison of two rule sets. The engine is production's own."""
