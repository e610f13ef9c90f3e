"""What the gate found, as a table for a terminal, Markdown for a comment, and JUnit for CI."""

from collections.abc import Sequence
from xml.etree import ElementTree

from convscope.gate.checks import Finding, Judgement

MARKS = {True: "passed", False: "FAILED"}


def table(findings: Sequence[Finding]) -> str:
    """A line a rule."""
    width = max((len(one.rule) for one in findings), default=0)
    return "\n".join(f"{MARKS[one.passed]:<7} {one.rule:<{width}}  {one.words}" for one in findings)


def markdown(judged: Judgement, old: str, new: str) -> str:
    """A comment for a pull request; `old` and `new` are what the networks are called."""
    head = "may take the place of" if judged.passed else "should not take the place of"
    rows = [f"| {'✅' if one.passed else '❌'} | {one.rule} | {_cell(one.words)} |" for one in judged.findings]
    more = [f"[{title}]({address})" for title, address in judged.links]
    return "\n".join([
        f"### Convscope: `{_cell(new)}` {head} `{_cell(old)}`", "",
        "| | rule | what was found |", "|---|---|---|", *rows, *(["", " · ".join(more)] if more else []), "",
    ])  # fmt: skip


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("`", "'").replace("<", "&lt;")


def junit(judged: Judgement, new: str) -> str:
    """A test suite with a case a rule, as CI systems read it."""
    findings = judged.findings
    failed = sum(not one.passed for one in findings)
    suite = ElementTree.Element("testsuite", name="convscope gate", tests=str(len(findings)), failures=str(failed))
    for one in findings:
        case = ElementTree.SubElement(suite, "testcase", classname=f"gate.{new}", name=one.rule)
        if one.passed:
            ElementTree.SubElement(case, "system-out").text = one.words
        else:
            ElementTree.SubElement(case, "failure", message=one.words)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)
