"""A mail server for demonstrations and tests: takes every mail, delivers none, and fails on demand.

Keeps what it got in memory (and in a folder, if told so), shows it on a page, hands it out as JSON, and can be told
over HTTP to answer with trouble: for now, for good, late, or never.
"""
