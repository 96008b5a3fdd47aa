"""Texts from outside: nothing in them that a page, an email or a database would trip over."""

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator

_BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def _is_harmless(char: str) -> bool:
    return char in "\n\t" or (unicodedata.category(char) not in {"Cc", "Cs", "Cn"} and char not in _BIDI_CONTROLS)


def clean_text(said: Any) -> Any:
    """`said` in composed form, without control characters, lone surrogates and changes of direction; lines are kept."""
    if not isinstance(said, str):
        return said
    lines = "".join(filter(_is_harmless, said.replace("\r\n", "\n"))).split("\n")
    kept = "\n".join(" ".join(line.split()) for line in lines).strip()
    return unicodedata.normalize("NFC", re.sub(r"\n{3,}", "\n\n", kept))


def clean_line(said: Any) -> Any:
    """As `clean_text`, on one line."""
    return " ".join(clean_text(said).split()) if isinstance(said, str) else said


Text = Annotated[str, BeforeValidator(clean_text)]
"""A text of several lines. Its field sets the length."""

Line = Annotated[str, BeforeValidator(clean_line)]
"""A text on one line. Its field sets the length."""
