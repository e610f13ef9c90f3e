"""A lesson as it stands in its Markdown file: steps, each with a paragraph, what it shows, a question and its answer.

    # Title

    What it is about, in a sentence or two.

    ## Title of a step

    A paragraph.

    ```run
    activations --model bundled/cats_and_dogs --image sample/cat
    ?layer=relu2
    ```

    **What to notice.** ...

    **Question.** ...

    **Answer.** ...

A block `run` is a request as the command line takes it, with the view of its result in a second line. `run with vgg16`
stands in for the plain one where those ImageNet weights are to be had. `picture` names a file of pictures/, what it
shows, and how it was made. `element` names something that is drawn in the browser alone, `page` a page to go to, and
the words of the link.
"""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from shared.analyses import JobSpec, parse_spec
from shared.errors import InvalidSpec, message

HEADINGS = ("What to notice.", "Question.", "Answer.")
_BLOCK = re.compile(r"^```(run|picture|element|page)(?: with (\w+))?\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """What a step shows.

    Attributes:
        kind: "run", "picture", "element" or "page"; "key" for a run by its key.
        lines: what stands in it, without the view.
        weights: architecture whose ImageNet weights a run needs; "" for none.
        view: parameters of the address.
    """

    kind: str
    lines: tuple[str, ...]
    weights: str = ""
    view: dict[str, str] = field(default_factory=dict)

    def spec(self, model: str = "") -> JobSpec:
        """The request of a run.

        Args:
            model: reference of the network with ImageNet weights; needed where `weights` names one.

        Raises:
            InvalidSpec, UnknownKind: it cannot be asked for.
        """
        kind, *words = shlex.split(" ".join(self.lines))
        if len(words) % 2 or not all(word.startswith("--") for word in words[::2]):
            raise InvalidSpec(message("options with one value each", " ".join(words), "Mend the lesson."))
        fields: dict[str, Any] = {"model": model} if self.weights else {}
        names = [word[2:].replace("-", "_") for word in words[::2]]
        return parse_spec(kind, {**fields, **dict(zip(names, words[1::2], strict=True))})


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        title: in a few words, plain text.
        text: a paragraph, as Markdown.
        notice: what to look at; "" for none.
        question: likewise.
        answer: to the question.
        blocks: what it shows, from the top.
    """

    title: str
    text: str
    notice: str = ""
    question: str = ""
    answer: str = ""
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Lesson:
    """A guided path.

    Attributes:
        place: what names it in an address, parameter and value.
        title: of the lesson, plain text.
        about: a sentence or two, as Markdown.
        steps: in order.
    """

    place: dict[str, str]
    title: str
    about: str
    steps: tuple[Step, ...]


def read_lesson(path: Path) -> Lesson:
    """The lesson of a file; its name, with hyphens, is the lesson's in an address."""
    head, *steps = re.split(r"^## ", path.read_text("utf-8"), flags=re.MULTILINE)
    title, _, about = head.removeprefix("# ").partition("\n")
    return Lesson(
        {"lesson": path.stem.replace("_", "-")}, title, _joined(about), tuple(_read_step(one) for one in steps)
    )


def _read_step(source: str) -> Step:
    title, _, body = source.partition("\n")
    blocks = tuple(_read_block(found) for found in _BLOCK.finditer(body))
    text, parts = _BLOCK.sub("", body), {}
    for heading in reversed(HEADINGS):
        text, _, parts[heading] = text.partition(f"**{heading}**")
    notice, question, answer = (_joined(parts[heading]) for heading in HEADINGS)
    return Step(title.strip(), _joined(text), notice, question, answer, blocks)


def _joined(text: str) -> str:
    """Paragraphs without the line breaks of the file."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _read_block(found: re.Match[str]) -> Block:
    kind, weights, body = found.groups()
    lines = body.splitlines()
    view = [line for line in lines if line.startswith("?")]
    return Block(kind, tuple(line for line in lines if line not in view), weights or "",
                 dict(parse_qsl("&".join(line[1:] for line in view))))  # fmt: skip
