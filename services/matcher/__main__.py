"""`python -m services.matcher <process or command>`: the matcher's processes and commands, by name."""

import importlib
import sys
from collections.abc import Mapping

from services.plumbing.entry import Service, enter

SERVICE = Service(
    "matcher", "services.matcher.settings:MatcherSettings", processes={"rounds": "services.matcher.rounds:run"}
)
COMMANDS: Mapping[str, str] = {
    "check": "services.matcher.commands.check:run",
    "explain": "services.matcher.commands.explain:run",
    "simulate": "services.matcher.simulate.command:run",
    "solve": "services.matcher.solve_command:main",
    "what-if": "services.matcher.commands.what_if:run",
}
"""Commands that need neither database nor Kafka, by name: `module:function` of `(arguments) -> exit code`."""


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the exit code."""
    if arguments and arguments[0] in COMMANDS:
        module, _, function = COMMANDS[arguments[0]].partition(":")
        return int(getattr(importlib.import_module(module), function)(arguments[1:]))
    return enter(SERVICE, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
