"""What a school may say wrongly about a request: what was said, where the answer points, and what it says.

The cohort is Year 10 of 2026/27 with 120 pupils, and it is 6 October 2026.
"""

from typing import Any

from tests.registry.bad_offers import Bad


def _days(first: str, last: str) -> dict[str, Any]:
    return {"first": first, "last": last}


BY_MEANING: dict[str, Bad] = {
    "unknown benchmark": Bad({"benchmarks": ["gb5", "gb9"]}, "#/benchmarks/1", "'gb9' is not a known benchmark", "gb"),
    "unknown activity, near a name": Bad(
        {"activities": ["Mock interview"]}, "#/activities/0", "not a known activity", "Did you mean mock_interview"
    ),
    "no activity at all": Bad({"activities": []}, "#/activities", "finds nothing", "leave the field out"),
    "activity for another benchmark": Bad(
        {"activities": ["talk", "provider_talk"]}, "#/activities/1", "counts for gb7", "name the benchmark"
    ),
    "unknown sector": Bad({"sectors": {"IT": 90}}, "#/sectors/IT", "'IT' is not a known sector", ""),
    "unknown sector with a slash": Bad(
        {"sectors": {"legal/finance": 90}}, "#/sectors/legal~1finance", "not a known", "Did you mean legal_finance"
    ),
    "unknown need": Bad(
        {"send_needs": ["wheelchair"]}, "#/send_needs/0", "not a known kind of SEND support", "Take one of: step_free"
    ),
    "last day before the first": Bad(
        {"possible": [_days("2026-11-20", "2026-11-10")]}, "#/possible/0", "before the first", "Swap"
    ),
    "impossible days the wrong way round": Bad(
        {"impossible": [_days("2026-11-20", "2026-11-10")]}, "#/impossible/0", "before the first", "Swap"
    ),
    "days of another year": Bad(
        {"possible": [_days("2026-11-10", "2027-09-20")]}, "#/possible/0", "2026-09-01 to 2027-08-31", "another cohort"
    ),
    "no day at all": Bad({"possible": []}, "#/possible", "No day would be possible", "leave the field out"),
    "only days that have passed": Bad(
        {"possible": [_days("2026-09-01", "2026-10-02")]}, "#/possible", "No weekday is left", "later days"
    ),
    "only days within the notice": Bad(
        {"possible": [_days("2026-10-07", "2026-10-19")]}, "#/possible", "14 days away", "shorten notice_days"
    ),
    "only a weekend": Bad(
        {"possible": [_days("2026-11-14", "2026-11-15")]}, "#/possible", "No weekday is left", "later days"
    ),
    "every day impossible": Bad(
        {"impossible": [_days("2026-09-01", "2027-08-31")]}, "#/possible", "No weekday is left", "free some"
    ),
    "a group larger than the cohort": Bad({"min_group": 121}, "#/min_group", "has 120 pupils", "at most 120"),
    "places for less than a group": Bad(
        {"min_group": 30, "max_places": 20}, "#/max_places", "Less than the smallest group", "lower min_group"
    ),
    "places for less than the whole cohort": Bad(
        {"split": False, "max_places": 100}, "#/max_places", "takes all 120 pupils", "at least 120"
    ),
    "somebody else's contact": Bad(
        {"contact_id": "00000000-0000-0000-0000-0000000000aa"}, "#/contact_id", "not one of the school's", "contacts"
    ),
}
"""Well formed, and yet it cannot be."""

BY_FORM: dict[str, Bad] = {
    "what is still needed": Bad(
        {"need": {"gb5": 120}}, "#/need", "hat is still needed is computed, never typed", "cohort's figures"
    ),
    "the number of pupils": Bad({"pupils": 100}, "#/pupils", "he number of pupils is the cohort's", "amend the cohort"),
    "a pupil": Bad({"pupil_names": ["A"]}, "#/pupil_names", "", ""),
    "no benchmark": Bad({"benchmarks": []}, "#/benchmarks", "", ""),
    "no benchmarks field": Bad({"benchmarks": ...}, "#/benchmarks", "", ""),
    "benchmarks as a text": Bad({"benchmarks": "gb5"}, "#/benchmarks", "", ""),
    "a preference above 100": Bad({"sectors": {"digital": 101}}, "#/sectors/digital", "", ""),
    "a preference in words": Bad({"sectors": {"digital": "much"}}, "#/sectors/digital", "", ""),
    "a range without its end": Bad({"possible": [{"first": "2026-11-10"}]}, "#/possible/0/last", "", ""),
    "a range in words": Bad({"possible": ["November"]}, "#/possible/0", "", ""),
    "a day that does not exist": Bad(
        {"impossible": [_days("2026-11-31", "2026-12-01")]}, "#/impossible/0/first", "", ""
    ),
    "notice of two years": Bad({"notice_days": 730}, "#/notice_days", "", ""),
    "a negative distance": Bad({"max_travel_km": -1}, "#/max_travel_km", "", ""),
    "a group of nobody": Bad({"min_group": 0}, "#/min_group", "", ""),
    "no places": Bad({"max_places": 0}, "#/max_places", "", ""),
    "perhaps splitting": Bad({"split": "perhaps"}, "#/split", "", ""),
    "a contact by name": Bad({"contact_id": "Ms Smith"}, "#/contact_id", "", ""),
    "an end date of ours": Bad({"posted_at": "2026-10-06T09:00:00Z"}, "#/posted_at", "", ""),
}
"""Not formed as it should be."""
