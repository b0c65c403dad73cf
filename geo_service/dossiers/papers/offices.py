"""How papers name the offices that issue them, and the papers themselves: data/offices.yaml."""

from __future__ import annotations

import functools
from importlib.resources import files
from typing import Any

import yaml

CITY = "*"


@functools.cache
def _data() -> dict[str, Any]:
    text = (files("geo_service.dossiers.papers") / "data" / "offices.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def counter(unit: str | None) -> dict[str, str]:
    """`above`, `name`, `short` of the counter of a unit (its type and name); None: of the city."""
    return _named(_data()["counter"]["unit" if unit else "city"], unit)


def decider(level: str | None, unit: str | None) -> dict[str, str]:
    """The same of who decides, by the procedure's level."""
    return _named(_data()["decider"][level if unit and level in _data()["decider"] else "city"], unit)


def title(form: str) -> tuple[str, str]:
    """What a paper is called, in Vietnamese and in English."""
    found = _data()["titles"][form]
    return found["vi"], found["en"]


def _named(office: dict[str, str], unit: str | None) -> dict[str, str]:
    """Within a sentence a type of unit is written small: `Bộ phận Một cửa phường Ba Đình`."""
    small = unit[:1].lower() + unit[1:] if unit else ""
    return {key: words.replace("{unit}", small) for key, words in office.items()}
