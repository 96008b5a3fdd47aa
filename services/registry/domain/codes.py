"""Coded values that a caller said and nobody knows: the fault names the nearest known ones."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from services.registry.domain.mistakes import Fault

LISTED_MAX = 20


def unknown(said: str, known: Mapping[str, str], what: str, pointer: str) -> Fault:
    """The fault of one code. `known` maps codes to names; a caller may have come near either."""
    words = {code.casefold(): code for code in known} | {name.casefold(): code for code, name in known.items()}
    near = dict.fromkeys(words[word] for word in get_close_matches(said.casefold(), words, n=3, cutoff=0.5))
    remedy = f"Did you mean {' or '.join(near)}?" if near else f"Take one of: {', '.join(list(known)[:LISTED_MAX])}."
    return Fault(pointer, f"{said!r} is not a known {what}.", remedy)


def unknowns(said: Iterable[str], known: Mapping[str, str], what: str, pointer: str) -> list[Fault]:
    """The faults of a list of codes, at `pointer`."""
    return [unknown(code, known, what, f"{pointer}/{n}") for n, code in enumerate(said) if code not in known]
