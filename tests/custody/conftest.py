"""Hypothesis without deadlines: these tests sync to disk, and a busy disk is no failure."""

from hypothesis import settings

settings.register_profile("custody", deadline=None)
settings.load_profile("custody")
