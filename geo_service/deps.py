"""What routes ask for: a database connection inside one transaction, settings, the feed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import psycopg
from fastapi import Depends, Request
from psycopg.rows import DictRow


def get_connection(request: Request) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection in a transaction: committed when the route ends well, rolled back on any error.

    Nobody calls `commit()` in the middle; notices and queued jobs share the transaction's fate.
    """
    with request.app.state.pool.connection() as connection:
        yield connection


Connection = Annotated[psycopg.Connection[DictRow], Depends(get_connection, scope="function")]
