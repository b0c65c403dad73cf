"""Invented holders of the sample city."""

from __future__ import annotations

from layers.register.rights.masking import identity_digits
from layers.register.rights.sample import IMPOSSIBLE_PROVINCE, load_sample_rights
from tests.layers.register.rights.holders import VAULT, Conn


def test_sample_rights(land: Conn) -> None:
    done = load_sample_rights(land, VAULT, seed=3, limit=50)
    land.commit()
    assert (done.units, done.registrations) == (2, 30)
    row = land.execute("SELECT identity_sealed FROM rights.personal WHERE party_id = %s", (done.person,)).fetchone()
    assert row is not None
    assert VAULT.open(row["identity_sealed"], f"identity:{done.person}") == done.identity_number
    for row in land.execute("SELECT party_id, identity_sealed AS sealed FROM rights.personal").fetchall():
        number = VAULT.open(row["sealed"], f"identity:{row['party_id']}")
        assert identity_digits(number) == number and number.startswith(IMPOSSIBLE_PROVINCE) and len(number) == 12
    names = [row["name"] for row in land.execute("SELECT name FROM rights.party")]
    assert len(names) > 30 and all(name.strip() for name in names)
    generations = land.execute("SELECT count(DISTINCT generation) AS n FROM rights.certificate").fetchone()
    assert generations is not None and generations["n"] >= 4
    assert "identity_number" not in repr(done)
    again = load_sample_rights(land, VAULT, seed=3, limit=50)
    assert again.registrations == 0 and again.person is None


def test_the_same_seed_makes_the_same_people(land: Conn) -> None:
    found = []
    for _ in range(2):
        with land.transaction(force_rollback=True):
            load_sample_rights(land, VAULT, seed=9, limit=20)
            found.append([row["name"] for row in land.execute("SELECT name FROM rights.party ORDER BY id")])
    assert found[0] == found[1]


def test_blocks_are_among_them(land: Conn) -> None:
    from layers.register.rights import sample  # noqa: PLC0415

    every, sample.BLOCK_EVERY = sample.BLOCK_EVERY, 5
    try:
        assert load_sample_rights(land, VAULT, limit=20).blocks == 5
    finally:
        sample.BLOCK_EVERY = every
    kinds = {row["kind"] for row in land.execute("SELECT kind FROM rights.block")}
    assert kinds == {"mortgage", "seizure", "dispute", "injunction"}
