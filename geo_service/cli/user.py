"""`geo-service user …`: the people who may sign in."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Annotated

import typer

from geo_service.accounts.models import Role
from geo_service.cli.common import WRONG_USE, connection, fail

app = typer.Typer(no_args_is_help=True, help="Accounts. (Tài khoản)")

Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Name to sign in with.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


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
    role: Annotated[Role, typer.Option(help="What the person may do.")] = "officer",
    unit: Annotated[
        list[str] | None, typer.Option(help="Unit the officer works in; repeat it. None: all units.")
    ] = None,
    password_stdin: FromStdin = False,
) -> None:
    """Make an account. The password is asked for, never given as an argument."""
    from geo_service.accounts.service import add_account

    password = _password(password_stdin)
    with connection() as conn:
        add_account(conn, login, password, name=name, role=role, units=unit or None)
    typer.echo(f"Account '{login.lower()}' made. / Đã tạo tài khoản.")


@app.command("list")
def list_(as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False) -> None:
    """List the accounts."""
    from geo_service.accounts.service import list_accounts

    with connection() as conn:
        accounts = list_accounts(conn)
    if as_json:
        rows = [dataclasses.asdict(account) | {"created_at": account.created_at.isoformat()} for account in accounts]
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for account in accounts:
        units = "all units" if account.units is None else ",".join(account.units)
        marks = " ".join(word for word, on in (("demo", account.demo), ("disabled", account.disabled)) if on)
        typer.echo(f"{account.login:20} {account.role:8} {units:20} {account.name} {marks}".rstrip())


@app.command()
def password(login: Login, password_stdin: FromStdin = False) -> None:
    """Change a password; the account's sessions end."""
    from geo_service.accounts.service import set_password

    text = _password(password_stdin)
    with connection() as conn:
        set_password(conn, login, text)
    typer.echo("Password changed. / Đã đổi mật khẩu.")


@app.command()
def disable(
    login: Login, enable: Annotated[bool, typer.Option("--enable", help="Open the account again.")] = False
) -> None:
    """Close an account; its sessions end at once."""
    from geo_service.accounts.service import set_disabled

    with connection() as conn:
        set_disabled(conn, login, not enable)
    typer.echo("Opened. / Đã mở." if enable else "Closed. / Đã khoá.")
