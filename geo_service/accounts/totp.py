"""The second factor: time-based one-time passwords (RFC 6238, SHA-1, 30 s, six digits) and recovery codes.

The shared secret is sealed with the key outside the database. A code is good once: the database keeps the last step that was used and only moves it
forward, so neither a replay nor a clock that moves back gets in twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
import time

import pyotp
import segno

from geo_service.personal.vault import Vault
from layers.db import Connection
from layers.errors import Malformed, NotSignedIn

STEP = 30  # s
SKEW = 1  # steps a phone's clock may be off, either way
RECOVERY_CODES = 10
ISSUER = "Địa chính Hà Nội"


def context(account_id: int) -> str:
    return f"totp:{account_id}"


def current_step() -> int:
    return int(time.time()) // STEP


def begin(conn: Connection, vault: Vault, account_id: int, login: str) -> dict[str, str]:
    """A new shared secret for an account that has none in force: text, otpauth address and QR code (SVG).

    Raises Malformed when a second factor is in force already.
    """
    secret = pyotp.random_base32(32)
    row = conn.execute(
        "UPDATE accounts.account SET totp_sealed = %s WHERE id = %s AND totp_confirmed_at IS NULL RETURNING id",
        [vault.seal(secret, context(account_id)), account_id],
    ).fetchone()
    if row is None:
        raise Malformed("has-totp", "A second factor is in force.", "Tài khoản đã có xác thực hai lớp.")
    uri = pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)
    picture = segno.make(uri, error="m").svg_inline(scale=4, dark="#000", light="#fff")
    return {"secret": secret, "uri": uri, "qr_svg": picture}


def confirm(conn: Connection, vault: Vault, account_id: int, code: str) -> list[str]:
    """Put the second factor in force, proven by a code; returns recovery codes, shown this once.

    Raises NotSignedIn for a wrong code, Malformed when there is nothing to confirm.
    """
    row = conn.execute(
        "SELECT totp_sealed FROM accounts.account WHERE id = %s AND totp_confirmed_at IS NULL FOR UPDATE", [account_id]
    ).fetchone()
    if row is None or row["totp_sealed"] is None:
        raise Malformed("no-totp", "Ask for a secret first.", "Hãy yêu cầu mã bí mật trước.")
    _use_code(conn, vault, account_id, row["totp_sealed"], code)
    conn.execute("UPDATE accounts.account SET totp_confirmed_at = now() WHERE id = %s", [account_id])
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    conn.execute("DELETE FROM accounts.recovery_code WHERE account_id = %s", [account_id])
    conn.execute(
        "INSERT INTO accounts.recovery_code (account_id, code_hash) SELECT %s, unnest(%s::bytea[])",
        [account_id, [_hash(text) for text in codes]],
    )
    return codes


def use(conn: Connection, vault: Vault, account_id: int, sealed: bytes, code: str) -> str:
    """Accept a code of the authenticator or a recovery code; returns which. Raises NotSignedIn."""
    if re.fullmatch(r"\d{6}", code.replace(" ", "")):
        _use_code(conn, vault, account_id, sealed, code)
        return "totp"
    row = conn.execute(
        "DELETE FROM accounts.recovery_code WHERE account_id = %s AND code_hash = %s RETURNING account_id",
        [account_id, _hash(code)],
    ).fetchone()
    if row is None:
        raise _wrong()
    return "recovery"


def _use_code(conn: Connection, vault: Vault, account_id: int, sealed: bytes, code: str) -> None:
    generator = pyotp.TOTP(vault.open(sealed, context(account_id)))
    now = current_step()
    given = code.replace(" ", "")
    step = next(
        (
            n
            for n in range(now - SKEW, now + SKEW + 1)
            if hmac.compare_digest(generator.generate_otp(n).encode(), given.encode())
        ),
        None,
    )
    if step is None:
        raise _wrong()
    used = conn.execute(
        "UPDATE accounts.account SET totp_last_step = %s WHERE id = %s AND totp_last_step < %s RETURNING id",
        [step, account_id, step],
    ).fetchone()
    if used is None:
        raise _wrong()


def _recovery_code() -> str:
    text = base64.b32encode(secrets.token_bytes(15)).decode("ascii").lower()
    return "-".join(text[i : i + 4] for i in range(0, len(text), 4))


def _hash(code: str) -> bytes:
    return hashlib.sha256(re.sub(r"[\s-]", "", code).lower().encode("utf-8", "surrogatepass")).digest()


def _wrong() -> NotSignedIn:
    return NotSignedIn(
        "wrong-code",
        "The code is wrong or was used already.",
        "Mã xác thực không đúng hoặc đã được dùng.",
    )
