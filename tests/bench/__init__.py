"""Benchmarks: figures side by side. Nothing here is a test, and no test measures time."""
