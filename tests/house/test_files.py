import re

import pytest

from tests.house.tracked import PROJECT, tracked_files

# Brackets, so that this file does not find itself.
REGISTRIES = (
    r"pypi[.]org|pythonhosted[.]org|registry[.]npmjs|crates[.]io|maven[.]org|[.]maven[.]|proxy[.]golang|[.]debian[.]org"
)
MACHINES = r"(?<![\w.])/(?:work|farm|root|home)/|[.][.]/shared"


@pytest.mark.parametrize("unwanted", [REGISTRIES, MACHINES], ids=["registry", "machine"])
def test_no_file_names_a_registry_or_a_machine(unwanted: str):
    pattern = re.compile(unwanted.encode())

    found = [
        f"{file.relative_to(PROJECT)}: {match[0].decode()}"
        for file in tracked_files()
        for match in pattern.finditer(file.read_bytes())
    ]

    assert found == []


def test_every_word_of_the_makefile_is_explained():
    makefile = (PROJECT / "Makefile").read_text()

    named = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE))

    assert named == explained
