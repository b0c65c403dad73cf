"""Profiles: which column of a file is which fact. A small YAML file, checked as strictly as the data.

    name: linz
    title: Land Information New Zealand
    detect: [parcel_int, appellatio]        # columns (any case) by which the profile is recognised
    columns:                                # fact: column, or the first of several that exists
      source_id: [linz_id, id]
      official_area_m2: [survey_are]
    also_area: [calc_area]                  # further stated areas, compared with the geometry
    kind: {column: parcel_int, values: {Road: road, Hydro: water}, default: land}
    split: {column: appellatio, pattern: '^(?P<number>.+?) (?P<sheet>DP .+)$'}
    constants: {land_use: DGT}
    area_unit: m2                           # or ha
    use_zero_area: false                    # 0 means unknown

Facts: kind, unit, sheet, number, land_use, official_area_m2, address, source_id. A bad profile refuses the import with
file and line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from layers.exchange.refused import ImportRefused

FACTS = ("kind", "unit", "sheet", "number", "land_use", "official_area_m2", "address", "source_id")
KINDS = ("land", "road", "water", "other", "unassigned", "disputed")
KEYS = {
    "name",
    "title",
    "detect",
    "columns",
    "also_area",
    "kind",
    "split",
    "values",
    "constants",
    "area_unit",
    "use_zero_area",
    "note",
}
UNITS = {"m2": 1.0, "ha": 10_000.0}


@dataclass(frozen=True)
class Profile:
    """A checked profile; column names are compared without regard to case."""

    name: str
    title: str = ""
    detect: tuple[str, ...] = ()
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    also_area: tuple[str, ...] = ()
    kind_column: tuple[str, ...] = ()
    kind_values: Mapping[str, str] = field(default_factory=dict)
    kind_default: str = "land"
    split_column: tuple[str, ...] = ()
    split_pattern: re.Pattern[str] | None = None
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    area_factor: float = 1.0
    use_zero_area: bool = False


@dataclass(frozen=True)
class Mapped:
    """The facts of every row, every stated area (column → m²), and what was used: fact → column."""

    facts: pd.DataFrame
    stated: dict[str, pd.Series[float]]
    used: dict[str, str]
    unused: list[str]


def load_profile(name: str | Path) -> Profile:
    """A built-in profile by name, or one from a YAML file.

    Raises ImportRefused for an unknown name or a faulty file, with its line."""
    built_in = resources.files("layers.exchange").joinpath(f"profiles/{name}.yaml")
    if re.fullmatch(r"[a-z0-9_-]+", str(name)) and built_in.is_file():
        return parse_profile(built_in.read_text(encoding="utf-8"), f"{name}.yaml")
    path = Path(name)
    if not path.is_file():
        known = ", ".join(p.name for p in built_in_profiles())
        raise ImportRefused(
            "no-profile",
            f"There is no profile “{name}”; built-in ones are {known}, or name a YAML file.",
            f"Không có cấu hình “{name}”; các cấu hình có sẵn: {known}, hoặc chỉ ra một tệp YAML.",
            [str(name)],
        )
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise _bad(path.name, 1, "the file is not UTF-8 text", "tệp không phải văn bản UTF-8") from error
    return parse_profile(text, path.name)


@cache
def built_in_profiles() -> tuple[Profile, ...]:
    """All built-in profiles, the special ones before the guessing one."""
    folder = resources.files("layers.exchange").joinpath("profiles")
    found = [parse_profile(p.read_text(encoding="utf-8"), p.name) for p in folder.iterdir() if p.name.endswith(".yaml")]
    return tuple(sorted(found, key=lambda p: (p.name == "generic", -len(p.detect), p.name)))


def detect_profile(columns: Iterable[str]) -> Profile:
    """The built-in profile all of whose ``detect`` columns are there; ``generic`` otherwise."""
    have = {c.lower() for c in columns}
    for profile in built_in_profiles():
        if profile.detect and all(c.lower() in have for c in profile.detect):
            return profile
    return load_profile("generic")


def _bad(source: str, line: int, why: str, why_vi: str) -> ImportRefused:
    return ImportRefused(
        "bad-profile", f"{source}, line {line}: {why}.", f"{source}, dòng {line}: {why_vi}.", [line], line=line
    )


class _Reader:
    """Walks the YAML nodes, so that every complaint knows its line."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, node: yaml.Node, why: str, why_vi: str) -> ImportRefused:
        return _bad(self.source, node.start_mark.line + 1, why, why_vi)

    def text(self, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "a single value is expected here", "ở đây cần một giá trị đơn")
        return str(node.value)

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.text(n) for n in node.value)
        return (self.text(node),)

    def mapping(self, node: yaml.Node) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, "“key: value” lines are expected here", "ở đây cần các dòng “khóa: giá trị”")
        out: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self.text(key)
            if name in out:
                raise self.fail(key, f"“{name}” stands twice", f"“{name}” bị lặp")
            out[name] = (key, value)
        return out


