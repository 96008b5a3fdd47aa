"""The registry's SQL: one module per resource, each function inside a transaction that its caller opened."""
