"""What became of a message, said to a person. The keys are kept in the database (`error` of a message, `reason` of a refusal)."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    en: str
    vi: str


REMARKS = {
    "again": Words(
        "Said before; nothing was changed or booked a second time.",
        "Đã nhận trước đó; không thay đổi, không ghi nhận lần thứ hai.",
    ),
}
"""Messages that are done and yet deserve a word."""

ATTENTION = {
    "dossier-unknown": Words(
        "The dossier it names does not exist here. Ask the partner which one is meant.",
        "Không có hồ sơ mang mã này. Cần hỏi lại đối tác.",
    ),
    "dossier-closed": Words(
        "It came after the dossier had ended. Money that came is booked and has to be given back; tell the partner that the dossier is closed.",
        "Thông tin đến sau khi hồ sơ đã kết thúc. Tiền đã nộp (nếu có) được ghi nhận và cần hoàn trả; cần báo cho đối tác.",
    ),
    "not-expected": Words(
        "The dossier does not stand at the tax office, and no slip is out. Nothing was changed.",
        "Hồ sơ không ở bước chờ cơ quan thuế và không có phiếu chuyển nào đang chờ. Chưa thay đổi gì.",
    ),
    "other-amounts": Words(
        "The dossier has a tax notice with other amounts already. The first one holds until a person decides.",
        "Hồ sơ đã có thông báo thuế với số tiền khác. Thông báo đầu có hiệu lực cho đến khi có người xử lý.",
    ),
    "payment-unknown": Words(
        "The payment it names does not exist here. Nothing was booked.",
        "Không có khoản thanh toán này. Chưa ghi nhận gì.",
    ),
    "other-dossier": Words(
        "The payment belongs to another dossier than the message says. Nothing was booked.",
        "Khoản thanh toán thuộc hồ sơ khác với hồ sơ nêu trong thông báo. Chưa ghi nhận gì.",
    ),
    "other-amount": Words(
        "The amount is not the one that was asked for. Nothing was booked; the payment stays open until a person decides.",
        "Số tiền không khớp với số phải nộp. Chưa ghi nhận; khoản này vẫn mở cho đến khi có người xử lý.",
    ),
    "paid-twice": Words(
        "This had been paid already, at the counter or under another reference. The second payment has to be given back.",
        "Khoản này đã được nộp trước đó (tại quầy hoặc theo giao dịch khác). Cần hoàn trả lần nộp thứ hai.",
    ),
    "message-unknown": Words(
        "It confirms a message that we never sent.",
        "Xác nhận cho một thông điệp mà hệ thống chưa từng gửi.",
    ),
    "kind-unknown": Words(
        "A kind of message that this partner does not send.",
        "Loại thông điệp không thuộc phạm vi của đối tác này.",
    ),
    "data-unreadable": Words(
        "Its content is not what messages of this kind hold.",
        "Nội dung không đúng cấu trúc của loại thông điệp này.",
    ),
    "sum-differs": Words(
        "Its amounts do not add up to the total it names. Nothing was changed.",
        "Tổng các khoản không khớp với số tổng nêu trong thông báo. Chưa thay đổi gì.",
    ),
    "refused-by-rules": Words(
        "The rules of the procedure refuse the step. The reason follows.",
        "Quy trình không cho phép bước này. Lý do kèm theo.",
    ),
    "no-longer-believed": Words(
        "Its signature does not hold any more: the partner's key was taken out of the configuration.",
        "Chữ ký không còn hiệu lực: khóa của đối tác đã bị gỡ khỏi cấu hình.",
    ),
    "failed": Words(
        "It could not be worked through after many tries. The reason follows.",
        "Không xử lý được sau nhiều lần thử. Lý do kèm theo.",
    ),
    "partner-refused": Words(
        "The partner refuses this message for good. Its answer follows.",
        "Đối tác từ chối hẳn thông điệp này. Câu trả lời kèm theo.",
    ),
    "partner-silent": Words(
        "The partner did not take it after many tries. Try again when it is back.",
        "Đối tác không nhận sau nhiều lần gửi. Hãy gửi lại khi đối tác hoạt động.",
    ),
}
"""Messages a person has to look at."""

WAITING = {
    "no-answer": Words("The partner does not answer; it is tried again.", "Đối tác không trả lời; sẽ gửi lại."),
    "answered": Words("The partner answered with an error; it is tried again.", "Đối tác báo lỗi; sẽ gửi lại."),
    "no-address": Words(
        "No address is configured for this partner; its messages wait.",
        "Chưa cấu hình địa chỉ của đối tác; thông điệp đang chờ.",
    ),
    "late-answer": Words(
        "The partner has not answered within the time it is given.",
        "Đối tác chưa trả lời trong thời hạn.",
    ),
}

REFUSALS = {
    "unreadable": Words("The message cannot be read.", "Không đọc được thông điệp."),
    "wrong-signature": Words(
        "The signature is not by a key we know of this partner.", "Chữ ký không thuộc khóa đã biết của đối tác."
    ),
    "wrong-sender": Words("The message names another sender.", "Thông điệp ghi bên gửi khác."),
    "wrong-addressee": Words("The message is meant for somebody else.", "Thông điệp gửi cho nơi khác."),
    "wrong-time": Words(
        "The message was signed more than five minutes ago, or in the future.",
        "Thông điệp được ký cách đây hơn năm phút, hoặc ở tương lai.",
    ),
    "message-differs": Words("Another message had this identity before.", "Đã có thông điệp khác mang định danh này."),
}
"""Messages that were turned away at the door."""

DIFFERENCES = {
    "not-there": Words(
        "We sent it and the partner confirmed it, yet it is not in the partner's log.",
        "Đã gửi và được xác nhận, nhưng không có trong nhật ký của đối tác.",
    ),
    "not-here": Words(
        "The partner says we sent it; our books do not know it.",
        "Đối tác ghi đã nhận từ ta, nhưng sổ của ta không có.",
    ),
    "not-arrived": Words(
        "The partner says it sent it to us; it never arrived.", "Đối tác ghi đã gửi cho ta, nhưng chưa đến nơi."
    ),
    "not-said": Words(
        "We hold a signed message that the partner's log does not know.",
        "Ta có thông điệp đã ký nhưng nhật ký của đối tác không ghi.",
    ),
}

_ALL = REMARKS | ATTENTION | WAITING | REFUSALS | DIFFERENCES


def words_of(error: str) -> tuple[str, Words | None, str]:
    """Slug, its words, and what follows it ("no-answer: timeout"). The words are None for a slug nobody knows."""
    slug, _, rest = error.partition(": ")
    return slug, _ALL.get(slug), rest
