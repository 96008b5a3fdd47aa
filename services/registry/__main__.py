"""`python -m services.registry <process>`: the registry's processes and commands, by name."""

from __future__ import annotations

import sys
from dataclasses import replace

from services.plumbing.entry import Service, enter

REGISTRY = Service(
    "registry",
    "services.registry.settings:RegistrySettings",
    processes={"api": "services.registry.api.server:run", "ticker": "services.registry.ticker:run"},
    commands={
        "operator-key": ("services.registry.operator_key:make_operator_key", "make a key for an operator"),
        "erased": ("services.registry.erased:list_erased", "list who was erased, by id: what a restore has to forget"),
    },
    recovery="services.registry.recovery:recovery",
)
API = replace(REGISTRY, settings="services.registry.settings:ApiSettings")
"""Of all processes the API alone needs the secrets of links."""


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the exit code."""
    return enter(API if arguments[:1] == ["api"] else REGISTRY, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
