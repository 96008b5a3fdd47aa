"""What tests of the registry take for granted: keys, organisations, and short ways to ask."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI

from services.plumbing.clock import Clock
from services.plumbing.postgres import Pool, transaction
from services.plumbing.uuids import uuid7
from services.registry.domain.key_life import Key
from services.registry.domain.keys import OPERATORS, Role, make_secret
from services.registry.store import keys


@dataclass
class Registry:
    """The API, and who asks: the operator unless `key=` says otherwise."""

    app: FastAPI
    pool: Pool
    http: httpx.AsyncClient
    operator: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @classmethod
    async def open(cls, app: FastAPI, pool: Pool, http: httpx.AsyncClient) -> "Registry":
        made = cls(app, pool, http, "")
        made.operator = await made.key("operator", OPERATORS)
        return made

    async def key(self, role: Role, organisation_id: UUID | str) -> str:
        """A new key, straight into the database."""
        made = make_secret()
        key = Key(
            key_id=uuid7(),
            prefix=made.prefix,
            role=role,
            organisation_id=UUID(str(organisation_id)),
            label="of a test",
            created_at=self.clock.now(),
        )
        async with transaction(self.pool) as tx:
            await keys.add_key(tx, key, made.hash)
        return made.text

    @property
    def clock(self) -> Clock:
        clock: Clock = self.app.state.clock
        return clock

    def set_clock(self, clock: Clock) -> None:
        self.app.state.clock = clock

    async def ask(
        self, method: str, path: str, body: Any = None, *, key: str | None = None, **more: Any
    ) -> httpx.Response:
        """Send a request; headers `If-Match` and `Idempotency-Key` are `version=` and `once=`."""
        headers = {"Authorization": f"Bearer {key or self.operator}", **more.pop("headers", {})}
        if "version" in more:
            headers["If-Match"] = f'"{more.pop("version")}"'
        if once := more.pop("once", None):
            headers["Idempotency-Key"] = once
        if body is not None:
            more["json"] = body
        return await self.http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        """POST with a new Idempotency-Key unless `once=` names one."""
        more.setdefault("once", uuid4().hex)
        return await self.ask("POST", path, body, **more)

    async def patch(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return await self.ask("PATCH", path, body, **more)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.ask("DELETE", path, **more)

    async def made(self, path: str, body: Any, **more: Any) -> dict[str, Any]:
        """What a creation answers; a refusal fails the test with its problem."""
        answer = await self.post(path, body, **more)
        assert answer.status_code == 201, answer.text
        entity: dict[str, Any] = answer.json()
        return entity

    async def said(self, *topics: str) -> list[tuple[str, dict[str, Any]]]:
        """Type and entity of every fact recorded so far, in order; of these topics or of all."""
        rows = await self.pool.fetch(
            "SELECT type, body FROM own.outbox WHERE $1::text[] = '{}' OR topic = ANY($1) ORDER BY id", list(topics)
        )
        return [(row["type"], json.loads(row["body"])["data"]) for row in rows]

    async def an_area(self) -> dict[str, Any]:
        return await self.made("/v1/areas", {"name": f"Area {next(self.numbers)}"})

    async def a_hub(self, **said: Any) -> dict[str, Any]:
        """A hub; in an area of its own unless `area_id=` says where."""
        if "area_id" not in said:
            said["area_id"] = (await self.an_area())["area_id"]
        return await self.made("/v1/hubs", {"name": f"Hub {next(self.numbers)}", **said})

    async def a_school(self, hub_id: str | None = None, **said: Any) -> dict[str, Any]:
        """A school in Stevenage, since the start of the school year in a hub of its own unless `hub_id` says which."""
        usual = {"urn": 100_000 + next(self.numbers), "name": "The School", "phase": "secondary", "postcode": "SG1 3BE"}
        school = await self.made("/v1/schools", {**usual, **said})
        membership = {"hub_id": hub_id or (await self.a_hub())["hub_id"], "since": "2026-09-01"}
        return await self.made(f"/v1/schools/{school['school_id']}/memberships", membership)

    async def a_cohort(self, school_id: str, **said: Any) -> dict[str, Any]:
        """Year 10 of this academic year, 120 pupils."""
        return await self.made(f"/v1/schools/{school_id}/cohorts", {"year": 10, "pupils": 120, **said})

    async def an_employer(self, home_area_id: str | None = None, **said: Any) -> dict[str, Any]:
        """An employer; in an area of its own unless `home_area_id` says where."""
        area_id = home_area_id or (await self.an_area())["area_id"]
        return await self.made(
            "/v1/employers", {"name": f"Works {next(self.numbers)}", "home_area_id": area_id, **said}
        )

    async def a_contact(self, organisations: str, organisation_id: str, **said: Any) -> dict[str, Any]:
        """A contact of one of the "schools", "employers" or "hubs"."""
        number = next(self.numbers)
        usual = {"name": f"Sam Taylor {number}", "email": f"sam{number}@people.example"}
        return await self.made(f"/v1/{organisations}/{organisation_id}/contacts", {**usual, **said})
