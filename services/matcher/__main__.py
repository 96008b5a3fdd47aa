"""`python -m services.matcher <process or command>`: the matcher's processes and commands, by name.

The commands work on files and need neither database nor Kafka, but for `replay`, which reads a round from the database.
"""

import sys
from typing import TYPE_CHECKING

from services.matcher.commands import stopping

if TYPE_CHECKING:
    from services.plumbing.entry import Service


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the exit code."""
    if arguments[:1] == ["solve"]:
        # Before all that takes a moment to load: who stops a run wants the best so far, not nothing.
        stopping.listen()
    from services.plumbing.entry import enter  # noqa: PLC0415 — as said above.

    return enter(_service(), arguments)


def _service() -> "Service":
    from services.plumbing.entry import Service  # noqa: PLC0415 — as above.

    return Service(
        "matcher",
        "services.matcher.settings:MatcherSettings",
        processes={"rounds": "services.matcher.rounds:run"},
        commands={
            "solve": ("services.matcher.solve_command:main", "plan a problem's file, with a proven bound"),
            "check": ("services.matcher.commands.check:run", "judge a plan: every violation, and the points by part"),
            "explain": ("services.matcher.commands.explain:run", "say why a match, why not, and what would change it"),
            "what-if": ("services.matcher.commands.what_if:run", "say who gains what by changes to a problem"),
            "replay": (
                "services.matcher.commands.replay:run",
                "run a past round again: does the same come of it?",
            ),
            "simulate": ("services.matcher.simulate.command:run", "replay school years under a policy"),
        },
        recovery="services.matcher.recovery:recovery",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
