"""`convscope gate`: is a new network good enough to take the place of an old one? A check for pull requests.

`rules` says what is asked, `checks` holds two networks to it by what a server computed of them, `reports` writes a
table, Markdown for a comment, and JUnit for CI.
"""

from convscope.gate.checks import Answers, Finding, Judgement, check, of_answers
from convscope.gate.reports import junit, markdown, table
from convscope.gate.rules import Rules, read_rules

__all__ = [
    "Answers", "Finding", "Judgement", "Rules", "check", "junit", "markdown", "of_answers", "read_rules", "table",
]  # fmt: skip
