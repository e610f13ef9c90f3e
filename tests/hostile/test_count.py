"""How many inputs `python -m tests.hostile` gives to how many parsers."""

from pathlib import Path

from tests.hostile.__main__ import groups


def test_there_are_more_than_300_inputs_for_every_parser(tmp_path: Path) -> None:
    found = {what.partition(":")[2]: len(given) for what, given, _ in groups(tmp_path)}
    parsers = {"decode_base64", "read_spec", "read_field", "model", "picture", "labels", "data_set", "read_file"}
    assert set(found) == parsers and sum(found.values()) >= 300
