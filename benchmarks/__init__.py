"""Benchmarks: each fixes what it measures in its head docstring. `python -m benchmarks` runs them all."""
