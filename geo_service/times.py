"""Moments in questions: text with a date, never a bare number that somebody could take for one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator


def _written_out(value: Any) -> Any:
    """Raises ValueError for a count of seconds, which pydantic would read as a moment."""
    if isinstance(value, str) and value.replace(".", "").replace("-", "", 1).strip().isdigit():
        raise ValueError("write a date and time, like 2026-01-31T08:00:00+07:00")
    return value


Moment = Annotated[datetime, BeforeValidator(_written_out)]
"""With or without a time zone."""
ZonedMoment = Annotated[AwareDatetime, BeforeValidator(_written_out)]
