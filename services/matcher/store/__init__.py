"""The matcher's database: one module per kind of row. Functions take the transaction first and never end it.

Locks are always taken in this order, so that nobody waits in a circle: an area's row · what was heard (employers,
offers, requests, schools) · arrivals · matches by id · counters by key · news by area.
"""
