"""What the database refuses of a dossier (SQLSTATE GD0xx), as a problem a person understands, and what to do next."""

from __future__ import annotations

import json
from typing import Any

import psycopg

from layers.errors import EditRefused, Forbidden, Malformed, NotFound, Problem, Stale, TooLarge, TooMany

WORDS: dict[str, tuple[type[Problem], str, str, str]] = {
    "GD001": (NotFound, "no-such-dossier", "There is no such dossier.", "Không có hồ sơ này."),
    "GD002": (
        Stale,
        "dossier-moved",
        "Somebody acted on this dossier meanwhile; look at it again, then decide.",
        "Hồ sơ vừa được người khác xử lý; hãy xem lại rồi quyết định.",
    ),
    "GD003": (
        Stale,
        "out-of-step",
        "This cannot be done in the step the dossier is in; the actions possible now are shown.",
        "Không thực hiện được việc này ở bước hiện tại; hãy chọn một trong các thao tác đang có.",
    ),
    "GD004": (
        Forbidden,
        "not-your-desk",
        "This step belongs to another desk or colleague.",
        "Bước này thuộc bộ phận hoặc cán bộ khác.",
    ),
    "GD005": (
        Malformed,
        "note-needed",
        "Say why: the applicant reads it.",
        "Hãy ghi rõ lý do: người nộp hồ sơ sẽ đọc nội dung này.",
    ),
    "GD006": (
        EditRefused,
        "papers-missing",
        "Papers that the procedure needs are missing; add them or ask the applicant for them.",
        "Hồ sơ còn thiếu giấy tờ; hãy bổ sung hoặc yêu cầu người nộp bổ sung.",
    ),
    "GD007": (
        EditRefused,
        "map-and-dossier",
        "The map and the dossier are decided together: draw and submit the change in the dossier, then approve the dossier.",
        "Bản đồ và hồ sơ được quyết định cùng lúc: hãy vẽ và trình bản vẽ trong hồ sơ, rồi duyệt hồ sơ.",
    ),
    "GD008": (
        EditRefused,
        "dossier-blocked",
        "A block stands on a parcel of this dossier; it has to be lifted first.",
        "Thửa đất trong hồ sơ đang bị ngăn chặn; phải giải tỏa trước khi xử lý tiếp.",
    ),
    "GD009": (
        EditRefused,
        "payment-open",
        "A payment is still open.",
        "Còn khoản phải nộp chưa thanh toán.",
    ),
    "GD010": (
        Stale,
        "parcel-claimed",
        "Another submitted drawing is about one of these parcels; it has to be decided first.",
        "Một bản vẽ khác về cùng thửa đất đang chờ duyệt; phải xử lý bản đó trước.",
    ),
    "GD011": (
        TooMany,
        "too-many-dossiers",
        "Twenty of your dossiers wait to be received; wait for an answer first.",
        "Bạn đang có hai mươi hồ sơ chờ tiếp nhận; hãy chờ trả lời trước.",
    ),
    "GD012": (
        Malformed,
        "no-agency",
        "No agency code is configured for this unit.",
        "Chưa cấu hình mã cơ quan tiếp nhận cho đơn vị này.",
    ),
    "GD013": (
        Malformed,
        "parcel-not-current",
        "A parcel is no longer on the map; look it up again.",
        "Có thửa đất không còn trên bản đồ hiện hành; hãy tra cứu lại.",
    ),
    "GD014": (Malformed, "no-such-unit", "There is no such unit.", "Không có đơn vị này."),
    "GD015": (
        NotFound,
        "no-such-procedure",
        "No such procedure is in force today.",
        "Không có thủ tục này đang có hiệu lực.",
    ),
    "GD020": (
        Stale,
        "papers-closed",
        "No papers can be added to the dossier as it stands now.",
        "Hồ sơ đang ở bước không nhận thêm giấy tờ.",
    ),
    "GD021": (
        TooLarge,
        "too-many-files",
        "A dossier takes at most 60 files; put several pages into one PDF.",
        "Mỗi hồ sơ nhận tối đa 60 tệp; hãy gộp nhiều trang vào một tệp PDF.",
    ),
    "GD022": (
        Malformed,
        "no-such-paper",
        "The procedure does not ask for such a paper; use the type “other”.",
        "Thủ tục không có loại giấy tờ này; hãy chọn loại “other” (giấy tờ khác).",
    ),
    "GD023": (
        Forbidden,
        "originals-at-counter",
        "An original on paper is taken in at the counter.",
        "Bản chính phải nộp tại quầy để cán bộ tiếp nhận.",
    ),
    "GD024": (
        Forbidden,
        "paper-stays",
        "This paper cannot be taken back now.",
        "Không thể rút giấy tờ này ở bước hiện tại.",
    ),
    "GD025": (
        NotFound,
        "no-earlier-paper",
        "There is no such paper of an earlier dossier.",
        "Không có giấy tờ này trong hồ sơ đã nộp trước đây.",
    ),
    "GD030": (
        Malformed,
        "calendar-ends",
        "The working calendar ends before the term does.",
        "Lịch làm việc kết thúc trước khi hết thời hạn.",
    ),
    "GD031": (Malformed, "no-such-limit", "This is no term.", "Thời hạn không hợp lệ."),
    "GD040": (
        Forbidden,
        "published-stays",
        "What was published is never altered; publish a new version.",
        "Nội dung đã công bố không được sửa; hãy công bố phiên bản mới.",
    ),
    "GD041": (NotFound, "no-draft", "The procedure has no draft.", "Thủ tục chưa có bản thảo."),
    "GD042": (
        Malformed,
        "day-not-possible",
        "It cannot begin or end on that day; the earliest day is shown.",
        "Không thể bắt đầu hoặc kết thúc vào ngày này; xem ngày sớm nhất có thể.",
    ),
    "GD043": (
        Stale,
        "draft-edited",
        "Somebody else edited the draft meanwhile; read it again.",
        "Bản thảo vừa được người khác sửa; hãy đọc lại.",
    ),
    "GD044": (
        Malformed,
        "definition-not-consistent",
        "The definition contradicts itself.",
        "Nội dung thủ tục không nhất quán.",
    ),
    "GD016": (
        Malformed,
        "no-such-desk",
        "That colleague does not have the desk this step belongs to.",
        "Cán bộ được chọn không phụ trách bước này.",
    ),
    "GD017": (
        Stale,
        "key-taken",
        "There is a dossier under this key already; send the request again under another one.",
        "Mã gửi hồ sơ này đã được dùng; hãy gửi lại với mã khác.",
    ),
}


def no_such_dossier() -> Problem:
    """For one the reader may not see as for one that does not exist."""
    kind, *words = WORDS["GD001"]
    return kind(*words)


def refusal(error: psycopg.Error) -> Problem | None:
    """The refusal as a problem, with what the database said of it; None for any other error."""
    found = WORDS.get(error.sqlstate or "")
    if found is None:
        return None
    kind, slug, detail, detail_vi = found
    return kind(slug, detail, detail_vi, **_members(error))


def _members(error: psycopg.Error) -> dict[str, Any]:
    said = json.loads(error.diag.message_detail or "{}")
    match error.sqlstate:
        case "GD006":
            return {"missing": said}
        case "GD008":
            return {"blocks": said}
        case "GD002":
            return {"current": said}
    return said if isinstance(said, dict) else {}
