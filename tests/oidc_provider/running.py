"""The provider as its own process: `with running(clients=[client(...)], users={...}) as provider:`.

Its sign-in page has inputs `login` and `password` and a submit button, so a browser can use it; `Provider.sign_in` does the same without one.
Plain HTTP on localhost. Packages are installed at the first start, with the Node that builds the browser application.
"""

from __future__ import annotations

import json
import queue
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
from joserfc.jwk import ECKey, RSAKey

from tests.serving import free_port

HERE = Path(__file__).resolve().parent
START = 180  # s, with packages to install
WEAK, STRONG = "loa-low", "loa-high"
CLIENT, CLIENT_PASSPHRASE = "geo-service", "only the test provider knows"
FORM = re.compile(r'<form method="post" action="([^"]+/login)"')


@dataclass(frozen=True)
class User:
    """Somebody the provider knows. Claims are given at the userinfo endpoint, with `signed_claims` in the ID token too."""

    sub: str
    password: str = "a password for tests"
    acr: str | None = WEAK
    claims: Mapping[str, Any] = field(default_factory=dict)


def client(redirect_uri: str, **more: Any) -> dict[str, Any]:
    """Our service as the provider knows it (dynamic client registration's names)."""
    return {
        "client_id": CLIENT,
        "client_secret": CLIENT_PASSPHRASE,
        "redirect_uris": [redirect_uri],
        "response_types": ["code"],
        "grant_types": ["authorization_code"],
        **more,
    }


def settings_for(issuer: str, redirect_uri: str | None = None) -> dict[str, Any]:
    """Our side of the same: settings by name (`GEO_` in front and upper case for the environment)."""
    return {
        "oidc_issuer": issuer,
        "oidc_name": "Test provider",
        "oidc_client_id": CLIENT,
        "oidc_client_secret": CLIENT_PASSPHRASE,
        "oidc_redirect_uri": redirect_uri,
        "oidc_acr_levels": f"{WEAK} {STRONG}",
        "oidc_acr_strong": STRONG,
        "oidc_claim_identity": "citizen_id",
        "oidc_claim_verified": "citizen_id_verified",
    }


def new_keys() -> list[RSAKey | ECKey]:
    """One signing key for each family of algorithms; slow, so a run of tests makes them once."""
    return [
        RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}, private=True),
        ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}, private=True),
    ]


@dataclass(frozen=True)
class Provider:
    """A provider that runs. `keys` are its private ones: who holds them can say anything in its name."""

    issuer: str
    port: int
    keys: Sequence[RSAKey | ECKey]
    users: Mapping[str, User]

    def sign_in(self, address: str, login: str, password: str | None = None) -> str:
        """What a person does at the provider: from the address we sent them to, to the address they are sent back to (not visited)."""
        with httpx.Client(timeout=10) as browser:
            answer = self._follow(browser, browser.get(address))
            while form := FORM.search(answer.text):
                sent = {"login": login, "password": password or self.users[login].password}
                answer = self._follow(browser, browser.post(urljoin(str(answer.url), unescape(form[1])), data=sent))
                assert "Wrong login" not in answer.text
            assert answer.is_redirect, answer.text
            return urljoin(str(answer.url), answer.headers["location"])

    def cancel(self, address: str) -> str:
        """The person presses cancel instead."""
        with httpx.Client(timeout=10) as browser:
            answer = self._follow(browser, browser.get(address))
            form = FORM.search(answer.text)
            assert form is not None
            answer = browser.post(urljoin(str(answer.url), form[1].replace("/login", "/abort")))
            answer = self._follow(browser, answer)
            return urljoin(str(answer.url), answer.headers["location"])

    def _follow(self, browser: httpx.Client, answer: httpx.Response) -> httpx.Response:
        while answer.is_redirect:
            there = urljoin(str(answer.url), answer.headers["location"])
            if not there.startswith(self.issuer):
                break
            answer = browser.get(there)
        return answer


@contextmanager
def running(
    *,
    clients: Sequence[Mapping[str, Any]],
    users: Mapping[str, User],
    keys: Sequence[RSAKey | ECKey] | None = None,
    issuer: str | None = None,
    signed_claims: bool = False,
) -> Iterator[Provider]:
    """A provider from `with` to its end. `issuer` is given where something else stands in front of it."""
    port = free_port()
    provider = Provider(issuer or f"http://localhost:{port}", port, keys or new_keys(), users)
    config = {
        "issuer": provider.issuer,
        "port": port,
        "clients": list(clients),
        "jwks": {"keys": [key.as_dict(private=True) for key in provider.keys]},
        "acr_values": [WEAK, STRONG],
        "users": {
            login: {"password": user.password, "sub": user.sub, "acr": user.acr, "claims": dict(user.claims)}
            for login, user in users.items()
        },
        "signed_claims": signed_claims,
    }
    process = subprocess.Popen(
        ["bash", str(HERE / "start.sh")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(config) + "\n")
        process.stdin.flush()
        _wait_until_ready(process)
        yield provider
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[str]) -> None:
    """Reads what the process says, for as long as it says anything, so that it never waits for us."""
    ready: queue.Queue[str | None] = queue.Queue()
    said: list[str] = []

    def listen() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                said.append(line)
                if line == "ready\n":
                    ready.put(line)
        ready.put(None)

    threading.Thread(target=listen, daemon=True).start()
    try:
        began = ready.get(timeout=START)
    except queue.Empty:
        began = None
    if began is None:
        raise AssertionError(f"the test provider does not start: {''.join(said)[-2000:]}")
