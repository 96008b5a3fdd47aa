import asyncio
from uuid import UUID

from contracts.answers import Delivery
from services.plumbing.clock import Clock
from services.plumbing.postgres import transaction
from services.registry import answering
from services.registry.store.contacts import mark_unsubscribed
from tests.registry.given import Registry
from tests.registry.given_matches import ON_THE_DAY, World

SAM = {"name": "Sam Taylor", "email": "sam@school.example", "roles": ["careers leader"]}


async def test_contacts_stand_in_the_order_they_are_written_to(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/contacts"
    first = await registry.made(path, SAM)
    second = await registry.made(path, {"name": "The office", "email": "office@school.example"})
    before_all = await registry.patch(f"/v1/contacts/{second['contact_id']}", {"order": 1}, version=1)
    after_all = await registry.patch(f"/v1/contacts/{first['contact_id']}", {"order": 2}, version=1)

    listed = await registry.get(path)

    assert (first["order"], second["order"]) == (1, 2)
    assert listed.json()["items"] == [before_all.json(), after_all.json()]
    assert [type_ for type_, _ in await registry.said("contacts")] == ["contact.added.v1"] * 2 + [
        "contact.amended.v1"
    ] * 2


async def test_every_kind_of_organisation_has_contacts_of_its_own(registry: Registry) -> None:
    school, employer, hub = await registry.a_school(), await registry.an_employer(), await registry.a_hub()
    paths = [
        f"/v1/schools/{school['school_id']}/contacts",
        f"/v1/employers/{employer['employer_id']}/contacts",
        f"/v1/hubs/{hub['hub_id']}/contacts",
    ]

    made = [await registry.made(path, SAM) for path in paths]

    assert [contact["organisation"] for contact in made] == ["school", "employer", "hub"]
    for path, contact in zip(paths, made, strict=True):
        assert (await registry.get(path)).json()["items"] == [contact]


async def test_an_address_belongs_to_one_contact_of_an_organisation(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/contacts"
    first = await registry.made(path, SAM)

    again = await registry.post(path, {**SAM, "email": "SAM@school.example"})

    assert (again.status_code, again.json()["contact_id"]) == (409, first["contact_id"])


async def test_contacts_are_for_their_own_organisation_alone(registry: Registry) -> None:
    school, other = await registry.a_school(), await registry.a_school()
    contact = await registry.a_contact("schools", school["school_id"])
    path = f"/v1/contacts/{contact['contact_id']}"
    own = await registry.key("school", school["school_id"])
    foreign = await registry.key("school", other["school_id"])
    hub = await registry.key("hub", school["memberships"][0]["hub_id"])

    mine = [await registry.get(path, key=key) for key in (own, hub)]
    theirs = [
        await registry.get(path, key=foreign),
        await registry.patch(path, {"name": "X"}, version=1, key=foreign),
        await registry.delete(path, key=foreign),
        await registry.get(f"/v1/schools/{school['school_id']}/contacts", key=foreign),
        await registry.post(f"/v1/schools/{school['school_id']}/contacts", SAM, key=foreign),
    ]

    assert [answer.json() for answer in mine] == [contact, contact]
    assert [answer.status_code for answer in theirs] == [404] * 5


async def test_an_erased_person_is_nowhere_in_the_database(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/contacts"
    added = await registry.post(path, {"name": "Zebedee", "email": "zebedee@school.example"}, once="add")
    await registry.patch(added.headers["location"], {"roles": ["Zebedee's role"]}, version=1, once="amend")
    assert await _tables_with(registry, "zebedee") == {"own.contacts", "own.outbox", "own.replies"}

    erased = await registry.delete(added.headers["location"])

    assert erased.status_code == 204
    assert await _tables_with(registry, "zebedee") == set()
    assert (await registry.said("contacts"))[-1] == (
        "contact.erased.v1",
        {**added.json(), "name": "", "email": "", "roles": [], "state": "erased"},
    )


async def test_what_an_erased_person_wrote_is_forgotten_and_what_was_decided_stays(world: World) -> None:
    declined, cancelled = await world.a_match(), await world.a_match("confirmed")
    await world.press(world.link(declined), "decline", reason="date_unsuitable", comment="Ask Zebedee on 555")
    await world.press(world.link(cancelled), "cancel", reason="illness", comment="Zebedee is ill")
    registry = world.registry
    assert await _tables_with(registry, "zebedee") == {"own.said", "own.cancellations", "own.outbox"}

    erased = await registry.delete(f"/v1/contacts/{world.ids['teacher']}")

    assert erased.status_code == 204
    assert await _tables_with(registry, "zebedee") == set()
    assert await _tables_with(registry, "teacher@example.org") == set()
    answers = {entity["match_id"]: entity for type_, entity in await registry.said("answers")}
    assert {type_ for type_, _ in await registry.said("answers")} == {"answer.restated.v1"}
    said, called_off = answers[str(declined.match_id)]["school"], answers[str(cancelled.match_id)]["cancelled"]
    assert (said["verdict"], said["reason"], said["contact_id"]) == ("declined", "date_unsuitable", None)
    assert (called_off["by"], called_off["reason"], called_off["contact_id"]) == ("school", "illness", None)


async def test_what_a_colleague_records_in_the_same_moment_tells_of_no_erased_person(world: World) -> None:
    """The fact of it says all that was said about the match: it must be there when what was said is forgotten."""
    match = await world.a_match("confirmed")
    await world.press(world.link(match), "cancel", reason="illness", comment="Zebedee is ill")
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    after_all = Delivery(held=True, pupils=20, by="employer", at=world.clock.now())
    registry = world.registry

    async with transaction(registry.pool) as tx:
        await answering.deliver(tx, match.match_id, after_all, world.clock)
        erasing = asyncio.create_task(registry.delete(f"/v1/contacts/{world.ids['teacher']}"))
        await asyncio.sleep(0.3)
        assert not erasing.done()

    assert (await erasing).status_code == 204
    assert await _tables_with(registry, "zebedee") == set()
    assert [type_ for type_, _ in await registry.said("answers")] == ["answer.restated.v1"]


async def test_a_repeat_after_the_erasure_brings_nobody_back(registry: Registry) -> None:
    school = await registry.a_school()
    path = f"/v1/schools/{school['school_id']}/contacts"
    added = await registry.post(path, SAM, once="add")
    await registry.delete(added.headers["location"])

    again = await registry.post(path, SAM, once="add")

    assert again.status_code == 409
    assert (again.json()["type"], again.json()["id"]) == ("/problems/already-done", added.json()["contact_id"])
    assert (await registry.get(path)).json()["items"] == []


async def test_erasing_twice_is_as_good_as_once(registry: Registry) -> None:
    school = await registry.a_school()
    contact = await registry.a_contact("schools", school["school_id"])
    path = f"/v1/contacts/{contact['contact_id']}"
    await registry.delete(path)
    said = await registry.said()

    again = await registry.delete(path)
    changed = await registry.patch(path, {"name": "Somebody"}, version=2)

    assert (again.status_code, changed.status_code) == (204, 409)
    assert await registry.said() == said
    assert (await registry.get(path)).json()["state"] == "erased"


async def test_an_unsubscription_is_told_once(registry: Registry) -> None:
    school = await registry.a_school()
    contact = await registry.a_contact("schools", school["school_id"])

    for _ in range(2):
        async with transaction(registry.pool) as tx:
            await mark_unsubscribed(tx, UUID(contact["contact_id"]), registry.clock)

    facts = await registry.said("contacts")
    assert facts[1:] == [("contact.amended.v1", {**contact, "unsubscribed": True})]


async def _tables_with(registry: Registry, text: str) -> set[str]:
    """Every table of the database that holds `text` in any column, also inside bytes."""
    tables = await registry.pool.fetch(
        "SELECT schemaname || '.' || tablename AS name FROM pg_tables WHERE schemaname IN ('own', 'memory')"
    )
    found = set()
    for table in tables:
        rows = await registry.pool.fetch(f"SELECT * FROM {table['name']}")  # noqa: S608 - names from the catalogue
        values = [value for row in rows for value in row.values()]
        if any(text in str(value).lower() for value in values):
            found.add(table["name"])
    return found
