"""Benchmarks: `python -m bench` for the solver, `python -m bench.live` for the running system."""
