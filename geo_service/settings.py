"""Settings: read once from the environment at the edge, then passed explicitly.

There is no module-level settings object. The command line (or a test) builds one `Settings` and hands it on, so two
deployments can live in one process and nothing depends on the order of imports.
"""

from __future__ import annotations

import os
import pwd
import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo_service.accounts.oidc.config import OidcConfig
from geo_service.dossiers.partners.config import Book, read_book
from geo_service.dossiers.partners.signing import Signer
from geo_service.rates import Numbers
from layers.errors import Problem

SECRET_FILE = "secret.key"  # noqa: S105  (a file name)
PERSONAL_KEY_FILE = "personal.key"
PARTNER_KEY_FILE = "partner.key"
SECRET_LENGTH = 32
DEFAULT_SECRETS = ("changeme", "change-me", "secret", "default", "password", "example", "geo-service", "insecure")


class SettingsError(Problem):
    """A setting has a value the service must not start with."""

    status: ClassVar[int] = 500
    title: ClassVar[str] = "A setting is wrong"
    title_vi: ClassVar[str] = "Cấu hình sai"


def default_data_dir() -> Path:
    """Where data is kept unless told otherwise: a system folder for root, the user's own data folder for anyone else.

    Works without `HOME` (cron, containers, a clean machine): the folder then comes from the user database.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/geo-service")
    if shared := os.environ.get("XDG_DATA_HOME"):
        return Path(shared) / "geo-service"
    home = os.environ.get("HOME") or pwd.getpwuid(os.geteuid()).pw_dir
    return Path(home) / ".local" / "share" / "geo-service"


def is_weak(secret: str) -> bool:
    """True for a secret that is short, repeats a few characters, or starts as a placeholder does."""
    lowered = secret.lower()
    return len(secret) < SECRET_LENGTH or len(set(secret)) < 8 or lowered.startswith(DEFAULT_SECRETS)


class Settings(BaseSettings):
    """Everything that differs between two deployments. Each field is one environment variable (`GEO_<NAME>`)."""

    model_config = SettingsConfigDict(
        env_prefix="GEO_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    database_url: Annotated[str | None, Field(validation_alias="DATABASE_URL")] = None
    """libpq address of a PostgreSQL + PostGIS database; without one the service runs its own embedded cluster."""
    data_dir: Path = Field(default_factory=default_data_dir)
    """The embedded cluster, uploaded files, keys."""
    fabric_srid: Annotated[int, Field(ge=1024, le=999_999)] = 5897
    """EPSG code of the master coordinates; fixed for the life of a database."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    env: Literal["development", "production"] = "development"
    secret_key: SecretStr | None = None
    log_format: Literal["pretty", "json"] | None = None
    """None: pretty in development, JSON lines in production."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    upload_limit: ByteSize = ByteSize(2 * 1024**3)
    """Largest accepted request body in bytes; `2GB` and `500MiB` are understood."""
    files: str | None = None
    """Where papers lie: a folder, or a bucket as s3://bucket/prefix (with the usual AWS_… variables). None: a folder in the data folder."""
    document_limit: Annotated[ByteSize, Field(ge=100_000, le=500_000_000)] = ByteSize(20 * 1024**2)
    """Largest paper that may be handed in."""
    images: str | None = None
    """Where scenes lie: a folder, or a bucket as s3://bucket/prefix. None: a folder in the data folder."""
    dask: Annotated[str | None, Field(pattern=r"^(tcp|tls)://\S+$")] = None
    """Address of a dask scheduler (tcp://host:8786) that detection runs are spread over; its workers share the images and the folder `runs` of the data
    folder. None: threads of the worker."""
    detection_threads: Annotated[int, Field(ge=1, le=256)] = 2
    """Threads of a detection run where there is no scheduler."""
    building_network: Path | None = None
    """An ONNX file (see imagery.learning.network) that maps changes of buildings where pixels are finer than 1 m; a cluster's workers need it too. None: such
    pairs are refused."""
    public_url: Annotated[str | None, Field(pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$")] = None
    """Where people reach the service; printed in QR codes. None: as the browser that asks for a paper calls us."""
    personal_key: SecretStr | None = None
    """64 hexadecimal digits; personal data is sealed with it. Whoever loses it loses identity numbers, phones and addresses."""
    database_logins: Literal["separate", "owner"] = "separate"
    """"owner": everything with the login of DATABASE_URL, which the database lets do everything. For measuring what the separation costs."""
    oidc_issuer: str | None = None
    """Address of an OpenID Connect provider; without one people sign in with passwords only."""
    oidc_name: str = "OpenID Connect"
    """What the sign-in button calls the provider."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_redirect_uri: str | None = None
    """This service's own https://…/api/oidc/callback, as the provider knows it. None (development only): as the browser calls us."""
    oidc_scopes: str = "openid profile"
    oidc_acr_levels: str = ""
    """The provider's levels of assurance (`acr`), weakest first, with spaces between them."""
    oidc_acr_least: str | None = None
    """Below this level nobody signs in. None: every level is enough."""
    oidc_acr_strong: str | None = None
    """From this level on a session counts as one with a second factor. None: no level does."""
    oidc_claim_name: str = "name"
    oidc_claim_identity: str | None = None
    """The claim with the identity number; people find their own land by it while the next claim is true."""
    oidc_claim_verified: str | None = None
    partners: str | None = None
    """JSON: tax, payment, portal and notification, each with its `address` and public `keys`; see geo_service.dossiers.partners.config."""
    partner_key: SecretStr | None = None
    """64 hexadecimal digits; what we tell partners is signed with it (Ed25519). `geo-service partners-key` shows the public half."""
    partner_name: Annotated[str, Field(min_length=1, max_length=100)] = "geo-service"
    """What partners know this deployment as."""
    rates: Literal["on", "off"] = "on"
    """"off": nobody's requests are counted. For benchmarks and tests; refused in production."""
    rate_anonymous: Annotated[int, Field(ge=1)] = 600
    """Requests a minute under /api from one address (IPv6: one /64) by whoever has not proven who they are."""
    rate_signed_in: Annotated[int, Field(ge=1)] = 1_200
    """Requests a minute of one account, whatever sessions and tokens it uses."""
    rate_changes: Annotated[int, Field(ge=1)] = 240
    rate_search: Annotated[int, Field(ge=1)] = 300
    rate_streams: Annotated[int, Field(ge=1)] = 64
    """Live streams open at once from one address."""
    rate_partners: Annotated[int, Field(ge=1)] = 6_000
    """Signed messages a minute from one address of partners."""
    rate_track: Annotated[int, Field(ge=1)] = 60
    """Dossiers looked up by their code."""
    trusted_proxies: str = "127.0.0.1"
    """Addresses whose X-Forwarded-For is believed (it decides whom the sign-in limit counts)."""
    secure_cookies: bool | None = None
    """None: yes in production. Browsers send a secure cookie over HTTPS (and to localhost) only."""

    @field_validator("database_url")
    @classmethod
    def _postgres_only(cls, value: str | None) -> str | None:
        if value is None:
            return None
        for prefix in ("postgresql+psycopg://", "postgres://"):
            if value.startswith(prefix):
                value = "postgresql://" + value.removeprefix(prefix)
        if not value.startswith("postgresql://") and "=" not in value:
            raise ValueError("must look like postgresql://user:password@host:5432/database")
        return value

    @field_validator("data_dir", "building_network")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().resolve() if value else None

    @model_validator(mode="after")
    def _no_default_secrets(self) -> Self:
        if self.env == "production":
            secret = self.secret_key.get_secret_value() if self.secret_key else ""
            if not secret:
                raise ValueError("GEO_SECRET_KEY must be set in production")
            if is_weak(secret):
                raise ValueError(
                    f"GEO_SECRET_KEY is a default, is repetitive or is shorter than {SECRET_LENGTH} characters; "
                    "make one with: openssl rand -hex 32"
                )
            if self.personal_key is None:
                raise ValueError("GEO_PERSONAL_KEY must be set in production; make one with: openssl rand -hex 32")
            if self.rates == "off":
                raise ValueError("GEO_RATES=off is for benchmarks, not for production")
            if self.database_logins == "owner":
                raise ValueError("GEO_DATABASE_LOGINS=owner is for measuring, not for production")
        if self.personal_key and not re.fullmatch("[0-9a-fA-F]{64}", self.personal_key.get_secret_value()):
            raise ValueError("GEO_PERSONAL_KEY must be 64 hexadecimal digits; make one with: openssl rand -hex 32")
        if self.partner_key and not re.fullmatch("[0-9a-fA-F]{64}", self.partner_key.get_secret_value()):
            raise ValueError("GEO_PARTNER_KEY must be 64 hexadecimal digits; make one with: openssl rand -hex 32")
        if self.production and self.partners and self.partner_key is None:
            raise ValueError("GEO_PARTNER_KEY must be set in production with GEO_PARTNERS")
        self.oidc()
        self.partner_book()
        return self

    @property
    def production(self) -> bool:
        return self.env == "production"

    @property
    def json_logs(self) -> bool:
        return self.log_format == "json" if self.log_format else self.production

    @property
    def cookies_are_secure(self) -> bool:
        return self.production if self.secure_cookies is None else self.secure_cookies

    @property
    def files_address(self) -> str:
        """Folder or bucket of the papers."""
        return self.files or str(self.data_dir / "files")

    @property
    def images_address(self) -> str:
        """Where scenes lie."""
        return self.images or str(self.data_dir / "images")

    def secret(self) -> str:
        """The signing secret. In development one is made at first need and kept in the data folder (mode 600)."""
        if self.secret_key:
            return self.secret_key.get_secret_value()
        return private_file(self.data_dir / SECRET_FILE, lambda: secrets.token_hex(32))

    def rate_numbers(self) -> Numbers:
        """How much of what one address or account may ask for in a minute."""
        return Numbers(
            self.rate_anonymous,
            self.rate_signed_in,
            self.rate_changes,
            self.rate_search,
            self.rate_streams,
            self.rate_partners,
            self.rate_track,
        )

    def oidc(self) -> OidcConfig | None:
        """The identity provider people may sign in through. Raises ValueError for one that must not be trusted."""
        if self.oidc_issuer is None:
            return None
        return OidcConfig(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret=self.oidc_client_secret.get_secret_value() if self.oidc_client_secret else None,
            redirect_uri=self.oidc_redirect_uri,
            scopes=self.oidc_scopes,
            acr_levels=tuple(self.oidc_acr_levels.split()),
            acr_least=self.oidc_acr_least,
            acr_strong=self.oidc_acr_strong,
            claim_name=self.oidc_claim_name,
            claim_identity=self.oidc_claim_identity,
            claim_verified=self.oidc_claim_verified,
            production=self.production,
        )

    def personal_secret(self) -> bytes:
        """The key that personal data is sealed with (32 bytes). In development made at first need, kept in the data folder (mode 600)."""
        if self.personal_key:
            return bytes.fromhex(self.personal_key.get_secret_value())
        return bytes.fromhex(private_file(self.data_dir / PERSONAL_KEY_FILE, lambda: secrets.token_hex(32)))

    def partner_book(self) -> Book:
        """The partners, where they are and what they sign with. Raises ValueError for one that must not be trusted."""
        return read_book(self.partners, self.production)

    def partner_signer(self) -> Signer:
        """Signs what partners are told. In development the key is made at first need and kept in the data folder (mode 600)."""
        if self.partner_key:
            return Signer.of(self.partner_name, bytes.fromhex(self.partner_key.get_secret_value()))
        seed = private_file(self.data_dir / PARTNER_KEY_FILE, lambda: secrets.token_hex(32))
        return Signer.of(self.partner_name, bytes.fromhex(seed))

    @classmethod
    def load(cls, **overrides: Any) -> Self:
        """Settings from the environment; `overrides` (from command-line options) win.

        Raises SettingsError with one sentence that names the variable, never the secret's value.
        """
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})
        except ValidationError as error:
            lines = [_sentence(item["loc"], item["msg"]) for item in error.errors(include_input=False)]
            detail = "; ".join(lines)
            raise SettingsError("settings", f"{detail}.", f"Cấu hình không hợp lệ: {detail}.") from None


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ").rstrip(".")
    if not where:
        return message
    name = str(where[0])
    return f"{name if name.isupper() else 'GEO_' + name.upper()}: {message}"


def private_file(path: Path, make: Callable[[], str]) -> str:
    """The text of a file only its owner may read; made once, and never half-written, by whichever process is first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(make())
        try:
            os.link(draft, path)  # unlike rename, never replaces what another process has just made
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text(encoding="utf-8").strip()
