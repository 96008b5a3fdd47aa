"""What every service needs and no service is about: settings, clock, database, outbox, inbox, consumer, processes.

Owns the tables `own.outbox`, `own.parked`, `own.poison` and `memory.inbox` of every service's database. Knows the
envelope of a fact, but no topic and no business noun.
"""
