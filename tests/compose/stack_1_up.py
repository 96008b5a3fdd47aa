"""From a fresh clone to a system that is healthy."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.compose.engine import OTHER_COMMIT, PROJECT, Compose, docker
from tests.stack import Say


def test_without_secrets_one_sentence_says_what_to_do(compose: Compose):
    bare = Compose({**compose.settings, "ENCOUNTERS_SECRETS": ""})

    refused = bare.attempt("up", "-d")

    assert refused.returncode != 0
    assert "no secrets are made yet; make up makes them and starts everything" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1


def test_each_missing_secret_is_named_and_nothing_starts(compose: Compose, tmp_path):
    shutil.copytree(compose.settings["ENCOUNTERS_SECRETS"], tmp_path, dirs_exist_ok=True)
    partly = Compose(
        {**compose.settings, "ENCOUNTERS_SECRETS": str(tmp_path), "COMPOSE_PROJECT_NAME": "encounters-none"}
    )
    # Grafana's is asked for with its profile, whose image is not everywhere.
    secrets = [secret for secret in sorted(tmp_path.iterdir()) if secret.name != "grafana_admin"]
    assert len(secrets) > 15
    compose.run("build", seconds=1800)
    try:
        for secret in secrets:
            aside = secret.rename(tmp_path / "aside")
            refused = partly.attempt("create")
            aside.rename(secret)
            running = partly.running()
            # What is made once is not made anew.
            partly.run("down", "-v")

            assert refused.returncode != 0
            assert str(secret) in refused.stderr
            assert running == set()
    finally:
        partly.run("down", "-v")


def test_no_secret_stands_in_the_configuration(compose: Compose):
    shown = compose.run("--profile", "*", "config")

    for secret in Path(compose.settings["ENCOUNTERS_SECRETS"]).iterdir():
        for word in re.findall(r"[0-9a-f]{64}", secret.read_text()):
            assert word not in shown, secret.name


def test_every_password_is_another(compose: Compose):

    found = [
        word
        for secret in Path(compose.settings["ENCOUNTERS_SECRETS"]).iterdir()
        for word in set(re.findall(r"[0-9a-f]{64}", secret.read_text()))
    ]

    assert len(found) == len(set(found)) >= 16


def test_everything_comes_up_healthy(compose: Compose, say: Say):
    compose.run("build", seconds=1800)

    seconds = compose.up()

    states = {each["Service"]: (each["State"], each["Health"], each["ExitCode"]) for each in compose.containers()}
    once = {name for name in states if name.endswith(("-roles", "-migrate")) or name in ("topics", "kafka-access")}
    assert {states[name][::2] for name in once} == {("exited", 0)}
    assert {states[name][:2] for name in states.keys() - once} == {("running", "healthy")}
    say(f"Healthy after {seconds:.0f} s.\n{memory(compose)}")


def test_make_up_says_when_what_runs_is_of_another_commit(compose: Compose):
    done = subprocess.run(
        [PROJECT / "deploy/compose/up"],
        env={**os.environ, **compose.settings},
        capture_output=True,
        text=True,
        check=True,
    )

    assert f"What runs was built from {OTHER_COMMIT[:7]}; " in done.stdout


def memory(compose: Compose) -> str:
    ids = compose.run("ps", "-q").split()
    return docker("stats", "--no-stream", "--format", "{{.Name}}\t{{.MemUsage}}", *ids)


def test_exactly_one_service_builds_the_image(compose: Compose):
    services = json.loads(compose.run("--profile", "*", "config", "--format", "json"))["services"]

    assert [name for name, service in services.items() if "build" in service] == ["registry-migrate"]
    for name, service in services.items():
        assert re.search(r":[\w.-]*\d|:compose-test$", service["image"]), f"{name}: {service['image']} is not pinned"
        assert "mem_limit" in service, name
        assert service["logging"]["options"], name


@pytest.mark.parametrize("process", ["registry-api", "matcher", "notifier-sender"])
def test_a_container_runs_without_privileges_on_a_read_only_root(compose: Compose, process: str):
    (container, *_) = compose.ids(process)
    facts = json.loads(docker("inspect", container))[0]

    assert facts["HostConfig"]["ReadonlyRootfs"] is True
    assert facts["HostConfig"]["CapDrop"] == ["ALL"]
    assert compose.execute(process, "id", "-u").strip() == "10001"
    refused = compose.attempt("exec", "-T", process, "touch", "/app/x")
    assert "Read-only file system" in refused.stderr


def test_the_image_holds_no_tools_to_build_with(compose: Compose):
    found = compose.attempt("exec", "-T", "registry-api", "bash", "-c", "command -v gcc cc make git curl")

    assert found.stdout == ""
    assert compose.attempt("exec", "-T", "registry-api", "python", "-m", "pip", "--version").returncode != 0
