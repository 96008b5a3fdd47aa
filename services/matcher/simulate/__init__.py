"""School years replayed: a policy is handed what arrives, proposes, and is judged at the end. Pure.

`years` reads a year, `game` plays it, `desk` is all that a policy sees, `judge` replays a log without trusting either.
"""
