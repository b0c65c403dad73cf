"""What the database refuses of a finding (SQLSTATE GD1xx), as a problem a person understands, and what to do next."""

from __future__ import annotations

import json

import psycopg

from layers.errors import Forbidden, Malformed, NotFound, Problem, Stale, TooLarge

WORDS: dict[str, tuple[type[Problem], str, str, str]] = {
    "GD101": (NotFound, "no-such-finding", "There is no such finding.", "Không có phát hiện này."),
    "GD102": (
        Stale,
        "finding-moved",
        "Something was done about this finding meanwhile; look at it again, then judge.",
        "Phát hiện này vừa được xử lý; hãy xem lại rồi kết luận.",
    ),
    "GD103": (
        Stale,
        "finding-superseded",
        "A later run of the same two scenes stands in place of this finding.",
        "Phát hiện này đã được thay bằng kết quả của lượt chạy sau trên cùng cặp ảnh.",
    ),
    "GD104": (
        Forbidden,
        "not-your-finding",
        "Findings here are judged by inspectors of the unit, signed in themselves.",
        "Chỉ cán bộ thanh tra của đơn vị, trực tiếp đăng nhập, được kết luận phát hiện tại đây.",
    ),
    "GD105": (
        Malformed,
        "finding-note-needed",
        "Say why: which permission allows it, or what a colleague overlooked.",
        "Hãy ghi rõ căn cứ: giấy phép nào cho phép, hoặc vì sao khác với kết luận trước.",
    ),
    "GD106": (
        Forbidden,
        "not-your-verdict",
        "Only who gave the verdict that stands can take it back.",
        "Chỉ người đã đưa ra kết luận hiện tại mới rút lại được.",
    ),
    "GD107": (NotFound, "no-such-photo", "There is no such photo of this finding.", "Phát hiện này không có ảnh đó."),
    "GD108": (
        TooLarge,
        "too-many-photos",
        "A finding takes at most twenty photos.",
        "Mỗi phát hiện nhận tối đa hai mươi ảnh.",
    ),
    "GD109": (
        Stale,
        "inspection-open",
        "An inspection about this finding has been opened already.",
        "Đã mở vụ việc kiểm tra cho phát hiện này.",
    ),
}


def refusal(error: psycopg.Error) -> Problem | None:
    """The refusal as a problem, with what the database said of it; None for any other error."""
    found = WORDS.get(error.sqlstate or "")
    if found is None:
        return None
    kind, slug, detail, detail_vi = found
    return kind(slug, detail, detail_vi, **json.loads(error.diag.message_detail or "{}"))
