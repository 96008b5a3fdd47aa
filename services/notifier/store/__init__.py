"""All SQL of the notifier: what it heard, its letters, its emails. Functions on a transaction that somebody else holds.

Locks are taken in one order everywhere: hub, matches by id, contact, email, letters. So nobody waits in a circle.
"""
