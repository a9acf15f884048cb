"""The page on installing, typed as it is written as far as a machine without its administrator can.

What is left out: blocks with ``$`` (the administrator's), and the one line that fetches the dependencies;
those of the environment that runs the tests stand in. Neither Docker nor nginx nor CouchDB is started: it is
checked that their files can be read, and that they agree with the program and with each other.
"""

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest
import yaml

from hub.settings import Settings
from tests.system.conftest import SAMPLE
from tests.system.test_readme import ROOT, Shell, free_port, wait_for_hub

PAGE = (ROOT / "docs" / "operate" / "install.md").read_text(encoding="utf-8")
DEPLOY = ROOT / "deploy"
LINES = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)).splitlines()
FETCHES = "--require-hashes"
PLACES = ("/opt/tovay", "/srv/tovay", "/etc/tovay", "/media/stick")
FILES = ("LICENSE", "README.md", "pyproject.toml")
FOLDERS = ("requirements", "protocol", "calc", "edge", "hub", "provisioning")


@pytest.fixture
def machine(tmp_path):
    """A root folder with what the administrator made, the source and an export."""
    for place in PLACES:
        (tmp_path / place[1:]).mkdir(parents=True)
    for name in ("backup", "checkpoints"):
        (tmp_path / "srv/tovay" / name).mkdir()
    source = tmp_path / "opt/tovay/source"
    source.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(SAMPLE, tmp_path / "srv/tovay/export", ignore=shutil.ignore_patterns("*.py", "late"))
    return tmp_path


@pytest.fixture
def shell(machine, store):
    opened = Shell(machine, free_port(), store)
    opened.type("export TOVAY_NOW=2025-12-03T08:00:00+07:00")
    yield opened
    opened.close()


def test_every_line_of_the_page_works_as_written(shell, machine):
    answers = {}
    for line in LINES:
        if FETCHES in line:
            stand_in(machine / "opt/tovay")
            continue
        typed = line
        for place in PLACES:
            typed = typed.replace(place, f"{machine}{place}")
        status, answers[line] = shell.type(typed)
        assert status == 0, f"{typed}\n{answers[line]}"
        if line.startswith("tovay-hub init"):
            shell.type(f"sed -i 's/^port = .*/port = 8470/' {machine}/srv/tovay/branch/hub.toml")
        if line.startswith("tovay-hub serve"):
            wait_for_hub(machine / f"hub{shell.hubs}.log")
    told = "".join(answers.values())
    assert '"status":"ok"' in told
    assert "NGUYÊN VẸN" in told
    settings = tomllib.loads((machine / "srv/tovay/branch/hub.toml").read_text(encoding="utf-8"))
    assert settings["proxies"] == ["127.0.0.2"]
    files = [path for path in machine.glob("srv/tovay/[bc]*/*") if path.is_file()]
    assert not [path for path in files if path.stat().st_mode & 0o077]


def stand_in(environment):
    """What the pinned requirements would bring: the packages that the tests run with."""
    (site,) = environment.glob("lib/python*/site-packages")
    shutil.rmtree(site / "setuptools")
    (site / "tests.pth").write_text(sysconfig.get_paths()["purelib"])


def unit(name):
    """The lines of a systemd unit: every value of every key."""
    found = {}
    for line in (DEPLOY / "systemd" / name).read_text(encoding="utf-8").splitlines():
        key, is_set, value = line.partition("=")
        if is_set and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("name", sorted(path.name for path in (DEPLOY / "systemd").glob("*.service")))
def test_a_unit_runs_a_command_that_there_is_as_a_user_without_rights(name, machine):
    told = unit(name)
    assert (told["User"], told["NoNewPrivileges"], told["CapabilityBoundingSet"]) == (
        ["tovay"],
        ["yes"],
        [""],
    )
    lines = "\n".join(told["ExecStart"])
    for command in re.findall(r"/opt/tovay/bin/tovay-hub (\w+)", lines):
        helped = subprocess.run(
            [Path(sys.executable).parent / "tovay-hub", command, "--help"], capture_output=True, check=True
        )
        assert b"--dir" in helped.stdout
    assert set(re.findall(r"/srv/tovay/(\w+)", lines)) <= {"branch", "backup", "checkpoints"}


