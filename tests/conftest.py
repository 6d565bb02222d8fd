"""Fixtures for all tests live in `fixtures`, one module a subject; each is loaded here by name."""

pytest_plugins = ["fixtures.seaweed", "fixtures.crawls"]
