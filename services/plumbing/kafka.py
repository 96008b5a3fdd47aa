"""How our processes reach Kafka: the same address and login for FastStream and for aiokafka's own clients."""

import ssl
from typing import Any

from faststream.security import BaseSecurity, SASLScram512

from services.plumbing.settings import Settings

METADATA_AGE_MS = 15_000
"""So old may be what a client knows of who leads a partition. aiokafka goes on asking a broker that leads no longer
where offsets begin: with its own five minutes a consumer stood still for minutes (seen with three busy brokers)."""


def client_options(settings: Settings) -> dict[str, Any]:
    """Options for aiokafka's own producers, consumers and admin clients."""
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap,
        "request_timeout_ms": int(settings.kafka_request_timeout.total_seconds() * 1000),
        "metadata_max_age_ms": METADATA_AGE_MS,
        "security_protocol": "SSL" if settings.kafka_tls else "PLAINTEXT",
        "ssl_context": ssl.create_default_context() if settings.kafka_tls else None,
    }
    if settings.kafka_username and settings.kafka_password:
        options |= {
            "security_protocol": "SASL_SSL" if settings.kafka_tls else "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password.get_secret_value(),
        }
    return options


def security(settings: Settings) -> BaseSecurity | None:
    """The same for FastStream."""
    context = ssl.create_default_context() if settings.kafka_tls else None
    if settings.kafka_username and settings.kafka_password:
        return SASLScram512(
            username=settings.kafka_username,
            password=settings.kafka_password.get_secret_value(),
            use_ssl=settings.kafka_tls,
            ssl_context=context,
        )
    return BaseSecurity(ssl_context=context) if context else None
