"""The independent judge of any plan: is it feasible, how many points, which rule is broken where.

Shares nothing with the solver but the values read from the files, so a mistake would have to be made twice, in the
same way, to go unnoticed. Every round passes it before it is written.
"""

from services.matcher.checker.eligibility import Broken
from services.matcher.checker.judge import Verdict, check

__all__ = ["Broken", "Verdict", "check"]
