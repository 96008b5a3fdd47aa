"""How a command ends: one exit code per kind of end.

All commands mean by it what is said here, but for these: 1 is `solve` that cannot write, and `replay` that came to
another plan; 3 is also `replay` or `simulate` that cannot write; 4 is `simulate` whose judge found a broken rule.
Every command prints its answer on standard output and what went wrong on standard error.
"""

import os
import sys
from collections.abc import Callable
from enum import IntEnum

from services.matcher.files import BadFile


class Ending(IntEnum):
    """Exit codes. 2 is argparse's own."""

    DONE = 0
    RULES_BROKEN = 1
    WRONG_USE = 2
    BAD_FILE = 3
    NO_PLAN = 4
    UNHEARD = 5


EXIT_CODES = """exit codes:
  0  done; for check: every rule is kept
  1  the matches break a rule
  2  wrong use: an unknown argument, or an id that is not in the files
  3  a file cannot be read or does not follow its format: what is wrong, where (a JSON pointer), and the remedy
  4  no plan exists: the accepted matches contradict one another
  5  the answer could not be told: standard output is closed or full
"""


class Refused(Exception):
    """The command cannot answer: why, and how it ends."""

    def __init__(self, text: str, ending: Ending) -> None:
        super().__init__(text)
        self.ending = ending


def say(text: str) -> None:
    """Put the answer on standard output. Refuses where nobody can hear it: closed, full, or the reader has left."""
    if sys.stdout is None:
        raise Refused("standard output is closed", Ending.UNHEARD)
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError as wrong:
        # What is left in the buffer would fail once more when the interpreter ends.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 — stays open to the end.
        raise Refused(f"standard output: {wrong.strerror}", Ending.UNHEARD) from wrong


def ended(command: Callable[[], Ending]) -> int:
    """Run the command; what it refuses becomes a sentence and the exit code."""
    try:
        return command()
    except BadFile as wrong:
        return _told(str(wrong), Ending.BAD_FILE)
    except Refused as wrong:
        return _told(str(wrong), wrong.ending)


def _told(text: str, ending: Ending) -> Ending:
    if sys.stderr is not None:
        sys.stderr.write(text + "\n")
    return ending
