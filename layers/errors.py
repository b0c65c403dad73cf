"""The one tree of errors that a person can meet.

Problem                     400  anything below
├── Malformed               422  input that cannot be read as what it claims to be
├── NotFound                404
├── EditRefused             422  an edit that would break the fabric or its rules; names the segments
├── Stale                   409  the land moved on since the draft was made; names the winning change sets
├── Busy                    503  a lock or a pool was not free in time; try again
├── NotSignedIn             401
├── Forbidden               403
├── TooLarge                413
└── TooMany                 429

Every problem says what is wrong in English and in Vietnamese; `extras` are members of the RFC 9457 document.
"""

from __future__ import annotations

from typing import Any, ClassVar


class Problem(Exception):  # noqa: N818  (the field's word, RFC 9457)
    """Base of the tree. `slug` is stable and becomes the type `urn:geo-service:problem:<slug>`."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "Bad request"
    title_vi: ClassVar[str] = "Yêu cầu không hợp lệ"

    def __init__(self, slug: str, detail: str, detail_vi: str, **extras: Any) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.detail_vi = detail_vi
        self.extras = extras

    def document(self) -> dict[str, Any]:
        """The RFC 9457 problem document."""
        return {
            "type": f"urn:geo-service:problem:{self.slug}",
            "title": self.title,
            "title_vi": self.title_vi,
            "status": self.status,
            "detail": self.detail,
            "detail_vi": self.detail_vi,
            **self.extras,
        }


class Malformed(Problem):
    status = 422
    title = "The input cannot be read"
    title_vi = "Dữ liệu nhập không đọc được"


class NotFound(Problem):
    status = 404
    title = "Not found"
    title_vi = "Không tìm thấy"


class EditRefused(Problem):
    """`segments`: list of ((x, y), (x, y)) in mm, or single points ((x, y),), to highlight on the map."""

    status = 422
    title = "The edit was refused"
    title_vi = "Chỉnh lý bị từ chối"

    def __init__(
        self,
        slug: str,
        detail: str,
        detail_vi: str,
        *,
        where: list[tuple[tuple[int, int], ...]] | None = None,
        **extras: Any,
    ) -> None:
        super().__init__(slug, detail, detail_vi, **extras)
        self.where = where or []


class Stale(Problem):
    status = 409
    title = "Something has changed since"
    title_vi = "Dữ liệu đã thay đổi"


class Busy(Problem):
    status = 503
    title = "Busy, try again"
    title_vi = "Hệ thống đang bận, hãy thử lại"


class NotSignedIn(Problem):
    status = 401
    title = "Sign in first"
    title_vi = "Cần đăng nhập"


class Forbidden(Problem):
    status = 403
    title = "Not allowed"
    title_vi = "Không có quyền"


class TooLarge(Problem):
    status = 413
    title = "Too large"
    title_vi = "Quá lớn"


class TooMany(Problem):
    status = 429
    title = "Too many attempts"
    title_vi = "Quá nhiều lần thử"
