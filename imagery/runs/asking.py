"""What a run may be asked: two dates of the same ground in their order, later dates to confirm, a unit, how it is worked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb

from imagery.change.decision import LEAST_AREA
from imagery.learning.network import no_network
from imagery.runs.grid import Grid, common
from imagery.runs.reading import band_names, common_names
from imagery.scenes import catalogue
from imagery.scenes.catalogue import Scene
from layers.db import Connection
from layers.errors import Malformed

Method = Literal["unsupervised", "learned"]
TILES = (256, 4096)
MOST_LATER = 24
MOST_EARLIER = 40
INDEX_BANDS = {"red", "nir"}
"""Without these a date says nothing in a series."""
FINE_M = 1.0
"""Below this pixel size (m) pixel methods are no better than calling everything changed: F1 of 0.24 against 0.27 on LEVIR-CD at 0.5 m, networks reach 0.9."""


@dataclass(frozen=True)
class Parameters:
    """How a run is worked on. The result does not depend on `tile` (px). Regions smaller than `least_pixels` or `least_m2` are dropped."""

    tile: int = 1024
    least_pixels: int = LEAST_AREA
    least_m2: float = 50.0

    def __post_init__(self) -> None:
        if not TILES[0] <= self.tile <= TILES[1] or self.tile % 4:
            raise Malformed(
                "bad-tile",
                f"Tiles measure {TILES[0]} to {TILES[1]} pixels, a multiple of 4; not {self.tile}.",
                f"Cạnh ô xử lý từ {TILES[0]} đến {TILES[1]} điểm ảnh và chia hết cho 4; không phải {self.tile}.",
            )
        if self.least_pixels < 1 or not 0 <= self.least_m2 < 1e9:
            raise Malformed(
                "bad-least-area",
                "The smallest region is at least 1 pixel and 0 m².",
                "Diện tích nhỏ nhất ít nhất 1 điểm ảnh và 0 m².",
            )

    def pixels(self, grid: Grid) -> int:
        """The smallest region that is kept, in pixels of a grid."""
        return max(self.least_pixels, -int(-self.least_m2 // grid.pixel_m2))


@dataclass(frozen=True)
class Asked:
    """A run that is wanted; `later` in any order."""

    before: UUID
    after: UUID
    later: tuple[UUID, ...] = ()
    unit: str | None = None
    method: Method = "unsupervised"
    model: str | None = None
    parameters: Parameters = Parameters()


@dataclass(frozen=True)
class Scenes:
    """The scenes of a run; `later` oldest first."""

    before: Scene
    after: Scene
    later: tuple[Scene, ...]

    @property
    def fine(self) -> bool:
        """Whether the pixels are too fine for pixel methods."""
        return max(self.before.gsd, self.after.gsd) < FINE_M


def scenes_of(conn: Connection, before: UUID, after: UUID, later: Sequence[UUID], network: Path | None) -> Scenes:
    """The scenes, checked: of two different days in their order, of the same ground, with bands in common; later ones after both.

    `network`: the building network that is set up. Raises NotFound for a scene that is not in the catalogue, Malformed 'same-scene', 'same-date',
    'dates-swapped', 'later-too-early', 'too-many-later', 'no-overlap', 'overlap-too-small', 'no-common-bands', 'no-network' (pixels too fine for pixel
    methods, and no network).
    """
    if len(later) > MOST_LATER:
        raise Malformed(
            "too-many-later",
            f"At most {MOST_LATER} later scenes are looked at.",
            f"Chỉ xem tối đa {MOST_LATER} cảnh ảnh chụp sau.",
        )
    if before == after or {before, after} & set(later):
        raise Malformed(
            "same-scene",
            "A scene is named twice: change is found between different dates.",
            "Một cảnh ảnh được chọn hai lần: biến động được tìm giữa các thời điểm khác nhau.",
        )
    one, two = catalogue.get(conn, before), catalogue.get(conn, after)
    _check_order(one, two)
    common(one, two)
    common_names(one.bands, two.bands)
    following = sorted((catalogue.get(conn, scene) for scene in set(later)), key=lambda scene: scene.datetime)
    scenes = Scenes(one, two, tuple(following))
    if scenes.fine and network is None:
        raise no_network()
    for scene in following:
        if scene.datetime <= two.datetime:
            raise Malformed(
                "later-too-early",
                f"Scene {scene.code} ({scene.datetime:%Y-%m-%d}) is to confirm the change but was not taken after {two.code} ({two.datetime:%Y-%m-%d}).",
                f"Cảnh {scene.code} ({scene.datetime:%d/%m/%Y}) dùng để xác nhận nhưng không chụp sau cảnh {two.code} ({two.datetime:%d/%m/%Y}).",
            )
        common(one, scene)
    return scenes


def model_path(models: Path, name: str) -> Path:
    """The card of a learned model in the folder of the deployment's own models, or of the one that comes with the service."""
    own = models / f"{name}.json"
    shipped = Path(str(files("imagery.learning"))) / "data" / own.name
    return shipped if shipped.is_file() and not own.is_file() else own


