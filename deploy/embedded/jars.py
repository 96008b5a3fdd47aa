"""The jars of Kafka: named with their hashes in `jars.lock`, fetched once, kept in `.cache/jars`.

`python -m deploy.embedded.jars` writes the lock anew from the roots below.
"""

import hashlib
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded import CACHE
from deploy.embedded.trouble import Trouble

# Broker and command-line tools of the same version; the tools end at 4.3.1.
ROOTS = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.kafka:kafka-tools:4.3.1",
    "org.slf4j:slf4j-simple:1.7.36",
)
# Half the weight of the tools is Kafka Connect, which nothing here runs.
LEFT_OUT = ("org.apache.kafka:connect-runtime", "org.apache.kafka:connect-json", "org.apache.kafka:connect-api")
LOCK = Path(__file__).with_name("jars.lock")
FOLDER = CACHE / "jars"
DOWNLOADS_AT_ONCE = 8


@dataclass(frozen=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.artifact}-{self.version}.jar"

    def line(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version} sha256:{self.sha256}"


def locked() -> list[Jar]:
    """What the lock names, in its order, which is the order of the class path."""
    jars = []
    for line in LOCK.read_text().splitlines():
        coordinate, _, sha256 = line.partition(" sha256:")
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, sha256))
    return jars


def present(say: Callable[[str], None]) -> list[Path]:
    """The jars on this disk, each with the hash the lock names; what is missing is downloaded first.

    Raises Trouble where a jar cannot be had or is not the one that was locked.
    """
    jars = locked()
    if to_fetch := missing(jars):
        _download(to_fetch, say)
    return [jar.path for jar in jars]


def missing(jars: list[Jar]) -> list[Jar]:
    """Those that are not on this disk, or are there with another hash than the lock names."""
    return [jar for jar in jars if not (jar.path.exists() and _sha256(jar.path) == jar.sha256)]


def _download(jars: list[Jar], say: Callable[[str], None]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    say(f"Downloading Kafka: {len(jars)} jars, about 45 MB, kept in .cache for the next time.")
    # Elsewhere first: a download that breaks off must not look like a jar.
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="part-") as part, ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        done = as_completed([pool.submit(_download_one, jar, Path(part)) for jar in jars])
        try:
            for count, fetched in enumerate(done, start=1):
                fetched.result()
                if count % 10 == 0 or count == len(jars):
                    say(f"  {count} of {len(jars)} jars")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _download_one(jar: Jar, folder: Path) -> None:
    # Imported here: a warm start needs neither.
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    context = MavenContext(repo_cache=folder, resolver=PythonResolver(), timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    try:
        downloaded = Path(artifact.resolve())
    except (OSError, RuntimeError) as refused:
        raise Trouble(
            f"{jar.artifact} {jar.version} could not be downloaded: is the network there? ({refused})"
        ) from None
    if _sha256(downloaded) != jar.sha256:
        raise Trouble(f"{jar.artifact} {jar.version} is not the file that jars.lock names: do not use it.")
    downloaded.replace(jar.path)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def resolve() -> Iterable[Jar]:
    """Every jar that the roots need today, with its hash."""
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), resolver=PythonResolver(), timeout=60)
        without = [context.project(*name.split(":")) for name in LEFT_OUT]
        roots = [context.create_dependency(root, exclusions=without) for root in ROOTS]
        inputs, transitive = context.resolver.resolve(roots)
        for needed in [*inputs, *transitive]:
            if needed.scope not in {"provided", "system"}:
                yield Jar(needed.groupId, needed.artifactId, needed.version, _sha256(Path(needed.artifact.resolve())))


if __name__ == "__main__":
    LOCK.write_text("".join(f"{jar.line()}\n" for jar in resolve()))
    print(f"Locked: {LOCK.name} ({len(locked())} jars).")
