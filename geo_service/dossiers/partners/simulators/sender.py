"""Saying what simulated partners have to say: a thread that posts what is due, again and again until it is taken or refused."""

from __future__ import annotations

import secrets
import threading
from types import TracebackType
from typing import Any, Self

import httpx

from geo_service.dossiers.partners.config import Code
from geo_service.dossiers.partners.signing import MEDIA_TYPE, Signer
from geo_service.dossiers.partners.simulators.store import Store

LOOK_EVERY = 0.1  # s
LONGEST_PAUSE = 30.0  # s


class Sender:
    """Works from `with` to its end."""

    def __init__(self, store: Store, service: str, service_name: str, signers: dict[Code, Signer]) -> None:
        self._store = store
        self._service = service.rstrip("/")
        self._audience = service_name
        self._signers = signers
        self._forgers = {code: Signer.of(code, secrets.token_bytes(32)) for code in signers}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="simulated-partners", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=10)

    def _work(self) -> None:
        with httpx.Client(timeout=5, trust_env=False) as client:
            while not self._ended.wait(LOOK_EVERY):
                for message in self._store.due():
                    status = None
                    for _ in range(message["copies"]):
                        status = self._say(client, message)
                    over = status is not None and status != 429 and status < 500
                    again = None if over else min(LONGEST_PAUSE, 0.5 * 2.0 ** min(message["tries"], 10))
                    self._store.said(message["number"], status, again)
                    if self._ended.is_set():
                        return

    def _say(self, client: httpx.Client, message: dict[str, Any]) -> int | None:
        code: Code = message["partner"]
        signer = (self._forgers if message["forged"] else self._signers)[code]
        token = signer.sign(self._audience, message["jti"], message["kind"], message["dossier"], message["data"])
        address = f"{self._service}/api/partners/{code}/messages"
        try:
            return client.post(address, content=token, headers={"Content-Type": MEDIA_TYPE}).status_code
        except httpx.HTTPError:
            return None
