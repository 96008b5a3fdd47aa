"""Make every topic with its settings, or set what differs: `python -m deploy.topics`. Safe to run again."""

import argparse
import asyncio
import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

from contracts.topics import PARTITIONS, TOPICS

_EXISTS = 36
_IN_SYNC_MIN = 2
_SETTLING_TRIES = 50
_SETTLING_PAUSE_SECONDS = 0.2


class TopicsDiffer(Exception):
    """A topic is there, but not as it must be, and cannot be made so while it holds records."""


async def create_topics(
    bootstrap: str,
    prefix: str = "",
    replication: int = 1,
    *,
    partitions: int = PARTITIONS,
    names: Collection[str] | None = None,
    **login: Any,
) -> list[str]:
    """Make the topics, all or those of `names`, and say which were new.

    `login` is what aiokafka's clients take for TLS and SASL. Raises TopicsDiffer for another number of partitions
    (a key would change its partition), and aiokafka's error for what Kafka refuses.
    """
    wanted = {
        prefix + topic.name: _config(topic.config, replication)
        for topic in TOPICS
        if names is None or topic.name in names
    }
    if not wanted:
        return []
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap, **login)
    await admin.start()
    try:
        made = await _create(admin, wanted, partitions, replication)
        await _check_partitions(admin, list(wanted), partitions)
        await _configure(admin, {name: config for name, config in wanted.items() if name not in made})
    finally:
        await admin.close()
    return made


def _config(config: Mapping[str, str], replication: int) -> dict[str, str]:
    in_sync = min(_IN_SYNC_MIN, replication)
    return {**config, "min.insync.replicas": str(in_sync)}


async def _create(
    admin: AIOKafkaAdminClient, wanted: Mapping[str, dict[str, str]], partitions: int, replication: int
) -> list[str]:
    topics = [NewTopic(name, partitions, replication, topic_configs=config) for name, config in wanted.items()]
    answer = await admin.create_topics(topics)
    made = []
    for name, code, *reason in answer.topic_errors:
        if code == 0:
            made.append(name)
        elif code != _EXISTS:
            raise for_code(code)(f"{name}: {reason}")
    return made


async def _check_partitions(admin: AIOKafkaAdminClient, names: list[str], partitions: int) -> None:
    for name, found in (await _settled(admin, names)).items():
        if found != partitions:
            raise TopicsDiffer(f"{name} has {found} partitions, not {partitions}")


async def _settled(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, int]:
    """How many partitions each topic has, once the brokers have all heard of it: a new one shows none at first."""
    for _ in range(_SETTLING_TRIES):
        found = {topic["topic"]: len(topic["partitions"]) for topic in await admin.describe_topics(names)}
        if all(found.values()):
            break
        await asyncio.sleep(_SETTLING_PAUSE_SECONDS)
    return found


async def _configure(admin: AIOKafkaAdminClient, wanted: Mapping[str, dict[str, str]]) -> None:
    """Set every key: Kafka replaces a topic's whole configuration each time."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name, configs=config) for name, config in wanted.items()]
    for answer in await admin.alter_configs(resources) if resources else []:
        for code, reason, _kind, name in answer.resources:
            if code:
                raise for_code(code)(f"{name}: {reason}")


def _login() -> dict[str, Any]:
    username, password = os.environ.get("ENCOUNTERS_KAFKA_USERNAME"), os.environ.get("ENCOUNTERS_KAFKA_PASSWORD")
    if file := os.environ.get("ENCOUNTERS_KAFKA_PASSWORD_FILE"):
        password = Path(file).read_text().strip()
    if not username or not password:
        return {}
    return {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": username,
        "sasl_plain_password": password,
    }


def main() -> None:
    """Make the topics where the environment says that Kafka is."""
    parser = argparse.ArgumentParser(prog="python -m deploy.topics", description=__doc__)
    parser.add_argument("--bootstrap", default=os.environ.get("ENCOUNTERS_KAFKA_BOOTSTRAP", "127.0.0.1:9092"))
    parser.add_argument("--prefix", default=os.environ.get("ENCOUNTERS_TOPIC_PREFIX", ""))
    parser.add_argument("--replication", type=int, default=1)
    options = parser.parse_args()
    made = asyncio.run(create_topics(options.bootstrap, options.prefix, options.replication, **_login()))
    print(f"{len(made)} topics made, {len(TOPICS) - len(made)} were there: {', '.join(made) or 'nothing new'}")


if __name__ == "__main__":
    main()
