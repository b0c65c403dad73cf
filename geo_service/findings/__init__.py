"""Findings over HTTP: work list, evidence, verdicts, photos, inspections, precision."""
