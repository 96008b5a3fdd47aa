import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.embedded import jars, ports
from deploy.embedded.stack import EmbeddedStack
from tests.stack import Say


@pytest.fixture(scope="module")
def stack(say: Say) -> Iterator[EmbeddedStack]:
    with EmbeddedStack(say) as stack:
        yield stack


def test_a_second_stack_has_ports_of_its_own(stack: EmbeddedStack, say: Say):
    with EmbeddedStack(say) as second:
        assert second.kafka_bootstrap != stack.kafka_bootstrap
        assert second.postgres_admin_url != stack.postgres_admin_url


def test_nothing_is_left_of_a_closed_stack(say: Say):
    with EmbeddedStack(say) as stack:
        folder = stack.supervisor.data
        pids = [stack.supervisor.pid(name) for name in ("kafka", "postgres")]

    assert not folder.exists()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_an_interrupted_start_leaves_nothing():
    def interrupt(_sentence: str) -> None:
        raise KeyboardInterrupt

    stack = EmbeddedStack(say=interrupt)
    with pytest.raises(KeyboardInterrupt):
        stack.__enter__()

    assert not stack.supervisor.data.exists()
    assert stack.supervisor.ended() == ["postgres", "kafka"]


def test_the_database_server_never_runs_as_root(stack: EmbeddedStack):
    assert psutil.Process(stack.supervisor.pid("postgres")).uids().effective != 0


def test_both_listen_on_the_loopback_address_alone(stack: EmbeddedStack):
    for name in ("kafka", "postgres"):
        listening = [
            connection.laddr.ip
            for connection in psutil.Process(stack.supervisor.pid(name)).net_connections()
            if connection.status == psutil.CONN_LISTEN
        ]
        assert listening
        assert {ip.removeprefix("::ffff:") for ip in listening} == {"127.0.0.1"}


def test_a_jar_that_was_tampered_with_is_fetched_again(monkeypatch, tmp_path: Path):
    jar = min(jars.locked(), key=lambda jar: jar.path.stat().st_size)
    content = jar.path.read_bytes()
    monkeypatch.setattr(jars, "FOLDER", tmp_path)
    jar.path.write_bytes(content)
    assert jars.missing([jar]) == []

    jar.path.write_bytes(content + os.urandom(1))

    assert jars.missing([jar]) == [jar]


def test_no_port_is_given_twice():
    """Forty programs of one stack ask before any of them listens."""
    drawn = [ports.free_port() for _ in range(400)]

    assert len(set(drawn)) == len(drawn)
