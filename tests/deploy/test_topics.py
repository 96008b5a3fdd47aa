import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidReplicationFactorError

from contracts.topics import TOPICS
from deploy.topics import TopicsDiffer, create_topics


async def configuration(bootstrap: str, topic: str) -> dict[str, str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    (answer,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    await admin.close()
    ((_code, _reason, _kind, _name, entries),) = answer.resources
    return {entry[0]: entry[1] for entry in entries}


async def test_every_topic_is_made_as_it_is_described(kafka_bootstrap: str, topic_prefix: str) -> None:
    made = await create_topics(kafka_bootstrap, topic_prefix, partitions=1)

    assert sorted(made) == sorted(topic_prefix + topic.name for topic in TOPICS)
    for topic in TOPICS:
        found = await configuration(kafka_bootstrap, topic_prefix + topic.name)
        assert topic.config.items() <= found.items()


async def test_a_second_run_makes_nothing_and_puts_settings_right(kafka_bootstrap: str, topic_prefix: str) -> None:
    name = topic_prefix + "contacts"
    await create_topics(kafka_bootstrap, topic_prefix, partitions=1, names=["contacts"])
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name, configs={"cleanup.policy": "delete"})])
    await admin.close()

    assert await create_topics(kafka_bootstrap, topic_prefix, partitions=1, names=["contacts"]) == []

    assert (await configuration(kafka_bootstrap, name))["cleanup.policy"] == "compact"


async def test_partitions_stay_as_they_are_for_ever(kafka_bootstrap: str, topic_prefix: str) -> None:
    await create_topics(kafka_bootstrap, topic_prefix, partitions=1, names=["offers"])

    with pytest.raises(TopicsDiffer, match="offers has 1 partitions, not 2"):
        await create_topics(kafka_bootstrap, topic_prefix, partitions=2, names=["offers"])


async def test_what_kafka_refuses_is_said(kafka_bootstrap: str, topic_prefix: str) -> None:
    with pytest.raises(InvalidReplicationFactorError, match="offers"):
        await create_topics(kafka_bootstrap, topic_prefix, replication=3, names=["offers"])
