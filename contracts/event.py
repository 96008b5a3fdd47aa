"""The envelope every fact travels in: CloudEvents attribute names, and the whole entity as `data`.

A record on a topic is one `Fact` as JSON, keyed by its entity's id. Readers apply only a newer
`aggregate_version`, accept gaps, and never need an older record.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar, cast
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class Value(BaseModel):
    """A frozen part of an entity. Fields that a newer writer added are ignored, never refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Entity(Value):
    """The whole state of one thing that a service owns; one topic per kind of entity."""

    topic: ClassVar[str]
    types: ClassVar[frozenset[str]]
    """Every event type ever written to the topic; readers pass over any other."""

    @property
    def entity_id(self) -> UUID:
        """The record's key."""
        raise NotImplementedError


EntityT = TypeVar("EntityT", bound=Entity)


class Fact(BaseModel, Generic[EntityT]):
    """One thing that happened, with the entity's whole state after it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: UUID = Field(description="The fact's own id (UUIDv7): what readers remember to do it once.")
    source: str = Field(description="The service that owns the entity.", examples=["registry"])
    type: str = Field(description="What happened last.", examples=["offer.published.v1"])
    specversion: Literal["1.0"] = "1.0"
    time: AwareDatetime = Field(description="When it happened, by the business clock, in UTC.")
    subject: UUID = Field(description="The entity's id; also the record's key.")
    datacontenttype: Literal["application/json"] = "application/json"
    aggregate_version: int = Field(ge=1, description="Rises by one with every fact of the entity.")
    correlation_id: UUID = Field(description="The same through everything one request set off.")
    causation_id: UUID | None = Field(None, description="The fact that led to this one, if any.")
    data: EntityT

    @property
    def topic(self) -> str:
        """The topic's name, without the installation's prefix."""
        return self.data.topic

    @property
    def key(self) -> bytes:
        """The record's key: one entity, one partition, in order."""
        return str(self.subject).encode()

    @property
    def headers(self) -> dict[str, str]:
        """What a reader may want before it parses the body."""
        return {
            "ce_id": str(self.id),
            "ce_type": self.type,
            "ce_source": self.source,
            "correlation_id": str(self.correlation_id),
            "content-type": "application/cloudevents+json",
        }

    def to_bytes(self) -> bytes:
        """The record's value, the same bytes for the same fact."""
        return self.model_dump_json().encode()


def new_fact(  # noqa: PLR0913 - an envelope has this many attributes
    entity: EntityT,
    type_: str,
    *,
    id: UUID,  # noqa: A002 - CloudEvents' own word
    version: int,
    source: str,
    time: datetime,
    correlation_id: UUID,
    causation_id: UUID | None = None,
) -> Fact[EntityT]:
    """Put `entity` into an envelope. Raises ValueError for a type its topic does not know."""
    if type_ not in entity.types:
        raise ValueError(f"{type_} is not a type of topic {entity.topic}")
    return fact_of(type(entity))(
        id=id,
        source=source,
        type=type_,
        time=time,
        subject=entity.entity_id,
        aggregate_version=version,
        correlation_id=correlation_id,
        causation_id=causation_id,
        data=entity,
    )


def fact_of(entity: type[EntityT]) -> type[Fact[EntityT]]:
    """The envelope's class for one kind of entity: what a reader of its topic parses."""
    return cast("type[Fact[EntityT]]", Fact.__class_getitem__(entity))
