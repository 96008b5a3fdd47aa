"""What a command reads: files, with the file's name before what is wrong in it."""

from collections.abc import Callable
from typing import TypeVar

from services.matcher.checker import check
from services.matcher.commands.ending import Ending, Refused
from services.matcher.contradictions import contradiction
from services.matcher.files import BadFile, read_instance, read_matches
from services.matcher.instance import Instance, Matches

T = TypeVar("T")


def read(path: str, how: Callable[[str], T]) -> T:
    """What is in this file. Refuses a bad one by its name."""
    try:
        return how(path)
    except BadFile as wrong:
        raise Refused(f"{path}: {wrong}", Ending.BAD_FILE) from wrong


def solvable_instance(path: str) -> Instance:
    """The instance in this file. Refuses one that no plan satisfies, with the smallest sets of matches in conflict."""
    instance = read(path, read_instance)
    if conflict := contradiction(instance):
        raise Refused(f"{path}: {conflict}", Ending.NO_PLAN)
    return instance


def allowed_matches(path: str, instance: Instance) -> Matches:
    """The matches in this file. Refuses those that break a rule, which no reason could be given for."""
    answer = read(path, read_matches)
    verdict = check(instance, answer)
    if verdict.feasible:
        return answer
    lines = [f"  {one.code}  {one.where}: {one.text}" for one in verdict.broken]
    raise Refused("\n".join([f"{path}: these matches break a rule, so they are no plan:", *lines]), Ending.RULES_BROKEN)
