"""Approves a dossier as the service does, and dies on the way. A process of its own: `python -m tests.geo_service.dossiers.dying`.

Each line of standard input is a JSON object {url, folder, secret, dossier, revision, digest, mode, at}. It forks; the child decides on the dossier and,
at its `at`-th exchange with the database (statements, savepoints and COMMIT alike), kills itself before asking (`before`), after the answer came (`after`),
or the server's process that works for it (`server`); with `later` the server's process dies `at` microseconds after the first exchange, wherever in a
statement it is then. The answer is one line: how the child ended, and how many exchanges it made.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from geo_service.accounts.sessions import enter
from geo_service.database import address_of
from geo_service.dossiers import service
from geo_service.dossiers.schemas import ActIn
from geo_service.personal.vault import Vault
from geo_service.settings import Settings
from layers.crs import FabricCrs


class Mortal(psycopg.Connection[Any]):
    """A connection whose every exchange with the server may be the last."""

    exchanges = 0
    at = 0
    mode = ""

    def wait(self, *args: Any, **kwargs: Any) -> Any:
        self.exchanges += 1
        mine = self.exchanges == self.at
        if mine and self.mode == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        if mine and self.mode == "server":
            os.kill(self.info.backend_pid, signal.SIGKILL)
        answer = super().wait(*args, **kwargs)
        if mine and self.mode == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def approve(order: dict[str, Any]) -> int:
    """The route's transaction, from its first statement to COMMIT; how many exchanges it took."""
    settings = Settings(database_url=order["url"], data_dir=order["folder"])
    address = address_of(order["url"], "geo_service", settings)
    conn = Mortal.connect(address, row_factory=dict_row)
    conn.exchanges, conn.at, conn.mode = 0, order["at"], order["mode"]
    account = enter(conn, order["secret"], demo=True)
    assert account is not None
    if order["mode"] == "later":
        threading.Timer(order["at"] / 1e6, os.kill, (conn.info.backend_pid, signal.SIGKILL)).start()
    body = ActIn(revision=order["revision"], digest=order["digest"])
    service.act(
        conn, FabricCrs(5897), Vault(settings.personal_secret()), account, UUID(order["dossier"]), "approve", body
    )
    conn.commit()
    return conn.exchanges


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            try:
                made = approve(order)
            except psycopg.OperationalError:
                os._exit(7)  # the server went away
            except BaseException as error:  # noqa: BLE001
                print(repr(error)[:2000], file=sys.stderr, flush=True)
                os._exit(9)
            os.write(write, str(made).encode())
            os._exit(0)
        os.close(write)
        _, status = os.waitpid(child, 0)
        said = os.read(read, 100).decode()
        os.close(read)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status), "exchanges": int(said or 0)}), flush=True)


if __name__ == "__main__":
    main()
