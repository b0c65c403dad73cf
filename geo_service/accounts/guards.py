"""What a route depends on: a capability, and proof that a request was made by our own pages."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from fastapi import Request

from geo_service.accounts.models import EVERYWHERE, Account
from geo_service.deps import SignedIn
from layers.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
REQUESTED_WITH = "geo-service"


def require(capability: str) -> Callable[[Account], Account]:
    """A dependency: the account that is signed in and has the capability in some unit.

    Raises NotSignedIn (401) for a visitor, Forbidden (403) for anyone else. Which unit is the service's to check, and the database's.
    """

    def guard(account: SignedIn) -> Account:
        if not account.may(capability):
            raise forbidden(capability, account)
        return account

    guard.__name__ = f"require_{capability.replace('.', '_')}"
    return guard


def forbidden(capability: str, account: Account, unit: str | None = None) -> Forbidden:
    """Why the account may not: no second factor yet, no such role, or not in this unit."""
    if account.level < 2 and account.scopes is None:
        return Forbidden(
            "second-factor-needed",
            "Set up the second factor of your account first.",
            "Hãy thiết lập xác thực hai lớp cho tài khoản trước.",
        )
    if unit is not None and account.may(capability):
        place, place_vi = (f"in unit {unit}", f"tại đơn vị {unit}")
        if unit == EVERYWHERE:
            place, place_vi = ("over the whole city", "trên toàn thành phố")
        return Forbidden(
            "not-your-unit",
            f"You have no authority {place} for this.",
            f"Bạn không có thẩm quyền {place_vi} để thực hiện việc này.",
            unit=unit,
        )
    return Forbidden(
        "no-authority",
        f"Your roles do not include this ({capability}).",
        f"Vai trò của bạn không cho phép việc này ({capability}).",
        capability=capability,
    )


def require_in(account: Account, capability: str, unit: str) -> None:
    """Raise Forbidden unless the account has the capability in the unit."""
    if not account.may(capability, unit):
        raise forbidden(capability, account, unit)


def csrf_guard(request: Request) -> None:
    """Refuse a change that another site could have made a signed-in browser send.

    A page of another origin cannot add the header without asking (CORS, and we answer no); `Origin` and
    `Sec-Fetch-Site`, where the browser sends them, must agree. A request with an access token carries no cookie that counts.
    """
    if request.method in SAFE_METHODS or request.headers.get("authorization", "").lower().startswith("bearer "):
        return
    origin = request.headers.get("origin")
    same_origin = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if (
        request.headers.get("x-requested-with") != REQUESTED_WITH
        or not same_origin
        or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    ):
        raise Forbidden(
            "csrf",
            f"Changes must come from this site, with the header X-Requested-With: {REQUESTED_WITH}.",
            f"Yêu cầu thay đổi phải đến từ chính trang này, kèm tiêu đề X-Requested-With: {REQUESTED_WITH}.",
        )
