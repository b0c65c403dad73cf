"""Findings: leads for inspectors, written by a detection run, judged on the ground, silenced by a permission."""

from imagery.findings.model import Lead
from imagery.findings.recording import Recorded, record

__all__ = ["Lead", "Recorded", "record"]
