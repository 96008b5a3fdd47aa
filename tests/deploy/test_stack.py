import asyncio

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from tests.stack import Stack

pytestmark = pytest.mark.delivery


async def make_topic(bootstrap: str, name: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1)])
    await admin.close()


async def publish(bootstrap: str, topic: str, value: bytes) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True) as producer:
        await producer.send_and_wait(topic, value)


async def read_all(bootstrap: str, topic: str, count: int) -> list[bytes]:
    reader = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    async with reader, asyncio.timeout(20):
        return [(await reader.getone()).value for _ in range(count)]


async def test_what_is_published_is_read(kafka_bootstrap, topic_prefix):
    await make_topic(kafka_bootstrap, f"{topic_prefix}words")

    await publish(kafka_bootstrap, f"{topic_prefix}words", b"hello")

    assert await read_all(kafka_bootstrap, f"{topic_prefix}words", 1) == [b"hello"]


async def test_a_broker_killed_and_restarted_keeps_address_and_records(stack: Stack, topic_prefix):
    topic = f"{topic_prefix}words"
    await make_topic(stack.kafka_bootstrap, topic)
    await publish(stack.kafka_bootstrap, topic, b"before")

    await asyncio.to_thread(stack.kill, "kafka")
    await asyncio.to_thread(stack.restart, "kafka")
    await publish(stack.kafka_bootstrap, topic, b"after")

    assert await read_all(stack.kafka_bootstrap, topic, 2) == [b"before", b"after"]


async def test_a_database_killed_and_restarted_keeps_address_and_rows(stack: Stack):
    connection = await asyncpg.connect(stack.postgres_admin_url)
    await connection.execute("CREATE TABLE kept (word text)")
    await connection.execute("INSERT INTO kept VALUES ('before')")

    await asyncio.to_thread(stack.kill, "postgres")
    await asyncio.to_thread(stack.restart, "postgres")

    await connection.close()
    connection = await asyncpg.connect(stack.postgres_admin_url)
    assert await connection.fetchval("SELECT word FROM kept") == "before"
    await connection.execute("DROP TABLE kept")
    await connection.close()


async def test_databases_of_one_service_share_tables_and_no_rows(fresh_database):
    first = await asyncpg.connect(await fresh_database("plumbing"))
    second = await asyncpg.connect(await fresh_database("plumbing"))

    await first.execute("CREATE TABLE only_here ()")

    assert await first.fetchval("SELECT count(*) FROM own.migrations") > 0
    assert await second.fetchval("SELECT to_regclass('only_here')") is None
    await first.close()
    await second.close()
