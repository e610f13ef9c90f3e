"""A team's installation in real containers: it comes up, works, is killed, restarted, cut off and brought up to date.

`make docker` runs it. Images are built from this checkout first, unless CONVSCOPE_TEST_IMAGES=built says that they are.
"""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.settings import Settings
from tests.fixtures.compose_file import COMPOSE, ROOT, services
from tests.fixtures.containers import Team, docker, own_container, why_no_engine

pytestmark = [pytest.mark.docker, pytest.mark.timeout(3600)]
MB = 1_000_000
LARGEST = {"dashboard": 600 * MB, "worker": 1800 * MB}
IMAGES = {part: services()[name]["image"] for part, name in (("dashboard", "dashboard"), ("worker", "batch"))}
SETTINGS = {
    "CONVSCOPE_CACHE_BUDGET": "1073741824",
    "CONVSCOPE_ADMINS": "ada@example.org",
    "CONVSCOPE_SPARE_ENGINE": "0",
}
ATLAS = (
    "model='keras/mobilenetv2/random', layer='block_2_expand_relu', size=64, precision='float32', "
    "channels='0-{last}', steps={steps}, seed={seed}"
)
# SIGKILL to every process of a container but its init, as the kernel does for want of memory.
KILL_ALL = "import os; os.kill(-1, 9)"


@pytest.fixture(scope="module", autouse=True)
def images() -> None:
    """Both images, of this checkout."""
    if reason := why_no_engine():
        pytest.skip(reason)
    if os.environ.get("CONVSCOPE_TEST_IMAGES") != "built":
        for part, image in IMAGES.items():
            docker("build", "--file", str(ROOT / f"deploy/{part}.Dockerfile"), "--tag", image, str(ROOT), seconds=3600)


