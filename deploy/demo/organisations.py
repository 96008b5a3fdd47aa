"""The bodies of the hub, its schools, its employers and their invented contacts."""

from __future__ import annotations

from typing import Any

from deploy.demo.hub import Row, calendar


def the_hub(area_id: str, window_seconds: int = 0) -> dict[str, Any]:
    """The hub, with a policy that suits a demonstration: planned matches are told at once, letters go out at once.

    With a window it looks ahead, too.
    """
    return {
        "area_id": area_id,
        "name": "Hertfordshire Careers Hub",
        "kind": "school",
        "host": "Hertfordshire",
        "policy": {"window_seconds": window_seconds},
        "letters": {"quiet": False, "digest_minutes": 0, "emails_per_day": 200, "minimum_answer_hours": 0},
        "calendar": calendar(),
    }


def school(row: Row) -> dict[str, Any]:
    """A school, as the register has it."""
    return {
        "urn": int(row["urn"]),
        "name": row["name"],
        "phase": row["phase"],
        "postcode": row["postcode"],
        "lat": float(row["lat"]),
        "lon": float(row["lon"]),
        "fsm_pct": float(row["fsm_pct"]),
        "max_parallel": 2,
    }


def school_contacts(row: Row) -> list[dict[str, Any]]:
    """Two invented adults at the school, in the order in which they are written to."""
    return [
        {"name": "Careers Leader", "email": f"careers@s{row['urn']}.example", "roles": ["careers_leader"], "order": 1},
        {"name": "Deputy Head", "email": f"deputy@s{row['urn']}.example", "roles": ["senior_leader"], "order": 2},
    ]


def employer(row: Row, area: dict[str, Any], the_hub: dict[str, Any]) -> dict[str, Any]:
    """An employer, as it filed its returns."""
    return {
        "name": row["name"],
        "sectors": [row["sector"]],
        "size_band": row["size_band"],
        "home_area_id": area["area_id"],
        "max_sessions": 4,
        "cornerstone_of": [the_hub["hub_id"]] if row["cornerstone"] else [],
    }


def employer_contact(row: Row) -> dict[str, Any]:
    """An invented adult at the employer."""
    return {"name": "Schools Outreach", "email": f"outreach@e{row['employer_id']}.example", "roles": ["outreach"]}
