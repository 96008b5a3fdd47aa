"""Safeguarding facts per kind of activity: what applies to it and no more, the same in emails and on pages.

Sources: the Department for Education's statutory guidance on keeping children safe in education (visitors,
supervisors of placements), the Disclosure and Barring Service's guidance on regulated activity, the Health and Safety
Executive's guidance on young people at work and on insurance, and section 560 of the Education Act 1996 (age).
"""

from __future__ import annotations

from contracts.activities import ACTIVITIES

SAFEGUARDING: dict[str, tuple[str, ...]] = {
    "visitor": (
        "A visitor to a single event needs no DBS check, and a school should not ask for one.",
        "The school checks who visitors are when they arrive, and its head decides how they are accompanied.",
    ),
    "visit": (
        "Pupils stay with the school's staff throughout; the school's usual rules for visits apply.",
        "The employer's public liability insurance covers injuries on a visit.",
    ),
    "placement": (
        "Placements are lawful from the start of Year 10.",
        "In health and safety law pupils count as employees. The employer's risk assessment has young people in mind.",
        "Employers' liability insurance covers pupils; unusual work, or more than two weeks, is told to the insurer.",
        "No barred-list check can be asked of those who supervise pupils of 16 or 17.",
        "For younger pupils the school weighs whether the supervisor is often alone with them.",
    ),
    "mentoring": (
        "Mentoring that is unsupervised and weekly, or on four days in thirty, needs an enhanced DBS check.",
        "Nobody under 16 can be DBS-checked.",
    ),
    "virtual": (
        "A member of the school's staff is with the pupils throughout the session.",
        "Pupils need not show their faces or give their full names.",
    ),
}


def safeguarding_facts(activity: str) -> tuple[str, ...]:
    """What applies to this activity type; nothing for a code that is not known."""
    known = ACTIVITIES.get(activity)
    return SAFEGUARDING[known.safeguarding] if known else ()
