"""Reading and writing `encounters-instance/1` and `encounters-matches/1`, plain or gzip by the name.

What is read is checked on the way; what is wrong is said with its JSON pointer and the remedy.
"""

import gzip
import json
import os
import zlib
from collections.abc import Sequence
from pathlib import Path

from services.matcher.instance import DateRange, Instance, Match, Matches, Offer, Policy, Request, School, Session
from services.matcher.parsing import BadFile, instance_from, matches_from

DIGITS_MAX = 40

__all__ = [
    "BadFile",
    "instance_from",
    "instance_to_bytes",
    "matches_from",
    "matches_to_bytes",
    "offer_as_told",
    "read_instance",
    "read_json",
    "read_matches",
    "request_as_told",
    "unwritable",
    "write_bytes",
]


def read_instance(path: Path | str) -> Instance:
    """The instance in this file. Raises BadFile with the JSON pointer and the remedy."""
    return instance_from(read_json(path))


def read_matches(path: Path | str) -> Matches:
    """The matches in this file, as written: whether they are allowed is the checker's to say. Raises BadFile."""
    return matches_from(read_json(path))


def read_json(path: Path | str) -> object:
    """The JSON value in this file, unpacked when its name ends in `.gz`. Raises BadFile."""
    raw = _bytes_of(Path(path))
    try:
        return json.loads(raw, parse_int=_whole)
    except UnicodeDecodeError as wrong:
        raise BadFile("", f"the file is not UTF-8 (byte {wrong.start})", "Save it as UTF-8.") from wrong
    except json.JSONDecodeError as wrong:
        place = f"line {wrong.lineno}, column {wrong.colno}"
        raise BadFile("", f"the file is not JSON: {wrong.msg} at {place}", "Correct that place.") from wrong
    except RecursionError as wrong:
        raise BadFile("", "the file is nested too deeply", "Write it as the format describes.") from wrong


def _whole(digits: str) -> int:
    """The number; of an absurdly long one the beginning, which is too large for every field all the same."""
    return int(digits[:DIGITS_MAX])


