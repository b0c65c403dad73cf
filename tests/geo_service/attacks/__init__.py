"""More than forty ways to reach somebody else's data; `ATTACKS` has them all by name."""

from tests.geo_service.attacks import data, dossiers, forms, identity
from tests.geo_service.attacks.core import ATTACKS, REVEAL

__all__ = ["ATTACKS", "REVEAL", "data", "dossiers", "forms", "identity"]
