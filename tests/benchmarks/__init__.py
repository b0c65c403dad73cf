"""Benchmarks: `python -m tests.benchmarks` (or `make bench`). See README.md in this folder."""
