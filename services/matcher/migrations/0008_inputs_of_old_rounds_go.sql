-- What went into old rounds is purged: `instance_gz` and `matches_gz` are empty then. This finds those that still have it.
CREATE INDEX rounds_with_input ON own.rounds (started_at) WHERE length(instance_gz) > 0;
