import re
import tomllib

from packaging.requirements import Requirement

from deploy.embedded import jars
from tests.house.tracked import PROJECT

EVERYTHING = PROJECT / "requirements.lock"
TO_RUN = PROJECT / "requirements-run.lock"
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def entries(lock) -> dict[str, list[str]]:
    """Each requirement of a lock with its hashes."""
    whole_lines = lock.read_text().replace("\\\n", " ").splitlines()
    wanted = (line for line in whole_lines if line and not line.startswith("#"))
    return {line.partition(" --hash")[0].strip(): HASH.findall(line) for line in wanted}


def test_every_package_is_pinned_with_its_hashes():
    for lock in (EVERYTHING, TO_RUN):
        for requirement, hashes in entries(lock).items():
            assert re.match(r"[a-z0-9-]+==[^ ]+", requirement)
            assert hashes, requirement


def test_the_image_gets_the_versions_that_were_tested():
    assert entries(TO_RUN).items() < entries(EVERYTHING).items()


def test_the_locks_are_what_pyproject_asks_for():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    asked = {EVERYTHING: project["dependency-groups"]["dev"] + project["project"]["dependencies"]}
    asked[TO_RUN] = project["project"]["dependencies"]

    for lock, requirements in asked.items():
        pinned = [Requirement(line) for line in entries(lock)]
        here = {pin.name: pin for pin in pinned if pin.marker is None or pin.marker.evaluate()}
        for requirement in map(Requirement, requirements):
            version = next(iter(here[requirement.name].specifier)).version
            assert requirement.specifier.contains(version), f"{requirement}: run make lock"


def test_no_lock_holds_an_address():
    for lock in (EVERYTHING, TO_RUN, jars.LOCK):
        assert "://" not in lock.read_text()


def test_every_jar_is_named_with_its_hash():
    assert {len(jar.sha256) for jar in jars.locked()} == {64}
    assert len({jar.path for jar in jars.locked()}) == len(jars.locked())
