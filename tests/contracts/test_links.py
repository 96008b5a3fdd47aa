"""A signed link says what it said when it was made, or nothing."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from contracts.links import BadLink, Link, LinkExpired, LinkKey, read, sign

NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
OLD, NEW = LinkKey("old1", b"o" * 32), LinkKey("new1", b"n" * 32)
LINK = Link("school", UUID(int=7), UUID(int=8), 2, NOW + timedelta(days=30))


def test_a_link_is_read_as_it_was_signed() -> None:
    assert read(sign(LINK, (OLD,)), (OLD,), NOW) == LINK


def test_an_old_key_is_accepted_until_it_is_dropped() -> None:
    token = sign(LINK, (OLD,))

    assert read(token, (NEW, OLD), NOW) == LINK
    with pytest.raises(BadLink):
        read(token, (NEW,), NOW)


def test_a_link_that_has_run_out_says_so() -> None:
    with pytest.raises(LinkExpired):
        read(sign(LINK, (OLD,)), (OLD,), LINK.expires)


def test_no_changed_character_goes_unnoticed() -> None:
    token = sign(LINK, (OLD,))
    alphabet = string.ascii_letters + string.digits + "-_"

    for place, kept in enumerate(token):
        for other in alphabet.replace(kept, ""):
            with pytest.raises(BadLink):
                read(token[:place] + other + token[place + 1 :], (OLD,), NOW)


@pytest.mark.parametrize("token", ["", "x", "%%%", "A" * 200, "ü" * 8, "a b"])
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(BadLink):
        read(token, (OLD,), NOW)


def test_audiences_do_not_mix() -> None:
    assert sign(LINK, (OLD,)) != sign(replace(LINK, audience="employer"), (OLD,))


def test_keys_are_read_from_text_newest_first() -> None:
    keys = LinkKey.parse(f"new1:{'6e' * 32},old1:{'6f' * 32}")

    assert keys == (NEW, OLD)


@pytest.mark.parametrize("text", ["", "abc:" + "6e" * 32, "abcd:6e6e", "abcd:" + "zz" * 32])
def test_a_short_or_odd_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        LinkKey.parse(text)
