"""What an employer may say wrongly about an offer: what was said, where the answer points, and what it says."""

from typing import Any, NamedTuple

import httpx

from tests.registry.given_offers import a_session


class Bad(NamedTuple):
    """One bad body: the usual one with `changes`."""

    changes: dict[str, Any]
    pointer: str
    detail: str
    remedy: str


def assert_is_problem(answer: httpx.Response, status: int, slug: str, *pointers: str) -> None:
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["type"]) == (status, status, f"/problems/{slug}"), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["correlation_id"]
    assert tuple(error["pointer"] for error in problem.get("errors", [])) == pointers
    assert all(error["detail"] for error in problem.get("errors", []))


def _placement(**changes: Any) -> dict[str, Any]:
    return {"activity": "work_experience", "min_pupils": 1, "sessions": [a_session(**{"ends": "16:00", **changes})]}


BY_MEANING: dict[str, Bad] = {
    "unknown activity, near a code": Bad(
        {"activity": "workplace visits"}, "#/activity", "'workplace visits' is not a known", "workplace_visit"
    ),
    "unknown activity, near a name": Bad(
        {"activity": "Career talks"}, "#/activity", "'Career talks' is not a known", "Did you mean talk"
    ),
    "unknown activity, near nothing": Bad({"activity": "?"}, "#/activity", "not a known activity", "Take one of: talk"),
    "mode this activity cannot have": Bad({"mode": "virtual"}, "#/mode", "cannot be virtual", "Say at_workplace"),
    "unknown mode": Bad({"mode": "at work"}, "#/mode", "not a known mode", "Did you mean at_workplace"),
    "mode left open": Bad({"activity": "mentoring"}, "#/mode", "can be at_school or virtual", "Say which"),
    "unknown sector": Bad(
        {"sectors": ["engineering", "IT and digital"]}, "#/sectors/1", "not a known sector", "Did you mean digital"
    ),
    "unknown support": Bad(
        {"send_support": ["stepfree"]}, "#/send_support/0", "not a known kind of SEND support", "Did you mean step_free"
    ),
    "unknown phase": Bad({"phases": ["primary"]}, "#/phases/0", "not a known phase", ""),
    "unknown benchmark": Bad({"benchmarks": ["GB8x"]}, "#/benchmarks/0", "not a known benchmark", "gb"),
    "benchmark this activity does not count for": Bad(
        {"benchmarks": ["gb7"]}, "#/benchmarks/0", "does not count for gb7", "gb5, gb6"
    ),
    "no benchmark at all": Bad({"benchmarks": []}, "#/benchmarks", "empty list", "leave the field out"),
    "no year at all": Bad({"years": []}, "#/years", "empty list", "leave the field out"),
    "no phase at all": Bad({"phases": []}, "#/phases", "empty list", "leave the field out"),
    "no area at all": Bad({"areas": []}, "#/areas", "empty list", "leave the field out"),
    "year too young for placements": Bad(
        {**_placement(), "years": [10, 9]}, "#/years/1", "for Year 10 and above", "Leave this year group out"
    ),
    "year that is none": Bad({"years": [6]}, "#/years/0", "There is no Year 6", "from 7 to 14"),
    "smallest group above all places": Bad({"min_pupils": 31}, "#/min_pupils", "31 does not fit into 30", "Lower it"),
    "half a position": Bad({"place": {"postcode": "SG1 1EN", "lat": 51.9}}, "#/place/lon", "Half a position", "both"),
    "unknown area": Bad({"areas": ["00000000-0000-0000-0000-0000000000aa"]}, "#/areas/0", "no such area", "/v1/areas"),
    "somebody else's contact": Bad(
        {"contact_id": "00000000-0000-0000-0000-0000000000aa"}, "#/contact_id", "not one of the employer's", "contacts"
    ),
    "no session": Bad({"sessions": []}, "#/sessions", "needs a session", "at least one date"),
    "session in the past": Bad(
        {"sessions": [a_session("2026-10-05")]}, "#/sessions/0/date", "is past", "today or a later day"
    ),
    "session in three years": Bad(
        {"sessions": [a_session("2029-11-06")]}, "#/sessions/0/date", "more than two years away", "nearer the time"
    ),
    "session at a weekend": Bad(
        {"sessions": [a_session("2026-11-14")]}, "#/sessions/0/date", "Saturday 2026-11-14 is a weekend", "weekday"
    ),
    "session on a bank holiday": Bad(
        {"sessions": [a_session("2027-05-03")]}, "#/sessions/0/date", "Monday 2027-05-03", "no bank holiday"
    ),
    "last day at a weekend": Bad(
        _placement(end_date="2026-11-15"), "#/sessions/0/end_date", "Sunday 2026-11-15", "weekday"
    ),
    "last day before the first": Bad(
        {"sessions": [a_session(end_date="2026-11-09")]}, "#/sessions/0/end_date", "before the first", "Swap"
    ),
    "several days in the morning": Bad(
        {"sessions": [a_session(end_date="2026-11-11", part="am")]}, "#/sessions/0/part", "whole day", "day"
    ),
    "a session of seven weeks": Bad(
        _placement(end_date="2026-12-22"), "#/sessions/0/end_date", "at most 30 working days", "Split"
    ),
    "end before start": Bad(
        {"sessions": [a_session(ends="09:00")]}, "#/sessions/0/ends", "ends before it starts", "24 hours"
    ),
    "two in the night": Bad(
        {"sessions": [a_session(starts="02:00")]}, "#/sessions/0/starts", "between 07:00 and 21:00", "24 hours"
    ),
    "a morning until three": Bad(
        {"sessions": [a_session(ends="15:00", part="am")]}, "#/sessions/0/part", "A morning ends by 13:00", "day"
    ),
    "an afternoon from nine": Bad(
        {"sessions": [a_session(part="pm")]}, "#/sessions/0/part", "An afternoon starts at 12:00", "day"
    ),
    "a placement into the night": Bad(
        _placement(starts="13:00", ends="19:30"), "#/sessions/0/ends", "Placements end by 19:00", "07:00 and 19:00"
    ),
    "a placement of nine hours": Bad(
        _placement(starts="08:00", ends="17:00"), "#/sessions/0/ends", "at most 8 hours", "Shorten"
    ),
    "the same session twice": Bad(
        {"sessions": [a_session(), a_session("2026-11-12"), a_session()]},
        "#/sessions/2",
        "same as session 0",
        "max_groups",
    ),
    "sessions of different length": Bad(
        {"sessions": [a_session(part="day"), a_session("2026-11-12", end_date="2026-11-13")]},
        "#/sessions/1",
        "takes 2 working days, the first session 1",
        "an offer of their own",
    ),
    "an id for a new session": Bad(
        {"sessions": [a_session(session_id="00000000-0000-0000-0000-0000000000aa")]},
        "#/sessions/0/session_id",
        "no session with this id",
        "Leave session_id out",
    ),
}
"""Well formed, and yet it cannot be."""

