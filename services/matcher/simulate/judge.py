"""The judge: replays a log against the year, trusting neither the desk nor the ledger that the policy worked with.

It knows the year's file, the clock and the checker of plans; every plan on the way is judged whole by that checker.
"""

from dataclasses import dataclass, field, replace

from services.matcher.checker import check
from services.matcher.instance import Instance, Match, Matches, Offer, Request, Session
from services.matcher.simulate.decisions import Decision, Log
from services.matcher.simulate.years import DAY, Year

LAST_CALL = 1020


@dataclass(frozen=True, slots=True)
class Complaint:
    """A proposal that the game does not allow: its place in the log and the code of the rule."""

    place: int
    code: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a log comes to. Refused proposals count for nothing."""

    complaints: tuple[Complaint, ...]
    accepted: tuple[Match, ...]
    points: int
    proposals: int
    declines: int
    withdrawn: frozenset[str]


@dataclass(slots=True)
class _Court:
    """Where the replay stands."""

    year: Year
    replies: dict[tuple[str, str], tuple[int, Decision]] = field(default_factory=dict)
    accepted: dict[tuple[str, str], Match] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)
    leaving: list[tuple[int, str]] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)

    def held(self) -> list[Match]:
        waiting = [_match(decision) for _, decision in self.replies.values()]
        return [*self.accepted.values(), *waiting]


def judge(year: Year, log: Log) -> Ruling:
    """Replay the log: every proposal that breaks a rule, and the points of what was accepted."""
    court = _Court(year)
    court.leaving = sorted((at, offer) for offer, at in year.times.withdraws.items())
    complaints: list[Complaint] = []
    last = 0
    for place, decision in enumerate(log.decisions):
        code = "Y0-order" if decision.at < last else None
        if code is None:
            last = decision.at
            _pass_time(court, decision.at)
            code = _refusal(court, decision)
        if code is not None:
            complaints.append(Complaint(place, code))
            continue
        told = decision.proposal
        minutes = year.answers[told.offer, told.request].minutes
        court.replies[told.session, told.request] = (decision.at + minutes, decision)
    _pass_time(court, None)
    return _ruling(court, complaints, len(log.decisions))


def _ruling(court: _Court, complaints: list[Complaint], proposals: int) -> Ruling:
    accepted = tuple(sorted(court.accepted.values()))
    verdict = check(court.year.instance, Matches(court.year.instance.id, accepted))
    if not verdict.feasible:
        complaints.append(Complaint(proposals, verdict.broken[0].code))
    made = proposals - len(complaints)
    declines = made - len(accepted)
    return Ruling(tuple(complaints), accepted, verdict.objective, made, declines, frozenset(court.withdrawn))


def _pass_time(court: _Court, now: int | None) -> None:
    """All withdrawals and replies up to and including `now`, in the order of the clock."""
    events = [(at, 0, offer) for at, offer in court.leaving if now is None or at <= now]
    court.leaving = court.leaving[len(events) :]
    due = [(at, 1, key) for key, (at, _) in court.replies.items() if now is None or at <= now]
    for _, kind, what in sorted([*events, *due], key=lambda event: event[:2]):
        if kind == 0:
            _withdraw(court, str(what))
        else:
            _reply(court, (what[0], what[1]))


def _withdraw(court: _Court, offer: str) -> None:
    if all(match.offer != offer for match in court.held()):
        court.withdrawn.add(offer)


def _reply(court: _Court, key: tuple[str, str]) -> None:
    _, decision = court.replies.pop(key)
    told = decision.proposal
    if court.year.answers[told.offer, told.request].accepts:
        court.accepted[key] = _match(decision)
    else:
        court.refused.add((told.offer, told.request))


def _match(decision: Decision) -> Match:
    told = decision.proposal
    return Match(told.offer, told.session, told.request, told.pupils)


def _refusal(court: _Court, decision: Decision) -> str | None:
    year, told, now = court.year, decision.proposal, decision.at
    offer = next((o for o in year.instance.offers if o.id == told.offer), None)
    request = next((r for r in year.instance.requests if r.id == told.request), None)
    if offer is None or request is None:
        return "H0-unknown"
    session = next((s for s in offer.sessions if s.id == told.session), None)
    if session is None:
        return "H0-session"
    if year.times.arrives[offer.id] > now or year.times.requested[request.id] > now:
        return "Y1-arrival"
    if offer.id in court.withdrawn:
        return "Y2-withdrawn"
    return _barred(court, offer, session, request, now) or _broken(court, _match(decision))


def _barred(court: _Court, offer: Offer, session: Session, request: Request, now: int) -> str | None:
    notice = max(offer.notice_days, request.notice_days)
    verdicts = (
        ("Y3-closed", now > ((session.date - court.year.start).days - notice) * DAY + LAST_CALL),
        ("Y4-declined", (offer.id, request.id) in court.refused),
        ("Y5-twice", (session.id, request.id) in court.replies or (session.id, request.id) in court.accepted),
        ("Y6-unanswered", (offer.id, request.id) not in court.year.answers),
    )
    return next((code for code, is_so in verdicts if is_so), None)


def _broken(court: _Court, match: Match) -> str | None:
    """What the match breaks, with all held matches that share an employer or a school: no rule reaches further."""
    instance = court.year.instance
    employers = {o.id: o.employer for o in instance.offers}
    schools = {r.id: r.school for r in instance.requests}
    employer, school = employers[match.offer], schools[match.request]
    near = [m for m in court.held() if employers[m.offer] == employer or schools[m.request] == school]
    matches = (*near, match)
    verdict = check(_concerned(instance, matches), Matches(instance.id, matches))
    codes = [broken.code for broken in verdict.broken]
    # A session for one group is full however many places are left.
    return "H3-groups" if "H3-groups" in codes else next(iter(codes), None)


def _concerned(instance: Instance, matches: tuple[Match, ...]) -> Instance:
    """The instance without what takes no part: the checker would only look past it."""
    offers, requests = {m.offer for m in matches}, {m.request for m in matches}
    return replace(
        instance,
        offers=tuple(o for o in instance.offers if o.id in offers),
        requests=tuple(r for r in instance.requests if r.id in requests),
    )
