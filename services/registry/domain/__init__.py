"""The registry's rules: values in, values out. Time, ids and randomness are parameters."""
