"""The HTTP API: one module per resource, and what they all share.

A route reads: what came, what we decide, what we keep and say. Keys, idempotency and the transaction are the work of
`routing.KeyedRoute`; whatever goes wrong leaves as a problem document, made in `problems`.
"""
