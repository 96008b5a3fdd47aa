"""The stylesheet's colours: text on its background reaches contrast 4.5, edges and focus 3."""

import re

import pytest

from services.registry.pages.rendering import STATIC

CSS = (STATIC / "style.css").read_text()
COLOURS = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", CSS))
TEXT = [
    ("ink", "paper"),
    ("ink", "card"),
    ("quiet", "paper"),
    ("quiet", "card"),
    ("link", "card"),
    ("link", "paper"),
    ("on-brand", "brand"),
    ("on-brand", "brand-dark"),
    ("brand", "card"),
    ("wrong", "card"),
    ("wrong", "wrong-paper"),
    *[(text, f"{tone}-paper") for tone in ("ask", "wait", "good", "ended") for text in ("ink", tone)],
]
EDGES = [("edge", "card"), ("focus", "card"), ("focus", "paper"), ("bar", "bar-rest"), ("bar-before", "bar-rest")]


@pytest.mark.parametrize("text, ground", TEXT)
def test_text_can_be_read_on_its_background(text: str, ground: str) -> None:
    assert _contrast(text, ground) >= 4.5


@pytest.mark.parametrize("edge, ground", EDGES)
def test_edges_focus_and_bars_can_be_seen(edge: str, ground: str) -> None:
    assert _contrast(edge, ground) >= 3


def test_the_stylesheet_fetches_nothing() -> None:
    assert "url(" not in CSS
    assert "@import" not in CSS


def _contrast(one: str, other: str) -> float:
    """The ratio that the Web Content Accessibility Guidelines define."""
    light, dark = sorted((_luminance(COLOURS[one]), _luminance(COLOURS[other])), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
