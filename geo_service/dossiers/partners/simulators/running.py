"""Starting the simulated partners as a process of its own, and what the service has to know of them."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from geo_service.dossiers.partners.config import CODES, Code
from geo_service.dossiers.partners.signing import Signer
from geo_service.settings import Settings, private_file
from layers.errors import Problem

FOLDER = "simulated-partners"
START_SECONDS = 30.0


class SimulatorError(Problem):
    """The simulated partners do not start."""

    status = 500
    title = "The simulated partners do not start"
    title_vi = "Không khởi động được các đối tác mô phỏng"


def signers(folder: Path) -> dict[Code, Signer]:
    """The partners' keys, made at first need and kept in `folder` (mode 600)."""
    return {
        code: Signer.of(code, bytes.fromhex(private_file(folder / f"{code}.key", lambda: secrets.token_hex(32))))
        for code in CODES
    }


def book_for(folder: Path, address: str) -> str:
    """GEO_PARTNERS for simulators at `address` with their books in `folder`."""
    known = signers(folder)
    return json.dumps(
        {code: {"address": f"{address}/{code}", "keys": [signer.public]} for code, signer in known.items()}
    )


@contextmanager
def simulated(settings: Settings, service_port: int) -> Iterator[str]:
    """The partners as a process, from `with` to its end; GEO_PARTNERS for them. The process ends with this one, however that ends."""
    folder, port = settings.data_dir / FOLDER, _free_port()
    address = f"http://127.0.0.1:{port}"
    book = book_for(folder, address)
    env = {**os.environ, "GEO_DATA_DIR": str(settings.data_dir), "GEO_PARTNER_NAME": settings.partner_name}
    command = [
        sys.executable, "-m", "geo_service", "partners-simulate", "--port", str(port), "--folder", str(folder),
        "--service", f"http://127.0.0.1:{service_port}", "--service-key", settings.partner_signer().public, "--with-parent",
    ]  # fmt: skip
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, start_new_session=True) as process:
        try:
            _wait(process, address)
            yield book
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and process.poll() is None:
        try:
            if httpx.get(f"{address}/health", timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise SimulatorError(
        "simulator",
        f"The simulated partners do not answer at {address}.",
        f"Đối tác mô phỏng không trả lời tại {address}.",
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
