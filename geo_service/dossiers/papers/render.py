"""From facts to PDF: typst with the fonts inside its own package, and QR codes.

Libertinus Serif (SIL Open Font License) has every Vietnamese letter. Papers are PDF/A-2a: archivable, readable aloud, and typst refuses to write a sign
that has no glyph. The same facts give the same bytes: no clock, no file of the machine and no network is read.
"""

from __future__ import annotations

import functools
import io
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
import segno
import typst

from geo_service.dossiers.papers.words import drawable

TEMPLATES = Path(__file__).with_name("templates")
STANDARD: Final = "a-2a"
FORMS = ("01", "02", "03", "04", "05", "06", "07")


@functools.cache
def fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)


def pdf(template: str, facts: dict[str, Any], made_at: datetime) -> bytes:
    """A paper. `template`: `form_01` … `form_07` or `extract`; `facts`: what it names; `made_at`: the moment it is dated with."""
    data = orjson.dumps(drawable(facts)).decode()
    return typst.compile(
        str(TEMPLATES / f"{template}.typ"), format="pdf", root=str(TEMPLATES), font_paths=fonts(), ignore_system_fonts=True,
        sys_inputs={"facts": data}, pdf_standards=STANDARD, timestamp=int(made_at.timestamp()),
    )  # fmt: skip


def qr(address: str) -> str:
    """SVG of a QR code (ISO/IEC 18004, level M) with its quiet zone; one unit a module."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False, boost_error=False).save(
        out, kind="svg", border=4, xmldecl=False, svgclass=None, lineclass=None, unit="", omitsize=True, dark="#000"
    )
    return out.getvalue().decode()