def _bytes_of(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise BadFile("", f"{path} cannot be read: {wrong.strerror}", "Name a file that exists.") from wrong
    if path.suffix != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as wrong:
        raise BadFile("", f"{path} is not a gzip file", "Pack it with gzip, or drop `.gz` from the name.") from wrong


def unwritable(path: Path | str) -> str:
    """Why no file can be put there, found out before the work for it is done; empty if it can."""
    target, folder = Path(path), Path(path).parent
    if target.is_dir():
        return "it is a folder"
    if target.exists() and not target.is_file():
        return "" if os.access(target, os.W_OK) else "writing to it is not allowed"
    if not folder.is_dir():
        return f"there is no folder {folder}"
    return "" if os.access(folder, os.W_OK | os.X_OK) else f"the folder {folder} cannot be written to"


def write_bytes(path: Path | str, content: bytes) -> None:
    """Put `content` into the file in one move, packed when the name ends in `.gz`: a reader never sees half of it.

    What is no plain file (a link, a pipe, a device) is written through and stays what it is.
    """
    target = Path(path)
    packed = gzip.compress(content, compresslevel=6, mtime=0) if target.suffix == ".gz" else content
    if target.is_symlink() or (target.exists() and not target.is_file()):
        target.write_bytes(packed)
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    draft.write_bytes(packed)
    draft.replace(target)


def matches_to_bytes(answer: Matches) -> bytes:
    """The answer as JSON, one match a line, in order of session and request: equal answers give equal bytes."""
    ordered = sorted(answer.matches, key=lambda m: (m.offer, m.session, m.request))
    head = _dump({"format": "encounters-matches/1", "instance": answer.instance, "meta": dict(answer.meta)})
    lines = ",\n".join(_dump(_match(m)) for m in ordered)
    body = f"[\n{lines}\n]" if lines else "[]"
    return f'{head[:-1]}, "matches": {body}}}\n'.encode()


def instance_to_bytes(instance: Instance) -> bytes:
    """The instance as JSON in the order it holds; equal instances give equal bytes."""
    return (_dump(_instance(instance)) + "\n").encode()


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _match(match: Match) -> dict[str, object]:
    return {"offer": match.offer, "session": match.session, "request": match.request, "pupils": match.pupils}


def _instance(instance: Instance) -> dict[str, object]:
    return {
        "format": "encounters-instance/1",
        "id": instance.id,
        "today": instance.today.isoformat(),
        "policy": _policy(instance.policy),
        "schools": [_school(s) for s in instance.schools],
        "employers": [{"id": e.id, "max_sessions": e.max_sessions} for e in instance.employers],
        "offers": [offer_as_told(o) for o in instance.offers],
        "requests": [request_as_told(r) for r in instance.requests],
        "existing": [
            {"offer": e.offer, "session": e.session, "request": e.request, "pupils": e.pupils, "status": e.status}
            for e in instance.existing
        ],
        "meta": dict(instance.meta),
    }


def _policy(policy: Policy) -> dict[str, object]:
    return {
        "bands": {key: [list(band) for band in bands] for key, bands in policy.bands.items()},
        "fit_points": policy.fit_points,
        "travel_pupil_km": policy.travel_pupil_km,
        "travel_visit_km": policy.travel_visit_km,
        "session_points": policy.session_points,
        "employer_points": policy.employer_points,
        "change_points": policy.change_points,
    }


def _school(school: School) -> dict[str, object]:
    return {
        "id": school.id,
        "lat": school.lat,
        "lon": school.lon,
        "phase": school.phase,
        "fsm_pct": school.fsm_pct,
        "max_parallel": school.max_parallel,
        "closed": _ranges(school.closed),
    }


def offer_as_told(offer: Offer) -> dict[str, object]:
    """The offer as an instance's file has it."""
    return {
        "id": offer.id,
        "employer": offer.employer,
        "activity": offer.activity,
        "counts_to": dict(offer.counts_to),
        "sectors": list(offer.sectors),
        "mode": offer.mode,
        "lat": offer.lat,
        "lon": offer.lon,
        "radius_km": offer.radius_km,
        "years": sorted(offer.years),
        "phases": sorted(offer.phases),
        "send_support": sorted(offer.send_support),
        "individual": offer.individual,
        "min_pupils": offer.min_pupils,
        "max_pupils": offer.max_pupils,
        "max_groups": offer.max_groups,
        "max_groups_per_school": offer.max_groups_per_school,
        "max_sessions": offer.max_sessions,
        "notice_days": offer.notice_days,
        "sessions": [_session(s) for s in offer.sessions],
    }


def _session(session: Session) -> dict[str, object]:
    told: dict[str, object] = {"id": session.id, "date": session.date.isoformat(), "part": session.part}
    if session.end_date != session.date:
        told["end_date"] = session.end_date.isoformat()
    return told


def request_as_told(request: Request) -> dict[str, object]:
    """The request as an instance's file has it."""
    first, last = request.window
    return {
        "id": request.id,
        "school": request.school,
        "year": request.year,
        "pupils": request.pupils,
        "need": dict(request.need),
        "weight": request.weight,
        "activities": sorted(request.activities),
        "sectors": dict(request.sectors),
        "from": first.isoformat(),
        "to": last.isoformat(),
        "unavailable": _ranges(request.unavailable),
        "notice_days": request.notice_days,
        "max_travel_km": request.max_travel_km,
        "send": sorted(request.send),
        "min_group": request.min_group,
        "split": request.split,
        "max_places": request.max_places,
    }


def _ranges(ranges: Sequence[DateRange]) -> list[list[str]]:
    return [[first.isoformat(), last.isoformat()] for first, last in ranges]