def test_a_hub_whose_store_comes_up_late_is_started_for_as_long_as_it_takes():
    told = unit("tovay-hub.service")
    assert (told["Restart"], told["StartLimitIntervalSec"]) == (["on-failure"], ["0"])


@pytest.mark.parametrize("name", ["tovay-backup", "tovay-checkpoint"])
def test_a_night_on_which_the_store_is_away_for_a_while_is_tried_again(name):
    told = unit(f"{name}.service")
    assert (told["Type"], told["Restart"], told["StartLimitBurst"]) == (["oneshot"], ["on-failure"], ["6"])


def test_the_night_copies_the_store_and_the_register_and_makes_the_roll_up():
    copied = unit("tovay-backup.service")["ExecStart"]
    assert ["tovay-hub backup" in copied[0], "register.sqlite" in copied[1]] == [True, True]
    checked = unit("tovay-checkpoint.service")["ExecStart"]
    assert [re.search(r"tovay-hub (\w+)", line).group(1) for line in checked] == ["checkpoint", "rollup"]


def test_a_day_of_the_timers_is_vietnams_whatever_the_machine_s_clock_shows():
    for name in ("tovay-backup", "tovay-checkpoint"):
        (at,) = unit(f"{name}.timer")["OnCalendar"]
        assert at.endswith(" Asia/Ho_Chi_Minh")
        assert "TZ=Asia/Ho_Chi_Minh" in unit(f"{name}.service")["Environment"]


def test_every_timer_has_its_service_and_is_enabled_on_the_page():
    timers = {path.stem for path in (DEPLOY / "systemd").glob("*.timer")}
    assert timers == {"tovay-backup", "tovay-checkpoint"}
    for timer in timers:
        assert (DEPLOY / "systemd" / f"{timer}.service").exists()
        assert f"{timer}.timer" in PAGE


def test_the_containers_agree_with_the_program_and_hold_no_secret():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    hub, couchdb = compose["services"]["hub"], compose["services"]["couchdb"]
    assert couchdb["image"] == "couchdb:3.5"
    assert couchdb["ports"] == [f"127.0.0.1:{5984}:5984"]
    assert hub["environment"].keys() == {"TOVAY_PASSPHRASE_FILE"}
    assert {*hub["secrets"], *couchdb["secrets"]} == compose["secrets"].keys()
    mounted = {mount.split(":")[0] for service in (hub, couchdb) for mount in service["volumes"]}
    assert mounted == compose["volumes"].keys()
    for secret in compose["secrets"].values():
        assert secret["file"].startswith("./deploy/secrets/")
    assert "deploy/secrets/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    script = couchdb["entrypoint"][2].replace("$$", "$")
    assert subprocess.run(["bash", "-n", "-c", script], check=False).returncode == 0
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert set(re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE)) == {"python:3.11-slim"}
    assert "\nUSER tovay\n" in dockerfile
    volumes = {mount.split(":")[1] for mount in hub["volumes"]}
    assert volumes == set(json.loads(re.search(r"^VOLUME (.*)$", dockerfile, re.MULTILINE).group(1)))
    assert str(Settings().port) in dockerfile


def test_the_image_gets_all_that_the_package_needs_and_nothing_else():
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] == "!"}
    assert kept == {*FILES, *FOLDERS}


def test_the_proxy_passes_the_phones_doors_on_and_says_who_calls():
    site = (DEPLOY / "reverse-proxy" / "nginx.conf").read_text(encoding="utf-8")
    passed = (DEPLOY / "reverse-proxy" / "tovay-pass.conf").read_text(encoding="utf-8")
    assert re.findall(r"location (\S+) {\n +include", site) == ["/v1/", "/receipts", "/static/"]
    assert "location / {\n        return 404;" in site
    assert f"proxy_pass http://127.0.0.1:{Settings().port};" in passed
    assert "proxy_bind 127.0.0.2;" in passed
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in passed
    assert 'proxies = ["127.0.0.2"]' in PAGE
