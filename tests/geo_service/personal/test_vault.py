"""Sealing: what is sealed opens with the same key in the same place only, and tells nothing; fingerprints need the key too."""

from __future__ import annotations

import pytest

from geo_service.personal.vault import SealBrokenError, Vault

ONE, OTHER = Vault(bytes(range(32))), Vault(bytes(range(1, 33)))
NUMBER = "999155000001"


def test_what_is_sealed_opens_where_it_belongs() -> None:
    sealed = ONE.seal("Số 12 Phố Vải, Hà Nội", "address:7")
    assert ONE.open(sealed, "address:7") == "Số 12 Phố Vải, Hà Nội"
    assert b"12" not in sealed and sealed != ONE.seal("Số 12 Phố Vải, Hà Nội", "address:7"), "a nonce is used twice"


@pytest.mark.parametrize("context", ["identity:8", "phone:7", "", "identity:77"])
def test_a_value_moved_to_another_place_does_not_open(context: str) -> None:
    with pytest.raises(SealBrokenError):
        ONE.open(ONE.seal(NUMBER, "identity:7"), context)


@pytest.mark.parametrize("place", [0, 1, 12, 13, 20, -1])
def test_an_altered_byte_is_noticed(place: int) -> None:
    sealed = bytearray(ONE.seal(NUMBER, "identity:7"))
    sealed[place] ^= 1
    with pytest.raises(SealBrokenError):
        ONE.open(bytes(sealed), "identity:7")


@pytest.mark.parametrize("broken", [b"", b"\x01", b"\x01" * 12, b"\x02" * 60])
def test_what_is_no_seal_is_refused_quietly(broken: bytes) -> None:
    with pytest.raises(SealBrokenError) as error:
        ONE.open(broken, "identity:7")
    assert NUMBER not in str(error.value)


def test_another_key_opens_nothing_and_finds_nothing() -> None:
    with pytest.raises(SealBrokenError):
        OTHER.open(ONE.seal(NUMBER, "identity:7"), "identity:7")
    assert ONE.fingerprint(NUMBER) == ONE.fingerprint("999 155 000 001") != OTHER.fingerprint(NUMBER)
    assert len(ONE.fingerprint(NUMBER)) == 32
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"short")