BY_FORM: dict[str, Bad] = {
    "no title": Bad({"title": ...}, "#/title", "", ""),
    "a title of spaces": Bad({"title": " \t\n "}, "#/title", "", ""),
    "a title without end": Bad({"title": "x" * 121}, "#/title", "", ""),
    "a title that is a number": Bad({"title": 12345}, "#/title", "", ""),
    "a purpose of one word": Bad({"purpose": "Work"}, "#/purpose", "", ""),
    "no word on what pupils do": Bad({"what_pupils_do": ...}, "#/what_pupils_do", "", ""),
    "eleven outcomes": Bad({"learning_outcomes": ["outcome"] * 11}, "#/learning_outcomes", "", ""),
    "an empty outcome": Bad({"learning_outcomes": [""]}, "#/learning_outcomes/0", "", ""),
    "no place": Bad({"place": ...}, "#/place", "", ""),
    "a place without postcode": Bad({"place": {"address": "1 Works Road"}}, "#/place/postcode", "", ""),
    "a place at sea": Bad({"place": {"postcode": "SG1 1EN", "lat": 0, "lon": 0}}, "#/place/lat", "", ""),
    "a radius of nothing": Bad({"radius_km": 0}, "#/radius_km", "", ""),
    "pupils as a text": Bad({"max_pupils": "30"}, "#/max_pupils", "", ""),
    "no pupils": Bad({"max_pupils": 0}, "#/max_pupils", "", ""),
    "pupils beyond all measure": Bad({"max_pupils": 10**12}, "#/max_pupils", "", ""),
    "half a group": Bad({"max_groups": 1.5}, "#/max_groups", "", ""),
    "years as texts": Bad({"years": ["10"]}, "#/years/0", "", ""),
    "notice of minus one day": Bad({"notice_days": -1}, "#/notice_days", "", ""),
    "perhaps confirming": Bad({"employer_confirms": "perhaps"}, "#/employer_confirms", "", ""),
    "an area by name": Bad({"areas": ["Hertfordshire"]}, "#/areas/0", "", ""),
    "a date as a number": Bad({"sessions": [a_session(date=20261110)]}, "#/sessions/0/date", "", "2027-03-09"),
    "a date the English way": Bad({"sessions": [a_session(date="10/11/2026")]}, "#/sessions/0/date", "", ""),
    "a time with an offset": Bad({"sessions": [a_session(starts="09:30Z")]}, "#/sessions/0/starts", "London", "offset"),
    "no time": Bad({"sessions": [{"date": "2026-11-10", "starts": "09:30"}]}, "#/sessions/0/ends", "", ""),
    "a part that is none": Bad({"sessions": [a_session(part="evening")]}, "#/sessions/0/part", "", ""),
    "too many sessions": Bad({"sessions": [a_session()] * 201}, "#/sessions", "", ""),
    "a field that is ours": Bad({"counts_to": {"gb5": 5}}, "#/counts_to", "", ""),
    "a misspelt field": Bad({"max_pupil": 30}, "#/max_pupil", "", ""),
    "a misspelt field of a session": Bad({"sessions": [a_session(start="09:30")]}, "#/sessions/0/start", "", ""),
}
"""Not formed as it should be."""
