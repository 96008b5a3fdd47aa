"""Why this match, and why not: from exact counts, the linear program's prices, and plans made anew with one change.

Pure, like the solver. `reasons.explain` is for the command line; `standing` and `screening` are quick enough for every
live round, whose letters, events and answers say the same.
"""
