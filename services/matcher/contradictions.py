"""Accepted matches that no plan can keep: which rule, the fewest that break it, and what settles it. Pure."""

from collections import Counter
from dataclasses import replace

from services.matcher.instance import Existing, Instance
from services.matcher.solver.conflicts import conflicts_of


def contradiction(instance: Instance) -> str:
    """The smallest sets of matches in conflict, each with its rule, and matches to let go; empty if a plan exists."""
    conflicts = conflicts_of(instance)
    if not conflicts:
        return ""
    lines = ["no plan exists: the accepted matches contradict one another."]
    for conflict in conflicts:
        lines += ["", f"{conflict.rule}: {conflict.what}. These {len(conflict.matches)} together exceed it:"]
        lines += [f"  {m.request} with {m.pupils} pupils at session {m.session} of {m.offer}" for m in conflict.matches]
    lines += ["", "Letting go of these would settle it:"]
    lines += [f"  {old.request} at session {old.session} of {old.offer}" for old in settled_by_letting_go(instance)]
    return "\n".join(lines)


def settled_by_letting_go(instance: Instance) -> list[Existing]:
    """Accepted matches without which a plan exists: each time one that is in most conflicts; none is superfluous."""
    left, gone = instance, list[Existing]()
    while conflicts := conflicts_of(left):
        counts = Counter(match for conflict in conflicts for match in conflict.matches)
        worst = min(counts, key=lambda match: (-counts[match], match.pupils, match))
        at = next(
            n
            for n, e in enumerate(left.existing)
            if e.status == "accepted"
            and (e.session, e.request, e.pupils) == (worst.session, worst.request, worst.pupils)
        )
        gone.append(left.existing[at])
        left = replace(left, existing=left.existing[:at] + left.existing[at + 1 :])
    return [old for old in gone if conflicts_of(replace(left, existing=(*left.existing, old)))]
