"""The log of a policy, `encounters-decisions/1`: what it proposed, and when."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.matcher.fields import BadFile, Fields
from services.matcher.files import read_json


@dataclass(frozen=True, slots=True)
class Proposal:
    """Some pupils of one request are asked to one session."""

    offer: str
    session: str
    request: str
    pupils: int


@dataclass(frozen=True, slots=True)
class Decision:
    at: int
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Log:
    year: str
    policy: str
    decisions: tuple[Decision, ...]
    meta: Mapping[str, object] = field(default_factory=dict)


def read_log(path: Path | str) -> Log:
    """The log in this file. Raises BadFile with the JSON pointer and the remedy."""
    return log_from(read_json(path))


def log_from(value: object) -> Log:
    """The log that this JSON value describes; whether it keeps the rules is the judge's to say. Raises BadFile."""
    told = Fields(value, "")
    if told.get("format") != "encounters-decisions/1":
        raise BadFile("/format", "this is no log of decisions", 'Hand in a file of format "encounters-decisions/1".')
    meta = Fields(told.source.get("meta") or {}, "/meta").source
    return Log(told.text("year"), told.text("policy"), told.list_of("decisions", _decision), meta)


def _decision(value: object, at: str) -> Decision:
    told = Fields(value, at)
    proposal = Proposal(told.text("offer"), told.text("session"), told.text("request"), told.whole("pupils"))
    return Decision(told.whole("at"), proposal)


def log_to_bytes(log: Log) -> bytes:
    """The log as JSON, one decision a line: equal logs give equal bytes."""
    head = json.dumps(
        {"format": "encounters-decisions/1", "year": log.year, "policy": log.policy, "meta": dict(log.meta)},
        ensure_ascii=False,
    )
    lines = ",\n".join(json.dumps(_line(one), ensure_ascii=False) for one in log.decisions)
    return f'{head[:-1]}, "decisions": [\n{lines}\n]}}\n'.encode()


def _line(decision: Decision) -> dict[str, object]:
    told = decision.proposal
    return {
        "at": decision.at,
        "offer": told.offer,
        "session": told.session,
        "request": told.request,
        "pupils": told.pupils,
    }
