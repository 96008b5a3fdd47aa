"""Every promise, each as a function from what is written down to what breaks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.chaos.checker import capacity, facts, kept, lives, mails, views
from tests.chaos.checker.breach import Breach
from tests.chaos.checker.state import State

PROMISES: dict[str, Callable[[State], Iterator[Breach]]] = {
    "every 2xx is kept": kept.every_2xx_is_kept,
    "every outbox is empty": facts.outboxes_are_empty,
    "what was published is on its topic": facts.published_is_on_its_topic,
    "every event is consumed": facts.every_event_is_consumed,
    "versions rise without gaps": facts.versions_rise_without_gaps,
    "the newest version comes last": facts.the_newest_comes_last,
    "nothing is parked": facts.nothing_is_parked,
    "nothing is stuck": facts.nothing_is_stuck,
    "no place is given twice": capacity.no_place_is_given_twice,
    "counters say what matches take": capacity.counters_are_right,
    "no session was ever over its places": capacity.never_was_over,
    "lives are legal": lives.lives_are_legal,
    "every ending says who and why": lives.endings_say_who_and_why,
    "a story is only ever continued": lives.stories_are_continued,
    "what was said has its effect once": lives.words_count_once,
    "a confirmation to each side, once": mails.confirmed_once,
    "one mail per letter, or unknown": mails.one_mail_per_letter,
    "nobody is asked twice": mails.nobody_is_asked_twice,
    "the services agree": views.services_agree,
    "the erased are forgotten": views.the_erased_are_forgotten,
    "progress is what was delivered": views.progress_is_what_was_delivered,
}


def verify(state: State) -> list[Breach]:
    """Everything that breaks a promise."""
    return [Breach(name, found.entity_id, found.text) for name, promise in PROMISES.items() for found in promise(state)]


__all__ = ["PROMISES", "Breach", "verify"]
