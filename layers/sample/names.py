"""Invented names for the sample city: trees, flowers and plain words. No person, living or dead, is named."""

from __future__ import annotations

PLANTS = (
    "Hoa Sữa", "Bằng Lăng", "Hoa Lan", "Hoa Cúc", "Sen Hồng", "Sen Trắng", "Hoa Đào", "Hoa Mai", "Phượng Vĩ",
    "Hoàng Lan", "Ngọc Lan", "Mộc Lan", "Hoa Ban", "Hoa Gạo", "Hoa Bưởi", "Hoa Nhài", "Tường Vi", "Hải Đường",
    "Thược Dược", "Dạ Hương", "Cây Đa", "Cây Sấu", "Cây Bàng", "Cây Cơm Nguội", "Lộc Vừng", "Trúc Xanh", "Tre Ngà",
    "Liễu Rủ", "Dâu Tằm", "Nhãn Lồng", "Vải Thiều", "Hồng Xiêm", "Bưởi Diễn", "Cam Canh", "Sim Tím", "Thông Xanh",
    "Lúa Vàng", "Cỏ Mật", "Bèo Dâu", "Súng Tím",
)  # fmt: skip
PLACES = (
    "Bờ Đê", "Bến Nước", "Giếng Cổ", "Đầm Sen", "Ao Làng", "Gò Cao", "Bãi Dâu", "Đồng Trên", "Đồng Dưới", "Cổng Làng",
    "Sân Đình", "Chợ Chiều", "Lò Gốm", "Làng Nghề", "Cầu Đá", "Cầu Tre", "Vườn Đào", "Vườn Quả", "Hồ Nhỏ", "Bến Gỗ",
)  # fmt: skip


def street_name(rank: str, index: int, draw: float) -> str:
    """The name of the ``index``-th street of a unit; ``draw`` in [0, 1) chooses the words."""
    words = PLANTS + PLACES
    word = words[int(draw * len(words))]
    extra = index // len(words)
    tail = f" {extra + 1}" if extra else ""
    if rank == "duong":
        return f"Đường {word}{tail}"
    if rank == "pho":
        return f"Phố {word}{tail}"
    number = 1 + int(draw * 997) % 240
    return f"Ngõ {number} {word}" if rank == "ngo" else f"Ngách {number} {word}"
