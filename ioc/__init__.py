"""The Intelligent Operations Center streaming monitor of a province."""

__version__ = "0.1.0"