def earlier(conn: Connection, scenes: Scenes) -> tuple[Scene, ...]:
    """Dates before the pair of the same sensor that show the same ground, oldest first: the series a break is looked for in."""
    wanted = catalogue.Wanted(
        sensors=[scenes.before.sensor], intersects=scenes.before.footprint, until=scenes.before.datetime
    )
    found = [
        scene
        for scene in catalogue.listed(conn, wanted, limit=MOST_EARLIER)
        if scene.datetime < scenes.before.datetime and band_names(scene.bands).keys() >= INDEX_BANDS
    ]
    return tuple(sorted(found, key=lambda scene: scene.datetime))


def _check_order(before: Scene, after: Scene) -> None:
    if before.datetime.date() == after.datetime.date():
        raise Malformed(
            "same-date",
            f"Both scenes were taken on {before.datetime:%Y-%m-%d}; change needs two dates.",
            f"Hai cảnh ảnh cùng chụp ngày {before.datetime:%d/%m/%Y}; cần hai thời điểm khác nhau.",
        )
    if before.datetime > after.datetime:
        raise Malformed(
            "dates-swapped",
            f"{before.code} ({before.datetime:%Y-%m-%d}) was taken after {after.code} ({after.datetime:%Y-%m-%d});"
            f" did you mean {after.code} as the date before and {before.code} as the date after?",
            f"Cảnh {before.code} ({before.datetime:%d/%m/%Y}) chụp sau cảnh {after.code} ({after.datetime:%d/%m/%Y});"
            f" có phải {after.code} là ảnh trước và {before.code} là ảnh sau không?",
            before=str(after.id),
            after=str(before.id),
        )


def start(conn: Connection, asked: Asked, network: Path | None = None) -> dict[str, Any]:
    """Put a run into the queue and return its row, in the caller's transaction. What the database refuses leaves as psycopg's error (GI1xx).

    Where pixels are too fine for pixel methods the building network at `network` is the model, named after its file. Raises what `scenes_of` raises, and
    Malformed 'model-needed', 'pixels-too-fine'.
    """
    if (asked.method == "learned") != (asked.model is not None):
        raise Malformed(
            "model-needed",
            "A learned run names its model, an unsupervised one has none.",
            "Phương pháp học máy phải kèm tên mô hình; phương pháp không giám sát thì không.",
        )
    scenes = scenes_of(conn, asked.before, asked.after, asked.later, network)
    method, model = asked.method, asked.model
    if scenes.fine and network is not None:
        if model is not None:
            raise Malformed(
                "pixels-too-fine",
                f"Pixels finer than {FINE_M:g} m are read by the building network, not by the model {model}; leave the model out.",
                f"Ảnh mịn hơn {FINE_M:g} m được xử lý bằng mạng nơ-ron nhận dạng công trình, không dùng mô hình {model}; hãy bỏ chọn mô hình.",
            )
        method, model = "learned", network.stem
    row = conn.execute(
        "SELECT * FROM imagery.start_run(%s, %s, %s, %s, %s, %s, %s)",
        (
            asked.before,
            asked.after,
            [scene.id for scene in scenes.later],
            asked.unit,
            method,
            model,
            Jsonb(asdict(asked.parameters)),
        ),
    ).fetchone()
    assert row is not None
    return row
