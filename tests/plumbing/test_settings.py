from datetime import timedelta
from pathlib import Path

import pytest

from services.plumbing.settings import Settings, load


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ENCOUNTERS_{name}".upper(), raising=False)


def test_a_missing_setting_ends_the_process_with_its_name() -> None:
    with pytest.raises(SystemExit) as ended:
        load(Settings)

    assert str(ended.value) == "ENCOUNTERS_DATABASE_URL is not set (nor ENCOUNTERS_DATABASE_URL_FILE)."


def test_a_wrong_setting_ends_the_process_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOUNTERS_DATABASE_URL", "postgresql://somewhere")
    monkeypatch.setenv("ENCOUNTERS_CLOCK", "sundial")

    with pytest.raises(SystemExit, match=r"^ENCOUNTERS_CLOCK: .*sundial"):
        load(Settings)


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://from-a-file\n")
    monkeypatch.setenv("ENCOUNTERS_DATABASE_URL_FILE", str(tmp_path / "url"))

    assert load(Settings).database_url.get_secret_value() == "postgresql://from-a-file"


def test_a_file_that_is_not_there_ends_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENCOUNTERS_DATABASE_URL_FILE", str(tmp_path / "nothing"))

    with pytest.raises(SystemExit, match="cannot be read"):
        load(Settings)


def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENCOUNTERS_DATABASE_URL", "postgresql://user:hush@host/db")

    assert "hush" not in repr(load(Settings))


@pytest.mark.parametrize("text, seconds", [("2.5", 2.5), ("PT3S", 3), ("PT2M", 120)])
def test_a_duration_is_seconds_or_iso(monkeypatch: pytest.MonkeyPatch, text: str, seconds: float) -> None:
    monkeypatch.setenv("ENCOUNTERS_DATABASE_URL", "postgresql://somewhere")
    monkeypatch.setenv("ENCOUNTERS_BACKOFF_MAX", text)

    assert load(Settings).backoff_max == timedelta(seconds=seconds)
