"""Facts on the wire and the published language: what the services say to one another, and in which words.

One module per topic (who writes, who reads, what a record holds), the benchmark rules and activity types
as data, coded reasons, and the signed links in letters. Imports pydantic and the standard library, nothing else.
Contracts only grow: every example ever released still parses.
"""
