"""Fixtures of the tests about readings."""

from readings_world import world  # noqa: F401
