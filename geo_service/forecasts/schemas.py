"""What forecasts look like over the wire. Probabilities and shares from 0 to 1, times as instants in UTC."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class Figures(BaseModel):
    """How a forecast did in the period it had not seen. `persistence_*`: the plain guess that building goes on where it was; `base_*`: no idea at all.
    `precision_at_k`: of the `k` most likely parcels, how many were built on. `calibration`: (mean forecast, share built on) of ten groups."""

    learned_events: int
    learned_parcels: int
    events: int
    parcels: int
    base_rate: float
    average_precision: float
    persistence_average_precision: float
    precision_at_k: float
    persistence_precision_at_k: float
    k: int
    brier: float
    base_brier: float
    calibration: list[tuple[float, float]]


class Forecast(BaseModel):
    """Learned from one period, judged on a later one; speaks of the time from `judged_to` to `until`. Only one that is `better` than the plain guess has
    parcels. `problem`: slug, where nothing could be learned or judged."""

    id: UUID
    made_at: datetime
    learned_from: datetime
    learned_to: datetime
    judged_from: datetime
    judged_to: datetime
    until: datetime
    better: bool
    problem: str | None
    simulated: bool
    weights: dict[str, float] | None
    figures: Figures | None


class Forecasts(BaseModel):
    items: list[Forecast]
