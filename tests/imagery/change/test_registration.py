"""Registration: sub-pixel shifts are found, the gate decides as it says, moving is exact where it can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from imagery.change import registration
from imagery.change.registration import Shift, combine, gate, measure_tile, shifted
from layers.errors import Malformed
from tests.imagery.change.pairs import Pair, ground, inside, measured, moved, onera

SHIFTS = [(0.5, -0.3), (1.3, 0.7), (-0.25, 0.1), (2.6, -2.9), (0.0, 0.0)]


def pair_of(before: np.ndarray, after: np.ndarray) -> Pair:
    seen = np.ones(before.shape[1:], bool)
    return Pair("", (), before, after, seen, seen, seen)


@pytest.mark.parametrize(("dy", "dx"), SHIFTS)
def test_known_shift_is_found_within_a_twentieth_of_a_pixel_under_gain_offset_and_noise(dy: float, dx: float) -> None:
    scene, random = ground(384, 256, 1), np.random.default_rng(2)
    after = (1.1 * moved(scene, dy, dx) + 100) * random.normal(1, 0.02, scene.shape)
    shift = measured(pair_of(scene, after.astype(np.float32)))
    assert np.hypot(shift.dy - dy, shift.dx - dx) < 0.05
    assert shift.agreement == 1 and shift.spread < 0.05 and shift.tiles == 6


def test_known_shift_of_a_real_scene_is_found_within_a_twentieth_of_a_pixel(test_data: Path) -> None:
    scene = next(onera(test_data, "abudhabi")).before[:, :512, :512]
    for dy, dx in SHIFTS:
        shift = measured(pair_of(scene, moved(scene, dy, dx)))
        assert np.hypot(shift.dy - dy, shift.dx - dx) < 0.05


def test_swapping_the_dates_turns_the_shift_round() -> None:
    scene = ground(128, 128, 3)
    after, seen = moved(scene, 0.8, -0.4), np.ones((128, 128), bool)
    there, back = measure_tile(scene, after, seen), measure_tile(after, scene, seen)
    assert np.allclose(there[:2], (-back[0], -back[1]), atol=0.005)
    assert there[2] == pytest.approx(back[2], abs=1e-4)


def test_a_third_of_changed_tiles_does_not_pull_the_shift() -> None:
    scene = ground(384, 384, 4)
    after = moved(scene, 0.7, 0.2)
    after[:, :128] = ground(128, 384, 5)
    shift = measured(pair_of(scene, after))
    assert np.hypot(shift.dy - 0.7, shift.dx - 0.2) < 0.05
    assert gate(shift) == "correct"


def test_unrelated_scenes_are_left_alone() -> None:
    shift = measured(pair_of(ground(384, 384, 6), ground(384, 384, 7)))
    assert gate(shift) == "leave"


def test_tile_that_shows_nothing_has_no_vote() -> None:
    scene = ground(128, 128, 8)
    flat = np.full_like(scene, 7)
    little = np.zeros((128, 128), bool)
    little[:40] = True
    assert measure_tile(flat, flat, np.ones((128, 128), bool)) == (0, 0, 0)
    assert measure_tile(scene, scene, little) == (0, 0, 0)
    assert combine([(0, 0, 0)] * 5) == Shift(0, 0, 0, 0, 0, 0)


def test_unobserved_pixels_do_not_matter() -> None:
    scene = ground(128, 128, 9)
    after = moved(scene, 0.4, 0.6)
    seen = np.ones((128, 128), bool)
    seen[30:60, 50:90] = False
    spoiled = scene.copy()
    spoiled[:, ~seen] = np.nan
    assert measure_tile(spoiled, after, seen) == measure_tile(scene, after, seen)
    assert np.allclose(measure_tile(spoiled, after, seen)[:2], (0.4, 0.6), atol=0.05)


@pytest.mark.parametrize(
    ("shift", "decision"),
    [
        (Shift(0.05, 0.05, 0.1, 1, 9, 0.8), "keep"),
        (Shift(1.0, 0.5, 0.1, 0.9, 9, 0.8), "correct"),
        (Shift(1.0, 0.5, 0.1, 0.5, 9, 0.8), "leave"),
        (Shift(40.0, 0.5, 30.0, 0.1, 9, 0.2), "leave"),
        (Shift(0, 0, 0, 0, 0, 0), "leave"),
    ],
)
def test_gate(shift: Shift, decision: str) -> None:
    assert gate(shift) == decision


@pytest.mark.parametrize("shift", [Shift(3.0, 1.0, 0.1, 0.9, 9, 0.8), Shift(0.2, 0.1, 0.6, 0.7, 9, 0.8)])
def test_dates_that_agree_not_to_fit_are_refused(shift: Shift) -> None:
    with pytest.raises(Malformed) as refusal:
        gate(shift)
    assert refusal.value.slug == "not-registered"
    assert refusal.value.extras["dy"] == shift.dy


def test_moving_back_restores_the_scene() -> None:
    scene = ground(200, 200, 10)
    back = shifted(moved(scene, 1.3, -0.6), 1.3, -0.6)
    inner = np.s_[:, 8:-8, 8:-8]
    assert np.abs(back - scene)[inner].mean() < 0.02 * scene.std()


def test_moving_by_whole_pixels_is_exact_and_keeps_cubics() -> None:
    scene = ground(60, 50, 11)
    moved_by_two = shifted(scene, 2, -1)
    assert np.array_equal(moved_by_two[:, :-2, 1:], scene[:, 2:, :-1])
    assert np.isnan(moved_by_two[:, -2:]).all() and np.isnan(moved_by_two[:, :, 0]).all()
    rows = np.arange(60.0)[:, None] + np.zeros((1, 50))
    cubic = (1e-3 * rows**3 - 0.05 * rows**2 + rows).astype(np.float32)
    wanted = 1e-3 * (rows + 0.4) ** 3 - 0.05 * (rows + 0.4) ** 2 + rows + 0.4
    assert np.allclose(shifted(cubic, 0.4, 0)[2:-3], wanted[2:-3], atol=1e-3), "Keys' six-point kernel is third order"


def test_no_data_spreads_and_never_bleeds() -> None:
    scene = ground(40, 40, 12)
    scene[:, 20, 20] = np.nan
    after = shifted(scene, 0.5, 0.5)
    hole = np.isnan(after[0])
    assert hole[17:23, 17:23].all()
    assert not hole[2:16, 2:16].any() and not hole[23:37, 2:37].any()
    assert registration.KEEP < registration.REFUSE and inside(~hole, 4).sum() == 32 * 32 - 36
