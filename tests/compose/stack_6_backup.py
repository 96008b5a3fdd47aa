"""A backup is taken from the running system and restored elsewhere; then nothing is left of either."""

import os
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.compose.callers import decline, get, mails, settled
from tests.compose.engine import PROJECT, Compose, docker, installation, until

WHAT_COUNTS = {
    "registry": [
        "SELECT count(*), md5(string_agg(entity::text, '' ORDER BY offer_id)) FROM own.offers",
        "SELECT count(*), md5(string_agg(entity::text, '' ORDER BY request_id)) FROM own.requests",
        "SELECT count(*) FROM own.said",
        "SELECT state, count(*) FROM memory.matches GROUP BY state ORDER BY state",
    ],
    "matcher": [
        "SELECT state, count(*) FROM own.matches GROUP BY state ORDER BY state",
        "SELECT kind, sum(taken) FROM own.capacity GROUP BY kind ORDER BY kind",
    ],
    "notifier": ["SELECT state, count(*) FROM own.letters GROUP BY state ORDER BY state"],
}


def figures(compose: Compose) -> list[str]:
    return [compose.sql(service, query) for service, queries in WHAT_COUNTS.items() for query in queries]


def script(name: str, compose: Compose, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT / "deploy/compose" / name, *words],
        env={**os.environ, **compose.settings},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


@pytest.fixture(scope="module")
def saved(compose: Compose, operator_key: str, tmp_path_factory) -> str:
    assert operator_key, "a key that the backup knows"
    until("silence", lambda: settled(compose))
    folder = tmp_path_factory.mktemp("backup")
    done = script("backup", compose, str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return str(folder)


def test_a_backup_leaves_the_system_running(compose: Compose, saved: str):
    compose.up()

    assert {each["Health"] for each in compose.containers("registry-relay", "matcher-relay")} == {"healthy"}
    assert sorted(file.name for file in Path(saved).iterdir()) == ["matcher.dump", "notifier.dump", "registry.dump"]


def test_a_restore_does_not_overwrite_what_is_there(compose: Compose, saved: str):
    refused = script("restore", compose, saved)

    assert refused.returncode == 1
    assert "--replace" in refused.stderr


def test_a_backup_is_restored_elsewhere(compose: Compose, saved: str, operator_key: str):
    before = figures(compose)
    compose.run("stop")
    with installation(
        "encounters-compose-elsewhere", ENCOUNTERS_CLOCK=compose.settings["ENCOUNTERS_CLOCK"]
    ) as elsewhere:
        done = script("restore", elsewhere, saved)
        assert done.returncode == 0, done.stdout + done.stderr

        assert figures(elsewhere) == before
        assert get(elsewhere, operator_key, "/v1/matches") == 200
        until("silence", lambda: settled(elsewhere))
        assert mails(elsewhere) == []

        # It lives: what is declined here is proposed to others, by email.
        decline(elsewhere, operator_key, 1)
        until("an email about the next school's match", lambda: mails(elsewhere), 180)


def test_nothing_is_left_when_it_is_torn_down(compose: Compose):
    compose.run("--profile", "*", "down", "-v")

    ours = f"label=com.docker.compose.project={compose.settings['COMPOSE_PROJECT_NAME']}"
    assert docker("ps", "-aq", "--filter", ours) == ""
    assert docker("volume", "ls", "-q", "--filter", ours) == ""
    assert docker("network", "ls", "-q", "--filter", ours) == ""
    with pytest.raises(httpx.ConnectError):
        httpx.get(compose.api() + "/livez")
