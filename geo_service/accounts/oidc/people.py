"""Which account somebody from the provider is. By what was linked before, or by a verified identity number; never by e-mail address or name.

Nobody becomes a member of staff this way: an account that works here is linked by the operator (`geo-service user link`) only. Everything runs under
the gate's login.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from geo_service.accounts.oidc.provider import Person
from geo_service.accounts.oidc.refusal import SignInRefused
from geo_service.accounts.sessions import TRIES_PER_ADDRESS, WINDOW, write_audit
from geo_service.personal.vault import Vault
from layers.db import Connection


def account_of(conn: Connection, vault: Vault, issuer: str, person: Person, *, demo: bool) -> int:
    """The account of a person, made if there is none. Raises SignInRefused."""
    conn.execute(
        "SELECT pg_advisory_xact_lock(hashtext('geo-service oidc'))"
    )  # two sign-ins of one new person make one account
    known = _in_the_register(conn, vault, person.identity_number)
    found = conn.execute(
        "SELECT a.id, a.disabled, a.demo, a.party_id FROM accounts.identity i JOIN accounts.account a ON a.id = i.account_id"
        " WHERE i.issuer = %s AND i.subject = %s",
        [issuer, person.subject],
    ).fetchone()
    if found is not None:
        if found["disabled"] or (found["demo"] and not demo):
            raise SignInRefused("disabled", "the account is closed", account=found["id"])
        _join(conn, found, known)
        return int(found["id"])
    if known is not None and known["account_id"] is not None:
        account = int(known["account_id"])
        if known["staff"]:
            raise SignInRefused("not-linked", "who works here is linked by the operator", account=account)
        if known["disabled"]:
            raise SignInRefused("disabled", "the account is closed", account=account)
    else:
        account = _made(conn, issuer, person, known["party_id"] if known else None)
    conn.execute(
        "INSERT INTO accounts.identity (issuer, subject, account_id) VALUES (%s, %s, %s)",
        [issuer, person.subject, account],
    )
    write_audit(conn, "account.linked", f"account:{account}", detail={"issuer": issuer, "person": known is not None})
    return account


def _in_the_register(conn: Connection, vault: Vault, number: str | None) -> dict[str, Any] | None:
    if number is None:
        return None
    return conn.execute(
        "SELECT party_id, account_id, staff, disabled FROM accounts.person_by_number(%s)", [vault.fingerprint(number)]
    ).fetchone()


def _join(conn: Connection, account: dict[str, Any], known: dict[str, Any] | None) -> None:
    """Tell an account that is linked already which person in the register it is, once that is proven."""
    if known is None or known["party_id"] == account["party_id"]:
        return
    if account["party_id"] is not None:
        raise SignInRefused("not-linked", "the identity number is that of another person", account=account["id"])
    if known["account_id"] is None:
        conn.execute("UPDATE accounts.account SET party_id = %s WHERE id = %s", [known["party_id"], account["id"]])
        write_audit(conn, "account.linked", f"account:{account['id']}", detail={"person": True})


def _made(conn: Connection, issuer: str, person: Person, party: int | None) -> int:
    digest = hashlib.sha256(f"{issuer}\n{person.subject}".encode()).hexdigest()[:12]
    for login in (f"oidc-{digest}", f"oidc-{secrets.token_hex(8)}"):  # the first may be somebody's who chose it
        row = conn.execute(
            "INSERT INTO accounts.account (login, name, party_id) VALUES (%s, %s, %s) ON CONFLICT (login) DO NOTHING RETURNING id",
            [login, person.name or login, party],
        ).fetchone()
        if row is not None:
            break
    assert row is not None
    write_audit(conn, "account.made", f"account:{row['id']}", detail={"method": "oidc"})
    return int(row["id"])


def admit(conn: Connection, mark: str, address: str) -> SignInRefused | None:
    """Why a state does not count, or None; `mark` stands for it, and the caller has committed a row for this use. It is good once, and failures
    count against the address as those of passwords do."""
    row = conn.execute(
        "SELECT count(*) FILTER (WHERE login = %(mark)s) AS uses, count(*) FILTER (WHERE address = %(address)s) AS tries FROM accounts.attempt"
        " WHERE (login = %(mark)s OR address = %(address)s) AND at > clock_timestamp() - %(window)s",
        {"mark": mark, "address": address, "window": WINDOW},
    ).fetchone()
    assert row is not None
    if row["tries"] > TRIES_PER_ADDRESS:
        conn.execute(
            "DELETE FROM accounts.attempt WHERE login = %s AND address = %s", [mark, address]
        )  # so waiting helps
        return SignInRefused("too-many-attempts", "too many failures from this address")
    return SignInRefused("expired", "the state was used before") if row["uses"] > 1 else None
