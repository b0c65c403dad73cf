"""What is believed of a partner, and what a deployment may be configured with."""

from __future__ import annotations

import base64
import json
import secrets
import time
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from geo_service.dossiers.partners import words
from geo_service.dossiers.partners.config import read_book
from geo_service.dossiers.partners.outbox import pause_after
from geo_service.dossiers.partners.signing import LONGEST, SKEW, Refused, Signer, read, verify
from geo_service.dossiers.partners.transport import judge
from geo_service.settings import Settings, SettingsError

THEM, OTHER = Signer.of("tax", b"\x01" * 32), Signer.of("tax", b"\x02" * 32)
NOW = 1_800_000_000.0


def refused(text: str, keys: tuple[str, ...] = (THEM.public,), now: float = NOW) -> str:
    with pytest.raises(Refused) as caught:
        verify(text, keys, issuer="tax", audience="us", now=now)
    assert caught.value.slug in words.REFUSALS
    return caught.value.slug


def test_a_message_says_who_when_which_and_what() -> None:
    text = THEM.sign("us", "m-1", "notice", "H26-260901-0001", {"total": 5, "tên": "thuế"}, NOW)
    claims = verify(text, [OTHER.public, THEM.public], issuer="tax", audience="us", now=NOW + 299)
    assert (claims.jti, claims.iss, claims.aud, claims.iat) == ("m-1", "tax", "us", int(NOW))
    assert claims.says() == ("notice", "H26-260901-0001", {"total": 5, "tên": "thuế"})
    assert read(text) == claims


def test_a_message_of_somebody_else_is_refused() -> None:
    good = THEM.sign("us", "m-1", "notice", None, {}, NOW)
    assert refused(OTHER.sign("us", "m-1", "notice", None, {}, NOW)) == "wrong-signature"
    assert refused(good, keys=()) == "wrong-signature"
    assert refused(Signer.of("portal", b"\x01" * 32).sign("us", "m", "notice", None, {}, NOW)) == "wrong-sender"
    assert refused(THEM.sign("somebody", "m", "notice", None, {}, NOW)) == "wrong-addressee"
    assert refused(good, now=NOW + SKEW + 1) == "wrong-time"
    assert refused(good, now=NOW - SKEW - 1) == "wrong-time"
    head, _, tail = good.split(".")
    forged = base64.urlsafe_b64encode(b'{"jti":"m-2","iss":"tax","aud":"us","iat":1800000000,"kind":"notice"}')
    assert refused(f"{head}.{forged.decode().rstrip('=')}.{tail}") == "wrong-signature"


def test_no_algorithm_but_ours_counts() -> None:
    claims = json.dumps({"jti": "m", "iss": "tax", "aud": "us", "iat": int(NOW), "kind": "notice"}).encode()
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    body = base64.urlsafe_b64encode(claims).decode().rstrip("=")
    assert refused(f"{none}.{body}.") in ("wrong-signature", "unreadable")
    keyed = jws.serialize_compact({"alg": "HS256"}, claims, OctKey.import_key(THEM.public), algorithms=["HS256"])
    assert refused(keyed) == "wrong-signature"
    critical = jws.serialize_compact(
        {"alg": "Ed25519"}, b"[1]", OKPKey.import_key(THEM.key.as_dict(private=True)), algorithms=["Ed25519"]
    )
    assert refused(critical) == "unreadable"


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "é.b.c", "a" * (LONGEST + 1), "e30.e30.e30", "\x00.\x00.\x00"]
)
def test_bytes_that_no_message_is_made_of_are_refused(text: str) -> None:
    assert refused(text) in ("unreadable", "wrong-signature")


