"""Every state of a match, for school and employer: which page shows, and what each act comes to."""

import datetime as dt
import html
import re
from dataclasses import dataclass

import pytest

from contracts.links import Audience
from services.plumbing.clock import Clock
from tests.registry.given_matches import NOW, ON_THE_DAY, Entries, World

AFTER = ON_THE_DAY + dt.timedelta(days=2)
WITHDRAWN = "UPDATE own.offers SET state = 'withdrawn'"
AMENDED = "UPDATE own.offers SET terms_version = 2"
REQUEST_GONE = "UPDATE own.requests SET state = 'withdrawn'"
NOTHING = Entries()
YES = Entries(school="accepted")
BOTH = Entries(school="accepted", employer="accepted")
MET_27 = Entries("accepted", "accepted", delivered=27)
MET_28 = Entries("accepted", "accepted", delivered=28)
NOT_HELD = Entries("accepted", "accepted", not_held=True)


@dataclass(frozen=True)
class Scene:
    """One state, who looks, what it says at the top, and what accept, decline, cancel and delivery are answered."""

    name: str
    state: str
    audience: Audience
    heading: str
    acts: tuple[int, int, int, int]
    said: Entries = NOTHING
    at: dt.datetime = NOW
    meanwhile: str = ""
    reason: str | None = None


SCENES = (
    # A school: asked, answered, agreed.
    Scene("open", "proposed", "school", "Can your school take this up?", (200, 200, 409, 409)),
    Scene(
        "open on the day", "proposed", "school", "Can your school take this up?", (200, 200, 409, 409), at=ON_THE_DAY
    ),
    Scene("late", "proposed", "school", "The date has passed", (409, 409, 409, 409), at=AFTER),
    Scene("said yes", "proposed", "school", "Your answer is recorded", (200, 409, 409, 409), YES),
    Scene("said no", "proposed", "school", "Your school declined", (409, 200, 409, 409), Entries("declined")),
    Scene("missed", "proposed", "school", "The time to answer has passed", (409, 409, 409, 409), Entries("lapsed")),
    Scene("withdrawn now", "proposed", "school", "The employer has withdrawn", (409,) * 4, meanwhile=WITHDRAWN),
    Scene("request gone", "proposed", "school", "Your school's request has been", (409,) * 4, meanwhile=REQUEST_GONE),
    Scene("amended now", "proposed", "school", "Details are being changed", (409,) * 4, meanwhile=AMENDED),
    Scene("employer asked", "accepted", "school", "Accepted: now Lea Valley Water", (200, 409, 200, 409), YES),
    Scene("employer said yes", "accepted", "school", "Your answer is recorded", (200, 409, 200, 409), BOTH),
    Scene("confirmed", "confirmed", "school", "This encounter is confirmed", (200, 409, 200, 409), BOTH),
    Scene("on the day", "confirmed", "school", "Did it take place?", (200, 409, 200, 200), BOTH, at=ON_THE_DAY),
    Scene("afterwards", "confirmed", "school", "Did it take place?", (200, 409, 409, 200), BOTH, at=AFTER),
    Scene("recorded", "confirmed", "school", "28 pupils took part", (200, 409, 409, 200), MET_28, AFTER),
    Scene("not held", "confirmed", "school", "it was not held", (200, 409, 409, 200), NOT_HELD, AFTER),
    # A school: how a match ends, as the matcher tells it.
    Scene("delivered", "delivered", "school", "30 pupils took part", (409, 409, 409, 200), at=AFTER),
    Scene("was not held", "not_held", "school", "it was not held", (409, 409, 409, 200), at=AFTER),
    Scene("declined", "declined", "school", "Your school declined", (409, 200, 409, 409), Entries("declined")),
    Scene("lapsed", "lapsed", "school", "The time to answer has passed", (409,) * 4),
    Scene("refused", "refused", "school", "Lea Valley Water cannot take part", (409,) * 4),
    Scene("unconfirmed", "unconfirmed", "school", "Lea Valley Water did not confirm", (409,) * 4),
    Scene("withdrawn", "withdrawn", "school", "The employer has withdrawn", (409,) * 4, reason="offer_withdrawn"),
    Scene("fewer places", "withdrawn", "school", "The employer has fewer", (409,) * 4, reason="fewer_places"),
    Scene("date cancelled", "withdrawn", "school", "cancelled this date", (409,) * 4, reason="session_cancelled"),
    Scene("left the hub", "withdrawn", "school", "no longer in this hub", (409,) * 4, reason="left_hub"),
    Scene("no more a request", "withdrawn", "school", "request has been", (409,) * 4, reason="request_withdrawn"),
    Scene("terms changed", "terms_changed", "school", "This offer has changed", (409,) * 4),
    Scene("cancelled", "cancelled", "school", "This encounter was cancelled", (409, 409, 200, 409)),
    Scene("after all", "cancelled", "school", "This encounter was cancelled", (409, 409, 200, 200), at=AFTER),
    Scene("undeliverable", "undeliverable", "school", "This match has ended", (409,) * 4),
    Scene("a state to come", "postponed_by_fog", "school", "This match has ended", (409,) * 4),
    # An employer.
    Scene("not asked", "proposed", "employer", "Hill School has been asked", (409,) * 4),
    Scene("asked", "accepted", "employer", "Can you confirm?", (200, 200, 200, 409), YES),
    Scene("asked on the day", "accepted", "employer", "Can you confirm?", (200, 200, 200, 200), YES, ON_THE_DAY),
    Scene("said yes", "accepted", "employer", "Your answer is recorded", (200, 409, 200, 409), BOTH),
    Scene(
        "said no", "accepted", "employer", "You cannot take part", (409, 200, 200, 409), Entries("accepted", "declined")
    ),
    Scene("missed", "accepted", "employer", "The time to confirm", (409, 409, 200, 409), Entries("accepted", "lapsed")),
    Scene("confirmed", "confirmed", "employer", "This encounter is confirmed", (200, 409, 200, 409), BOTH),
    Scene("afterwards", "confirmed", "employer", "Did it take place?", (200, 409, 409, 200), BOTH, at=AFTER),
    Scene("by school", "confirmed", "employer", "28 pupils took part", (200, 409, 409, 200), MET_28, AFTER),
    Scene("corrects", "confirmed", "employer", "27 pupils took part", (200, 409, 409, 409), MET_27, AFTER),
    Scene("declined", "declined", "employer", "Hill School cannot take part", (409,) * 4, Entries("declined")),
    Scene("lapsed", "lapsed", "employer", "Hill School did not answer in time", (409,) * 4),
    Scene("refused", "refused", "employer", "You cannot take part", (409,) * 4),
    Scene("unconfirmed", "unconfirmed", "employer", "The time to confirm has passed", (409,) * 4),
    Scene("withdrawn", "withdrawn", "employer", "Your offer has been", (409,) * 4, reason="offer_withdrawn"),
    Scene("changed mind", "withdrawn", "employer", "The school has changed", (409,) * 4, reason="request_amended"),
    Scene("terms changed", "terms_changed", "employer", "Your offer has changed", (409,) * 4),
    Scene("cancelled", "cancelled", "employer", "This encounter was cancelled", (409, 409, 200, 409)),
)
ACTS: dict[str, dict[str, str]] = {
    "accept": {},
    "decline": {"reason": "date_unsuitable"},
    "cancel": {"reason": "illness"},
    "delivery": {"held": "yes", "pupils": "28"},
}


