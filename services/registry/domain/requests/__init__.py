"""School requests: what a school says for one cohort, what of it can be, and what follows from it."""
