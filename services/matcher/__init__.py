"""The matcher: decides which pupils of which request go to which session, and says why.

Owns rounds, matches (what holds), outlooks, and the capacity of sessions, employers and funds. The pure part
(`instance`, `files`, `rules`, `points`, `solver`) knows neither Kafka nor PostgreSQL; the command line uses it too.
"""
