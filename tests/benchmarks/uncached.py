"""The service with its tile cache off: `python -m tests.benchmarks.uncached PORT`. Everything else is as it runs."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator

import uvicorn
from fastapi import FastAPI

from geo_service.app import create_app


def create() -> FastAPI:
    app = create_app()
    inner = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        async with inner(application):
            application.state.tiles.cache.limit = 0
            yield

    app.router.lifespan_context = lifespan
    return app


if __name__ == "__main__":
    uvicorn.run(create(), port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
