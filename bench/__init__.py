"""Measuring the solver on the public instances: points, bounds, seconds, memory, and how the cost grows."""
