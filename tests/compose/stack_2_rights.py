"""Least privilege, tried from inside: what each service's own credentials cannot do, from where the service runs."""

import json
import textwrap

import pytest

from contracts.topics import TOPICS
from tests.compose.engine import PROJECT, Compose, docker

SERVICES = ("registry", "matcher", "notifier")
OTHERS = [(one, other) for one in SERVICES for other in SERVICES if one != other]
# Which container tries: one with Kafka's network and the database's.
TRIES = {service: f"{service}-consumer" for service in SERVICES}
DATABASE = """
import asyncio, asyncpg, sys
async def main():
    url = open("/run/secrets/{service}_url").read().strip(){change}
    connection = await asyncpg.connect(url, timeout=12)
    print(await connection.fetch(sys.argv[1]))
asyncio.run(main())
"""
KAFKA = """
import asyncio, sys
from aiokafka import AIOKafkaProducer, AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
login = dict(bootstrap_servers="kafka:9092", security_protocol="SASL_PLAINTEXT", sasl_mechanism="SCRAM-SHA-512",
    sasl_plain_username="{service}", sasl_plain_password=open("/run/secrets/kafka_{service}").read().strip(),
    request_timeout_ms=8000)
async def main():
{act}
asyncio.run(main())
"""


def tried(compose: Compose, service: str, program: str, *words: str) -> str:
    """What the program says, run in the service's container with its credentials."""
    done = compose.attempt("exec", "-T", TRIES[service], "python", "-c", program, *words)
    return done.stdout + done.stderr


def on_database(compose: Compose, service: str, query: str, change: str = "") -> str:
    return tried(compose, service, DATABASE.format(service=service, change=change), query)


def on_kafka(compose: Compose, service: str, act: str) -> str:
    return tried(compose, service, KAFKA.format(service=service, act=textwrap.indent(textwrap.dedent(act), "    ")))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_and_writes_its_own_rows(compose: Compose, service: str):
    assert "count=" in on_database(compose, service, "SELECT count(*) FROM own.outbox")
    assert "DELETE" not in on_database(compose, service, "DELETE FROM own.parked WHERE id = -1")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "ddl",
    [
        "CREATE TABLE own.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE TEMP TABLE mine (id int)",
        "DROP TABLE own.outbox",
        "ALTER TABLE own.outbox ADD COLUMN mine int",
        "TRUNCATE own.outbox",
        "CREATE ROLE mine",
        "UPDATE own.migrations SET checksum = ''",
        "COPY own.outbox TO PROGRAM 'cat'",
    ],
)
def test_a_service_changes_no_table(compose: Compose, service: str, ddl: str):
    said = on_database(compose, service, ddl)

    assert "InsufficientPrivilegeError" in said, said


@pytest.mark.parametrize("one,other", OTHERS)
def test_a_service_cannot_even_find_anothers_database(compose: Compose, one: str, other: str):
    said = on_database(compose, one, "SELECT 1", f'.replace("@{one}-db", "@{other}-db")')

    assert "Name or service not known" in said or "Temporary failure in name resolution" in said, said


@pytest.mark.parametrize("one,other", OTHERS)
def test_a_service_cannot_reach_anothers_database_by_its_address(compose: Compose, one: str, other: str):
    networks = json.loads(_inspect(compose, f"{other}-db"))
    (address,) = [network["IPAddress"] for network in networks.values()]

    said = on_database(compose, one, "SELECT 1", f'.replace("@{one}-db", "@{address}")')

    assert "TimeoutError" in said or "unreachable" in said.lower(), said


def _inspect(compose: Compose, service: str) -> str:

    return docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", *compose.ids(service))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_a_service_connects_to_no_other_database_of_its_server(compose: Compose, service: str, database: str):
    said = on_database(compose, service, "SELECT 1", f'.rsplit("/", 1)[0] + "/{database}"')

    assert "permission denied for database" in said, said


def test_only_the_sender_gets_out_and_no_service_of_kafka_does(compose: Compose):
    networks = {
        name: set(service["networks"])
        for name, service in json.loads(compose.run("config", "--format", "json"))["services"].items()
    }
    outside = {"edge", "mail"}

    assert {name for name in networks if networks[name] & outside} == {
        "registry-api", "notifier-sender", "mail", "sample-hub"
    }  # fmt: skip


