"""Settings come from the environment, say clearly what is wrong, and never let a default secret into production."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from geo_service.settings import Settings, SettingsError, default_data_dir, private_file

SECRET = "8f3b1c7d9e2a4f60b5c8d1e7a3f92b46"


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GEO_") or name == "DATABASE_URL"]:
        monkeypatch.delenv(name)


def test_defaults_are_a_development_service_on_this_machine_only() -> None:
    settings = Settings.load()
    assert settings.database_url is None
    assert settings.fabric_srid == 5897
    assert (settings.host, settings.port, settings.workers) == ("127.0.0.1", 8000, 1)
    assert not settings.production
    assert settings.upload_limit == 2 * 1024**3
    assert not settings.json_logs
    assert settings.data_dir == default_data_dir()


def test_the_environment_is_read_and_options_win(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://a:b@db/geo")
    monkeypatch.setenv("GEO_FABRIC_SRID", "2193")
    monkeypatch.setenv("GEO_PORT", "9000")
    monkeypatch.setenv("GEO_DATA_DIR", str(tmp_path / "x" / ".." / "data"))
    monkeypatch.setenv("GEO_UPLOAD_LIMIT", "500MiB")
    monkeypatch.setenv("GEO_HOST", "")
    settings = Settings.load(port=9001, workers=None)
    assert settings.database_url == "postgresql://a:b@db/geo"
    assert settings.fabric_srid == 2193
    assert settings.port == 9001
    assert settings.data_dir == tmp_path / "data"
    assert settings.upload_limit == 500 * 1024**2
    assert settings.host == "127.0.0.1", "an empty variable is as good as none"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GEO_PORT", "eighty", "GEO_PORT: "),
        ("GEO_PORT", "70000", "GEO_PORT: "),
        ("GEO_FABRIC_SRID", "5", "GEO_FABRIC_SRID: "),
        ("GEO_ENV", "prod", "GEO_ENV: "),
        ("DATABASE_URL", "mysql://db/geo", "DATABASE_URL: must look like postgresql://"),
        ("GEO_UPLOAD_LIMIT", "much", "GEO_UPLOAD_LIMIT: "),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert message in caught.value.detail
    assert "\n" not in caught.value.detail
    assert "Cấu hình không hợp lệ" in caught.value.detail_vi


@pytest.mark.parametrize(
    "secret", ["", "q7!x", "changeme" * 5, "a" * 64, "abababababababababababababababababab", "secret-" + SECRET]
)
def test_production_refuses_default_and_weak_secrets(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("GEO_ENV", "production")
    monkeypatch.setenv("GEO_SECRET_KEY", secret)
    with pytest.raises(SettingsError, match="GEO_SECRET_KEY") as caught:
        Settings.load()
    assert not secret or secret not in caught.value.detail, "the secret itself is not repeated"


def test_production_takes_a_good_secret_and_hides_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEO_ENV", "production")
    monkeypatch.setenv("GEO_SECRET_KEY", SECRET)
    with pytest.raises(SettingsError, match="GEO_PERSONAL_KEY must be set"):
        Settings.load()
    monkeypatch.setenv("GEO_PERSONAL_KEY", "short")
    with pytest.raises(SettingsError, match="64 hexadecimal digits"):
        Settings.load()
    monkeypatch.setenv("GEO_PERSONAL_KEY", "c4" * 32)
    for name, value in (("GEO_RATES", "off"), ("GEO_DATABASE_LOGINS", "owner")):
        with monkeypatch.context() as weakened:
            weakened.setenv(name, value)
            with pytest.raises(SettingsError, match=name):
                Settings.load()
    settings = Settings.load()
    assert settings.personal_secret() == bytes.fromhex("c4" * 32)
    assert settings.secret() == SECRET
    assert SECRET not in repr(settings)
    assert settings.json_logs
    assert settings.cookies_are_secure


def test_development_makes_its_own_secret_once_and_keeps_it_private(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    secret = settings.secret()
    assert len(secret) == 64
    assert settings.secret() == secret
    assert Settings(data_dir=tmp_path / "data").secret() == secret
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_a_private_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "secret"

    def slow() -> str:
        path.write_text("the other process was first")
        return "ours"

    assert private_file(path, slow) == "the other process was first"


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


@pytest.mark.parametrize("home", ["", None])
def test_the_data_folder_is_found_without_home(monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    assert default_data_dir().is_absolute()
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_dir() == Path("/var/lib/geo-service")
