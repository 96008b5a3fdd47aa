from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from services.plumbing.reading import BODY_BYTES_MAX, Message, Unreadable, read_fact, storable
from tests.plumbing.installation import a_fact
from tests.plumbing.specimen import Thing

FACT = a_fact()


def a_message(**changed: Any) -> Message:
    message = Message("things", 0, 7, datetime(2026, 11, 24, tzinfo=UTC), b"k", [("ce_id", b"1")], FACT.to_bytes())
    return replace(message, **changed)


def test_a_good_record_is_its_fact() -> None:
    assert read_fact(a_message(), Thing) == FACT


def test_fields_that_a_newer_writer_added_are_ignored() -> None:
    newer = FACT.to_bytes().replace(b'"does"', b'"colour":"red","does"')

    assert read_fact(a_message(body=newer), Thing) == FACT


def test_a_type_from_the_future_is_passed_over_whatever_its_data() -> None:
    assert read_fact(a_message(body=b'{"type": "thing.split.v2", "data": 7}'), Thing) is None


@pytest.mark.parametrize(
    "changed, why",
    [
        ({"body": None}, "the body is null"),
        ({"body": b""}, "body: Invalid JSON"),
        ({"body": b"{"}, "body: Invalid JSON"),
        ({"body": b"[]"}, "body: "),
        ({"body": b"\xff\xfe"}, "body: Invalid JSON"),
        ({"body": b"{}"}, "type: Field required"),
        ({"body": b'{"type": "thing.made.v1"}'}, "id: Field required"),
        ({"body": FACT.to_bytes().replace(b'"note"', b'"sing"')}, "data.does: Input should be"),
        ({"body": b"x" * (BODY_BYTES_MAX + 1)}, "the body has 1048577 bytes"),
        ({"headers": [("trace", b"\xff")]}, "header trace is not UTF-8"),
        ({"headers": [("trace", None)]}, "header trace is null"),
    ],
)
def test_what_is_no_fact_says_why(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_fact(a_message(**changed), Thing)


def test_what_a_record_said_is_not_repeated_in_the_error() -> None:
    with pytest.raises(Unreadable) as raised:
        read_fact(a_message(body=FACT.to_bytes().replace(b'"note"', b'"a name"')), Thing)

    assert "a name" not in str(raised.value)


@pytest.mark.parametrize("timestamp", [-1, 0, 10**18])
def test_any_time_a_record_claims_can_be_stored(timestamp: int) -> None:
    record = ConsumerRecord("p.things", 0, 0, timestamp, 0, b"k", b"{}", None, 1, 2, ())

    assert 1970 <= Message.of(record, "p.").sent_at.year < 3000


def test_any_text_can_be_stored() -> None:
    assert storable("a\0b\ud800") == "a\\0b\\ud800"
