"""Three brokers: one of them is lost in the middle, and everything goes on."""

from collections.abc import Iterator

import pytest

from tests.compose.callers import decline, mails, settled
from tests.compose.engine import Compose, docker, installation, until


@pytest.fixture(scope="module")
def three() -> Iterator[Compose]:
    with installation("encounters-compose-three") as made:
        made.files = ("docker-compose.yml", "docker-compose.three-brokers.yml")
        yield made


def test_three_brokers_come_up(three: Compose):
    three.run("build", seconds=1200)

    three.up()

    shown = three.run(
        "run", "--rm", "-T", "--no-deps", "kafka-access", "kafka-topics.sh", "--describe", "--topic", "offers"
    )
    assert "ReplicationFactor: 3" in shown
    assert "min.insync.replicas=2" in shown
    until("the sample hub's first emails", lambda: mails(three))


@pytest.mark.parametrize("lost", ["kafka", "kafka-2"])
def test_a_broker_is_lost_and_the_next_school_is_written_to_all_the_same(three: Compose, lost: str):
    key = three.execute("registry-api", "python", "-m", "services.registry", "operator-key").split()[-1]
    until("silence", lambda: settled(three))
    ended = "SELECT count(*) FROM own.matches WHERE state = 'declined'"
    before = int(three.sql("matcher", ended))

    docker("kill", *three.ids(lost))
    decline(three, key, 1)

    until("the matcher to hear of it", lambda: int(three.sql("matcher", ended)) > before)
    three.up("--no-deps", lost)
    until("silence", lambda: settled(three))
