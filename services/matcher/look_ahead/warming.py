"""Compiling ahead what asking the scenarios compiles, beside what solving does."""

from dataclasses import replace
from datetime import date

from services.matcher.instance import Instance, Match
from services.matcher.look_ahead.patience import Patience
from services.matcher.look_ahead.planning import Course
from services.matcher.look_ahead.scenarios import Present, Scenario, outlook


def warm_up_scenarios(problem: Instance) -> None:
    """Plan one scenario in which nothing comes, and settle a match of it that stands in its own way."""
    present = Present(0, replace(problem, today=date(2026, 9, 1), existing=()), {}, 0.0)
    course = Course(outlook(present, Scenario(0, (), (), {}), Patience([])), 0.0, 4)
    offer, request = problem.offers[0], problem.requests[0]
    course.settle([Match(offer.id, offer.sessions[0].id, request.id, request.pupils)], 4)