@pytest.mark.parametrize(
    "change",
    [
        {"jti": ""},
        {"jti": "a" * 101},
        {"jti": "a b"},
        {"iat": "1800000000"},
        {"iat": True},
        {"kind": "No"},
        {"dossier": "a\u0000"},
        {"data": []},
    ],
)
def test_claims_of_another_shape_are_refused(change: dict[str, object]) -> None:
    claims = {
        "jti": "m",
        "iss": "tax",
        "aud": "us",
        "iat": int(NOW),
        "kind": "notice",
        "dossier": None,
        "data": {},
    } | change
    text = jws.serialize_compact({"alg": "Ed25519"}, json.dumps(claims), THEM.key, algorithms=["Ed25519"])
    assert refused(text) == "unreadable"


def test_a_partner_that_must_not_be_trusted_is_not_started_with(tmp_path: Path) -> None:
    good = {"address": "https://thue.example/api", "keys": [THEM.public]}

    def load(book: object, **more: str) -> Settings:
        text = book if isinstance(book, str) else json.dumps(book)
        return Settings.load(database_url="postgresql://x/y", data_dir=tmp_path, partners=text, **more)

    assert load({"tax": good}).partner_book()["tax"].address == "https://thue.example/api"
    for wrong in (
        "no json",
        {"bank": good},
        {"tax": good | {"address": "http://thue.example"}},
        {"tax": good | {"address": "https://a:b@thue.example"}},
        {"tax": good | {"address": "ftp://thue.example"}},
        {"tax": good | {"keys": []}},
        {"tax": good | {"keys": ["short"]}},
        {"tax": good | {"unheard": 1}},
    ):
        with pytest.raises(SettingsError) as caught:
            load(wrong)
        assert "GEO_PARTNERS" in caught.value.detail
    with pytest.raises(SettingsError) as caught:
        Settings.load(
            database_url="postgresql://x/y", data_dir=tmp_path, partners=json.dumps({"tax": good}), env="production",
            secret_key=secrets.token_hex(32), personal_key=secrets.token_hex(32),
        )  # fmt: skip
    assert "GEO_PARTNER_KEY" in caught.value.detail


def test_our_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(database_url="postgresql://x/y", data_dir=tmp_path)
    assert settings.partner_signer().public == settings.partner_signer().public
    assert (tmp_path / "partner.key").stat().st_mode & 0o777 == 0o600


def test_pauses_double_up_to_the_longest_and_end() -> None:
    partner = read_book(
        json.dumps(
            {
                "tax": {
                    "address": "https://a",
                    "keys": [THEM.public],
                    "tries": 4,
                    "first_pause_s": 1,
                    "longest_pause_s": 3,
                }
            }
        ),
        True,
    )["tax"]
    assert [pause_after(partner, tries, 1.0) for tries in (1, 2, 3, 4)] == [1.0, 2.0, 3.0, None]
    assert pause_after(partner, 1, 0.0) == 0.5


def test_an_answer_that_nothing_heals_is_told_from_one_that_time_heals() -> None:
    assert judge(202, b'{"message": "m"}').body == {"status": 202, "said": {"message": "m"}}
    assert judge(204, b"").outcome == "sent"
    assert judge(200, b'"\\u0000"').body == {"status": 200}
    assert {judge(status, b"").outcome for status in (400, 409, 410, 413, 415, 422)} == {"refused"}
    assert {judge(status, b"").outcome for status in (301, 401, 403, 404, 408, 425, 429, 500, 503)} == {"down"}
    assert judge(429, b"", "17").wait_s == 17
    assert judge(503, b"", "Wed, 21 Oct 2026 07:28:00 GMT").wait_s == 0
    assert words.words_of(judge(422, "không hợp lệ".encode()).error)[0] == "partner-refused"
    assert words.words_of(judge(500, b"\x00\xff").error)[2].startswith("500")


def test_every_word_is_said_in_both_languages() -> None:
    for slug, said in (words.ATTENTION | words.REMARKS | words.WAITING | words.REFUSALS | words.DIFFERENCES).items():
        assert said.en and said.vi and said.en != said.vi, slug


def test_a_message_is_fresh_when_it_is_signed() -> None:
    claims = read(THEM.sign("us", "m", "notice", None, {}))
    assert abs(claims.iat - time.time()) < 5
