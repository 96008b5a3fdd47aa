"""Containers are killed, scaled, given new passwords and started anew; nothing is lost, and nothing is done twice."""

import json
import os
import subprocess
from collections import Counter

import httpx

from deploy.compose.sample import Api, post_sample
from deploy.demo.stage import Stage
from services.plumbing.clock import Clock
from tests.compose.callers import decline, mails, settled
from tests.compose.engine import PROJECT, Compose, docker, until


def kill(compose: Compose, service: str) -> None:
    """As a crash does: the process inside dies at once, and Docker starts the container again."""
    compose.run("exec", "-T", service, "bash", "-c", "kill -9 $(cat /proc/1/task/1/children)", ok=False)


def test_killed_processes_come_back_by_themselves(compose: Compose, operator_key: str):
    victims = ("registry-relay", "matcher", "matcher-consumer", "notifier-consumer", "notifier-sender", "registry-api")
    before = compose.sql("matcher", "SELECT count(*) FROM own.matches WHERE state = 'declined'")

    decline(compose, operator_key, 3)
    for victim in victims:
        kill(compose, victim)

    until("all to be healthy again", lambda: {each["Health"] for each in compose.containers(*victims)} == {"healthy"})
    declined = int(before) + 3
    count = "SELECT count(*) FROM own.matches WHERE state = 'declined'"
    until("three matches declined", lambda: int(compose.sql("matcher", count)) >= declined)
    until("silence", lambda: settled(compose))


def test_kafka_and_a_database_are_killed(compose: Compose, operator_key: str):
    for victim in ("kafka", "matcher-db"):
        decline(compose, operator_key, 2)
        docker("kill", *compose.ids(victim))
        decline(compose, operator_key, 2)
        compose.up("--no-deps", victim)

    until("silence", lambda: settled(compose), 180)


def test_three_matchers_and_two_senders_share_the_work(compose: Compose, operator_key: str):
    compose.up("--scale", "matcher=3", "--scale", "notifier-sender=2", "matcher", "notifier-sender")
    api = Api(compose.api(), operator_key)
    today = Clock.from_setting(compose.settings["ENCOUNTERS_CLOCK"]).today()

    for number in range(6):
        post_sample(api, today, f"Vale {number}", 11 + 10 * number)

    areas = "SELECT count(DISTINCT area_id) FROM own.matches WHERE state = 'proposed'"
    until("matches in every area", lambda: int(compose.sql("matcher", areas)) >= 8, 180)
    until("silence", lambda: settled(compose), 180)
    planned = {container: rounds_of(container) for container in compose.ids("matcher")}
    assert len(planned) == 3
    assert len([rounds for rounds in planned.values() if rounds]) >= 2, planned
    assert compose.sql("matcher", TWICE) == ""


TWICE = "SELECT 1 FROM own.matches WHERE state IN ('proposed', 'accepted', 'confirmed') \
GROUP BY session_id, request_id HAVING count(*) > 1 LIMIT 1"


def rounds_of(container: str) -> list[str]:
    """The areas that this matcher planned."""
    done = subprocess.run(["docker", "logs", container], capture_output=True, text=True, check=True)  # noqa: S607
    lines = [json.loads(line) for line in done.stderr.splitlines() if '"event": "round"' in line]
    return [line["area_id"] for line in lines]


def test_no_email_went_out_twice(compose: Compose):
    sent = int(compose.sql("notifier", "SELECT count(*) FROM own.emails WHERE state = 'sent'"))
    ids = Counter(mail["MessageID"] for mail in mails(compose))

    assert set(ids.values()) == {1}
    # Those that a refusing server refused and those sent before the catcher was last started are not in it.
    assert 0 < len(ids) <= sent


def test_every_secret_is_changed_while_the_system_runs(compose: Compose, operator_key: str, stage: Stage):
    before = compose.sql("registry", "SELECT count(*) FROM own.offers")
    environment = {**os.environ, **compose.settings}

    subprocess.run([PROJECT / "deploy/compose/rotate-secrets"], check=True, env=environment, timeout=600)

    decline(compose, operator_key, 1)
    until("silence", lambda: settled(compose), 180)
    assert compose.sql("registry", "SELECT count(*) FROM own.offers") == before
    # The newest email and one from before: both keys of links are good.
    old = next(iter(stage.mails._known.values()))  # noqa: SLF001 - what was read before
    assert httpx.get(next(iter(old.links.values())), timeout=30).status_code == 200


def test_the_whole_system_is_stopped_and_started(compose: Compose, operator_key: str):
    counts = "SELECT state, count(*) FROM own.emails GROUP BY state ORDER BY state"
    emails = compose.sql("notifier", counts)
    matches = compose.sql("matcher", "SELECT state, count(*) FROM own.matches GROUP BY state ORDER BY state")

    compose.run("down")
    seconds = compose.up()

    assert seconds < 300
    until("silence", lambda: settled(compose))
    assert compose.sql("notifier", counts) == emails
    assert compose.sql("matcher", "SELECT state, count(*) FROM own.matches GROUP BY state ORDER BY state") == matches
    assert mails(compose) == []
    decline(compose, operator_key, 1)
    until("an email about the next school's match", lambda: mails(compose))
