"""A valid question to every route of dossiers, their papers and what is paid for them."""

from __future__ import annotations

from uuid import uuid4

import httpx

from tests.geo_service.authority import desk
from tests.geo_service.authority.asking import TODAY, Ask, ask, items_have, simply
from tests.geo_service.authority.world import COLLEAGUE, FIRST, UNIT, Person, Place, World


def is_pdf(answer: httpx.Response) -> bool:
    return answer.content.startswith(b"%PDF-")


# ---- desks ---------------------------------------------------------------------------------------------------------


@ask("GET", "/api/desk", "shown: a dossier of the unit")
def read_desk(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    return Ask(f"/api/desk?tab=unit&q={desk.code(world, key)['code']}", shows=items_have("id", key))


@ask("GET", "/api/desk/counts", "counted: a dossier of the unit")
def read_counts(world: World, person: Person, place: Place) -> Ask:
    """What was counted before, and one more."""
    before = world.send(person, "GET", "/api/desk/counts")
    desk.opened(world, place)
    return Ask(
        "/api/desk/counts", shows=lambda answer: before.is_success and answer.json()["unit"] > before.json()["unit"]
    )


@ask("GET", "/api/me/dossiers", "one's own / somebody else's")
def read_own(world: World, person: Person, place: Place) -> Ask:
    mine = person.account if place == "own" and person.account is not None else desk.stranger(world)
    return Ask("/api/me/dossiers", shows=items_have("id", desk.opened(world, place, applicant=mine)))


# ---- filing --------------------------------------------------------------------------------------------------------


@ask("POST", "/api/dossiers", "online, for oneself", placed=False)
def file_online(world: World, person: Person, _place: Place) -> Ask:
    desk.refuse_waiting(world, person)
    return Ask("/api/dossiers", {"procedure": desk.SPLIT, "parcels": [str(FIRST["own"] + 4)]})


@ask("POST", "/api/dossiers", "at the counter of the unit, for somebody else")
def file_at_counter(_world: World, _person: Person, place: Place) -> Ask:
    body = {
        "procedure": desk.SPLIT,
        "parcels": [str(FIRST[place] + 4)],
        "received_unit": UNIT[place],
        "channel": 1,
        "applicant": desk.APPLICANT,
    }
    return Ask("/api/dossiers", body)


@ask("POST", "/api/dossiers", "a case of the inspectors, in the unit")
def file_case(_world: World, _person: Person, place: Place) -> Ask:
    body = {"procedure": desk.CASE, "parcels": [str(FIRST[place] + 4)], "received_unit": UNIT[place], "channel": 1}
    return Ask("/api/dossiers", body)


@ask("POST", "/api/outlook", "online, for oneself", placed=False)
def look_ahead(world: World, person: Person, _place: Place) -> Ask:
    desk.refuse_waiting(world, person)
    return Ask("/api/outlook", {"procedure": desk.SPLIT, "parcels": [str(FIRST["own"] + 4)]})


# ---- one dossier ---------------------------------------------------------------------------------------------------


@ask("GET", "/api/dossiers/{dossier_id}", "everything about it")
def read_dossier(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place)}")


@ask("GET", "/api/dossiers/{dossier_id}", "with the secret word of its receipt")
def read_token(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place)}", shows=lambda answer: answer.json()["token"] is not None)


@ask("GET", "/api/dossiers/{dossier_id}/map")
def read_map(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place)}/map")


@ask("GET", "/api/dossiers/{dossier_id}/colleagues", "who could take it")
def read_colleagues(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/dossiers/{desk.opened(world, place, step='received')}/colleagues",
        shows=lambda answer: len(answer.json()["items"]) > 0,
    )


