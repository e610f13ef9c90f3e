"""Settings: read from the environment, checked, and listed in the README."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.errors import ConvscopeError
from shared.settings import Settings, get_settings, keras_home

README = Path(__file__).parents[2] / "README.md"
MEGABYTE = 1024 * 1024


def _variable(field: str) -> str:
    return "REDIS_URL" if field == "redis_url" else f"CONVSCOPE_{field.upper()}"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An environment that sets nothing of ours; the process's settings are read anew before and after."""
    for name in [n for n in os.environ if n.startswith("CONVSCOPE_") or n == "REDIS_URL"]:
        monkeypatch.delenv(name)
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_listed_in_the_readme(field: str) -> None:
    assert _variable(field) in README.read_text(), f"README.md says nothing of {_variable(field)}"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_is_described(field: str) -> None:
    assert Settings.model_fields[field].description


def test_an_empty_environment_gives_the_embedded_server(environment: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert settings.redis_url is None
    assert settings.server_folder == Path("data").absolute() / "redis"
    assert settings.files_address == str(Path("data").absolute() / "files")


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("redis_url", "redis://:pw@host:6379/2", "redis://:pw@host:6379/2"),
        ("data", "/srv/convscope", Path("/srv/convscope")),
        ("files_url", "s3://bucket/convscope", "s3://bucket/convscope"),
        ("cache_budget", str(64 * MEGABYTE), 64 * MEGABYTE),
        ("job_timeout", "3600", 3600),
        ("user", "mira", "mira"),
    ],
)
def test_the_environment_is_read(environment: pytest.MonkeyPatch, field: str, text: str, value: object) -> None:
    environment.setenv(_variable(field), text)
    assert getattr(Settings(), field) == value


def test_the_file_stores_address_goes_before_the_data_folder(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CONVSCOPE_FILES_URL", "s3://bucket")
    assert Settings().files_address == "s3://bucket"


def test_settings_are_read_once(environment: pytest.MonkeyPatch) -> None:
    first = get_settings()
    environment.setenv("CONVSCOPE_USER", "later")
    assert get_settings() is first


def test_keras_is_where_keras_itself_is(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("KERAS_HOME", str(tmp_path))
    assert keras_home() == tmp_path
    environment.delenv("KERAS_HOME")
    environment.setenv("HOME", str(tmp_path))
    assert keras_home() == tmp_path / ".keras"
    environment.setenv("HOME", "/nowhere")
    assert keras_home() == Path("/tmp/.keras"), "as Keras does where a home cannot be written to"


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().user = "x"


@pytest.mark.parametrize(
    ("variable", "text", "expected"),
    [
        ("CONVSCOPE_CACHE_BUDGET", "2 GB", "valid integer"),
        ("CONVSCOPE_CACHE_BUDGET", "1", f"greater than or equal to {MEGABYTE}"),
        ("CONVSCOPE_JOB_TIMEOUT", "0", "greater than or equal to 10"),
    ],
)
def test_a_wrong_value_names_its_variable(
    environment: pytest.MonkeyPatch, variable: str, text: str, expected: str
) -> None:
    environment.setenv(variable, text)
    with pytest.raises(ConvscopeError) as caught:
        get_settings()
    assert f"Expected {variable} to be" in str(caught.value)
    assert expected in str(caught.value)
    assert f"Received: {text!r}. Change it in the environment." in str(caught.value)


def test_a_wrong_address_is_not_shown_for_it_may_hold_a_password(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REDIS_URL", ":hush@localhost:6379")
    with pytest.raises(ConvscopeError, match="Expected REDIS_URL to be an address that begins with redis://") as caught:
        get_settings()
    assert "hush" not in str(caught.value)


def test_an_empty_address_means_none(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REDIS_URL", "")
    assert not get_settings().redis_url
