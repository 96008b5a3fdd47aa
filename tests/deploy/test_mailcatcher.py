"""The mail catcher: what arrives can be read, on a page and as JSON, and it fails on demand."""

import smtplib
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.embedded import ports
from deploy.embedded.mailcatcher.faults import Fault
from deploy.embedded.mailcatcher.mailbox import Mail, Mailbox
from deploy.embedded.mailcatcher.page import make_app
from deploy.embedded.mailcatcher.server import Catcher

ROOT = Path(__file__).resolve().parents[2]


def a_mail(subject: str = "Hello <b>") -> Mail:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", subject
    message.set_content("See https://x.example/m/1 and https://x.example/u/2\n")
    message.add_alternative("<html><head></head><body><script>alert(1)</script>Hi</body></html>", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename='a".ics')
    return Mail("bounce@x.example", ("b@x.example",), message.as_bytes())


@pytest.fixture
def catcher() -> Catcher:
    caught = Catcher()
    caught.mailbox.keep(a_mail())
    return caught


@pytest.fixture
async def http(catcher: Catcher) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(make_app(catcher))
    async with httpx.AsyncClient(transport=transport, base_url="http://catcher") as client:
        yield client


async def test_a_mail_can_be_read_as_json(http: httpx.AsyncClient):
    listed = (await http.get("/api/messages", params={"to": "B@x.example"})).json()
    (summary,) = listed["items"]

    whole = (await http.get(f"/api/messages/{summary['id']}")).json()

    assert (listed["total"], whole["subject"]) == (1, "Hello <b>")
    assert whole["links"] == ["https://x.example/m/1", "https://x.example/u/2"]
    assert [attached["type"] for attached in whole["attachments"]] == ["text/calendar"]
    assert (await http.get("/api/messages", params={"to": "c@x.example"})).json()["items"] == []


async def test_a_mail_can_be_looked_at_but_runs_nothing(http: httpx.AsyncClient, catcher: Catcher):
    (mail,) = catcher.mailbox

    page = await http.get(f"/mails/{mail.id}")
    html = await http.get(f"/mails/{mail.id}/html")

    assert "Hello &lt;b&gt;" in page.text
    assert 'sandbox="allow-popups' in page.text
    assert html.headers["content-security-policy"].startswith("sandbox ")
    for shown in ("text", "headers", "source"):
        assert (await http.get(f"/mails/{mail.id}", params={"show": shown})).status_code == 200
    attachment = await http.get(f"/mails/{mail.id}/attachments/0")
    assert attachment.content == b"BEGIN:VCALENDAR"


@pytest.mark.parametrize("path", ["/mails/x", "/mails/x/html", "/mails/x/source", "/api/messages/x"])
async def test_what_is_not_there_is_not_found(http: httpx.AsyncClient, path: str):
    assert (await http.get(path)).status_code == 404


async def test_the_inbox_lists_and_empties(http: httpx.AsyncClient):
    assert "1 mail" in (await http.get("/")).text
    assert (await http.post("/empty")).status_code == 303
    assert "Nothing has arrived yet" in (await http.get("/")).text


async def test_faults_are_switched_over_http(http: httpx.AsyncClient, catcher: Catcher):
    await http.post("/api/faults", json={"kind": "permanent", "address": "B@x.example", "times": 2})
    assert (await http.get("/api/faults")).json()["items"][0]["stage"] == "rcpt"

    struck = [catcher.faults.next("rcpt", [address]) for address in ("a@x.example", *["b@x.example"] * 3)]

    assert [fault is not None for fault in struck] == [False, True, True, False]
    assert (await http.delete("/api/faults")).status_code == 204


@pytest.mark.parametrize(
    "wrong", ['{"kind": "odd"}', '{"kind": "slow", "x": 1}', '{"kind": "drop", "stage": "x"}', "{"]
)
async def test_a_fault_that_cannot_be_is_refused(http: httpx.AsyncClient, wrong: str):
    assert (await http.post("/api/faults", content=wrong)).status_code == 400


def test_a_fault_can_be_given_on_the_command_line():
    assert Fault.from_words("hang:seconds=3,keep=no") == Fault("hang", "content", seconds=3, keep=False)


def test_the_oldest_mails_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("deploy.embedded.mailcatcher.mailbox.KEPT_MAX", 2)
    mailbox = Mailbox()
    for subject in ("one", "two", "three"):
        mailbox.keep(a_mail(subject))

    assert [mail.subject for mail in mailbox] == ["three", "two"]


def test_it_runs_as_a_program_and_keeps_files(tmp_path: Path):
    smtp, http = ports.free_port(), ports.free_port()
    options = ["--smtp-port", str(smtp), "--http-port", str(http), "--folder", str(tmp_path), "--fault", "slow:times=1"]
    program = subprocess.Popen(
        [sys.executable, "-m", "deploy.embedded.mailcatcher", *options], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 20
        while not (ports.answers(smtp) and ports.answers(http)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with smtplib.SMTP("127.0.0.1", smtp) as client:
            client.send_message(a_mail().message)
        assert httpx.get(f"http://127.0.0.1:{http}/livez").status_code == 200
        assert httpx.get(f"http://127.0.0.1:{http}/api/messages").json()["total"] == 1
        assert len(list(tmp_path.glob("*.eml"))) == 1
    finally:
        program.terminate()
        exit_code = program.wait(60)
    assert exit_code == 0
