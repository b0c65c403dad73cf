"""`geo-service user …`: the people who may sign in, and what they may do where. The operator at the command line acts as the system."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import datetime, timedelta
from typing import Annotated

import typer

from geo_service.cli.common import WRONG_USE, connection, fail

app = typer.Typer(no_args_is_help=True, help="Accounts. (Tài khoản)")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Name to sign in with.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Unit = Annotated[list[str] | None, typer.Option(help="Unit of the role; repeat it. None: the whole city.")]


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        fail("say --password-stdin to give the password without a terminal.", "hãy dùng --password-stdin.", WRONG_USE)
    return str(typer.prompt("Password / Mật khẩu", hide_input=True, confirmation_prompt=True))


@app.command()
def add(
    login: Login,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    role: Annotated[
        list[str] | None, typer.Option(help="What the person may do; repeat it (user roles lists them).")
    ] = None,
    unit: Unit = None,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account. The password is asked for, never given as an argument."""
    from geo_service.accounts.service import add_account

    password = _password(password_stdin)
    with connection() as conn:
        add_account(conn, login, password, name=name, roles=role or (), units=unit or None)
    typer.echo(f"Account '{login.lower()}' made. / Đã tạo tài khoản.")


@app.command("list")
def list_(
    wanted: Annotated[str, typer.Argument(metavar="[TEXT]", help="Part of a login or name.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """List the accounts with the roles they hold."""
    from geo_service.accounts.service import list_accounts

    with connection() as conn:
        accounts = list_accounts(conn, wanted=wanted, limit=100_000)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in accounts], ensure_ascii=False, default=str))
        return
    for one in accounts:
        held = " ".join(f"{a['role']}@{a['unit'] or '*'}" for a in one.assignments if not a["ended_at"])
        marks = " ".join(
            word for word, on in (("demo", one.demo), ("disabled", one.disabled), ("2fa", one.has_totp)) if on
        )
        typer.echo(f"{one.login:20} {held:40} {one.name} {marks}".rstrip())


@app.command()
def roles() -> None:
    """List the roles and what each includes."""
    with connection() as conn:
        for row in conn.execute("SELECT code, name_vi, capabilities FROM accounts.role ORDER BY code").fetchall():
            typer.echo(f"{row['code']:14} {row['name_vi']:20} {' '.join(row['capabilities'])}")


@app.command()
def give(
    login: Login,
    role: Annotated[str, typer.Argument(metavar="ROLE")],
    unit: Unit = None,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; default: today.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; default: open.")] = None,
    deputy_for: Annotated[str | None, typer.Option(help="Login of the person deputised for.")] = None,
    note: Annotated[str, typer.Option()] = "",
) -> None:
    """Give a role, in units or (without --unit) in the whole city."""
    from geo_service.accounts import assignments
    from geo_service.accounts.service import account_id

    with connection() as conn:
        for place in unit or (None,):
            given = assignments.give(
                conn,
                account_id(conn, login),
                role,
                place,
                valid_from=since.date() if since else None,
                valid_until=until.date() + timedelta(days=1) if until else None,
                deputy_for=deputy_for,
                note=note,
            )
            typer.echo(f"{given.id}  {role}@{place or '*'} given. / Đã giao vai trò.")


@app.command()
def end(
    login: Login,
    assignment: Annotated[int, typer.Argument(metavar="ID", help="Number of the assignment (user list --json).")],
) -> None:
    """End a role now; it stays in the history."""
    from geo_service.accounts import assignments
    from geo_service.accounts.service import account_id

    with connection() as conn:
        assignments.end(conn, account_id(conn, login), assignment)
    typer.echo("Ended. / Đã kết thúc.")


@app.command()
def password(login: Login, password_stdin: FromStdin = False) -> None:
    """Change a password; the account's sessions end."""
    from geo_service.accounts.service import account_id, set_password

    text = _password(password_stdin)
    with connection() as conn:
        set_password(conn, account_id(conn, login), login.strip().lower(), text)
    typer.echo("Password changed. / Đã đổi mật khẩu.")


@app.command("reset-totp")
def reset_totp(login: Login) -> None:
    """Take a lost second factor away; the next sign-in sets up a new one."""
    from geo_service.accounts import service

    with connection() as conn:
        service.reset_totp(conn, service.account_id(conn, login))
    typer.echo("Second factor removed. / Đã bỏ xác thực hai lớp.")


@app.command()
def disable(
    login: Login, enable: Annotated[bool, typer.Option("--enable", help="Open the account again.")] = False
) -> None:
    """Close an account; its sessions end at once."""
    from geo_service.accounts import service

    with connection() as conn:
        service.change(conn, service.account_id(conn, login), disabled=not enable)
    typer.echo("Opened. / Đã mở." if enable else "Closed. / Đã khoá.")


@app.command()
def link(
    login: Login,
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="Address of the identity provider.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="What the provider calls the person.")],
) -> None:
    """Let a member of staff sign in through an identity provider."""
    from geo_service.accounts.service import account_id, link_identity

    with connection() as conn:
        link_identity(conn, account_id(conn, login), issuer, subject)
    typer.echo("Linked. / Đã liên kết.")


@app.command("four-eyes")
def four_eyes(
    on: Annotated[bool, typer.Argument(help="true: another officer decides; false: one officer may.")],
) -> None:
    """Whether what one officer proposes has to be decided by another. Recorded in the audit log."""
    from geo_service.accounts.service import set_four_eyes

    with connection() as conn:
        set_four_eyes(conn, on)
    typer.echo("Four eyes on. / Bật nguyên tắc bốn mắt." if on else "Four eyes off. / Tắt nguyên tắc bốn mắt.")
