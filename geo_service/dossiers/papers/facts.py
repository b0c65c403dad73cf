"""From what the database tells of an event (`dossier.paper_facts`) to what the templates say. Pure.

The wording of the forms stands in the templates; it follows what is public of TT 03/2025/TT-VPCP, annex I, and is to be held against the annex itself before
use (a change there is a change of text, not of code).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from geo_service.dossiers.papers import offices, words

NUMBERS = {"01": "TNHS", "02": "BSHS", "03": "TCHS", "04": "XLGH", "05": "DGQ", "06": "KSHS"}
OTHERS = {"citizen": "Người nộp hồ sơ", "partner": "Cơ quan phối hợp", "nobody": "Kết thúc"}
BY_COUNTER = frozenset({"01", "02", "03", "06"})
"""Forms the counter issues; the others are of who decides."""


def tracking(base: str, code: str, token: str) -> str:
    """The address in the QR code: the page on which the dossier is followed."""
    return f"{base}/#page=track&code={quote(code, safe='')}&t={quote(token, safe='')}"


def form_facts(form: str, told: dict[str, Any], applicant: dict[str, str | None], base: str) -> dict[str, Any]:
    """Facts of forms 01 to 06. `told`: of dossier.paper_facts; `applicant`: name, and phone and address as they may be shown."""
    event, level = told["event"], told["level"]
    counter, decider = offices.counter(told["received"]), offices.decider(level, told["competent"])
    at = event["at"]
    received = words.moment_in_words(told["received_at"])
    return {
        "simulated": told["simulated"],
        "code": told["code"],
        "foot": f"Hồ sơ {told['code']}",
        "agency": counter if form in BY_COUNTER else decider,
        "number": f"{told['code'].rpartition('-')[2]}/{NUMBERS[form]}",
        "dated": words.day_in_words(at),
        "at": words.moment_in_words(at),
        "counter": counter["short"],
        "decider": decider["short"],
        "applicant": applicant,
        "procedure": f"{told['procedure_vi']} (mã thủ tục {told['procedure']})",
        "land": [words.first_capital(words.parcel_in_words(one)) for one in told["parcels"]],
        "papers": _papers(told),
        "held": _held(told),
        "asked": _asked(told),
        "note": event["note"],
        "channel": words.CHANNELS[told["channel"]],
        "limit": words.limit_in_words(told["limit"]),
        "filed_at": words.moment_in_words(told["filed_at"]),
        "received_at": received,
        "received_at_capital": f"Lúc {received}" if received else None,
        "due_at": words.moment_in_words(told["due_at"]),
        "promised_at": _promised(event),
        "result": told["result_vi"],
        "book": _book(told),
        "site": base,
        "officer": event["actor"],
        "moves": _moves(told),
        "qr": tracking(base, told["code"], told["token"]),
    }


def book_facts(unit: str | None, since: datetime, until: datetime, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Facts of form 07: rows of dossier.log_book with the `applicant`'s name, in a span of days (both included)."""
    counter = offices.counter(unit)
    return {
        "simulated": any(row["simulated"] for row in rows),
        "code": "",
        "foot": counter["short"],
        "agency": counter,
        "dated": words.day_in_words(until),
        "counter": counter["short"],
        "span": f"Từ ngày {words.day(since)} đến ngày {words.day(until)}: {len(rows)} hồ sơ",
        "rows": [
            {
                "code": row["code"],
                "procedure": row["procedure_vi"],
                "applicant": row["applicant"],
                "decider": offices.decider(row["level"], row["competent_unit"])["short"],
                "received_at": words.day(row["received_at"]),
                "due_at": words.day(row["due_at"]),
                "returned_at": words.day(row["returned_at"]),
                "channel": words.CHANNELS[row["channel"]],
                "remark": row["status_vi"],
            }
            for row in rows
        ],
    }


def _named(told: dict[str, Any], code: str, otherwise: str) -> str:
    """A paper as the procedure's list names it, with the number of its form."""
    found = next((one for one in told["wanted"] or () if one["code"] == code), None)
    if found is None:
        return otherwise
    return f"{found['name_vi']} ({found['form']})" if found.get("form") else str(found["name_vi"])


def _papers(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": _named(told, one["type"], one["name"]),
            "kind": words.KINDS[one["kind"]],
            "files": one["files"],
            "pages": one["pages"],
        }
        for one in told["papers"]
    ]


def _held(told: dict[str, Any]) -> list[str]:
    """Required papers that need not be handed in because the register holds what they show."""
    handed_in = {one["type"] for one in told["papers"]}
    return [
        str(one["name_vi"])
        for one in told["wanted"] or ()
        if one.get("required") and one.get("held_as") and one["code"] not in handed_in
    ]


def _asked(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Papers that a request to complete names (`detail.documents`: codes of the list); the words of the request say the rest."""
    codes = told["event"]["detail"].get("documents") or []
    return [{"name": one["name_vi"], "form": one.get("form")} for one in told["wanted"] or () if one["code"] in codes]


def _promised(event: dict[str, Any]) -> str | None:
    promised = event["detail"].get("promised_at")
    return f"vào {words.moment_in_words(promised)}" if promised else None


def _book(told: dict[str, Any]) -> str | None:
    if told["received_at"] is None:
        return None
    return f"quyển năm {words.local(told['received_at']).year}, số thứ tự {told['code'].rpartition('-')[2]}"


def _moves(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the control slip: who gave the dossier to whom, when and for what; how long it lay there and whether that was in time."""
    out, giver = [], "Người nộp hồ sơ"
    for move in told["moves"]:
        place = (
            offices.counter(told["received"])
            if move["to_place"] == "reception"
            else offices.decider(told["level"], told["competent"])
        )
        role = OTHERS.get(move["to_role"])
        taker = role or f"{move['to_role_vi'] or move['to_role']} – {place['short']}"
        out.append(
            {
                "giver": move["actor"] or giver,
                "taker": taker,
                "at": words.moment(move["at"]),
                "what": f"{move['action_vi'] or 'Nộp hồ sơ'}: {move['to_vi']}",
                "used": _used(move),
                "verdict": _verdict(move),
            }
        )
        giver = taker
    return out


def _used(move: dict[str, Any]) -> str:
    if move["to_role"] == "nobody":
        return "–"
    return "đang giữ" if move["used"] is None else f"{move['used']} ngày"


def _verdict(move: dict[str, Any]) -> str:
    """Against the days the step is meant to take; time in which the clock stands still is nobody's."""
    if move["clock"] == "paused":
        return "Tạm dừng"
    if move["to_role"] == "nobody" or move["used"] is None or move["days"] is None:
        return "–"
    early = move["days"] - move["used"]
    return "Trước hạn" if early > 0 else "Đúng hạn" if early == 0 else f"Quá hạn {-early} ngày"
