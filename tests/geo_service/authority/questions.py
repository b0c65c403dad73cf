"""Every question, whatever part of the service it is for."""

from tests.geo_service.authority import asks, asks_board, asks_dossiers, asks_imagery, asks_offices
from tests.geo_service.authority.asking import QUESTIONS, Question

__all__ = ["QUESTIONS", "Question", "asks", "asks_board", "asks_dossiers", "asks_imagery", "asks_offices"]
