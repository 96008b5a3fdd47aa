"""`python -m services.notifier <process>`: the notifier's processes and commands, by name."""

from __future__ import annotations

import sys

from services.plumbing.entry import Service, enter

# Of all processes the sender alone needs the mail server's password and the keys of links.
SENDER = Service(
    "notifier", "services.notifier.settings:SenderSettings", processes={"sender": "services.notifier.sender:run"}
)
NOTIFIER = Service(
    "notifier",
    "services.plumbing.settings:Settings",
    processes={"sender": "services.notifier.sender:run"},
    recovery="services.notifier.recovery:recovery",
)

if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(enter(SENDER if arguments[:1] == ["sender"] else NOTIFIER, arguments))
