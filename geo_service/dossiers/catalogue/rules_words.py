"""Rules about what is read and filled in: both languages, the form, the source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from geo_service.dossiers.catalogue.graph import Graph, Roles, Said, rule
from geo_service.dossiers.catalogue.model import Definition


@rule("P16")
def _languages(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """Every name is there in Vietnamese and in English."""
    for path, one in _parts(graph.definition):
        for language, vi, en in (("vi", "tiếng Việt", "Vietnamese"), ("en", "tiếng Anh", "English")):
            for word in ("name", "result") if path == "" else ("name",):
                name = f"{word}_{language}"
                if not getattr(one, name).strip():
                    yield f"{path}.{name}".lstrip("."), f"Thiếu nội dung {vi}.", f"The {en} text is missing."


def _parts(definition: Definition) -> Iterator[tuple[str, Any]]:
    yield "", definition
    for part in ("documents", "fields", "fees", "steps", "actions"):
        for i, one in enumerate(getattr(definition, part)):
            yield f"{part}.{i}", one
    for i, field in enumerate(definition.fields):
        for j, choice in enumerate(field.choices):
            yield f"fields.{i}.choices.{j}", choice


@rule("P17")
def _form(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """A choice has choices; a share of the price needs a price; an exemption hangs on a choice of the form."""
    definition = graph.definition
    choices = {field.code: {choice.code for choice in field.choices} for field in definition.fields}
    for i, field in enumerate(definition.fields):
        if (field.type == "choice") != bool(field.choices):
            yield (
                f"fields.{i}.choices",
                f"Trường “{field.code}”: chỉ kiểu lựa chọn mới có danh sách, và phải có.",
                f"Field “{field.code}”: a choice has a list, and nothing else has.",
            )
    for i, fee in enumerate(definition.fees):
        if (fee.rule == "percent_of_price") != (fee.percent is not None):
            yield (
                f"fees.{i}.percent",
                f"Khoản “{fee.code}”: tỷ lệ chỉ dùng khi tính theo giá, và khi đó phải có.",
                f"Fee “{fee.code}”: a percentage goes with the price, and only with it.",
            )
        for j, exemption in enumerate(fee.exempt):
            if not set(exemption.values) <= choices.get(exemption.field, set()):
                yield (
                    f"fees.{i}.exempt.{j}",
                    f"Khoản “{fee.code}”: điều kiện miễn phải là lựa chọn có trong biểu mẫu.",
                    f"Fee “{fee.code}”: an exemption hangs on a choice that the form offers.",
                )


@rule("P18", "warning")
def _source(graph: Graph, _roles: Roles) -> Iterator[Said]:
    """A procedure says where it comes from."""
    if not graph.definition.source.strip():
        yield "source", "Chưa ghi căn cứ pháp lý.", "The legal source is missing."


RULES = (_languages, _form, _source)
