"""The simulated payment page. It says in large letters that it is one."""

from __future__ import annotations

from html import escape
from typing import Any

STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:34rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}"
    "strong.sim{display:block;background:#7a1f00;color:#fff;padding:.6rem 1rem;border-radius:.4rem;text-align:center}"
    "button{font:inherit;padding:.7rem 1.4rem;border:0;border-radius:.4rem;background:#0b5d3b;color:#fff;cursor:pointer}"
    "dt{color:#555}dd{margin:0 0 .8rem;font-size:1.2rem}.note{color:#555}"
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
STATES = {
    "paid": ("Đã thanh toán (mô phỏng). Có thể đóng trang này.", "Paid (simulated). You may close this page."),
    "void": (
        "Đơn này đã bị hủy; không cần thanh toán.",
        "This order was called back; there is nothing to pay.",
    ),
    None: (
        "Đơn chưa đến cổng thanh toán. Trang sẽ tự tải lại.",
        "The order has not reached the payment gateway yet. The page reloads by itself.",
    ),
}


def dong(amount: int) -> str:
    """Đồng as they are written in Vietnam."""
    return f"{amount:,}".replace(",", ".") + " đ"


def render(order: dict[str, Any] | None) -> str:
    """The page of an order, or of one that has not come yet."""
    state = order["state"] if order else None
    if order and state == "open":
        data = order["data"]
        content = (
            f"<dl><dt>Hồ sơ / Dossier</dt><dd>{escape(str(order['dossier'] or ''))}</dd>"
            f"<dt>Khoản nộp / For</dt><dd>{escape(str(data.get('name_vi', '')))}<br><span class=note lang=en>{escape(str(data.get('name_en', '')))}</span></dd>"
            f"<dt>Số tiền / Amount</dt><dd>{dong(int(data['amount']))}</dd></dl>"
            '<form method="post"><button type="submit">Thanh toán / Pay</button></form>'
        )
    else:
        vi, en = STATES[state]
        content = f'<p role="status">{vi}</p><p class=note lang=en>{en}</p>'
    reload_ = "" if order else '<meta http-equiv="refresh" content="2">'
    return (
        f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">{reload_}'
        f"<title>Cổng thanh toán mô phỏng</title><style>{STYLE}</style></head><body>"
        '<strong class="sim">MÔ PHỎNG – không có tiền thật<br><span lang="en">SIMULATED – no real money</span></strong>'
        f"<h1>Cổng thanh toán mô phỏng</h1>{content}</body></html>"
    )
