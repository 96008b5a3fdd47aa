"""Who is in the load, and what they do how often."""

from __future__ import annotations

from tests.chaos import employers, readers, schools
from tests.chaos.load import Actor

CAST = (
    Actor("schools", ((schools.post, 6), (schools.amend, 2), (schools.withdraw, 1)), (0.1, 0.4)),
    Actor("more schools", ((schools.post, 4), (schools.change_parallel, 1)), (0.3, 0.9)),
    Actor("employers", ((employers.publish, 6), (employers.amend, 3), (employers.withdraw, 1)), (0.3, 0.8)),
    Actor("more employers", ((employers.publish, 2), (employers.amend, 3), (employers.change_cap, 1)), (0.4, 1.0)),
    Actor("people", ((schools.change_address, 1), (schools.erase, 1)), (2.0, 5.0)),
    Actor("readers", ((readers.read_mails, 1),), (0.2, 0.5)),
    Actor("more readers", ((readers.read_mails, 1),), (0.2, 0.5)),
    Actor("programs", ((readers.use_the_api, 1),), (0.2, 0.6)),
    Actor("more programs", ((readers.use_the_api, 1),), (0.2, 0.6)),
)
