import asyncio
import hashlib
import os
import re
import sys
from datetime import timedelta
from uuid import UUID

import pytest

from services.plumbing.clock import Clock
from services.registry.settings import ApiSettings
from tests.registry.given import Registry

WHOLE = re.compile(r"enc_([0-9a-f]{12})_([0-9a-f]{64})")


async def test_a_key_is_shown_once_and_kept_as_a_hash(registry: Registry) -> None:
    school = await registry.a_school()

    made = await registry.made(
        "/v1/keys", {"role": "school", "organisation_id": school["school_id"], "label": "timetable software"}
    )

    form = WHOLE.fullmatch(made["key"])
    assert form
    assert made["prefix"] == form[1]
    assert (await registry.get(f"/v1/schools/{school['school_id']}", key=made["key"])).status_code == 200
    assert "key" not in (await registry.get(f"/v1/keys/{made['key_id']}")).json()
    kept = await registry.pool.fetchval("SELECT secret_hash FROM own.keys WHERE key_id = $1", UUID(made["key_id"]))
    assert kept == hashlib.sha256(form[2].encode()).digest()
    stored = await registry.pool.fetchval("SELECT string_agg(replies::text, '') FROM own.replies")
    assert form[2].encode().hex() not in stored


async def test_a_repeat_does_not_show_the_secret_again(registry: Registry) -> None:
    body = {"role": "operator", "label": "nightly import"}
    first = await registry.made("/v1/keys", body, once="make it")

    again = await registry.post("/v1/keys", body, once="make it")

    assert again.status_code == 409
    assert (again.json()["type"], again.json()["id"]) == ("/problems/already-done", first["key_id"])
    assert first["key"][-64:] not in again.text


async def test_a_rotated_key_holds_for_the_overlap_and_no_longer(registry: Registry) -> None:
    hub = await registry.a_hub()
    old = await registry.made("/v1/keys", {"role": "hub", "organisation_id": hub["hub_id"], "label": "hub"})
    path = f"/v1/keys/{old['key_id']}"

    new = await registry.made(f"{path}/rotate", {"overlap_hours": 2}, key=old["key"])
    overlap = [await _holds(registry, key) for key in (old["key"], new["key"])]
    registry.set_clock(Clock.stopped(registry.clock.now() + timedelta(hours=2)))
    afterwards = [await _holds(registry, key) for key in (old["key"], new["key"])]

    assert (new["rotated_from"], new["organisation_id"], new["role"]) == (old["key_id"], hub["hub_id"], "hub")
    assert (overlap, afterwards) == ([True, True], [False, True])


async def test_a_key_has_one_successor(registry: Registry) -> None:
    old = await registry.made("/v1/keys", {"role": "operator", "label": "x"})
    rotate = f"/v1/keys/{old['key_id']}/rotate"

    answers = await asyncio.gather(*(registry.post(rotate, {}) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_revoked_key_opens_nothing(registry: Registry) -> None:
    made = await registry.made("/v1/keys", {"role": "operator", "label": "x"})

    gone = await registry.delete(f"/v1/keys/{made['key_id']}")
    again = await registry.delete(f"/v1/keys/{made['key_id']}")
    rotated = await registry.post(f"/v1/keys/{made['key_id']}/rotate", {})

    assert (gone.status_code, again.status_code, rotated.status_code) == (204, 204, 409)
    assert not await _holds(registry, made["key"])
    assert (await registry.get(f"/v1/keys/{made['key_id']}")).json()["revoked_at"] == "2026-10-06T09:00:00Z"


async def test_a_key_gives_no_more_than_it_has(registry: Registry) -> None:
    hub = await registry.a_hub()
    school, other = await registry.a_school(hub["hub_id"]), await registry.a_school()
    short = await registry.made(
        "/v1/keys",
        {"role": "hub", "organisation_id": hub["hub_id"], "label": "x", "expires_at": "2026-10-07T00:00:00Z"},
    )

    def wanted(role: str, organisation_id: str | None) -> dict[str, str | None]:
        return {"role": role, "organisation_id": organisation_id, "label": "x", "expires_at": None}

    key = short["key"]
    mine = await registry.made("/v1/keys", wanted("school", school["school_id"]), key=key)
    refused = [
        (await registry.post("/v1/keys", wanted(role, organisation_id), key=key)).status_code
        for role, organisation_id in [("school", other["school_id"]), ("operator", None), ("hub", other["school_id"])]
    ]

    assert mine["expires_at"] == "2026-10-07T00:00:00Z"
    assert refused == [404, 403, 404]


async def test_keys_are_seen_by_their_own_organisation(registry: Registry) -> None:
    school, other = await registry.a_school(), await registry.a_school()
    one = await registry.made("/v1/keys", {"role": "school", "organisation_id": school["school_id"], "label": "x"})
    two = await registry.made("/v1/keys", {"role": "school", "organisation_id": other["school_id"], "label": "x"})

    listed = (await registry.get("/v1/keys", key=one["key"])).json()["items"]
    asked = await registry.get(f"/v1/keys?organisation_id={other['school_id']}", key=one["key"])
    read = await registry.get(f"/v1/keys/{two['key_id']}", key=one["key"])
    revoked = await registry.delete(f"/v1/keys/{two['key_id']}", key=one["key"])

    assert [each["key_id"] for each in listed] == [one["key_id"]]
    assert [asked.status_code, read.status_code, revoked.status_code] == [404, 404, 404]
    assert await _holds(registry, two["key"])


async def test_the_last_use_is_shown_to_the_minute(registry: Registry) -> None:
    made = await registry.made("/v1/keys", {"role": "operator", "label": "x"})
    path = f"/v1/keys/{made['key_id']}"
    unused = (await registry.get(path)).json()["last_used_at"]

    uses = []
    for seconds in (0, 30, 60):
        registry.set_clock(Clock.stopped(registry.clock.now() + timedelta(seconds=seconds)))
        uses.append((await registry.get(path, key=made["key"])).json()["last_used_at"])

    assert unused is None
    assert uses == ["2026-10-06T09:00:00Z", "2026-10-06T09:00:00Z", "2026-10-06T09:01:30Z"]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer nonsense",
        "Basic dXNlcjpwYXNz",
        f"Bearer enc_{'0' * 12}_{'0' * 64}",
        "Bearer enc_{prefix}_" + "0" * 64,
        "Bearer enc_{prefix}_{wrong_by_one}",
    ],
)
async def test_without_a_key_that_holds_nothing_is_answered(registry: Registry, authorization: str | None) -> None:
    prefix, secret = registry.operator[4:16], registry.operator[17:]
    wrong_by_one = secret[:-1] + ("0" if secret[-1] != "0" else "1")
    headers = {}
    if authorization is not None:
        headers["Authorization"] = authorization.format(prefix=prefix, wrong_by_one=wrong_by_one)

    answer = await registry.http.get("/v1/areas", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.json()["type"] == "/problems/key-needed"


async def test_the_first_operator_key_comes_from_the_command_line(
    registry_settings: ApiSettings, registry: Registry
) -> None:
    dsn = registry_settings.database_url.get_secret_value()
    environment = os.environ | {"ENCOUNTERS_DATABASE_URL": dsn}

    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.registry", "operator-key", "--label", "the first"),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
    )
    printed = (await command.communicate())[0].decode().strip()

    assert command.returncode == 0
    assert WHOLE.fullmatch(printed)
    assert (await registry.get("/v1/keys", key=printed)).json()["items"][-1]["label"] == "the first"


async def _holds(registry: Registry, key: str) -> bool:
    return (await registry.get("/v1/areas", key=key)).status_code == 200