WRITES = [(service, topic.name) for service in SERVICES for topic in TOPICS if topic.writer != service]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_writes_no_topic_but_its_own(compose: Compose, service: str):
    others = [topic for writer, topic in WRITES if writer == service]

    said = on_kafka(
        compose,
        service,
        f"""
        producer = AIOKafkaProducer(**login)
        await producer.start()
        for topic in {others}:
            try:
                await producer.send_and_wait(topic, b"not mine")
                print(topic, "was written")
            except Exception as refusal:
                print(topic, type(refusal).__name__)
        await producer.stop()
        """,
    )

    assert {line for line in said.splitlines() if line.split(" ")[0] in others} == {
        f"{topic} TopicAuthorizationFailedError" for topic in others
    }, said


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_no_topic_that_is_not_for_it(compose: Compose, service: str):
    theirs = allowed()[service]
    others = [topic.name for topic in TOPICS if topic.name not in theirs]

    said = on_kafka(
        compose,
        service,
        f"""
        for topic in {others}:
            reader = AIOKafkaConsumer(topic, group_id="{service}", **login)
            try:
                await reader.start()
                await asyncio.wait_for(reader.getone(), 5)
                print(topic, "was read")
            except Exception as refusal:
                print(topic, type(refusal).__name__)
            await reader.stop()
        """,
    )

    assert {line for line in said.splitlines() if line.split(" ")[0] in others} == {
        f"{topic} TopicAuthorizationFailedError" for topic in others
    }, said


@pytest.mark.parametrize("one,other", OTHERS)
def test_a_service_joins_no_group_but_its_own(compose: Compose, one: str, other: str):
    topic = min(allowed()[one])

    said = on_kafka(
        compose,
        one,
        f"""
        reader = AIOKafkaConsumer("{topic}", group_id="{other}", **login)
        try:
            await reader.start()
            await asyncio.wait_for(reader.getone(), 5)
        finally:
            await reader.stop()
        """,
    )

    assert "GroupAuthorizationFailedError" in said, said


@pytest.mark.parametrize("one,other", OTHERS)
def test_a_service_takes_no_others_transactional_id(compose: Compose, one: str, other: str):
    said = on_kafka(
        compose,
        one,
        f"""
        producer = AIOKafkaProducer(transactional_id="{other}-relay", **login)
        try:
            await asyncio.wait_for(producer.start(), 20)
            print("fenced the other's relay")
        finally:
            await producer.stop()
        """,
    )

    assert "TransactionalIdAuthorizationFailed" in said, said
    assert "fenced" not in said


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_makes_changes_and_deletes_no_topic(compose: Compose, service: str):
    said = on_kafka(
        compose,
        service,
        """
        admin = AIOKafkaAdminClient(**login)
        await admin.start()
        made = await admin.create_topics([NewTopic("mine", 1, 1)])
        print("create", [error[1] for error in made.topic_errors])
        gone = await admin.delete_topics(["letters"])
        print("delete", [error[1] for error in gone.topic_error_codes])
        await admin.close()
        """,
    )

    # 29: not authorised. A topic that one may not even describe is refused as one that is not there: 3.
    assert "create [29]" in said, said
    assert "delete [29]" in said or "delete [3]" in said, said


def test_a_stranger_is_let_in_nowhere(compose: Compose):
    said = tried(
        compose,
        "notifier",
        KAFKA.format(service="notifier", act="    await AIOKafkaProducer(**{**login, **STRANGER}).start()").replace(
            "async def main", 'STRANGER = {"sasl_plain_password": "guess"}\nasync def main'
        ),
    )

    assert "Unable to bootstrap" in said, said


def test_topics_are_made_as_documented_and_by_nobody_else(compose: Compose):
    shown = compose.run(
        "run", "--rm", "-T", "--no-deps", "kafka-access", "kafka-topics.sh", "--describe", "--exclude-internal"
    )

    topics = {
        fields["Topic"]: fields
        for line in shown.splitlines()
        if line.startswith("Topic:")
        for fields in [dict(field.split(": ", 1) for field in line.split("\t") if ": " in field)]
    }
    assert topics.keys() == {topic.name for topic in TOPICS}
    for topic in TOPICS:
        assert topics[topic.name]["PartitionCount"] == "12"
        configured = dict(pair.split("=") for pair in topics[topic.name]["Configs"].split(","))
        assert configured.items() >= topic.config.items()


def allowed() -> dict[str, set[str]]:
    """Per service, what it may read: what deploy/compose/kafka-access says."""
    script = (PROJECT / "deploy/compose/kafka-access").read_text()
    rights: dict[str, set[str]] = {service: set() for service in SERVICES}
    for line in script.splitlines():
        words = line.split()
        if len(words) > 2 and words[0] in rights and words[1] in ("writes", "reads"):
            rights[words[0]] |= set(words[2:])
    return rights
