"""What operators see: every query gives figures, and every alert fires when its cause is made, and clears."""

import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from tests.compose.callers import decline, get, knocking, settled
from tests.compose.engine import PROJECT, Compose, Failed, docker, until
from tests.compose.watching import Prometheus, impatient, panel_queries

RUNBOOK = PROJECT / "docs/operations.md"
TESTED: set[str] = set()


@pytest.fixture(scope="module")
def prometheus(compose: Compose, tmp_path_factory) -> Prometheus:
    folder = tmp_path_factory.mktemp("prometheus")
    impatient(folder)
    compose.settings["ENCOUNTERS_PROMETHEUS"] = str(folder)
    compose.up("--no-deps", "prometheus")
    asked = Prometheus(compose.ports["prometheus"])
    until("ten processes to be ready", lambda: asked.value("count(ready == 1)") == 10)
    # Panels look back over minutes: two measurements are enough for figures, not yet for meaning.
    until("figures about rounds", lambda: asked.value("sum(rate(round_solver_seconds_count[1m]))") is not None)
    return asked


@pytest.mark.parametrize("query", panel_queries(), ids=lambda query: query[0])
def test_every_panel_shows_something(prometheus: Prometheus, query):
    until(f"figures for {query}", lambda: prometheus.ask("query", query=query[1])["result"], 30)


def test_every_rule_is_healthy_and_leads_to_the_runbook(prometheus: Prometheus):
    runbook = RUNBOOK.read_text().lower()
    rules = [rule for group in prometheus.ask("rules")["groups"] for rule in group["rules"]]

    assert len(rules) >= 15
    for rule in rules:
        assert rule["health"] == "ok", rule
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert (PROJECT / page) == RUNBOOK
        assert re.search(rf"^#+ {re.escape(anchor)}$", runbook, re.MULTILINE), anchor


def test_nothing_fires_while_all_is_well(prometheus: Prometheus):
    until("silence", lambda: not prometheus.firing())


@contextmanager
def alarm(prometheus: Prometheus, *names: str) -> Iterator[None]:
    """Inside the block the alerts must come to fire; after it they must clear."""
    yield
    for name in names:
        prometheus.fires(name)
        TESTED.add(name)


def cleared(prometheus: Prometheus, *names: str) -> None:
    for name in names:
        prometheus.clears(name)


def test_a_process_that_is_gone(compose: Compose, prometheus: Prometheus):
    with alarm(prometheus, "ProcessDown"):
        compose.run("stop", "notifier-relay")

    compose.run("start", "notifier-relay")
    cleared(prometheus, "ProcessDown")


def test_a_process_that_starts_again_and_again(compose: Compose, prometheus: Prometheus):
    def started() -> float | None:
        return prometheus.value('process_start_time_seconds{process="registry-consumer"}')

    with alarm(prometheus, "ProcessRestartsOften"):
        for _ in range(3):
            before = started()
            compose.run("restart", "registry-consumer")
            until_changed(started, before)

    cleared(prometheus, "ProcessRestartsOften")


