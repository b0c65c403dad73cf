"""Why a sign-in at a provider ends without a session."""

from __future__ import annotations

from typing import Literal

Slug = Literal[
    "provider-down", "provider-refused", "provider-untrusted", "expired", "level-too-low", "not-linked", "disabled",
    "too-many-attempts",
]  # fmt: skip


class SignInRefused(Exception):  # noqa: N818  (what happened, not what broke)
    """`slug` is what the person is told, `cause` what the audit log keeps: words of ours, never the provider's or a personal value."""

    def __init__(self, slug: Slug, cause: str, *, account: int | None = None) -> None:
        super().__init__(f"{slug}: {cause}")
        self.slug = slug
        self.cause = cause
        self.account = account
