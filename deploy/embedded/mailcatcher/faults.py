"""Trouble on demand: what the server is to do instead of taking a mail."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

Kind = Literal["temporary", "permanent", "hang", "drop", "slow"]
"""4xx · 5xx · no reply for a long time · the connection is cut instead of a reply · each reply comes late."""
Stage = Literal["mail", "rcpt", "data", "content"]
"""The reply to MAIL, to RCPT, to the DATA command, and to the final dot."""

_USUAL_STAGE: dict[str, Stage] = {"temporary": "rcpt", "permanent": "rcpt", "hang": "content", "drop": "content"}
_REPLIES: dict[tuple[str, str], str] = {
    ("temporary", "rcpt"): "450 4.2.1 Mailbox busy, try again later",
    ("permanent", "rcpt"): "550 5.1.1 No such mailbox here",
    ("temporary", "content"): "451 4.3.0 Could not store it now, try again later",
    ("permanent", "content"): "554 5.6.0 Refused for its content",
}


@dataclass(frozen=True)
class Fault:
    """One kind of trouble: at which reply, for whom, how often."""

    kind: Kind
    stage: Stage | None
    address: str = ""
    """Only for recipients that contain this; empty: for all."""
    times: int | None = None
    """So often; none: until it is taken away."""
    seconds: float = 600.0
    """How long a slow or hanging reply takes."""
    keep: bool = True
    """Whether a mail whose reply hangs or is dropped was taken in all the same."""

    @classmethod
    def parse(cls, given: dict[str, Any]) -> Fault:
        """A fault from JSON or from the command line's words. Raises ValueError that says what is wrong."""
        unknown = set(given) - {"kind", "stage", "address", "times", "seconds", "keep"}
        kind: Any = given.get("kind")
        stage: Any = given.get("stage") or _USUAL_STAGE.get(str(kind))
        if unknown or kind not in get_args(Kind) or (stage and stage not in get_args(Stage)):
            raise ValueError(f"a fault is {'|'.join(get_args(Kind))} with stage, address, times, seconds, keep")
        return cls(
            kind=kind,
            stage=stage,
            address=str(given.get("address", "")).casefold(),
            times=int(given["times"]) if given.get("times") is not None else None,
            seconds=float(given.get("seconds", 600 if kind == "hang" else 1)),
            keep=str(given.get("keep", True)).casefold() not in {"false", "0", "no"},
        )

    @classmethod
    def from_words(cls, text: str) -> Fault:
        """Read `kind[:name=value,…]`, as the command line has it."""
        kind, _, rest = text.partition(":")
        pairs = (word.partition("=") for word in rest.split(",") if word)
        return cls.parse({"kind": kind, **{name: value for name, _, value in pairs}})

    @property
    def reply(self) -> str:
        """The line of a server in this trouble."""
        usual = "451 4.3.2 Not now" if self.kind == "temporary" else "550 5.7.1 Not wanted"
        return _REPLIES.get((self.kind, self.stage or ""), usual)

    def strikes(self, stage: Stage, addresses: list[str]) -> bool:
        """Whether it is to happen at this reply. Before the recipient is known, only faults for all happen."""
        for_them = not self.address or any(self.address in address.casefold() for address in addresses)
        return self.stage in {None, stage} and for_them


@dataclass
class Faults:
    """The trouble that is on, in the order it was asked for."""

    on: list[Fault] = field(default_factory=list)

    def next(self, stage: Stage, addresses: list[str]) -> Fault | None:
        """The first fault for this reply, counted down."""
        for number, fault in enumerate(self.on):
            if fault.strikes(stage, addresses):
                self._count_down(number, fault)
                return fault
        return None

    def _count_down(self, number: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times <= 1:
            del self.on[number]
        else:
            self.on[number] = replace(fault, times=fault.times - 1)
