"""Hypothesis without deadlines: the machine may be busy, which is no failure."""

from hypothesis import settings

settings.register_profile("service", deadline=None)
settings.load_profile("service")
