"""The one way an import ends without entering anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from layers.errors import Malformed


class ImportRefused(Malformed):
    """The file is refused as a whole; nothing was entered. ``where``: rows, layers or coordinates that show the
    reason."""

    title = "The file was not imported"
    title_vi = "Tệp không được nhập"

    def __init__(self, slug: str, detail: str, detail_vi: str, where: Sequence[Any] = (), **extras: Any) -> None:
        super().__init__(slug, detail, detail_vi, where=list(where), **extras)
        self.where = list(where)
