"""The registry: who takes part, what they offer and ask for, and what was said and when.

Owns hubs, schools, employers, contacts, API keys, offers, school requests, answers, and benchmark progress. Speaks
HTTP: the API, and the pages behind the links in emails.
"""
