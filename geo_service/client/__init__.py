"""The Python client: states of the land as GeoDataFrames, histories as tables, over HTTP.

from geo_service.client import Client, differences, folium_map

with Client("http://localhost:8000") as client:
    now = client.open_state()
    then = client.open_state(as_of="2026-11-22")
    differences(then, now)
"""

from geo_service.client.client import Client
from geo_service.client.dossiers import bottlenecks, throughput, units_map
from geo_service.client.events import LiveEvent
from geo_service.client.imagery import precision_curve, swipe_map
from geo_service.client.maps import folium_map
from geo_service.client.states import AsOf, differences
from geo_service.client.transport import ServiceError

__all__ = [
    "AsOf",
    "Client",
    "LiveEvent",
    "ServiceError",
    "bottlenecks",
    "differences",
    "folium_map",
    "precision_curve",
    "swipe_map",
    "throughput",
    "units_map",
]
