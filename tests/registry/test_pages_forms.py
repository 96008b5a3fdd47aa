"""Forms on pages: what is missing is said at the top and at the field, and nothing typed is lost."""

import re
from html.parser import HTMLParser

from services.plumbing.clock import Clock
from tests.registry.given_matches import ON_THE_DAY, Entries, World

BOTH = Entries("accepted", "accepted")


class Controls(HTMLParser):
    """Ids, labels, and what refers to what on a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.referred: set[str] = set()
        self.headings: list[int] = []
        self._in_label = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "label":
            self._in_label += 1
            self.labelled.add(str(found.get("for")))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in {"input", "textarea", "select"} and found.get("type") != "hidden":
            self.controls.append({**found, "labelled": "yes" if self._in_label else None})
        for reference in ("aria-describedby", "aria-labelledby"):
            self.referred.update(str(found.get(reference) or "").split())
        if (target := str(found.get("href") or "")).startswith("#"):
            self.referred.add(target[1:])

    def handle_endtag(self, tag: str) -> None:
        self._in_label -= tag == "label"


WRONG: tuple[tuple[str, str, dict[str, str], set[str]], ...] = (
    ("proposed", "decline", {}, {"decline-reason"}),
    ("proposed", "decline", {"reason": "nonsense", "comment": "x" * 501}, {"decline-reason", "decline-comment"}),
    ("confirmed", "cancel", {"reason": "date_unsuitable"}, {"cancel-reason"}),
    ("confirmed", "delivery", {}, {"delivery-held"}),
    ("confirmed", "delivery", {"held": "yes", "pupils": ""}, {"delivery-pupils"}),
    ("confirmed", "delivery", {"held": "yes", "pupils": "-3"}, {"delivery-pupils"}),
    ("confirmed", "delivery", {"held": "yes", "pupils": "121"}, {"delivery-pupils"}),
    ("confirmed", "delivery", {"held": "yes", "pupils": "1e3"}, {"delivery-pupils"}),
    ("confirmed", "delivery", {"held": "yes", "pupils": "9" * 40}, {"delivery-pupils"}),
    ("confirmed", "delivery", {"held": "no"}, {"delivery-reason"}),
    ("confirmed", "delivery", {"held": "maybe", "pupils": "3"}, {"delivery-held"}),
)


async def test_what_is_wrong_is_listed_on_top_and_linked(world: World) -> None:
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    for state, act, fields, wrong in WRONG:
        match = await world.a_match(state, BOTH if state == "confirmed" else None)
        before = await world.everything()

        answer = await world.press(world.link(match), act, **fields)

        assert (answer.status_code, fields) == (422, fields)
        assert await world.everything() == before
        assert "<title>Error: " in answer.text
        summary = re.search(r'<div class="summary".*?</div>', answer.text, re.DOTALL)
        assert summary
        assert set(re.findall(r'href="#([^"]+)"', summary[0])) == wrong
        assert {f"{field}-error" for field in wrong} <= set(Controls(answer.text).ids)


async def test_what_was_typed_is_still_there(world: World) -> None:
    link = world.link(await world.a_match())

    answer = await world.press(link, "decline", comment='We <b>"cannot"</b>', reason="")

    assert "We &lt;b&gt;&#34;cannot&#34;&lt;/b&gt;</textarea>" in answer.text
    assert "<details open>" in answer.text


async def test_every_control_has_a_label_and_every_reference_a_target(world: World) -> None:
    proposed, confirmed = await world.a_match(), await world.a_match("confirmed", BOTH)
    pages = [await world.registry.http.get(world.link(proposed)), await world.press(world.link(proposed), "decline")]
    world.registry.set_clock(Clock.stopped(ON_THE_DAY))
    pages += [
        await world.registry.http.get(world.link(confirmed)),
        await world.press(world.link(confirmed), "delivery"),
    ]

    for page in pages:
        found = Controls(page.text)
        assert len(found.ids) == len(set(found.ids))
        assert found.referred <= set(found.ids)
        assert all(control["labelled"] or control.get("id") in found.labelled for control in found.controls)
        assert found.headings.count(1) == 1
        assert all(later - earlier <= 1 for earlier, later in zip(found.headings, found.headings[1:], strict=False)), (
            found.headings
        )
        assert '<html lang="en-GB">' in page.text


async def test_a_body_that_is_no_form_is_not_believed(world: World) -> None:
    link, before = world.link(await world.a_match()), await world.everything()

    json = await world.registry.http.post(f"{link}/decline", json={"reason": "cost"})
    broken = await world.registry.http.post(
        f"{link}/decline", content=b"x", headers={"Content-Type": "multipart/form-data; boundary=q"}
    )
    many = await world.press(link, "decline", **{f"field{number}": "x" for number in range(50)})

    assert [json.status_code, broken.status_code, many.status_code] == [422, 400, 400]
    assert "text/html" in many.headers["content-type"]
    assert (await world.everything())["own.said"] == before["own.said"]


async def test_texts_of_employers_cannot_break_the_page(world: World) -> None:
    terms = world.match().terms.model_copy(update={"title": "<script>alert(1)</script>", "employer_name": "{{7*7}}"})
    match = await world.a_match(terms=terms)

    page = (await world.registry.http.get(world.link(match))).text

    assert "<script" not in page
    assert "{{7*7}}" in page
