"""The logs after the loop: JSON that follows a request through the services, and nobody's name or address."""

import json
from collections.abc import Iterator
from typing import Any

from tests.compose.engine import Compose

PROCESSES = [f"registry-{name}" for name in ("api", "consumer", "ticker", "relay")]
PROCESSES += ["matcher", "matcher-consumer", "matcher-relay"]
PROCESSES += [f"notifier-{name}" for name in ("consumer", "sender", "relay")]
PEOPLE = "SELECT contact ->> 'name' FROM memory.contacts UNION SELECT contact ->> 'email' FROM memory.contacts"


def lines_of(compose: Compose, process: str) -> Iterator[dict[str, Any]]:
    """What a process logged, each line as what it must be: a JSON object."""
    lines = compose.run("logs", "--no-log-prefix", process).splitlines()
    # Some versions of Compose clear a line of the terminal before each.
    return (json.loads(line.removeprefix("\x1b[2K")) for line in lines if line.strip("\x1b[2K"))


def test_every_line_is_json_and_says_who_wrote_it(compose: Compose):
    for process in PROCESSES:
        lines = list(lines_of(compose, process))
        service, _, name = process.partition("-")

        assert lines, process
        assert {(line["service"], line["process"]) for line in lines} == {(service, name or "rounds")}
        assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)


def test_one_id_leads_from_a_request_to_what_the_others_did_about_it(compose: Compose):
    said_by = {
        process: {line["correlation_id"] for line in lines_of(compose, process) if "correlation_id" in line}
        for process in ("registry-api", "matcher-consumer", "notifier-consumer")
    }

    assert set.intersection(*said_by.values())


# What a database would say by itself: the row that an error is about, and what a slow statement was given.
TEMPTED = """
INSERT INTO own.contacts
SELECT (jsonb_populate_record(c, jsonb_build_object('contact_id', gen_random_uuid()))).* FROM own.contacts c LIMIT 1;
SET log_min_duration_statement = 0;
SELECT count(*) FROM own.contacts WHERE email = $1 \\bind '{address}' \\g
"""


def test_nobodys_name_or_address_is_logged(compose: Compose):
    people = compose.sql("notifier", PEOPLE).splitlines()
    address = next(word for word in people if "@" in word)
    psql = ["psql", "-U", "postgres", "-d", "registry", "-X"]
    compose.run("exec", "-T", "registry-db", *psql, given=TEMPTED.format(address=address))

    logged = compose.run("logs")

    assert "duplicate key value" in logged
    assert "SELECT count(*) FROM own.contacts WHERE email = $1" in logged
    assert len(people) > 20
    assert [word for word in people if word in logged] == []
