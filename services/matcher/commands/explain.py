"""`explain INSTANCE MATCHES ID`: why a request or an offer has what it has in this plan, and why not more."""

import argparse
import json

from services.matcher.commands.ending import EXIT_CODES, Ending, Refused, ended, say
from services.matcher.commands.reading import allowed_matches, solvable_instance
from services.matcher.explain.reasons import Unknown, explain
from services.matcher.explain.standing import Standing
from services.matcher.explain.telling import as_text, as_values
from services.matcher.instance import Instance


def run(arguments: list[str]) -> int:
    """Explain as the arguments say; the exit code."""
    options = _parser().parse_args(arguments)
    return ended(lambda: _explain(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m services.matcher explain",
        description="Say why a request or an offer has its matches: what each adds, what the next best plan gives, and "
        "what is scarce; and why not more: what kept the others out, and what would change it by how many points.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("instance", metavar="INSTANCE", help="encounters-instance/1, .json or .json.gz")
    parser.add_argument(
        "matches", metavar="MATCHES", help="encounters-matches/1, .json or .json.gz: a plan that passes check"
    )
    parser.add_argument("id", metavar="REQUEST|OFFER", help="the id of a request or of an offer")
    parser.add_argument("--json", action="store_true", help="as JSON")
    return parser


def _explain(options: argparse.Namespace) -> Ending:
    instance = solvable_instance(options.instance)
    plan = allowed_matches(options.matches, instance).matches
    try:
        told = explain(instance, plan, options.id)
    except Unknown as wrong:
        raise Refused(_unknown(instance, options.id), Ending.WRONG_USE) from wrong
    text = (
        json.dumps(as_values(told), ensure_ascii=False, indent=1)
        if options.json
        else as_text(told, Standing(instance, plan))
    )
    say(text)
    return Ending.DONE


def _unknown(instance: Instance, id_: str) -> str:
    requests, offers = ([one.id for one in side[:3]] for side in (instance.requests, instance.offers))
    known = f"requests are named like {', '.join(requests)}, offers like {', '.join(offers)}"
    return f"{id_} is neither a request nor an offer of this instance; its {known}."
