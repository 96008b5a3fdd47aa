"""A real Kafka and a real PostgreSQL from pip alone: no Docker, no Java, no database on the machine.

Owns the processes it starts, their ports and their data; leaves nothing behind but the downloads and templates in
`.cache/`. `stack.EmbeddedStack` is the front door; `supervisor.Supervisor` starts and ends any further process.
"""

from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CACHE = PROJECT / ".cache"
