"""How far a picture is, from the stages of `imagery.scenes.catalogue.add`."""

from __future__ import annotations

# Where each stage begins and ends on the way from 0 to 1, by what it costs on a Sentinel-2 tile.
STAGES = {
    "hash": (0.0, 0.03), "read": (0.03, 0.45), "overviews": (0.45, 0.55), "write": (0.55, 0.75), "verify": (0.75, 0.85), "mask": (0.85, 0.9),
    "visual": (0.9, 0.99),
}  # fmt: skip


def share(stage: str, done: int, total: int) -> float:
    """0 to 1, of the whole."""
    begin, end = STAGES[stage]
    return begin + (end - begin) * (done / total if total else 1)
