"""Configuration: the environment, read once into one frozen object."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import InvalidSettings, message

MEGABYTE = 1024 * 1024
# An origin as Content-Security-Policy takes it, which may begin with a wildcard.
SITE = re.compile(r"https?://(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:\d{1,5})?")


class Settings(BaseSettings):
    """What an installation may choose. Every field is an environment variable, listed in the README.

    Sizes are bytes, durations seconds. An empty variable is one that is not set: compose files pass on all of them.
    """

    model_config = SettingsConfigDict(env_prefix="CONVSCOPE_", env_ignore_empty=True, frozen=True, extra="ignore")

    redis_url: str | None = Field(
        default=None,
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="Address of a Redis or Valkey server, 6.2 or newer; without it an own one is started.",
    )
    data: Path = Field(default=Path("data"), description="Folder for models, results and the own server.")
    files_url: str | None = Field(default=None, description="fsspec address of the file store; by default DATA/files.")
    cache_budget: int = Field(default=2048 * MEGABYTE, ge=MEGABYTE, description="Bytes of results kept in Redis.")
    max_upload: int = Field(default=1024 * MEGABYTE, ge=1024, description="Largest model file, in bytes.")
    max_image_upload: int = Field(default=40 * MEGABYTE, ge=1024, description="Largest picture file, in bytes.")
    max_dataset_upload: int = Field(
        default=4096 * MEGABYTE, ge=1024, description="Largest data set, packed and unpacked, in bytes."
    )
    dataset_memory: int = Field(
        default=2048 * MEGABYTE, ge=0, description="Bytes of decoded pictures that training keeps of a split."
    )
    dataset_folders: str = Field(
        default="", description="Folders on the server, separated by ':', below which pages may name a data set."
    )
    max_parameters: int = Field(
        default=500_000_000, ge=1, description="Largest number of weights that a model file may announce."
    )
    modules: str = Field(
        default="", description="Importable modules, with commas, whose registered Keras classes model files may name."
    )
    model_memory: int = Field(
        default=4096 * MEGABYTE, ge=MEGABYTE, description="Bytes of weights an engine keeps warm."
    )
    engine_memory: int = Field(
        default=0,
        ge=0,
        description="Bytes that an engine may take before it is ended; 0: three quarters of what is there.",
    )
    open_seconds: int = Field(
        default=600,
        ge=0,
        description="Seconds of a processor that opening and looking through a model may take; 0: any number.",
    )
    job_timeout: int = Field(default=24 * 3600, ge=10, description="Seconds after which an attempt is stopped.")
    interactive_seconds: int = Field(
        default=5,
        ge=0,
        description="Seconds after which interactive work goes on in the batch queue where others wait; 0: never.",
    )
    person_runs: int = Field(
        default=1000, ge=0, description="Runs of one person that may wait and compute in a queue; 0: any number."
    )
    person_results: int = Field(
        default=0, ge=0, description="Bytes in the cache of results that one person asked for; 0: the budget decides."
    )
    person_files: int = Field(
        default=100 * 1024 * MEGABYTE,
        ge=0,
        description="Bytes of models, pictures, data sets and kept results of one person; 0: any number.",
    )
    person_uploads: int = Field(
        default=50 * 1024 * MEGABYTE, ge=0, description="Bytes that one person may add in 24 hours; 0: any number."
    )
    spare_engine: bool = Field(
        default=True, description="Whether each interactive worker keeps a second engine warm, to go on at once."
    )
    device_memory: int | None = Field(
        default=None, description="Bytes of device memory a batch of channels may use; asked of the device."
    )
    gpu_share: int = Field(
        default=2048 * MEGABYTE, description="Memory limit of the interactive engine on a shared GPU."
    )
    user: str = Field(default="", description="Who asks, shown in the job list; by default the login name.")
    dashboard_url: str = Field(
        default="", description="Address of the dashboard in printed links; by default the one that `up` announces."
    )
    oidc_client_id: str = Field(default="", description="Turns sign-in on: what the identity provider calls this app.")
    oidc_client_secret: str = Field(default="", repr=False, description="The provider's secret for it.")
    oidc_metadata_url: str = Field(
        default="", description="The provider's .../.well-known/openid-configuration address."
    )
    oidc_confirmed: bool = Field(
        default=False, description="The provider gives out confirmed addresses only, and does not say so of each."
    )
    people: str = Field(
        default="", description="Who may enter once signed in: e-mail addresses and domains, with commas."
    )
    admins: str = Field(default="", description="Addresses that may delete and set budgets, with commas.")
    hosts: str = Field(
        default="",
        description="Names by which browsers reach the dashboard, with commas, beside CONVSCOPE_DASHBOARD_URL's.",
    )
    open: bool = Field(
        default=False,
        description="Let everybody who reaches the dashboard do everything: listen beyond this machine "
        "without sign-in.",
    )
    publish: str = Field(
        default="", description="In a container: address and port of its host at which the dashboard is published."
    )
    webhooks: str = Field(
        default="", description="Addresses, with commas, at or below which people may have the end of a run posted."
    )
    embed_sites: str = Field(
        default="", description="Sites, with commas, whose pages may show a share page in a frame: https://HOST."
    )
    secret: str = Field(
        default="", repr=False, description="Signs picture addresses; by default made and kept in DATA."
    )
    offline: bool = Field(
        default=False, description="Workers do not ask whether ImageNet weights can be downloaded; files here count."
    )
    log_level: str = Field(default="INFO", description="Level of the log lines.")

    @field_validator("redis_url")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("an address that begins with redis://, rediss:// or unix://")
        return value

    @field_validator("embed_sites")
    @classmethod
    def _check_sites(cls, value: str) -> str:
        """They become words of a header, so nothing else may pass."""
        if all(SITE.fullmatch(site) for site in _listed(value)):
            return value
        raise ValueError("sites with commas between them, each like https://wiki.example.org or https://*.example.org")

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        """Half a sign-in would be a door that looks shut."""
        rest = {"oidc_client_secret": self.oidc_client_secret, "oidc_metadata_url": self.oidc_metadata_url,
                "people": self.people}  # fmt: skip
        missing = [f"CONVSCOPE_{name.upper()}" for name, value in rest.items() if not value.strip()]
        if self.oidc_client_id and missing:
            raise ValueError(f"accompanied by {', '.join(missing)}, for it turns sign-in on")
        return self

    @property
    def own_modules(self) -> tuple[str, ...]:
        """Modules whose classes model files may name."""
        return _listed(self.modules)

    @property
    def embedding_sites(self) -> tuple[str, ...]:
        """Sites that may show a share page in a frame."""
        return _listed(self.embed_sites)

    @property
    def sign_in(self) -> bool:
        """Whether people sign in."""
        return bool(self.oidc_client_id)

    @property
    def files_address(self) -> str:
        """fsspec address of the file store."""
        return self.files_url or str(self.data.absolute() / "files")

    @property
    def server_folder(self) -> Path:
        """Where the embedded server keeps its append-only file, password and socket address."""
        return self.data.absolute() / "redis"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read from the environment at the first call.

    Raises:
        InvalidSettings: naming every variable that is wrong, what was expected and what was received.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise InvalidSettings("; ".join(_explain(e) for e in error.errors())) from None


def keras_home() -> Path:
    """Folder in which Keras keeps weights and data sets that it downloads: KERAS_HOME, else ~/.keras, as it has it."""
    home = Path.home()
    return Path(os.environ.get("KERAS_HOME", (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"))


def _explain(error: Any) -> str:
    field = str(error["loc"][0]).lower() if error["loc"] else "oidc_client_id"
    variable = "REDIS_URL" if field == "redis_url" else f"CONVSCOPE_{field.removeprefix('convscope_').upper()}"
    reason = error["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    # An address may hold a password.
    received = "something else" if field == "redis_url" else error["input"] if error["loc"] else "it alone"
    return message(f"{variable} to be {reason}", received, "Change it in the environment.")