@pytest.fixture(scope="module")
def team(images: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """All services with two batch workers."""
    made = Team(tmp_path_factory.mktemp("team"), SETTINGS)
    try:
        made.start(batch=2)
        yield made
    finally:
        made.remove()


@pytest.fixture
def whole(team: Team) -> Team:
    """The same, recovered from whatever the test before did to it."""
    team.wait_until(team.healthy, 300, "healthy")
    team.wait_until(lambda: team.ready()[0] == 200, 60, "ready")
    # A worker reports, and is healthy, long before it is warm where the machine is busy.
    states = "print(json.dumps(sorted(w.state for w in client.store.workers.all())))"
    team.wait_until(lambda: team.python(states) == ["idle"] * 3, 900, "idle")
    return team


def atlas(seed: int, last: int = 47, steps: int = 64) -> str:
    return ATLAS.format(seed=seed, last=last, steps=steps)


def over(team: Team, key: str) -> bool:
    return team.run(key)["status"] not in ("queued", "running")


@pytest.mark.parametrize("part", IMAGES)
def test_images_are_no_larger_than_they_need_be(part: str) -> None:
    size = int(docker("image", "inspect", "--format", "{{.Size}}", IMAGES[part]))
    print(f"\nimage of the {part}: {size / MB:.0f} MB")
    assert size <= LARGEST[part]


@pytest.mark.parametrize("part", IMAGES)
def test_every_module_of_an_image_can_be_imported_and_is_compiled(part: str) -> None:
    """What deploy/trim.py removes must not be missed, and nobody may write compiled code later."""
    script = f"""
import importlib, pathlib, pkgutil
for root in ("shared", {part!r}):
    for module in pkgutil.walk_packages(importlib.import_module(root).__path__, root + "."):
        if not module.name.endswith(("__main__", ".page")):  # a page is a script
            importlib.import_module(module.name)
sources = [p for r in ("shared", {part!r}) for p in pathlib.Path("/app", r).rglob("*.py")]
print(len(sources), [str(p) for p in sources if not list(p.parent.glob(f"__pycache__/{{p.stem}}.*.pyc"))])
"""
    said = docker("run", "--rm", "--interactive", "--network", "none", "--read-only", "--tmpfs", "/tmp", IMAGES[part],
                  "python", "-", stdin=script)  # fmt: skip
    count, _, left = said.strip().splitlines()[-1].partition(" ")
    assert int(count) > 100 and left == "[]"


def test_all_services_come_up_healthy(whole: Team) -> None:
    names = sorted(c["Config"]["Labels"]["com.docker.compose.service"] for c in whole.containers())
    assert names == ["batch", "batch", "dashboard", "interactive", "redis"]
    assert whole.ready() == (200, {"store": True, "workers": 3, "reason": ""})
    assert all(c["RestartCount"] == 0 for c in whole.containers())


def test_settings_reach_the_containers_that_need_them(whole: Team) -> None:
    """Asked of the programs, not of the file."""
    script = "from shared.settings import get_settings; print(get_settings().model_dump_json())"
    seen = {name: whole.python(script, name) for name in ("dashboard", "interactive", "batch")}
    assert {one["cache_budget"] for one in seen.values()} == {1024**3}
    assert seen["dashboard"]["admins"] == "ada@example.org"
    assert seen["batch"]["admins"] == Settings.model_fields["admins"].default
    assert {one["data"] for one in seen.values()} == {"/data"}


def test_a_worker_is_healthy_by_a_file_that_its_reports_touch(whole: Team) -> None:
    check = services()["batch"]["healthcheck"]["test"][1:]
    begun = time.monotonic()
    whole.compose("exec", "--no-TTY", "batch", *check)
    print(f"\na health check, with Compose's own start: {time.monotonic() - begun:.2f} s")
    remove = "import pathlib; [p.unlink() for p in pathlib.Path('/data/alive').glob('*.interactive')]; print(0)"
    whole.python(remove, "interactive")
    asked = lambda: whole.compose("exec", "--no-TTY", "interactive", *check[:-1], "interactive", check=False)  # noqa: E731
    whole.wait_until(lambda: "no interactive" not in asked(), 30, "a file touched anew")


def test_doctor_asks_in_an_image_only_for_what_belongs_there(whole: Team) -> None:
    said = whole.compose("exec", "--no-TTY", "dashboard", "convscope", "doctor")
    assert "streamlit" in said and "tensorflow" not in said.lower() and "keras:" not in said
    lacks = [line for line in said.splitlines() if line.startswith("lack")]
    assert not [line for line in lacks if "disk" not in line and "weights" not in line]
    assert "tensorflow" in whole.compose("exec", "--no-TTY", "batch", "convscope", "doctor").lower()


def test_a_killed_worker_costs_its_batch_and_no_attempt(whole: Team) -> None:
    """The container dies as by the kernel's hand, starts again, and no other one is restarted over it."""
    before = {c["Id"]: c["RestartCount"] for c in whole.containers()}
    key = whole.submit(atlas(seed=1, steps=384))
    shared = f"print(json.dumps(sum(w.run == {key!r} for w in client.store.workers.all())))"
    whole.wait_until(lambda: whole.run(key)["done"] >= 6 or over(whole, key), 300, "parts")
    whole.wait_until(lambda: whole.python(shared) == 2 or over(whole, key), 120, "shared by two")
    victim = whole.containers("batch")[0]
    docker("exec", victim["Id"], "python", "-c", KILL_ALL, check=False)
    assert not over(whole, key), "too late to disturb it"
    whole.wait_until(lambda: over(whole, key), 1200, "over")
    run = whole.run(key)
    assert (run["status"], run["done"], run["total"], run["attempts"]) == ("complete", 48, 48, 1), run
    whole.wait_until(whole.healthy, 300, "healthy")
    restarts = {c["Id"]: c["RestartCount"] - before[c["Id"]] for c in whole.containers()}
    assert restarts.pop(victim["Id"]) == 1 and set(restarts.values()) == {0}


def test_an_outage_of_the_server_is_told_once_and_costs_nothing(whole: Team) -> None:
    """Half a minute without it, in the middle of an atlas."""
    key = whole.submit(atlas(seed=2, steps=128))
    whole.wait_until(lambda: whole.run(key)["done"] >= 3 or over(whole, key), 300, "parts")
    (server,) = whole.containers("redis")
    docker("kill", server["Id"])
    cut_off = time.time()
    whole.wait_until(lambda: whole.ready()[0] == 503, 30, "not ready")
    time.sleep(30)
    lines = {name: whole.log_lines(name, cut_off) for name in ("batch", "interactive")}
    docker("start", server["Id"])
    whole.wait_until(lambda: whole.ready()[0] == 200, 180, "ready")
    whole.wait_until(lambda: over(whole, key), 600, "over")
    assert whole.run(key)["status"] == "complete", whole.run(key)
    print(f"\nlines in 30 s of outage: {len(lines['batch'])} of two batch workers, {len(lines['interactive'])} of one")
    assert len(lines["batch"]) <= 20 and len(lines["interactive"]) <= 10, "\n".join(
        lines["batch"] + lines["interactive"]
    )


def test_a_container_with_two_variables_works(whole: Team) -> None:
    """No volume, no other setting: a worker anywhere, by the server's address and that of the files."""
    given = {"REDIS_URL": f"redis://:{whole.password}@redis:6379/0", "CONVSCOPE_FILES_URL": "file:///tmp/files"}
    with own_container(whole, IMAGES["worker"], "convscope", "worker", "--workers", "batch=1", environment=given) as it:
        host = docker("inspect", "--format", "{{.Config.Hostname}}", it).strip()
        asked = f"print(json.dumps([w.state for w in client.store.workers.all() if w.host == {host!r}]))"
        whole.wait_until(lambda: whole.python(asked) == ["idle"], 300, "idle")
        docker("exec", it, *services()["batch"]["healthcheck"]["test"][1:])


def test_workers_of_two_releases_stand_side_by_side(whole: Team) -> None:
    """A rolling update: a new worker joins, the old ones end in the middle of an atlas, and nothing is begun anew."""
    newer = f"{IMAGES['worker'].partition(':')[0]}:next"
    older, script = "/app/pyproject.toml", "sed -i 's/^version = .*/version = \"0.2.0\"/'"
    docker("build", "--tag", newer, "-", stdin=f"FROM {IMAGES['worker']}\nUSER 0\nRUN {script} {older}\nUSER 10001\n")
    given = {"REDIS_URL": f"redis://:{whole.password}@redis:6379/0", "CONVSCOPE_SPARE_ENGINE": "0"}
    command = ("convscope", "worker", "--workers", "batch=1")
    with own_container(whole, newer, *command, environment=given) as it:
        host = docker("inspect", "--format", "{{.Config.Hostname}}", it).strip()
        asked = f"print(json.dumps([w.state for w in client.store.workers.all() if w.host == {host!r}]))"
        whole.wait_until(lambda: whole.python(asked) == ["idle"], 300, "idle")
        key = whole.submit(atlas(seed=3, steps=128))
        whole.wait_until(lambda: whole.python(asked) == ["busy"] or over(whole, key), 120, "joined")
        assert not over(whole, key)
        whole.compose("stop", "batch")
        whole.wait_until(lambda: over(whole, key), 900, "over")
        run = whole.run(key)
    whole.compose("start", "batch")
    assert (run["status"], run["done"], run["attempts"]) == ("complete", 48, 1), run


def test_a_checkout_that_only_its_owner_reads_makes_images_that_work(images: None, tmp_path: Path) -> None:
    """umask 077: code that nobody but its owner reads must be readable inside, where nobody is its owner."""
    for name in ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "client", ".streamlit", "shared",
                 "dashboard", "deploy", ".dockerignore"):  # fmt: skip
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, tmp_path / name)
    for name in ("shared", "dashboard", ".streamlit", "deploy"):
        subprocess.run(["chmod", "--recursive", "go-rwx", str(tmp_path / name)], check=True)
    tag = "convscope-dashboard:umask"
    docker("build", "--file", str(tmp_path / "deploy/dashboard.Dockerfile"), "--tag", tag, str(tmp_path), seconds=3600)
    assert "--port" in docker("run", "--rm", "--network", "none", tag, "convscope", "dashboard", "--help")
    docker("run", "--rm", "--network", "none", tag, "python", "-m", "dashboard", "--help")
    docker("image", "rm", tag)


