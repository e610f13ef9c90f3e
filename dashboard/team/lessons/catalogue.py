"""LESSONS: the lessons that come with Convscope, in their order."""

from functools import lru_cache
from pathlib import Path

from dashboard.team.lessons.lesson import Lesson, read_lesson

LESSONS = (
    "convolution_on_a_cat",
    "convolution_layer",
    "from_71_to_97",
    "what_a_network_sees",
    "how_convnets_see",
)


@lru_cache(maxsize=1)
def lessons() -> dict[str, Lesson]:
    """Lessons by their names in an address."""
    read = [read_lesson(Path(__file__).with_name(f"{name}.md")) for name in LESSONS]
    return {lesson.place["lesson"]: lesson for lesson in read}