def test_a_relay_that_may_not_lead(compose: Compose, prometheus: Prometheus):
    lock = "SELECT pg_advisory_lock(hashtextextended('relay', 0)), pg_sleep(600)"
    compose.run("stop", "matcher-relay")
    with background(lambda: compose.sql("matcher", lock)), alarm(prometheus, "NobodyRelays"):
        until("the lock", lambda: compose.sql("matcher", "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
        compose.run("start", "matcher-relay")

    compose.sql("matcher", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    cleared(prometheus, "NobodyRelays")


def test_kafka_is_away(compose: Compose, prometheus: Prometheus, operator_key: str):
    with alarm(prometheus, "OutboxWaits", "ProcessNotReady"):
        compose.run("pause", "kafka")
        decline(compose, operator_key, 1)

    compose.run("unpause", "kafka")
    cleared(prometheus, "OutboxWaits", "ProcessNotReady")


def test_messages_that_nobody_can_read(compose: Compose, prometheus: Prometheus):
    with alarm(prometheus, "MessagesParked", "ConsumerStandsStill", "ConsumerBehind"):
        produce(compose, "offers", [f"{number}|this is no fact" for number in range(28)])

    compose.execute("matcher-consumer", "python", "-m", "services.matcher", "parked", "resume")
    cleared(prometheus, "ConsumerStandsStill", "ConsumerBehind")
    shown = compose.execute("matcher-consumer", "python", "-m", "services.matcher", "parked", "show", "1")
    assert "this is no fact" in shown
    discard = "for id in $(python -m services.matcher parked list | cut -d' ' -f1); do "
    discard += "python -m services.matcher parked discard $id --why 'a test wrote it'; done"
    compose.execute("matcher-consumer", "bash", "-c", discard)
    cleared(prometheus, "MessagesParked")


def test_an_offer_of_an_employer_nobody_knows(compose: Compose, prometheus: Prometheus):
    fact = json.loads(min((PROJECT / "contracts/examples").glob("offer.published.v1*.json")).read_text())
    offer = str(uuid.uuid4())
    fact |= {"id": str(uuid.uuid4()), "subject": offer, "aggregate_version": 1}
    fact["data"] |= {"offer_id": offer, "employer_id": str(uuid.uuid4()), "state": "open"}
    with alarm(prometheus, "FactsLackSomething"):
        produce(compose, "offers", [f"{offer}|{json.dumps(fact)}"])

    fact |= {"id": str(uuid.uuid4()), "type": "offer.withdrawn.v1", "aggregate_version": 2}
    fact["data"] |= {"state": "withdrawn"}
    produce(compose, "offers", [f"{offer}|{json.dumps(fact)}"])
    cleared(prometheus, "FactsLackSomething")


def test_a_solver_that_is_slow(compose: Compose, prometheus: Prometheus, operator_key: str):
    (solver,) = compose.ids("matcher")
    with alarm(prometheus, "RoundsSlow"):
        docker("update", "--cpus", "0.06", solver)
        decline(compose, operator_key, 1)

    docker("update", "--cpus", "2", solver)
    cleared(prometheus, "RoundsSlow")


def test_rounds_that_gave_up(compose: Compose, prometheus: Prometheus):
    """That counters which refuse a plan make rounds give up is seen in `tests/matcher/test_sessions_begun.py`."""
    with alarm(prometheus, "RoundsGaveUp"):
        compose.sql("matcher", "UPDATE own.areas SET skipping = 5")

    compose.sql("matcher", "UPDATE own.areas SET skipping = 0")
    cleared(prometheus, "RoundsGaveUp")


def test_a_mail_server_that_is_away_then_refuses(compose: Compose, prometheus: Prometheus, operator_key: str):
    settings = dict(compose.settings)
    began = settings["ENCOUNTERS_CLOCK"]
    # For the sender alone an hour later: what is due now is overdue for it.
    later = began.replace("T09:05", "T10:05")
    with alarm(prometheus, "MailServerFails", "LettersOverdue"):
        compose.run("stop", "mail")
        Compose({**settings, "ENCOUNTERS_CLOCK": later}, ports=compose.ports).up("--no-deps", "notifier-sender")
        decline(compose, operator_key, 4)

    refusing = {"ENCOUNTERS_CLOCK": later, "ENCOUNTERS_SMTP_HOST": "refusing", "ENCOUNTERS_SMTP_PORT": "2525"}
    server = refusing_mail_server(compose)
    try:
        with alarm(prometheus, "EmailsRefused"):
            Compose({**settings, **refusing}, ports=compose.ports).up("--no-deps", "notifier-sender")
        cleared(prometheus, "MailServerFails", "LettersOverdue")
    finally:
        docker("rm", "-f", server)
    compose.run("start", "mail")
    # What is to be tried again is due by the later clock: it goes first.
    Compose({**settings, "ENCOUNTERS_CLOCK": later}, ports=compose.ports).up("--no-deps", "notifier-sender")
    until("silence", lambda: settled(compose), 300)
    compose.up("--no-deps", "notifier-sender")
    cleared(prometheus, "EmailsRefused")


def test_a_database_that_is_away(compose: Compose, prometheus: Prometheus, operator_key: str):
    with alarm(prometheus, "ApiFails"):
        compose.run("stop", "registry-db")
        until("503", lambda: get(compose, operator_key, "/v1/areas") == 503)
        with knocking(compose, operator_key):
            prometheus.fires("ApiFails")

    compose.run("start", "registry-db")
    until("200", lambda: get(compose, operator_key, "/v1/areas") == 200)
    cleared(prometheus, "ApiFails")


def test_an_api_that_is_slow(compose: Compose, prometheus: Prometheus, operator_key: str):
    hold = "BEGIN; LOCK TABLE own.keys IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(6); COMMIT"
    locked = background(lambda: [compose.sql("registry", hold) for _ in range(3)])
    with alarm(prometheus, "ApiSlow"), locked, knocking(compose, operator_key):
        prometheus.fires("ApiSlow")

    cleared(prometheus, "ApiSlow")


def test_no_alert_was_left_out(prometheus: Prometheus):
    rules = {rule["name"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}

    assert rules == TESTED


def until_changed(figure: Callable[[], float | None], before: float | None) -> None:
    until("a new figure", lambda: figure() not in (None, before))


@contextmanager
def background(work: Callable[[], object]) -> Iterator[None]:
    """`work` under way during the block, and perhaps after it."""

    def run() -> None:
        with suppress(Failed):
            work()

    threading.Thread(target=run, daemon=True).start()
    yield


def produce(compose: Compose, topic: str, lines: list[str]) -> None:
    """As Kafka's administrator, write records: `key|body`."""
    parse = ["--property", "parse.key=true", "--property", "key.separator=|"]
    tool = ["kafka-console-producer.sh", "--topic", topic, *parse]
    compose.run("run", "--rm", "-T", "--no-deps", "kafka-access", *tool, given="\n".join(lines) + "\n")


def refusing_mail_server(compose: Compose) -> str:
    """A mail server that takes nobody's mail; its container."""
    program = """
import asyncio
async def serve(reader, writer):
    writer.write(b"220 refusing\\r\\n")
    while line := await reader.readline():
        word = line[:4].upper()
        writer.write({b"RCPT": b"550 5.1.1 no\\r\\n", b"QUIT": b"221 bye\\r\\n"}.get(word, b"250 ok\\r\\n"))
async def main():
    await (await asyncio.start_server(serve, "0.0.0.0", 2525)).serve_forever()
asyncio.run(main())
"""
    project = compose.settings["COMPOSE_PROJECT_NAME"]
    network = ["--network", f"{project}_mail", "--network-alias", "refusing"]
    image = f"encounters:{compose.settings['ENCOUNTERS_RELEASE']}"
    return docker("run", "-d", *network, "--entrypoint", "python", image, "-c", program).strip()
