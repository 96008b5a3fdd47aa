"""How a command ends: one exit code per kind of end, the same for all of them.

Every command prints its answer on standard output and what went wrong on standard error.
"""

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


EXIT_CODES = """exit codes:
  0  done; for check: every rule is kept
  1  the matches break a rule
  2  wrong use: an unknown argument, or an id that is not in the files
  3  a file cannot be read or does not follow its format: what is wrong, where (a JSON pointer), and the remedy
  4  no plan exists: the accepted matches contradict one another
"""


class Refused(Exception):
    """The command cannot answer: why, and how it ends."""

    def __init__(self, text: str, ending: Ending) -> None:
        super().__init__(text)
        self.ending = ending


def ended(command: Callable[[], Ending]) -> int:
    """Run the command; what it refuses becomes a sentence and the exit code."""
    try:
        return command()
    except BadFile as wrong:
        return _told(str(wrong), Ending.BAD_FILE)
    except Refused as wrong:
        return _told(str(wrong), wrong.ending)


def _told(text: str, ending: Ending) -> Ending:
    sys.stderr.write(text + "\n")
    return ending
