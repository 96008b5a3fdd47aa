"""What may be said wrongly about organisations: per endpoint, what was said, where the answer points, its advice."""

from typing import Any, NamedTuple

LONG = "x" * 201
NOBODY = "01900000-0000-7000-8000-000000000000"


class Bad(NamedTuple):
    """One bad body: the usual one with `said` changed, or `said` itself where it is no object."""

    said: Any
    pointer: str
    remedy: str = ""


class Endpoint(NamedTuple):
    """Where a body is sent, and the one that would be taken. Names in braces are ids of what is there."""

    method: str
    path: str
    usual: dict[str, Any]


_NAMES = {
    "a name that is empty": Bad({"name": ""}, "#/name", "Use at least 1"),
    "a name of blanks": Bad({"name": "   "}, "#/name", "Use at least 1"),
    "a name of what nobody sees": Bad({"name": "\0\u202e\ud800"}, "#/name", "Use at least 1"),
    "a name that is too long": Bad({"name": LONG}, "#/name", "Use at most 200"),
    "a name that is a number": Bad({"name": 7}, "#/name", "double quotes"),
    "a name that is null": Bad({"name": None}, "#/name", "double quotes"),
    "an unknown field": Bad({"nmae": "Herts"}, "#/nmae", "how it is spelt"),
}
_HUBS = {
    **_NAMES,
    "a kind that is none": Bad({"kind": "primary"}, "#/kind", "'school', 'college' or 'send'"),
    "a policy that is a list": Bad({"policy": []}, "#/policy", "object"),
    "an unknown rule": Bad({"policy": {"windowseconds": 0}}, "#/policy/windowseconds", "spelt"),
    "points below nothing": Bad({"policy": {"fit_points": -1}}, "#/policy/fit_points", "at least 0"),
    "points beyond reason": Bad({"policy": {"fit_points": 10**9}}, "#/policy/fit_points", "at most 10000000"),
    "points beyond any number": Bad({"policy": {"fit_points": 10**30}}, "#/policy/fit_points", "at most"),
    "more days to answer than a year has": Bad(
        {"policy": {"answer_working_days": 61}}, "#/policy/answer_working_days", "at most 60"
    ),
    "a window beyond the calendar": Bad(
        {"policy": {"window_seconds": 10_000_000}}, "#/policy/window_seconds", "at most 5184000"
    ),
    "a digest of more than a day": Bad({"letters": {"digest_minutes": 1441}}, "#/letters/digest_minutes", "1440"),
    "hours to answer beyond a month": Bad(
        {"letters": {"minimum_answer_hours": 721}}, "#/letters/minimum_answer_hours", "at most 720"
    ),
    "a version of one's own": Bad({"policy": {"version": 9}}, "#/policy/version", "Leave this away"),
    "bands of one benchmark alone": Bad(
        {"policy": {"bands": {"gb5": [[50, 1100]]}}}, "#/policy/bands", "gb5, gb6, gb7"
    ),
    "bands that fall": Bad(
        {"policy": {"bands": {each: [[100, 10], [50, 10]] for each in ("gb5", "gb6", "gb7")}}}, "#/policy"
    ),
    "an equity rule that is none": Bad({"policy": {"equity_rule": "lottery"}}, "#/policy/equity_rule", "equity-1"),
    "hours that end first": Bad({"letters": {"send_from": "18:00"}}, "#/letters/send_until", "later time"),
    "hours with an offset": Bad({"letters": {"send_from": "08:00+01:00"}}, "#/letters/send_from", "offset away"),
    "hours that are a number": Bad({"letters": {"send_from": 8}}, "#/letters/send_from", "times as 09:30"),
    "no such hour": Bad({"letters": {"send_from": "25:00"}}, "#/letters/send_from", "09:30"),
    "a mailbox that is none": Bad({"letters": {"reply_to": "the hub"}}, "#/letters/reply_to", "name@school"),
    "a term that ends first": Bad(
        {"calendar": {"terms": [{"name": "autumn", "first": "2026-12-18", "last": "2026-09-02"}]}},
        "#/calendar/terms/0",
        "Swap them",
    ),
    "a holiday that is no date": Bad(
        {"calendar": {"bank_holidays": ["2026-12-25", "2026-02-30"]}}, "#/calendar/bank_holidays/1", "2027-03-09"
    ),
    "a holiday in seconds": Bad({"calendar": {"bank_holidays": [0]}}, "#/calendar/bank_holidays/0", "2027-03-09"),
    "a holiday far away": Bad(
        {"calendar": {"bank_holidays": ["1066-10-14"]}}, "#/calendar/bank_holidays/0", "2000 to 2099"
    ),
}
_SCHOOLS = {
    **_NAMES,
    "a phase that is none": Bad({"phase": "primary"}, "#/phase", "'secondary'"),
    "a postcode that is none": Bad({"postcode": "Stevenage"}, "#/postcode", "SG1 3BE"),
    "a postcode of nowhere": Bad({"postcode": "ZZ9 9ZZ"}, "#/postcode", "Check it, or send lat and lon"),
    "half a position": Bad({"lat": 51.9}, "#/lon", "Send both"),
    "a position in France": Bad({"lat": 48.9, "lon": 2.3}, "#/lat", "at least 49"),
    "a position in quotes": Bad({"lat": "51.9", "lon": -0.2}, "#/lat", "without quotes"),
    "more than all pupils": Bad({"fsm_pct": 100.5}, "#/fsm_pct", "at most 100"),
    "a share that is null": Bad({"fsm_pct": None}, "#/fsm_pct", "without quotes"),
    "no encounter at a time": Bad({"max_parallel": 0}, "#/max_parallel", "at least 1"),
    "half an encounter": Bad({"max_parallel": 1.5}, "#/max_parallel", "whole|without"),
    "true encounters": Bad({"max_parallel": True}, "#/max_parallel", "without quotes"),
    "a closure that ends first": Bad(
        {"closures": [{"first": "2026-11-02", "last": "2026-11-01"}]}, "#/closures/0", "Swap them"
    ),
    "closures without end": Bad(
        {"closures": [{"first": "2026-11-02", "last": "2026-11-02"}] * 201}, "#/closures", "at most 200"
    ),
}
_COHORTS = {
    "a label that is empty": Bad({"label": ""}, "#/label", "at least 1"),
    "fewer than no pupils": Bad({"pupils": -1}, "#/pupils", "at least 0"),
    "more pupils than any school has": Bad({"pupils": 10_001}, "#/pupils", "at most 10000"),
    "pupils by name": Bad({"pupils": ["Alex"]}, "#/pupils", "Send digits"),
    "an unknown benchmark": Bad({"met_elsewhere": {"gb9": 3}}, "#/met_elsewhere/gb9/[key]", "'gb5'"),
    "fewer than no credits": Bad({"met_elsewhere": {"gb5": -3}}, "#/met_elsewhere/gb5", "at least 0"),
}
_EMPLOYERS = {
    **_NAMES,
    "an unknown sector": Bad({"sectors": ["engineering", "digitall"]}, "#/sectors/1", "Did you mean digital"),
    "a sector with half a character": Bad({"sectors": ["\ud800"]}, "#/sectors/0", "lone surrogates"),
    "sectors as a text": Bad({"sectors": "engineering"}, "#/sectors", "square brackets"),
    "fewer than no sessions": Bad({"max_sessions": -1}, "#/max_sessions", "at least 0"),
    "sessions beyond the database": Bad({"max_sessions": 2**31}, "#/max_sessions", "at most 1000000"),
    "a hub that is none": Bad({"cornerstone_of": [NOBODY]}, "#/cornerstone_of/0", "Take the id of a hub"),
    "a hub that is no id": Bad({"cornerstone_of": ["herts"]}, "#/cornerstone_of/0", "UUID"),
}
_CONTACTS = {
    **_NAMES,
    "an address that is none": Bad({"email": "sam"}, "#/email", "name@school.example"),
    "an address with a name": Bad({"email": "Sam <sam@school.example>"}, "#/email", "name@school.example"),
    "an address with a second line": Bad({"email": "sam@school.example\nBcc: all@school.example"}, "#/email"),
    "two addresses": Bad({"email": "sam@school.example,kim@school.example"}, "#/email"),
    "an address without a domain's dot": Bad({"email": "sam@localhost"}, "#/email"),
    "an address that is too long": Bad({"email": f"{'x' * 250}@school.example"}, "#/email", "at most 254"),
    "more roles than one can have": Bad({"roles": ["x"] * 11}, "#/roles", "at most 10"),
    "a place before the first": Bad({"order": 0}, "#/order", "at least 1"),
    "a pupil's year": Bad({"year": 10}, "#/year", "Remove it"),
}

