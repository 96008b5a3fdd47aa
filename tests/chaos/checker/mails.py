"""Letters and mails: once, or unknown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.chaos.checker.breach import Breach, breach
from tests.chaos.checker.state import Row, State

_TOLD = {"sent", "unknown", "sending"}


def confirmed_once(state: State) -> Iterator[Breach]:
    """Each match that was confirmed: one letter that says so to each side, as long as it can still be read in time."""
    letters: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for letter in state.rows("notifier", "letters"):
        letters[letter["match_id"], letter["kind"]].append(letter)
    quiet_at = state.meta["quiet_at"]
    for match in state.rows("matcher", "matches"):
        for side in ("school", "employer"):
            about = letters[match["id"], f"{side}_match_confirmed"]
            told = [letter for letter in about if letter["state"] in _TOLD]
            if len(told) > 1:
                yield breach(match["id"], f"{len(told)} confirmations to the {side}")
            if match["state"] == "confirmed" and _is_ahead(match, quiet_at) and not _is_dealt_with(about):
                states = [letter["state"] for letter in about]
                yield breach(match["id"], f"no confirmation to the {side}: {states}")
            if told and not _was_confirmed(match):
                yield breach(match["id"], f"a confirmation to the {side} of what was never confirmed")


def _is_ahead(match: Row, now: str) -> bool:
    """Whether the session's day is still to come: on the day itself it may have begun before the letter could go."""
    return bool(match["first_day"] > now[:10])


def _is_dealt_with(about: list[Row]) -> bool:
    return any(letter["state"] in {*_TOLD, "undeliverable", "waiting"} for letter in about)


def _was_confirmed(match: Row) -> bool:
    return any(change["state"] == "confirmed" for change in match["history"])


def one_mail_per_letter(state: State) -> Iterator[Breach]:
    mails = Counter(mail["email_id"] for mail in state.mails)
    emails = {row["id"]: row["state"] for row in state.rows("notifier", "emails")}
    for email_id in mails.keys() | emails.keys():
        if wrong := _wrong_number(emails.get(email_id), mails[email_id]):
            yield breach(email_id, wrong)
    for letter in state.rows("notifier", "letters"):
        found = emails.get(letter["email_id"] or "")
        if letter["state"] in {"sent", "unknown"} and found != letter["state"]:
            yield breach(letter["id"], f"{letter['state']}, its email is {found}")


def _wrong_number(became: str | None, mails: int) -> str | None:
    """What does not fit between an email's state and how many mails of it are in the catcher."""
    if became is None:
        return "a mail that nobody wrote"
    possible = {"sent": {1}, "unknown": {0, 1}}.get(became, {0})
    return None if mails in possible else f"{became}, and {mails} mails are there"


def nobody_is_asked_twice(state: State) -> Iterator[Breach]:
    """The same thing about the same match is in one mail at most, whoever it is to."""
    mails = Counter(mail["email_id"] for mail in state.mails)
    said: Counter[tuple[str, str, int]] = Counter()
    for letter in state.rows("notifier", "letters"):
        terms = letter["terms_version"] if letter["kind"].endswith("_changed") else 0
        said[letter["match_id"], letter["kind"], terms] += mails[letter["email_id"]] if letter["email_id"] else 0
    for (match_id, kind, _), count in said.items():
        if count > 1:
            yield breach(match_id, f"{kind} is in {count} mails")