def _top(read: _Reader, text: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """The profile's sections as YAML nodes; only known keys."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 1
        raise _bad(read.source, line, f"not YAML ({error.problem})", f"không phải YAML ({error.problem})") from error
    except yaml.YAMLError as error:
        raise _bad(read.source, 1, f"not YAML ({error})", f"không phải YAML ({error})") from error
    if root is None:
        raise _bad(read.source, 1, "the profile is empty", "cấu hình rỗng")
    top = read.mapping(root)
    for name, (key, _) in top.items():
        if name not in KEYS:
            raise read.fail(
                key, f"unknown key “{name}”; known are {', '.join(sorted(KEYS))}", f"không có khóa “{name}”"
            )
    return top


def parse_profile(text: str, source: str) -> Profile:
    """Check a profile's text. Raises ImportRefused with the line of the first fault."""
    read = _Reader(source)
    top = _top(read, text)
    values: dict[str, Any] = {"name": Path(source).stem}
    for name in ("name", "title"):
        if name in top:
            values[name] = read.text(top[name][1])
    for name in ("detect", "also_area"):
        if name in top:
            values[name] = read.texts(top[name][1])
    values["columns"] = {fact: read.texts(node) for fact, node in _facts(read, top, "columns").items()}
    values["constants"] = {fact: read.text(node) for fact, node in _facts(read, top, "constants").items()}
    values["values"] = {
        fact: {k: read.text(v) for k, (_, v) in read.mapping(node).items()}
        for fact, node in _facts(read, top, "values").items()
    }
    values |= _kind(read, top) | _split(read, top)
    if "area_unit" in top:
        node = top["area_unit"][1]
        if read.text(node) not in UNITS:
            raise read.fail(node, "area_unit is m2 or ha", "area_unit phải là m2 hoặc ha")
        values["area_factor"] = UNITS[read.text(node)]
    if "use_zero_area" in top:
        values["use_zero_area"] = read.text(top["use_zero_area"][1]).lower() == "true"
    return Profile(**values)


def _facts(read: _Reader, top: dict[str, tuple[yaml.Node, yaml.Node]], section: str) -> dict[str, yaml.Node]:
    if section not in top:
        return {}
    out = {}
    for fact, (key, node) in read.mapping(top[section][1]).items():
        if fact not in FACTS:
            raise read.fail(key, f"“{fact}” is no fact; facts are {', '.join(FACTS)}", f"không có thông tin “{fact}”")
        out[fact] = node
    return out


def _kind(read: _Reader, top: dict[str, tuple[yaml.Node, yaml.Node]]) -> dict[str, Any]:
    if "kind" not in top:
        return {}
    part = read.mapping(top["kind"][1])
    values = {k: read.text(v) for k, (_, v) in read.mapping(part["values"][1]).items()} if "values" in part else {}
    default = read.text(part["default"][1]) if "default" in part else "land"
    for value in (*values.values(), default):
        if value not in KINDS:
            raise read.fail(
                top["kind"][1], f"“{value}” is no kind; kinds are {', '.join(KINDS)}", f"không có loại “{value}”"
            )
    column = read.texts(part["column"][1]) if "column" in part else ()
    return {"kind_column": column, "kind_values": {k.lower(): v for k, v in values.items()}, "kind_default": default}


def _split(read: _Reader, top: dict[str, tuple[yaml.Node, yaml.Node]]) -> dict[str, Any]:
    if "split" not in top:
        return {}
    part = read.mapping(top["split"][1])
    if "column" not in part or "pattern" not in part:
        raise read.fail(top["split"][0], "split needs column and pattern", "split cần có column và pattern")
    node = part["pattern"][1]
    try:
        pattern = re.compile(read.text(node))
    except re.error as error:
        raise read.fail(
            node, f"not a regular expression ({error})", f"không phải biểu thức chính quy ({error})"
        ) from error
    if not set(pattern.groupindex) <= set(FACTS) or not pattern.groupindex:
        raise read.fail(
            node, "the pattern's groups must be named after facts", "tên nhóm trong pattern phải là tên thông tin"
        )
    return {"split_column": read.texts(part["column"][1]), "split_pattern": pattern}


def apply_profile(profile: Profile, frame: pd.DataFrame, unit: str) -> Mapped:
    """The facts of all rows of ``frame``; columns that are missing give nothing, columns nobody asked for are
    listed."""
    by_lower = {str(c).lower(): str(c) for c in frame.columns}
    used: dict[str, str] = {}

    def find(names: Iterable[str], fact: str) -> pd.Series[Any] | None:
        for name in names:
            column = by_lower.get(name.lower())
            if column is not None:
                used[fact] = column
                return frame[column]
        return None

    n = len(frame)
    facts = pd.DataFrame({fact: pd.Series([None] * n, dtype=object) for fact in FACTS})
    facts["unit"] = unit
    for fact, names in profile.columns.items():
        column = find(names, fact)
        if column is not None and fact != "official_area_m2":
            facts[fact] = _texts(column)
    _split_column(profile, facts, find(profile.split_column, "split"))
    kind = find(profile.kind_column, "kind")
    facts["kind"] = profile.kind_default
    if kind is not None:
        facts["kind"] = [profile.kind_values.get(str(v).strip().lower(), profile.kind_default) for v in kind]
    for fact, table in profile.values.items():
        lower = {k.lower(): v for k, v in table.items()}
        facts[fact] = [lower.get(str(v).lower(), v) if v is not None else None for v in facts[fact]]
    for fact, value in profile.constants.items():
        facts[fact] = [value if v is None or fact == "kind" else v for v in facts[fact]]
    stated: dict[str, pd.Series[float]] = {}
    official = find(profile.columns.get("official_area_m2", ()), "official_area_m2")
    if official is not None:
        stated[str(official.name)] = _areas(profile, official)
        facts["official_area_m2"] = stated[str(official.name)]
    for name in profile.also_area:
        extra = by_lower.get(name.lower())
        if extra is not None and extra not in stated:
            stated[extra] = _areas(profile, frame[extra])
            used[f"area:{extra}"] = extra
    facts["official_area_m2"] = pd.to_numeric(facts["official_area_m2"], errors="coerce").astype(float)
    rest = [str(c) for c in frame.columns if str(c) not in used.values()]
    return Mapped(facts, stated, used, rest)


def _texts(column: pd.Series[Any]) -> list[str | None]:
    """Values as text; whole numbers without a decimal point, blanks as nothing."""
    out: list[str | None] = []
    for value in column.tolist():
        if value is None or (isinstance(value, float) and np.isnan(value)):
            out.append(None)
        elif isinstance(value, float) and value.is_integer():
            out.append(str(int(value)))
        else:
            out.append(str(value).strip() or None)
    return out


def _split_column(profile: Profile, facts: pd.DataFrame, column: pd.Series[Any] | None) -> None:
    if column is None or profile.split_pattern is None:
        return
    groups = list(profile.split_pattern.groupindex)
    found: dict[str, list[str | None]] = {g: list(facts[g]) for g in groups}
    for i, text in enumerate(_texts(column)):
        match = profile.split_pattern.match(text) if text else None
        for g in groups:
            if match and match.group(g):
                found[g][i] = match.group(g).strip()
    for g in groups:
        facts[g] = pd.Series(found[g], dtype=object)


def _areas(profile: Profile, column: pd.Series[Any]) -> pd.Series[float]:
    if not pd.api.types.is_numeric_dtype(column):
        # drawings write 1234,5
        column = pd.Series(
            [str(v).strip().replace(",", ".") if v is not None else None for v in column], name=column.name
        )
    values = pd.to_numeric(column, errors="coerce").astype(float) * profile.area_factor
    bad = ~np.isfinite(values) | (values < 0) | ((values == 0) & (not profile.use_zero_area))
    return values.mask(bad)
