"""Prometheus beside the system, asked as dashboards ask, with rules made impatient: the same causes, sooner."""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from tests.compose.engine import PROJECT, until

CONFIG = PROJECT / "deploy/compose/prometheus"
DASHBOARDS = PROJECT / "deploy/compose/grafana/dashboards"
WINDOWS = {"5m": "20s", "10m": "60s", "30m": "2m", "1h": "60s"}
# What would take minutes to reach, made smaller; everything else of the rules is as operators have it.
SOONER = {
    "outbox_oldest_age_seconds) > 120": "outbox_oldest_age_seconds) > 6",
    "consumer_lag_records) > 500": "consumer_lag_records) > 5",
    "waiting_oldest_seconds) > 900": "waiting_oldest_seconds) > 5",
    "[1h]))) > 30": "[1h]))) > 4",
    "process_start_time_seconds[30m])) > 3": "process_start_time_seconds[30m])) > 1",
}


def impatient(folder: Path) -> None:
    """Write Prometheus' files to `folder`, with short intervals, windows and waits."""
    rules = (CONFIG / "rules.yml").read_text()
    for usual, sooner in SOONER.items():
        assert rules.count(usual) == 1, usual
        rules = rules.replace(usual, sooner)
    rules = re.sub(r"\[(\d+[mh])\]", lambda found: f"[{WINDOWS[found[1]]}]", rules)
    (folder / "rules.yml").write_text(re.sub(r"for: \d+m", "for: 2s", rules))
    config = (CONFIG / "prometheus.yml").read_text()
    (folder / "prometheus.yml").write_text(re.sub(r"interval: 15s", "interval: 2s", config))
    folder.chmod(0o755)


class Prometheus:
    """Its HTTP API."""

    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}/api/v1"

    def ask(self, path: str, **query: str) -> Any:
        """One answer's data."""
        answer = httpx.get(f"{self._address}/{path}", params=query, timeout=30)
        assert answer.is_success, answer.text
        return answer.json()["data"]

    def value(self, query: str) -> float | None:
        """The first figure that a query gives, if any."""
        found = self.ask("query", query=query)["result"]
        return float(found[0]["value"][1]) if found else None

    def firing(self) -> set[str]:
        """The names of the alerts that fire."""
        return {each["labels"]["alertname"] for each in self.ask("alerts")["alerts"] if each["state"] == "firing"}

    def fires(self, name: str) -> None:
        """Wait until the alert fires."""
        until(f"{name} to fire; {self.firing()} do", lambda: name in self.firing(), 150)

    def clears(self, name: str) -> None:
        """Wait until the alert fires no more."""
        until(f"{name} to clear", lambda: name not in self.firing(), 240)


def panel_queries() -> list[tuple[str, str]]:
    """Every query of every panel of every dashboard: what shows it, and the query."""
    return [
        (f"{file.stem}: {panel['title']}", target["expr"])
        for file in sorted(DASHBOARDS.glob("*.json"))
        for panel in json.loads(file.read_text())["panels"]
        for target in panel["targets"]
    ]