_NEW_SCHOOL = {"urn": 117499, "name": "New", "phase": "secondary", "postcode": "SG1 3BE"}
_NEW_CONTACT = {"name": "Sam Taylor", "email": "sam@new.example"}

TABLES: list[tuple[Endpoint, dict[str, Bad]]] = [
    (Endpoint("POST", "/v1/areas", {"name": "New"}), _NAMES),
    (
        Endpoint("POST", "/v1/hubs", {"name": "New", "area_id": "{area}"}),
        {
            **_HUBS,
            "no area": Bad({"area_id": ...}, "#/area_id", "Add it"),
            "an area that is none": Bad({"area_id": NOBODY}, "#/area_id", "Add the area first"),
            "an area that is no id": Bad({"area_id": "herts"}, "#/area_id", "UUID"),
        },
    ),
    (
        Endpoint("PATCH", "/v1/hubs/{hub}", {}),
        {
            **_HUBS,
            "another area": Bad({"area_id": "{area}"}, "#/area_id", "Remove it"),
        },
    ),
    (
        Endpoint("POST", "/v1/hubs/{hub}/clusters", {"name": "New"}),
        {
            **_NAMES,
            "a day that is none": Bad({"since": "yesterday"}, "#/since", "2027-03-09"),
            "a day with a time": Bad({"since": "2026-09-01T10:00:00"}, "#/since", "2027-03-09"),
        },
    ),
    (
        Endpoint("POST", "/v1/schools", _NEW_SCHOOL),
        {
            **_SCHOOLS,
            "no URN": Bad({"urn": ...}, "#/urn", "Add it"),
            "a URN in quotes": Bad({"urn": "117499"}, "#/urn", "without quotes"),
            "a URN of five digits": Bad({"urn": 17499}, "#/urn", "at least 100000"),
        },
    ),
    (
        Endpoint("PATCH", "/v1/schools/{school}", {}),
        {
            **_SCHOOLS,
            "a state that is none": Bad({"state": "merged"}, "#/state", "'open' or 'closed'"),
            "another URN": Bad({"urn": 117500}, "#/urn", "Remove it"),
        },
    ),
    (
        Endpoint("POST", "/v1/schools/{school}/memberships/{hub}/end", {}),
        {
            "a day before the beginning": Bad({"last_day": "2026-08-31"}, "#/last_day", "that day or a later one"),
            "a day that is null": Bad({"last_day": None}, "#/last_day", "2027-03-09"),
        },
    ),
    (
        Endpoint("POST", "/v1/schools/{school}/memberships", {"hub_id": "{hub}", "since": "2030-09-01"}),
        {
            "a hub that is none": Bad({"hub_id": NOBODY}, "#/hub_id", "Add the hub first"),
            "a cluster that is none": Bad({"cluster_id": NOBODY}, "#/cluster_id", "it lists its clusters"),
            "an end before the beginning": Bad({"until": "2030-08-31"}, "#", "Swap them"),
        },
    ),
    (
        Endpoint("POST", "/v1/schools/{school}/cohorts", {"year": 9, "pupils": 100}),
        {
            **_COHORTS,
            "no year": Bad({"year": ...}, "#/year", "Add it"),
            "a year of primary school": Bad({"year": 6}, "#/year", "at least 7"),
            "an academic year that is none": Bad({"academic_year": "2026/28"}, "#/academic_year", "2026/27"),
            "an academic year in words": Bad({"academic_year": "now"}, "#/academic_year", "2026/27"),
            "a kind that is none": Bad({"kind": "set"}, "#/kind", "'pathway'"),
        },
    ),
    (
        Endpoint("PATCH", "/v1/schools/{school}/cohorts/{cohort}", {}),
        {
            **_COHORTS,
            "another year": Bad({"year": 11}, "#/year", "Remove it"),
        },
    ),
    (
        Endpoint("POST", "/v1/employers", {"name": "New", "home_area_id": "{area}"}),
        {
            **_EMPLOYERS,
            "an area that is none": Bad({"home_area_id": NOBODY}, "#/home_area_id", "Add the area first"),
        },
    ),
    (Endpoint("PATCH", "/v1/employers/{employer}", {}), _EMPLOYERS),
    (Endpoint("POST", "/v1/schools/{school}/contacts", _NEW_CONTACT), _CONTACTS),
    (Endpoint("POST", "/v1/employers/{employer}/contacts", _NEW_CONTACT), _CONTACTS),
    (Endpoint("POST", "/v1/hubs/{hub}/contacts", _NEW_CONTACT), _CONTACTS),
    (
        Endpoint("PATCH", "/v1/contacts/{contact}", {}),
        {
            **_CONTACTS,
            "a perhaps": Bad({"unsubscribed": "yes"}, "#/unsubscribed", "true or false"),
        },
    ),
    (
        Endpoint("POST", "/v1/keys", {"role": "school", "organisation_id": "{school}", "label": "x"}),
        {
            "a role that is none": Bad({"role": "admin"}, "#/role", "'operator'"),
            "nobody to act for": Bad({"organisation_id": None}, "#/organisation_id", "id of the school"),
            "no label": Bad({"label": ...}, "#/label", "Add it"),
            "an end that is past": Bad({"expires_at": "2026-10-06T09:00:00Z"}, "#/expires_at", "later time"),
            "an end without an offset": Bad({"expires_at": "2027-10-06T09:00:00"}, "#/expires_at", "End it with Z"),
            "a secret of one's own": Bad({"key": "enc_mine"}, "#/key", "Remove it"),
        },
    ),
    (
        Endpoint("POST", "/v1/keys/{key}/rotate", {}),
        {
            "an overlap for ever": Bad({"overlap_hours": 10_000}, "#/overlap_hours", "at most 720"),
            "an overlap below nothing": Bad({"overlap_hours": -1}, "#/overlap_hours", "at least 0"),
        },
    ),
]