@pytest.mark.parametrize("readable", [True, False])
def test_a_server_whose_configuration_cannot_be_read_does_not_start(
    images: None, tmp_path: Path, readable: bool
) -> None:
    """It would run without append-only file and limits. Of a umask-077 checkout, it says what to do."""
    shutil.copy2(COMPOSE, tmp_path / COMPOSE.name)
    (tmp_path / "deploy").mkdir()
    config = tmp_path / "deploy" / "valkey.conf"
    shutil.copy2(ROOT / "deploy" / "valkey.conf", config)
    config.chmod(0o644 if readable else 0o600)
    tmp_path.chmod(0o755)
    team = Team(tmp_path, {}, tmp_path)
    try:
        team.compose("up", "--detach", "--no-build", "redis")
        if readable:
            team.wait_until(team.healthy, 90, "healthy")
            return
        team.wait_until(lambda: team.containers("redis")[0]["RestartCount"] > 0, 60, "tried again")
        said = " ".join(team.log_lines("redis", 0))
        assert "chmod a+r deploy/valkey.conf" in said and "Ready to accept" not in said
        assert not team.healthy()
    finally:
        team.remove()


def test_what_is_left_of_all_this_is_nothing(team: Team) -> None:
    """The last one: the installation ends in good order, and its volumes go with it."""
    begun = time.monotonic()
    team.compose("stop")
    print(f"\nall services stopped in {time.monotonic() - begun:.1f} s")
    codes = {c["Name"]: c["State"]["ExitCode"] for c in team.containers()}
    assert set(codes.values()) <= {0, 143}, json.dumps(codes)
    team.remove()
    assert docker("volume", "ls", "--quiet", "--filter", f"name={team.name}") == ""
