"""A planted secret is found, whatever kind it is; what only looks like one is left alone."""

from __future__ import annotations

import secrets
import subprocess
from pathlib import Path

import pytest

from scripts import check_tree, scan_secrets

RANDOM = "7" + secrets.token_urlsafe(32)
DIGITS = "7" + secrets.token_hex(32)


def named(line: str) -> str:
    """A line without its random value, so that a test has the same name in every process."""
    return line.replace(RANDOM, "RANDOM").replace(DIGITS, "DIGITS")


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN " + "PRIVATE KEY-----",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "aws = " + "AK" + "IA" + "ABCDEFGHIJKLMNOP",
        "gh" + "p_" + "a1B2" * 9,
        "glp" + "at-" + "a1B2" * 6,
        "npm" + "_" + "a1B2" * 9,
        "xox" + "b-1234567890-abcdef",
        "ey" + "JhbGciOiJSUzI1NiJ9abc.ey" + "JzdWIiOiIxMjM0NTY3ODkw.c2lnbmF0dXJlLW9mLXRoaXM",
        "DATABASE_URL=postgresql://geo:" + RANDOM + "@db:5432/geo",
        f'SECRET_KEY = "{RANDOM}"',
        f"GEO_SECRET_KEY={DIGITS}",
        f"  client_secret: '{RANDOM}'",
        f'{{"api_key": "{DIGITS}"}}',
        f'personal_token = b"{RANDOM}"',
        f"export GEO_DB_PASSWORD={DIGITS}",
    ],
    ids=named,
)
def test_a_secret_is_found(line: str) -> None:
    found = scan_secrets.findings("some/file.py", f"first = 1\n{line}\n")
    assert found and found[0][0] == 2


@pytest.mark.parametrize(
    "line",
    [
        'SECRET_FILE = "secret.key"',
        "POSTGRES_PASSWORD: ${GEO_DB_PASSWORD:?set GEO_DB_PASSWORD}",
        "DATABASE_URL: postgresql://geo:${GEO_DB_PASSWORD}@db:5432/geo",
        '"""looks like postgresql://user:password@host:5432/database"""',
        'secret_key = "change-me-to-something-else"',
        "password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%')",
        "token = secrets.token_urlsafe(32)",
        'PASSWORD = "một mật khẩu đủ dài để thử"',
        "settings.secret_key.get_secret_value()",
        "    --hash=sha256:" + DIGITS,
        'token_type="Authorization.Bearer"',
    ],
    ids=named,
)
def test_what_is_none_is_left_alone(line: str) -> None:
    assert scan_secrets.findings("some/file.py", line) == []


def test_a_planted_file_fails_the_check_without_being_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for module in (check_tree, scan_secrets):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "picture.png").write_bytes(bytes(range(256)))
    monkeypatch.setattr(scan_secrets, "ACCEPTED", {})
    assert scan_secrets.main() == 0
    (tmp_path / "new.env").write_text(f"A=1\nGEO_SECRET_KEY={DIGITS}\n", encoding="utf-8")  # not even added yet
    assert scan_secrets.main() == 1
    said = capsys.readouterr().out
    assert said == "new.env:2: secret in an assignment\n"
    monkeypatch.setattr(scan_secrets, "ACCEPTED", {("new.env", DIGITS[:20]): "of a test"})
    assert scan_secrets.main() == 0
    (tmp_path / "new.env").unlink()
    assert scan_secrets.main() == 1
    assert "nothing is accepted here any more" in capsys.readouterr().out
