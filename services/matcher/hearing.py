"""What registry and notifier say about a match, as words of its life. Pure."""

from collections.abc import Mapping

from contracts.answers import Answer, Said
from contracts.letters import Letter
from services.matcher.domain import OUTCOMES, Word

_ASKED: Mapping[str, str] = {
    "school_match_proposed": "school_unreachable",
    "employer_asked_to_confirm": "employer_unreachable",
}
"""Letters without which nobody can answer."""
_UNREACHED: Mapping[str, str] = {"undeliverable": "nobody_reached", "too_late": "too_late"}


def words_of_answer(answer: Answer) -> list[Word]:
    """All that was said about a match, in the order of its life, each with a key of its own.

    What a newer registry says in codes that are not known here changes nothing.
    """
    words = []
    if answer.school:
        words.append(_said("school", answer.school))
    if answer.employer:
        words.append(_said("employer", answer.employer))
    if cancelled := answer.cancelled:
        words.append(Word("cancelled", cancelled.by, cancelled.at, cancelled.reason, key="cancelled"))
    if took_place := answer.delivery:
        words.append(
            Word(
                "delivered" if took_place.held else "not_held",
                took_place.by,
                took_place.at,
                took_place.reason,
                pupils=took_place.pupils,
                # A corrected figure is another word; the same one restated is not.
                key=f"delivery at {took_place.at.isoformat()}",
            )
        )
    return [word for word in words if word.happening in OUTCOMES]


def word_of_letter(letter: Letter) -> Word | None:
    """That nobody could be reached, or not in time; None for every other letter's state."""
    happening, reason = _ASKED.get(letter.kind), _UNREACHED.get(letter.state)
    if happening is None or reason is None:
        return None
    return Word(happening, "matcher", letter.at, reason, key=f"{letter.kind} {letter.state}")


def _said(audience: str, said: Said) -> Word:
    by = "registry" if said.verdict == "lapsed" else audience
    return Word(f"{audience}_{said.verdict}", by, said.at, said.reason, key=f"{audience} {said.verdict}")
