"""The published language: codes that offers, requests and answers are written in, with their names. It needs no key."""

from __future__ import annotations

from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel

from contracts import reasons
from contracts.activities import ACTIVITIES, SECTORS, SEND_SUPPORT
from contracts.gatsby import BENCHMARKS, RULES, UNITS

router = APIRouter(tags=["reference"])


class Code(BaseModel):
    """One code and its name."""

    code: str
    name: str


class ActivityType(Code):
    """What an employer can offer, and how it counts."""

    credits: dict[str, int]
    modes: list[str]
    individual: bool
    youngest_year: int


class Wording(BaseModel):
    """One wording of a benchmark: credits per pupil that each year group should have, and since when they add up."""

    rules: str
    institution: str
    per_pupil: dict[int, int]
    counts: str
    planning_value: bool
    effective_from: date
    effective_to: date | None


class BenchmarkView(Code):
    """One benchmark, its unit, and all its wordings."""

    unit: str
    wordings: list[Wording]


@router.get("/v1/reference/activities")
async def list_activity_types() -> dict[str, list[ActivityType]]:
    """The activity types."""
    return {
        "items": [
            ActivityType(
                code=activity.code,
                name=activity.name,
                credits=activity.credits,
                modes=sorted(activity.modes),
                individual=activity.individual,
                youngest_year=activity.youngest_year,
            )
            for activity in ACTIVITIES.values()
        ]
    }


@router.get("/v1/reference/benchmarks")
async def list_benchmarks() -> dict[str, list[BenchmarkView]]:
    """The benchmarks with all their wordings, each with the time for which it holds."""
    return {
        "items": [
            BenchmarkView(code=code, name=name, unit=UNITS[code], wordings=_wordings(code))
            for code, name in BENCHMARKS.items()
        ]
    }


def _wordings(benchmark: str) -> list[Wording]:
    return [
        Wording(
            rules=rules.version,
            institution=institution,
            per_pupil=target.per_pupil,
            counts=target.counts,
            planning_value=target.planning_value,
            effective_from=rules.effective_from,
            effective_to=rules.effective_to,
        )
        for rules in RULES
        for institution, targets in rules.targets.items()
        for code, target in targets.items()
        if code == benchmark
    ]


@router.get("/v1/reference/sectors")
async def list_sectors() -> dict[str, list[Code]]:
    """The sectors."""
    return {"items": _codes(SECTORS)}


@router.get("/v1/reference/send-support")
async def list_send_support() -> dict[str, list[Code]]:
    """Kinds of support that an offer can give, and a request can ask for."""
    return {"items": _codes(SEND_SUPPORT)}


@router.get("/v1/reference/reasons")
async def list_reasons() -> dict[str, list[Code]]:
    """Why something was declined, refused, withdrawn, cancelled, not held, or ended."""
    return {
        "school_declines": _codes(reasons.SCHOOL_DECLINES),
        "employer_refuses": _codes(reasons.EMPLOYER_REFUSES),
        "withdrawals": _codes(reasons.WITHDRAWALS),
        "cancellations": _codes(reasons.CANCELLATIONS),
        "not_held": _codes(reasons.NOT_HELD),
        "endings": _codes(reasons.ENDINGS),
    }


def _codes(names: dict[str, str]) -> list[Code]:
    return [Code(code=code, name=name) for code, name in names.items()]
