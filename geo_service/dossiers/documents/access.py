"""A connection for the length of a statement or two.

A route that streams a file, opens one or draws one must not sit on one of the few connections meanwhile; so it asks for one before and one after.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import Any

from fastapi import Request

from geo_service.deps import Access, get_signed_in
from geo_service.rights.schemas import refusals

SIGNED_IN: dict[str, Any] = {"security": [{"session": []}, {"token": []}]}
"""For `openapi_extra=`: what the dependency says of other routes."""
REFUSED = refusals(401, 403, 404, 422)


def acting(request: Request) -> AbstractContextManager[Access]:
    """A connection acting for who is signed in, in one transaction that is committed at the end. Raises NotSignedIn."""
    return contextmanager(get_signed_in)(request)
