"""Built-up land: blocks cut by streets and alleys, tube-house lots in back-to-back rows, villages, institutions.

Frontages 3.5–6 m and depths 12–25 m are those of the Hanoi tube house (*nhà ống*); all lengths here are mm, areas mm².
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, sin

from layers.sample.builder import Builder
from layers.sample.mesh import Box, Ring

HA = 1e10
"""One hectare in mm²."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a neighbourhood is laid out (mm)."""

    front: float
    spread: float
    depth: float
    block: float
    street: float
    alley: float
    institutions: float


OLD_TOWN = Style(4300, 700, 15500, 75_000, 5500, 2600, 0.05)
NEW_TOWN = Style(5000, 300, 18000, 110_000, 9500, 5500, 0.07)
VILLAS = Style(10500, 1200, 20000, 120_000, 9500, 7000, 0.06)

INSTITUTIONS = {
    "DGD": 22.0, "TSC": 12.0, "DYT": 6.0, "DVH": 7.0, "TON": 7.0, "TIN": 7.0, "DCH": 5.0, "TMD": 16.0, "SKC": 9.0,
    "DKV": 14.0, "DTT": 6.0, "DBV": 2.0, "DDD": 3.0, "CAN": 2.0, "DNL": 1.0,
}  # fmt: skip
NOTES = {
    "DGD": "Trường học", "TSC": "Trụ sở cơ quan", "DYT": "Trạm y tế", "DVH": "Nhà văn hóa", "TON": "Chùa",
    "TIN": "Đình làng",
    "DCH": "Chợ dân sinh", "TMD": "Cửa hàng, văn phòng", "SKC": "Xưởng sản xuất", "DKV": "Vườn hoa",
    "DTT": "Sân thể thao",
    "DBV": "Bưu điện", "DDD": "Di tích", "CAN": "Trụ sở công an", "DNL": "Trạm điện", "NTD": "Nghĩa trang",
    "MNC": "Ao, hồ", "NTS": "Ao nuôi", "LUC": "Ruộng lúa", "CLN": "Vườn cây", "HNK": "Ruộng màu", "BCS": "Bãi bồi",
}  # fmt: skip


def quarter(b: Builder, region: Ring, style: Style, street: int) -> None:
    """A quarter of housing: rows of lots that face the main streets around it, and what lies behind them."""
    if b.dice.chance(0.8):
        region = _frontage(b, region, style, street)
    housing(b, region, style, street)


def _frontage(b: Builder, region: Ring, style: Style, street: int) -> Ring:
    """Take a row of lots off along every longer side of the quarter; what is left inside is returned."""
    mesh, dice = b.mesh, b.dice
    sides = [(mesh.x[i], mesh.y[i], mesh.x[j], mesh.y[j]) for i, j in zip(region, region[1:] + region[:1], strict=True)]
    for x0, y0, x1, y1 in sides:
        length = hypot(x1 - x0, y1 - y0)
        if length < 32_000 or mesh.area(region) < 0.5 * HA:
            continue
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        deep = style.depth * dice.between(0.85, 1.2)
        middle = ((x0 + x1) / 2 - uy * deep, (y0 + y1) / 2 + ux * deep)
        parts = mesh.cut(region, middle, (ux, uy), least=8e7)
        if parts is None or not 0.55 < mesh.area(parts[1]) / (length * deep) < 1.9:
            continue
        box = mesh.box(parts[1])
        if box.length < 1.3 * box.width or box.width > 1.7 * deep:
            continue
        row(b, parts[1], box, style, street, house=1 + dice.below(2), entry=0.022)
        region = parts[0]
    return region


def housing(b: Builder, region: Ring, style: Style, street: int, depth: int = 0) -> None:
    """Fill a region with streets, alleys, institutions and rows of lots."""
    area = b.mesh.area(region)
    if area < 70e6:
        b.add(region, "land", b.home, street=street, house=1)
        return
    box = b.mesh.box(region)
    dice = b.dice
    if depth and 0.12 * HA < area < 1.1 * HA and box.width > 18_000 and dice.chance(style.institutions * area / 3e9):
        institution(b, region, street)
        return
    two_rows = 2.35 * style.depth
    if (
        depth < 14
        and box.length > style.block * dice.between(0.9, 1.35)
        and box.length > 1.15 * min(box.width, two_rows)
    ) and _street_across(b, region, box, style, street, depth=depth):
        return
    if depth < 14 and box.width > two_rows * 1.25 and _street_along(b, region, box, style, street, depth=depth):
        return
    rows(b, region, box, style, street)