@ask("GET", "/api/parcels/{code}/dossiers", "shown: one about the parcel")
def read_of_parcel(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/parcels/{FIRST[place] + 4}/dossiers", shows=items_have("id", desk.opened(world, place)))


@ask("POST", "/api/dossiers/{dossier_id}/assign", "hand one that waits to a land officer")
def assign(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, step="received")
    colleague = world.one("SELECT id FROM accounts.account WHERE login = %s", COLLEAGUE)["id"]
    return Ask(f"/api/dossiers/{key}/assign", {"account": colleague, "revision": desk.revision(world, key)})


@ask("POST", "/api/dossiers/{dossier_id}/applicant/reveal", "the phone of who applied")
def reveal(world: World, _person: Person, place: Place) -> Ask:
    body = {"field": "phone", "purpose": "dossier", "note": "Hẹn đo đạc"}
    return Ask(
        f"/api/dossiers/{desk.opened(world, place)}/applicant/reveal",
        body,
        lambda answer: answer.json()["value"] is not None,
    )


@ask("POST", "/api/dossiers/{dossier_id}/remarks")
def make_remark(world: World, _person: Person, place: Place) -> Ask:
    body = {"text": "xem lại", "parcel": FIRST[place] + 4, "segment": desk.line()}
    return Ask(f"/api/dossiers/{desk.opened(world, place)}/remarks", body)


@ask("POST", "/api/remarks/{remark_id}/resolve", "an officer's")
def resolve(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/remarks/{desk.remark(world, desk.opened(world, place))}/resolve")


# ---- steps ---------------------------------------------------------------------------------------------------------


def step(action: str, about: str, *, at: str) -> None:
    """The question whether somebody may do this step with a dossier that stands before it."""

    def build(world: World, person: Person, place: Place) -> Ask:
        key = desk.opened(world, place, step=at)
        if action == "propose_map":
            desk.drawing(world, key, place, person.login or COLLEAGUE, submitted=False)
        body = {"revision": desk.revision(world, key), "note": "vì lẽ này"}
        return Ask(f"/api/dossiers/{key}/actions/{action}", body)

    ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", about)(build)


step("accept", "accept it at the counter", at="filed")
step("begin", "begin, the land officer's", at="received")
step("withdraw", "withdraw, the applicant's", at="checking")
step("propose_map", "propose a drawing of one's own", at="sketching")
step("approve", "approve, and commit the drawing", at="deciding")
step("stop", "stop it instead, the approver's", at="deciding")


@ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", "approve and register, the registrar's")
def decide_transfer(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, procedure=desk.SAME_DAY)
    desk.act(world, key, "accept", "begin", "propose")
    stays = {"register_stays": True, "note": "Không có gì để ghi"}
    return Ask(f"/api/dossiers/{key}/actions/approve", {"revision": desk.revision(world, key), **stays})


@ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", "hand the result out at the counter")
def hand_out(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, procedure=desk.SAME_DAY)
    desk.act(world, key, "accept", "begin", "propose", "approve")
    return Ask(f"/api/dossiers/{key}/actions/hand_out", {"revision": desk.revision(world, key)})


@ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", "a case: to the field, the inspector's")
def to_field(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, procedure=desk.CASE)
    desk.act(world, key, "accept", "begin")
    return Ask(f"/api/dossiers/{key}/actions/to_field", {"revision": desk.revision(world, key)})


@ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", "a case: conclude, the leader's")
def conclude(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, procedure=desk.CASE)
    desk.act(world, key, "accept", "begin", "to_field", "propose")
    return Ask(f"/api/dossiers/{key}/actions/dismiss", {"revision": desk.revision(world, key)})


@ask("POST", "/api/dossiers/{dossier_id}/actions/{action}", "what only a partner says: the tax notice")
def notice(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place, procedure=desk.TRANSFER)
    desk.act(world, key, "accept", "begin", "tax_slip")
    return Ask(f"/api/dossiers/{key}/actions/tax_notice", {"revision": desk.revision(world, key)})


@ask("POST", "/api/dossiers/{dossier_id}/draft", "where the step is to draw")
def draw(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place, step='sketching')}/draft")


# ---- the page for everybody ----------------------------------------------------------------------------------------


@ask("GET", "/api/track", "by its code: no parcel, no paper, no payment")
def track(world: World, _person: Person, place: Place) -> Ask:
    told = desk.code(world, desk.opened(world, place))
    return Ask(
        f"/api/track?code={told['code']}",
        shows=lambda answer: not {"parcels", "papers", "payments", "note"} & answer.json().keys(),
    )


@ask("GET", "/api/track", "with the secret word of its receipt")
def track_more(world: World, _person: Person, place: Place) -> Ask:
    told = desk.code(world, desk.opened(world, place))
    return Ask(f"/api/track?code={told['code']}&t={told['token']}", shows=lambda answer: "parcels" in answer.json())


@ask("GET", "/api/track", "with a wrong word")
def track_wrong(world: World, _person: Person, place: Place) -> Ask:
    told = desk.code(world, desk.opened(world, place))
    return Ask(f"/api/track?code={told['code']}&t={'x' * 20}")


# ---- papers --------------------------------------------------------------------------------------------------------


@ask("GET", "/api/dossiers/{dossier_id}/documents")
def list_documents(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/dossiers/{desk.opened(world, place)}/documents", shows=lambda answer: len(answer.json()["items"]) > 0
    )


@ask("POST", "/api/dossiers/{dossier_id}/documents", "hand in a paper")
def hand_in(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    return Ask(
        f"/api/dossiers/{key}/documents?type=other&name=giay.png",
        content=desk.png(next(world.numbers)),
        media="image/png",
    )


@ask("POST", "/api/dossiers/{dossier_id}/documents/reuse", "a paper of an earlier dossier")
def reuse(world: World, _person: Person, place: Place) -> Ask:
    key, document = desk.reusable(world, place)
    return Ask(f"/api/dossiers/{key}/documents/reuse", {"document": document})


@ask("GET", "/api/documents/{document_id}", "as it was handed in")
def read_document(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/documents/{desk.document(world, desk.opened(world, place))}")


@ask("GET", "/api/documents/{document_id}/preview")
def preview(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/documents/{desk.document(world, desk.opened(world, place))}/preview?width=200")


@ask("DELETE", "/api/documents/{document_id}", "take back what one handed in")
def take_back(world: World, person: Person, place: Place) -> Ask:
    return Ask(f"/api/documents/{desk.document(world, desk.opened(world, place), added_by=person.account)}")


@ask("DELETE", "/api/documents/{document_id}", "take back what the applicant handed in")
def take_theirs_back(world: World, _person: Person, place: Place) -> Ask:
    applicant = world.people["citizen"].account if place == "own" else desk.stranger(world)
    return Ask(f"/api/documents/{desk.document(world, desk.opened(world, place), added_by=applicant)}")


@ask("GET", "/api/dossiers/{dossier_id}/papers", "what can be printed")
def list_papers(world: World, _person: Person, place: Place) -> Ask:
    return Ask(
        f"/api/dossiers/{desk.opened(world, place)}/papers", shows=lambda answer: len(answer.json()["items"]) > 0
    )


@ask("GET", "/api/dossiers/{dossier_id}/papers/{form}.pdf", "the receipt (01)")
def print_receipt(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place, step='received')}/papers/01.pdf", shows=is_pdf)


@ask("GET", "/api/dossiers/{dossier_id}/papers/{form}.pdf", "the control slip (06), for officers")
def print_slip(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place, step='received')}/papers/06.pdf", shows=is_pdf)


@ask("GET", "/api/dossiers/{dossier_id}/extract.pdf")
def print_extract(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/dossiers/{desk.opened(world, place)}/extract.pdf?parcel={FIRST[place] + 4}", shows=is_pdf)


@ask("GET", "/api/papers/log-book.pdf", "of the unit's counter")
def print_log_book(_world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/papers/log-book.pdf?unit={UNIT[place]}&since={TODAY}&until={TODAY}", shows=is_pdf)


# ---- money ---------------------------------------------------------------------------------------------------------


@ask("GET", "/api/dossiers/{dossier_id}/payments")
def list_payments(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    return Ask(f"/api/dossiers/{key}/payments", shows=items_have("id", desk.payment(world, key)))


@ask("POST", "/api/dossiers/{dossier_id}/payments/{payment_id}/pay", "online")
def pay(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    return Ask(f"/api/dossiers/{key}/payments/{desk.payment(world, key)}/pay")


@ask("POST", "/api/dossiers/{dossier_id}/payments/{payment_id}/counter", "money taken at the counter")
def pay_at_counter(world: World, _person: Person, place: Place) -> Ask:
    key = desk.opened(world, place)
    return Ask(f"/api/dossiers/{key}/payments/{desk.payment(world, key)}/counter", {"receipt": "BL 0001"})


# ---- partners ------------------------------------------------------------------------------------------------------

simply("/api/partners")
simply("/api/partners/messages", "/api/partners/messages?direction=out")
simply("/api/partners/reconciliation", f"/api/partners/reconciliation?day={TODAY}")


@ask("POST", "/api/partners/messages/{message_id}/retry", placed=False)
def retry_message(world: World, _person: Person, place: Place) -> Ask:
    return Ask(f"/api/partners/messages/{desk.message(world, desk.opened(world, place))}/retry")


@ask("POST", "/api/partners/messages/{message_id}/drop", placed=False)
def drop_message(world: World, _person: Person, place: Place) -> Ask:
    message = desk.message(world, desk.opened(world, place))
    return Ask(f"/api/partners/messages/{message}/drop", {"note": "đã gọi điện"})


def signed(world: World, key: bytes | None = None) -> bytes:
    """A receipt from the tax office for a message that nobody knows."""
    signer = desk.partner() if key is None else type(desk.partner()).of("tax", key)
    return signer.sign(world.settings.partner_name, f"m-{uuid4()}", "receipt", None, {"message": str(uuid4())}).encode()


@ask("POST", "/api/partners/{partner}/messages", "signed with the partner's key", placed=False)
def tell(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/partners/tax/messages", content=signed(world), media="application/jose")


@ask("POST", "/api/partners/{partner}/messages", "signed with another key", placed=False)
def tell_forged(world: World, _person: Person, _place: Place) -> Ask:
    return Ask("/api/partners/tax/messages", content=signed(world, bytes(32)), media="application/jose")
