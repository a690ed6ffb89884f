"""Slow, obvious twins of the statistics: the oracle of the tests, never shipped."""
