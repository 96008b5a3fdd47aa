"""Operators are asked for no setting that nobody reads."""

import re

import pytest

from tests.house.tracked import PROJECT

PACKAGES = sorted(path.parent for path in (PROJECT / "services").glob("*/settings.py"))


@pytest.mark.parametrize("name", [package.name for package in PACKAGES])
def test_every_setting_is_read(name: str):
    package = PROJECT / "services" / name
    settings = re.findall(r"^    (\w+): ", (package / "settings.py").read_text(), re.MULTILINE)
    # What is common to all may be read by any of them; the rest by its own service, or by what its processes stand on.
    readers = [PROJECT / "services"] if name == "plumbing" else [package, PROJECT / "services" / "plumbing"]
    code = "\n".join(file.read_text() for reader in readers for file in reader.rglob("*.py"))

    assert settings
    assert [setting for setting in settings if not re.search(rf"\.{setting}\b", code)] == []
