"""`python -m services.registry <process>`: the registry's processes and commands, by name."""

from __future__ import annotations

import sys

from services.plumbing.entry import Service, enter

API = Service(
    "registry", "services.registry.settings:ApiSettings", processes={"api": "services.registry.api.server:run"}
)
REGISTRY = Service(
    "registry",
    "services.registry.settings:RegistrySettings",
    processes={"api": "services.registry.api.server:run", "ticker": "services.registry.ticker:run"},
)


def main(arguments: list[str]) -> int:
    """Run what the arguments name; the exit code."""
    match arguments:
        case ["operator-key", *rest]:
            # Imported here, as every process: the others need none of it.
            from services.registry.operator_key import make_operator_key  # noqa: PLC0415

            return make_operator_key(rest)
        # Of all processes the API alone needs the secrets of links and the address of pages.
        case ["api", *_]:
            return enter(API, arguments)
    return enter(REGISTRY, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