AS_BEFORE = (
    "UPDATE own.offers SET state = 'open', terms_version = 1",
    "UPDATE own.requests SET state = 'open', terms_version = 1",
)


@pytest.mark.parametrize("audience", ["school", "employer"])
async def test_every_state_has_its_page_and_its_answers(world: World, audience: Audience) -> None:
    scenes = [scene for scene in SCENES if scene.audience == audience]

    assert len({scene.name for scene in scenes}) == len(scenes)
    played = {scene.name: await _play(world, scene) for scene in scenes}

    assert played == {scene.name: (scene.heading, 200, 200, "nothing changed", scene.acts) for scene in scenes}


async def _play(world: World, scene: Scene) -> tuple[str, int, int, str, tuple[int, ...]]:
    """The heading (as expected, or what it is instead), GET and HEAD, what looking changed, and the acts' answers."""
    more = {"reason": scene.reason} if scene.reason else {}
    match = await world.a_match(scene.state, scene.said, **more)
    world.registry.set_clock(Clock.stopped(scene.at))
    for statement in filter(None, (*AS_BEFORE, scene.meanwhile)):
        await world.change(statement)
    link, before = world.link(match, scene.audience), await world.everything()
    shown = await world.registry.http.get(link)
    headed = await world.registry.http.head(link)
    changed = "nothing changed" if await world.everything() == before else "looking changed something"
    answers = []
    for act, fields in ACTS.items():
        fresh = await world.a_match(scene.state, scene.said)
        answers.append((await world.press(world.link(fresh, scene.audience), act, **fields)).status_code)
    heading = _heading(shown.text)
    expected = scene.heading if scene.heading in heading else heading
    return expected, shown.status_code, headed.status_code, changed, tuple(answers)


def _heading(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found, page
    return html.unescape(found[1])