def _street_across(b: Builder, region: Ring, box: Box, style: Style, street: int, *, depth: int) -> bool:
    area = b.mesh.area(region)
    wide = area > 0.9 * HA
    width = style.street * b.dice.between(0.85, 1.2) if wide else style.alley * b.dice.between(0.8, 1.3)
    turn = b.dice.bell() * 0.03
    ux, uy = -box.uy * cos(turn) - box.ux * sin(turn), box.ux * cos(turn) - box.uy * sin(turn)
    if wide and b.dice.chance(0.7):
        bent = b.bent_strip(region, box, width, bend=0.05, step=45_000)
        if bent:
            return _go_on(b, bent, "pho", style, street, depth=depth)
    parts = b.strip(region, box.at(b.dice.between(0.4, 0.6), 0.5), (ux, uy), width)
    if parts is None:
        return False
    return _go_on(b, (parts[0], [parts[1]], parts[2]), "pho" if wide else "ngo", style, street, depth=depth)


def _street_along(b: Builder, region: Ring, box: Box, style: Style, street: int, *, depth: int) -> bool:
    rows_wanted = max(2, round(box.width / (2.0 * style.depth + style.alley)))
    share = (rows_wanted // 2) / rows_wanted
    width = style.alley * b.dice.between(0.8, 1.35)
    turn = b.dice.bell() * 0.012
    ux, uy = box.ux * cos(turn) - box.uy * sin(turn), box.uy * cos(turn) + box.ux * sin(turn)
    parts = b.strip(region, box.at(0.5, share + b.dice.bell() * 0.03), (ux, uy), width)
    if parts is None:
        return False
    return _go_on(b, (parts[0], [parts[1]], parts[2]), "ngo", style, street, depth=depth)


def _go_on(
    b: Builder, parts: tuple[Ring, list[Ring], Ring], rank: str, style: Style, street: int, *, depth: int
) -> bool:
    left, pieces, right = parts
    name = b.new_street(rank) if pieces else street
    for piece in pieces:
        b.add(piece, "road", "DGT", street=name)
    housing(b, left, style, name, depth + 1)
    housing(b, right, style, name if rank == "pho" else street, depth + 1)
    return True


def institution(b: Builder, region: Ring, street: int, use: str | None = None) -> None:
    """One parcel for a school, an office, a market, a pagoda …"""
    use = use or b.dice.pick(INSTITUTIONS)
    if use == "DKV":
        park(b, region, street)
        return
    b.add(region, "land", use, street=street, house=1 + b.dice.below(120), note=NOTES[use])


def park(b: Builder, region: Ring, street: int) -> None:
    """A park; where it is large enough, with a lake in the middle (a hole in the park's face)."""
    mesh = b.mesh
    shell = mesh.expand(region)
    cx, cy = mesh.centre(shell)
    reach = _clearance(b, shell, cx, cy)
    b.add(region, "land", "DKV", street=street, note=NOTES["DKV"])
    if reach < 18_000:
        return
    n = 28
    radius = reach * b.dice.between(0.5, 0.7)
    lobes = [b.dice.bell() * 0.11 / m for m in (1, 2, 3, 4)]
    lake = []
    for i in range(n):
        t = 2 * pi * i / n
        r = radius * (1 + sum(w * cos(m * t + 7 * w) for m, w in enumerate(lobes, 2)))
        lake.append(mesh.vertex(cx + r * cos(t), cy + r * sin(t)))
    b.faces[-1].holes = (lake,)
    b.add(lake, "water", "MNC", note=NOTES["MNC"])


def _clearance(b: Builder, ring: Ring, cx: float, cy: float) -> float:
    """How far the point is from the ring (mm); 0 if it lies outside."""
    xs, ys = b.mesh.x, b.mesh.y
    best = 1e18
    inside = False
    j = ring[-1]
    for i in ring:
        ax, ay, bx, by = xs[j] - cx, ys[j] - cy, xs[i] - cx, ys[i] - cy
        j = i
        if (ay > 0) != (by > 0) and ax + (bx - ax) * ay / (ay - by) > 0:
            inside = not inside
        dx, dy = bx - ax, by - ay
        d2 = dx * dx + dy * dy
        t = min(1.0, max(0.0, -(ax * dx + ay * dy) / d2)) if d2 else 0.0
        best = min(best, (ax + t * dx) ** 2 + (ay + t * dy) ** 2)
    return best**0.5 if inside else 0.0


def rows(b: Builder, region: Ring, box: Box, style: Style, street: int) -> None:
    """Two back-to-back rows of lots, or one where the block is shallow."""
    if box.width > 1.45 * style.depth:
        turn = b.dice.bell() * 0.008
        d = (box.ux * cos(turn) - box.uy * sin(turn), box.uy * cos(turn) + box.ux * sin(turn))
        parts = b.mesh.cut(region, box.at(0.5, 0.5 + b.dice.bell() * 0.03), d, least=6e7)
        if parts:
            row(b, parts[0], box, style, street, house=1)
            row(b, parts[1], box, style, street, house=2)
            return
    row(b, region, box, style, street, house=1)


def row(b: Builder, region: Ring, box: Box, style: Style, street: int, *, house: int, entry: float = 0.0) -> None:
    """Slice a row into lots across its length; house numbers go up by two. ``entry``: chance that a slice is an
    alley's mouth."""
    dice, mesh = b.dice, b.mesh
    xs, ys = mesh.x, mesh.y
    ux, uy = box.ux, box.uy
    us = [xs[i] * ux + ys[i] * uy for i in region]
    at, end = min(us), max(us)
    skew = dice.bell() * 0.02
    d = (-uy * cos(skew) - ux * sin(skew), ux * cos(skew) - uy * sin(skew))
    mid = (box.v0 + box.v1) / 2
    rest = region
    smallest = style.front * 7000
    while True:
        width = style.front + style.spread * dice.bell()
        draw = dice.random()
        if draw < 0.09:
            width *= 2
        elif draw < 0.12:
            width *= 3
        mouth = entry > 0 and dice.chance(entry)
        at += dice.between(2200, 3400) if mouth else max(width, style.front * 0.72)
        if end - at < style.front * 0.85:
            break
        parts = mesh.cut(rest, (at * ux - mid * uy, at * uy + mid * ux), d, least=smallest * (0.5 if mouth else 1.0))
        if parts is None:
            continue
        lot, rest = parts
        if mouth:
            b.add(lot, "road", "DGT", street=street)
            continue
        if draw > 0.94 and _front_and_back(b, lot, box, style, street, house=house):
            house += 4
            continue
        _lot(b, lot, street, house, dice.random())
        house += 2
    _lot(b, rest, street, house, 0.5)


def _front_and_back(b: Builder, lot: Ring, box: Box, style: Style, street: int, *, house: int) -> bool:
    """A deep lot divided in two: the house at the street and the one behind it."""
    area = b.mesh.area(lot)
    if area < style.front * style.depth * 0.95:
        return False
    parts = b.mesh.cut(lot, b.mesh.centre(lot), (box.ux, box.uy), least=area * 0.3)
    if parts is None:
        return False
    _lot(b, parts[0], street, house, 0.5)
    _lot(b, parts[1], street, house + 2, 0.5)
    return True


def _lot(b: Builder, lot: Ring, street: int, house: int, draw: float) -> None:
    """A lot, now and then a shop, a workshop or a lot still empty."""
    use = b.home
    if draw > 0.985:
        use = "TMD"
    elif draw > 0.975:
        use = "SKC"
    elif draw > 0.968:
        use = "BCS"
    elif draw > 0.955 and not b.urban:
        use = "CLN"
    b.add(lot, "land", use, street=street, house=house)


def village(b: Builder, region: Ring, street: int, depth: int = 0) -> None:
    """An old village: winding lanes and lots of all shapes, gardens and ponds among them."""
    dice, mesh = b.dice, b.mesh
    area = mesh.area(region)
    if area < dice.between(1.6e8, 5.2e8) or depth > 16:
        draw = dice.random()
        use = b.home if draw < 0.86 else "CLN" if draw < 0.94 else "MNC" if draw < 0.97 else "HNK"
        kind = "water" if use == "MNC" else "land"
        b.add(region, kind, use, street=street, house=1 + dice.below(90), note=NOTES.get(use, ""))
        return
    box = mesh.box(region)
    if 0.15 * HA < area < 0.5 * HA and dice.chance(0.05):
        institution(
            b, region, street, dice.pick({"TIN": 3, "TON": 3, "DGD": 2, "DVH": 2, "MNC": 0, "DCH": 1, "DTT": 1})
        )
        return
    if area > dice.between(0.16, 0.3) * HA:
        width = dice.between(2200, 3600) if area < 1.2 * HA else dice.between(3600, 5200)
        bent = b.bent_strip(region, box, width, bend=0.13, step=24_000, along=box.length < 1.2 * box.width)
        if bent:
            name = b.new_street("ngo")
            for piece in bent[1]:
                b.add(piece, "road", "DGT", street=name)
            village(b, bent[0], name, depth + 1)
            village(b, bent[2], name, depth + 1)
            return
    turn = dice.bell() * 0.13
    d = (-box.uy * cos(turn) - box.ux * sin(turn), box.ux * cos(turn) - box.uy * sin(turn))
    parts = mesh.cut(region, box.at(dice.between(0.34, 0.66), 0.5), d, least=5e7)
    if parts is None:
        b.add(region, "land", b.home, street=street, house=1 + dice.below(90))
        return
    village(b, parts[0], street, depth + 1)
    village(b, parts[1], street, depth + 1)
