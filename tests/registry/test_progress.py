"""Benchmark progress: from encounters that took place, as last recorded; a hub sees no small cohort."""

from typing import Any
from uuid import UUID

from contracts.matches import Match
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.plumbing.uuids import uuid7
from tests.registry.given_matches import ON_THE_DAY, Entries, World, add_cohort, insert

BOTH = Entries("accepted", "accepted")


async def _record(world: World, match: Match, **said: Any) -> None:
    answer = await world.registry.post(f"/v1/matches/{match.match_id}/delivery", said)
    assert answer.status_code == 200, answer.text


async def _rows(world: World, path: str, **more: Any) -> dict[tuple[str, str], dict[str, Any]]:
    """The items of a progress by cohort and benchmark."""
    answer = await world.registry.get(path, **more)
    assert answer.status_code == 200, answer.text
    return {(row["label"], row["benchmark"]): row for row in answer.json()["items"]}


async def _school(world: World, phase: str = "secondary", **cohort: Any) -> UUID:
    """A further school of the hub, with one cohort."""
    async with transaction(world.registry.pool) as tx:
        school_id = uuid7()
        place = {"postcode": "SG13 8AE", "lat": 51.8, "lon": -0.08, "fsm_pct": 0.0, "max_parallel": 1, "closures": []}
        names = {"name": f"School {school_id}", "phase": phase, "state": "open", "urn": 100000 + school_id.int % 800000}
        await insert(tx, "own.schools", school_id=school_id, version=1, **names, **place)
        membership = {"membership_id": uuid7(), "school_id": school_id, "hub_id": world.ids["hub_id"]}
        await insert(tx, "own.memberships", **membership, since=ON_THE_DAY.date())
        await add_cohort(tx, school_id, **cohort)
    return school_id


async def test_what_took_place_counts_and_what_was_not_held_does_not(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    await world.change("""UPDATE own.cohorts SET met_elsewhere = '{"gb5": 20}'""")
    held, off, coming = [await world.a_match("confirmed", BOTH) for _ in range(3)]
    await _record(world, held, held=True, pupils=28)
    await _record(world, off, held=False, reason="postponed")

    rows = await _rows(world, f"/v1/schools/{world.ids['school_id']}/progress")

    gb5, gb6 = rows["Year 10", "gb5"], rows["Year 10", "gb6"]
    assert coming.pupils == 30
    assert (gb5["target"], gb5["before"], gb5["delivered"], gb5["credits"], gb5["booked"]) == (120, 20, 28, 48, 30)
    assert (gb5["pupils_met"], gb5["percent"], gb5["percent_with_booked"]) == (48, 40, 65)
    # Ten days each by the end of Year 10, so a day for 28 of 120 pupils is not yet all for three of them.
    assert (gb6["per_pupil"], gb6["target"], gb6["credits"], gb6["pupils_met"], gb6["percent"]) == (10, 1200, 28, 2, 2)


async def test_a_correction_moves_progress(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    match = await world.a_match("confirmed", BOTH)
    path = f"/v1/schools/{world.ids['school_id']}/progress"
    seen = []

    for said in ({"held": True, "pupils": 30}, {"held": True, "pupils": 12}, {"held": False, "reason": "weather"}):
        await _record(world, match, **said)
        seen.append((await _rows(world, path))["Year 10", "gb5"]["delivered"])

    assert seen == [30, 12, 0]


async def test_several_days_count_each_for_benchmark_six(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    terms = world.match().terms.model_copy(update={"counts_to": {"gb5": 1, "gb6": 5}})
    await _record(world, await world.a_match("confirmed", BOTH, terms=terms), held=True, pupils=10)

    rows = await _rows(world, f"/v1/schools/{world.ids['school_id']}/progress")

    assert (rows["Year 10", "gb5"]["delivered"], rows["Year 10", "gb6"]["delivered"]) == (10, 50)


async def test_the_targets_are_those_of_the_institution_and_of_the_academic_year(world: World) -> None:
    async with transaction(world.registry.pool) as tx:
        await add_cohort(tx, world.ids["school_id"], label="Year 11", year=11, academic_year="2024/25")
    college = await _school(world, phase="college", label="T Level year 1", year=12, pupils=50)
    path = f"/v1/schools/{world.ids['school_id']}/progress"

    now, then = await _rows(world, path), await _rows(world, f"{path}?year=2024/25")
    of_college = await _rows(world, f"/v1/schools/{college}/progress")

    assert {key: row["per_pupil"] for key, row in now.items()} == {
        ("Year 10", "gb5"): 1,
        ("Year 10", "gb6"): 10,
        ("Year 10", "gb7"): 3,
    }
    assert then["Year 11", "gb6"]["per_pupil"] == 1
    assert of_college["T Level year 1", "gb5"]["per_pupil"] == 2
    assert (await world.registry.get(path)).json()["rules"] == "gatsby-2025"


async def test_a_hub_sees_its_schools_but_no_cohort_of_fewer_than_ten(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    await _school(world, pupils=10, met_elsewhere={"gb5": 40})
    small = await _school(world, phase="special", pupils=9, met_elsewhere={"gb5": 9})
    hub = await world.registry.key("hub", world.ids["hub_id"])

    seen = (await world.registry.get(f"/v1/hubs/{world.ids['hub_id']}/progress", key=hub)).json()

    assert [row["school_id"] for row in seen["suppressed"]] == [str(small)]
    assert str(small) not in str(seen["items"])
    (gb5,) = [row for row in seen["years"] if row["benchmark"] == "gb5"]
    assert (gb5["cohorts"], gb5["pupils"], gb5["target"], gb5["before"]) == (2, 130, 130, 40)
    # Forty credits for ten pupils count as ten: they make up for nobody else's lack.
    assert (gb5["pupils_met"], gb5["percent"]) == (10, 7)


async def test_a_school_sees_its_own_small_cohort(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    school_id = await _school(world, phase="special", pupils=4, met_elsewhere={"gb5": 3})

    rows = await _rows(world, f"/v1/schools/{school_id}/progress", key=await world.registry.key("school", school_id))

    assert rows["Year 10", "gb5"]["percent"] == 75


async def test_who_may_read_progress(world: World) -> None:
    school, hub = f"/v1/schools/{world.ids['school_id']}/progress", f"/v1/hubs/{world.ids['hub_id']}/progress"
    keys = {
        "school": await world.registry.key("school", world.ids["school_id"]),
        "other school": await world.registry.key("school", uuid7()),
        "hub": await world.registry.key("hub", world.ids["hub_id"]),
        "other hub": await world.registry.key("hub", uuid7()),
        "employer": await world.registry.key("employer", world.ids["employer_id"]),
    }

    async def asked(path: str) -> dict[str, int]:
        return {name: (await world.registry.get(path, key=key)).status_code for name, key in keys.items()}

    assert await asked(school) == {"school": 200, "other school": 404, "hub": 200, "other hub": 404, "employer": 403}
    assert await asked(hub) == {"school": 403, "other school": 403, "hub": 200, "other hub": 404, "employer": 403}
    assert (await world.registry.get(f"{school}?year=2026")).status_code == 422
    assert (await world.registry.get(f"/v1/schools/{uuid7()}/progress")).status_code == 404
