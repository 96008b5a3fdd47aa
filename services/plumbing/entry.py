"""The command line of a service: `python -m services.<service> <process>`.

A service's `__main__.py` names what it has; consumer, relay, migrate, parked, rebuild, restate and recover are
the same for everyone:

    sys.exit(enter(Service("registry", "services.registry.settings:RegistrySettings",
        processes={"api": "services.registry.api.server:run", "ticker": "services.registry.ticker:run"}), sys.argv[1:]))

A process is `module:function` of `async def run(process: Process[...]) -> None`, imported only when it is started.
"""

import argparse
import asyncio
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.plumbing import migrate, processes, settings
from services.plumbing.settings import Settings

_RECOVERY = {"rebuild": "rebuilding", "restate": "restating", "recover": "recovering"}


@dataclass(frozen=True)
class Service:
    """What the command line of a service has to know. `handlers` is None for one that reads no topic."""

    name: str
    settings: str
    processes: Mapping[str, str] = field(default_factory=dict)
    commands: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Commands with arguments of their own: `module:function` of `(arguments) -> exit code`, and one line of help."""
    handlers: str | None = "services.{name}.consumer:handlers"
    migrations: str = "services.{name}"
    recovery: str | None = None
    """`module:name` of the service's `Recovery`: with it come the commands rebuild, restate and recover."""

    def named(self, reference: str) -> Any:
        """The thing behind `module:name`; `{name}` stands for the service."""
        module, _, name = reference.format(name=self.name).partition(":")
        return getattr(importlib.import_module(module), name)

    def migrations_folder(self) -> Path:
        """Where the service's own SQL files are."""
        package = importlib.import_module(self.migrations.format(name=self.name))
        return Path(str(package.__file__)).with_name("migrations")


def enter(service: Service, arguments: list[str]) -> int:
    """Run the process or command that `arguments` name; the exit code."""
    if arguments and arguments[0] in service.commands:
        reference, _ = service.commands[arguments[0]]
        return int(service.named(reference)(arguments[1:]))
    parser = _parser(service)
    options = parser.parse_args(arguments)
    loaded: Settings = settings.load(service.named(service.settings))
    match options.process:
        case "migrate":
            return _migrate(service, loaded)
        case "parked":
            # Imported here, as every process: an operator's command need not load FastStream.
            from services.plumbing import parked_command  # noqa: PLC0415

            return asyncio.run(parked_command.run(service.name, service.named(str(service.handlers)), loaded, options))
        case "rebuild" | "restate" | "recover" as command:
            module = importlib.import_module(f"services.plumbing.{_RECOVERY[command]}")
            return int(asyncio.run(module.run(service.named(str(service.recovery)), loaded, options)))
        case name:
            return processes.run(service.name, name, _main(service, name), loaded)


def _main(service: Service, name: str) -> processes.Main[Any]:
    if name == "relay":
        return importlib.import_module("services.plumbing.relay").run  # type: ignore[no-any-return]
    if name == "consumer":
        consume = importlib.import_module("services.plumbing.consumer").consume
        handlers = service.named(str(service.handlers))
        return lambda process: consume(process, handlers)
    return service.named(service.processes[name])  # type: ignore[no-any-return]


def _migrate(service: Service, loaded: Settings) -> int:
    applied = asyncio.run(migrate.apply(loaded.database_url.get_secret_value(), service.migrations_folder()))
    print("\n".join(applied) or "nothing new")  # noqa: T201 - this is its answer
    return 0


def _parser(service: Service) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"python -m services.{service.name}")
    commands = parser.add_subparsers(dest="process", required=True)
    for name in (*service.processes, *(("consumer",) if service.handlers else ()), "relay"):
        commands.add_parser(name, help=f"run the {name} until SIGTERM")
    for name, (_, explained) in service.commands.items():
        commands.add_parser(name, help=explained, add_help=False)
    commands.add_parser("migrate", help="bring the database up to date")
    if service.recovery:
        _add_recovery(commands)
    if service.handlers:
        _add_parked(commands.add_parser("parked", help="messages set aside for a human"))
    return parser


def _add_recovery(commands: Any) -> None:
    rebuilding = commands.add_parser("rebuild", help="forget what was heard from others and hear it all again")
    rebuilding.add_argument("--even-if-empty", action="store_true", help="also where a topic has lost what is known")
    restating = commands.add_parser("restate", help="tell again the present state of everything the service owns")
    restating.add_argument("--topic", help="of this kind alone")
    recovering = commands.add_parser("recover", help="what a restored backup needs before anything else runs")
    recovering.add_argument("--erasures", type=Path, help="a file of people erased since, one id a line")


def _add_parked(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="what waits, oldest first")
    actions.add_parser("resume", help="let a consumer that stands still go on")
    actions.add_parser("show", help="one message, whole").add_argument("id", type=int)
    replaying = actions.add_parser("replay", help="let a message have its effect now")
    which = replaying.add_mutually_exclusive_group(required=True)
    which.add_argument("id", type=int, nargs="?")
    which.add_argument("--all", action="store_true", help="everything that waits, oldest first")
    discarding = actions.add_parser("discard", help="let a message have no effect")
    discarding.add_argument("id", type=int)
    discarding.add_argument("--why", required=True)
