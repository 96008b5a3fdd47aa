"""How operators run the system: what docker-compose.yml mounts, and the sample hub of its `demo` profile."""
