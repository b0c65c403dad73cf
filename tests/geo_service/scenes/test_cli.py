"""`geo-service imagery add | list | remove` as people run it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Databases
from tests.geo_service.scenes.conftest import rgb
from tests.imagery.scenes.deliveries import ramp, sentinel_2, write_tif


@pytest.fixture(scope="module")
def environment(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": databases.create(),
        "GEO_DATA_DIR": str(tmp_path_factory.mktemp("cli") / "data"),
    }


def run(environment: dict[str, str], *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "geo_service", "imagery", *map(str, words)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def files(environment: dict[str, str]) -> list[Path]:
    return [path for path in (Path(environment["GEO_DATA_DIR"]) / "images").rglob("*") if path.is_file()]


def test_scenes_are_added_listed_and_removed(environment: dict[str, str], tmp_path: Path) -> None:
    safe = sentinel_2(tmp_path, scl=np.full((48, 48), 4, np.uint8))
    bad = write_tif(tmp_path / "nowhere_20240506.tif", rgb(1), crs=None)
    ortho = write_tif(tmp_path / "ortho_20240506.tif", rgb(2), size=1)
    done = run(environment, "add", safe, bad, ortho, "--private", "--licence", "CC-BY-4.0")
    assert done.returncode == 1  # one of them was refused
    assert (
        "S2A_MSIL2A_20240203T032941_N0510_R018_T48QWJ_20240203T032941: 2024-02-03, sentinel-2-l2a, 96 × 96 px of 10 m"
        in done.stdout
    )
    assert "ortho_20240506: 2024-05-06, orthophoto" in done.stdout
    assert "nowhere_20240506.tif: The picture does not say where it lies" in done.stderr and "hệ tọa độ" in done.stderr
    assert "The date was taken from the file's name." in done.stderr
    listed = json.loads(run(environment, "list", "--json").stdout)
    assert [(one["sensor"], one["public"], one["licence"]) for one in listed] == [
        ("orthophoto", False, "CC-BY-4.0"), ("sentinel-2-l2a", False, "CC-BY-4.0"),
    ]  # fmt: skip
    removed = run(environment, "remove", listed[0]["code"], listed[1]["id"])
    assert removed.returncode == 0 and removed.stdout.count("Removed") == 2
    assert files(environment) == []
    gone = run(environment, "remove", listed[0]["code"])
    assert gone.returncode == 1 and "There is no such scene" in gone.stderr


def test_ctrl_c_leaves_nothing_and_a_terminal_sees_a_bar(environment: dict[str, str], tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 4_000, 4_000), np.uint8)
    big = write_tif(tmp_path / "big.tif", noise, size=0.1)
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "geo_service", "imagery", "add", str(big), "--datetime", "2024-05-06"]
    process = subprocess.Popen(
        command, env=environment, stderr=theirs, stdout=subprocess.DEVNULL, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    while b"read" not in seen and process.poll() is None:
        seen += os.read(ours, 4096)
    assert process.poll() is None, seen
    process.send_signal(signal.SIGINT)
    while True:
        try:
            seen += os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
    assert process.wait(30) == 130
    assert "big.tif" in seen.decode() and "nothing was kept" in seen.decode()
    assert files(environment) == []


def test_a_killed_command_is_swept_by_the_next(environment: dict[str, str], tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (3, 3_000, 3_000), np.uint8)
    command = [
        sys.executable,
        "-m",
        "geo_service",
        "imagery",
        "add",
        str(write_tif(tmp_path / "big.tif", noise, size=0.1)),
        "--datetime",
        "2024-05-06",
    ]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    while not files(environment) and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert files(environment)
    small = write_tif(tmp_path / "small.tif", ramp(20, 20)[np.newaxis])
    done = run(environment, "add", small, "--datetime", "2024-05-06", "--json")
    (added,) = json.loads(done.stdout)
    assert [note["code"] for note in added["notes"]] == ["one-band"]
    assert {path.parent.name for path in files(environment)} == {added["id"]}
    assert run(environment, "remove", added["code"]).returncode == 0
