"""Roles put together from settings: the one place that knows every room. One role, one module."""
