"""Benchmarks: seeded, and their results kept in results/."""
