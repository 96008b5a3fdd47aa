"""The sentences that a round says: why this match, and why nothing yet. Pure."""

from collections.abc import Mapping

from contracts.activities import SECTORS
from contracts.distances import miles
from contracts.matches import Why
from contracts.outlooks import Excluded, HeldBack
from services.matcher.domain import LiveMatch
from services.matcher.explain.wording import KEPT_OUT
from services.matcher.looking import Comparison, Look, Would
from services.matcher.terms import Sides
from services.plumbing.clock import LONDON

_GOOD_PREFERENCE = 70
_LACKED: Mapping[str, str] = {
    "gb5": "{share} pupils still without an encounter with an employer would have one.",
    "gb6": "{share} pupil-days of workplace experience still missing would be covered.",
    "gb7": "{share} encounters with providers still missing would be covered.",
}
_COVERED: Mapping[str, str] = {
    "gb5": "{count} encounters with an employer",
    "gb6": "{count} pupil-days of workplace experience",
    "gb7": "{count} encounters with providers",
}
_HELD: Mapping[str, str] = {
    "needier_expected": "{kept} for now: others who lack more usually ask for {them} later.",
    "better_expected": "{kept} for now: offers that suit better usually come later.",
    "undecided": "{kept} for now: it is not clear yet who needs {them} most.",
}
_NEAREST: Mapping[str, str] = {
    "H1-distance": "“{title}” would fit but for the distance.",
    "H1-notice": "“{title}”{day} would fit but for the short notice.",
    "H1-window": "“{title}”{day} would fit but for the date.",
    "H1-unavailable": "“{title}”{day} would fit but for the date.",
    "H2-min": "“{title}” would fit but for the size of the group.",
    "H2-split": "“{title}” would fit if the cohort could be split.",
    "H1-send": "“{title}” would fit but for the support that is needed.",
}


def why(sides: Sides, pupils: int, compared: Comparison) -> tuple[Why, ...]:
    """Why this cohort gets this session: what it adds, how far behind it is, the way, the sector."""
    said = [_adds(benchmark, per_pupil * pupils, compared.lacking) for benchmark, per_pupil in _credits(sides)]
    said += [_behind(compared), _next_best(compared), _way(sides, compared), _sector(sides, compared)]
    return tuple(why for why in said if why)


def _credits(sides: Sides) -> list[tuple[str, int]]:
    return sorted(sides.offer.counts_to.items())


def _adds(benchmark: str, credits_: int, lacking: Mapping[str, int]) -> Why | None:
    need = lacking.get(benchmark, 0)
    if need <= 0 or benchmark not in _LACKED:
        return None
    share = f"All {need}" if credits_ >= need else f"{credits_} of the {need}"
    return Why(code="adds", text=_LACKED[benchmark].format(share=share))


def _behind(compared: Comparison) -> Why | None:
    if compared.candidates == 1:
        return Why(code="only_one", text="No other year group that is asking could take part.")
    if compared.further_behind:
        return None
    text = f"Of the {compared.candidates} year groups that could take part, none is further behind."
    return Why(code="furthest_behind", text=text)


def _next_best(compared: Comparison) -> Why | None:
    if compared.next_best is None or compared.next_best >= compared.covers:
        return None
    text = (
        f"It covers {compared.covers} of what is missing; given to the next best, it would cover {compared.next_best}."
    )
    return Why(code="next_best", text=text)


def _way(sides: Sides, compared: Comparison) -> Why | None:
    if sides.offer.mode == "virtual":
        return Why(code="no_travel", text="It is online: nobody has to travel.")
    if not compared.nearer and compared.candidates > 1:
        return Why(code="nearest", text=f"None of them is nearer: it is {miles(compared.km)}.")
    return Why(code="distance", text=f"It is {miles(compared.km)} away.")


def _sector(sides: Sides, compared: Comparison) -> Why | None:
    wanted = [s for s in sides.offer.sectors if sides.request.sectors.get(s, -1) >= _GOOD_PREFERENCE]
    if not wanted or compared.preference < _GOOD_PREFERENCE:
        return None
    best = max(wanted, key=lambda s: (sides.request.sectors[s], s))
    return Why(code="sector", text=f"{SECTORS.get(best, best)} is among the sectors that were asked for.")


def excluded(look: Look) -> tuple[Excluded, ...]:
    """How many offers each rule kept out, most first."""
    ordered = sorted(look.excluded.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Excluded(code=code, offers=count, text=_counted(count, code)) for code, count in ordered)


def _counted(count: int, code: str) -> str:
    return f"{count} {'offer' if count == 1 else 'offers'} {KEPT_OUT.get(code, code)}"


def nearest_miss(look: Look, titles: Mapping[str, str]) -> str:
    """The offer that came nearest, what kept it out, and what it would bring; empty if none came near."""
    if look.nearest is None:
        return ""
    offer, code = look.nearest
    day = f" on {look.would.day:%A} {look.would.day.day} {look.would.day:%B %Y}" if look.would else ""
    fits = _NEAREST.get(code, "").format(title=titles.get(offer, "An offer"), day=day)
    return f"{fits} {_would_cover(look.would)}".strip() if look.would else fits


def held_back(match: LiveMatch, titles: Mapping[str, str]) -> HeldBack:
    """Why a planned match is not told yet, and until when at the latest."""
    until = match.release_at.astimezone(LONDON)
    title = titles.get(str(match.offer_id), "An offer")
    if match.pupils == 1:
        kept, them, they_are = f"1 place of “{title}” is kept", "it", "it is"
    else:
        kept, them, they_are = f"{match.pupils} places of “{title}” are kept", "them", "they are"
    why = _HELD.get(match.held or "", _HELD["undecided"]).format(kept=kept, them=them)
    last = f"If nothing better comes, {they_are} proposed on {until.day} {until:%B} at the latest."
    return HeldBack(
        code=match.held or "undecided",
        offer_id=match.offer_id,
        pupils=match.pupils,
        until=match.release_at,
        text=f"{why} {last}",
    )


def _would_cover(would: Would) -> str:
    known = [_COVERED[b].format(count=count) for b, count in would.covers.items() if b in _COVERED]
    return f"It would cover {' and '.join(known)} that are missing." if known else ""
