"""The services, and the plumbing under them. A service imports contracts and plumbing, never another service."""
