"""`geo-service partners-key` and `partners-simulate`: what partners are given, and partners to try things with."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from geo_service.cli.common import fail, load_settings


def key() -> None:
    """Show the public key that partners check our messages with (a JWK, RFC 8037)."""
    settings = load_settings()
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": settings.partner_signer().public, "alg": "Ed25519", "use": "sig"}
    typer.echo(json.dumps(jwk))


def simulate(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8090,
    folder: Annotated[Path | None, typer.Option(help="Where their keys and books are kept.")] = None,
    service: Annotated[str, typer.Option(help="Address of the service they talk to.")] = "http://127.0.0.1:8000",
    service_key: Annotated[
        str | None, typer.Option(help="The service's public key; default: this folder's own.")
    ] = None,
    answer_after: Annotated[float, typer.Option(min=0, help="Seconds until the tax office answers.")] = 3.0,
    with_parent: Annotated[bool, typer.Option(hidden=True, help="End when standard input is closed.")] = False,
) -> None:
    """Simulate the four partners, for trying things. Prints GEO_PARTNERS for the service. / Mô phỏng bốn đối tác để thử."""
    import uvicorn

    from geo_service import logs
    from geo_service.dossiers.partners.simulators.app import create_simulators
    from geo_service.dossiers.partners.simulators.running import FOLDER, book_for, signers

    settings = load_settings()
    if settings.production:
        fail("partners are not simulated in production.", "không mô phỏng đối tác trong môi trường vận hành thật.")
    logs.configure(settings)
    folder = folder or settings.data_dir / FOLDER
    app = create_simulators(
        folder,
        signers(folder),
        service=service,
        service_name=settings.partner_name,
        service_key=service_key or settings.partner_signer().public,
        answer_after=answer_after,
    )
    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    else:
        typer.echo(f"GEO_PARTNERS='{book_for(folder, f'http://127.0.0.1:{port}')}'")
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )


def _end_with_parent() -> None:
    """Whoever started us holds the other end of our standard input, for as long as they live."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)
