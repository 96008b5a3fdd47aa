"""Topics that a test leaves behind."""

from aiokafka.admin import AIOKafkaAdminClient


async def delete(bootstrap: str, prefix: str) -> None:
    """Delete every topic whose name begins with `prefix`: thousands of idle partitions would slow the broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        names = [name for name in await admin.list_topics() if name.startswith(prefix)]
        if names:
            await admin.delete_topics(names)
    finally:
        await admin.close()
