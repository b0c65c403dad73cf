"""Somebody else's dossier: by its id, its code, its papers, its payments, through one's own dossier, through the partners' door."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

from tests.geo_service.attacks.core import REVEAL, Answers, attack, refused
from tests.geo_service.attacks.forms import SQL
from tests.geo_service.authority import desk
from tests.geo_service.authority.ground import CANARIES, Ground
from tests.geo_service.authority.world import PARTNER_SEED, Person

ACTIONS = ("accept", "begin", "supplement", "withdraw", "stop", "approve", "paid", "hand_out", "tax_notice", "nothing")
FEED = {"id", "procedure", "unit", "step", "status", "revision", "kind"}
TOLD = {  # what the page for everybody says to who has the code alone
    "id", "code", "procedure", "procedure_vi", "procedure_en", "status", "status_vi", "status_en", "step", "step_vi", "step_en", "holder", "holder_vi",
    "holder_en", "holder_unit", "holder_unit_name", "received_unit", "received_unit_name", "waits_for", "waits_vi", "waits_en", "channel", "filed_at",
    "received_at", "due_at", "promised_at", "step_since", "finished_at", "tone", "limit", "simulated", "history",
}  # fmt: skip

# ---- by its id -----------------------------------------------------------------------------------------------------


def routes(g: Ground, key: str, paper: int, payment: str, remark: int) -> list[tuple[str, str, Any]]:
    """Every question about a dossier and what hangs on it."""
    url, number = f"/api/dossiers/{key}", desk.revision(g.world, g.ids["dossier"])
    return [
        ("GET", url, None),
        ("GET", f"{url}?all=true&account={g.ids['account']}", None),
        ("GET", f"{url}/map", None),
        ("GET", f"{url}/colleagues", None),
        ("GET", f"{url}/documents", None),
        ("GET", f"{url}/papers", None),
        *(("GET", f"{url}/papers/{form}.pdf", None) for form in ("01", "02", "06", "07")),
        ("GET", f"{url}/extract.pdf?parcel={g.ids['changed']}", None),
        ("GET", f"{url}/payments", None),
        ("GET", f"/api/documents/{paper}", None),
        ("GET", f"/api/documents/{paper}/preview", None),
        ("DELETE", f"/api/documents/{paper}", None),
        ("POST", f"{url}/draft", None),
        ("POST", f"{url}/remarks", {"text": "x"}),
        ("POST", f"/api/remarks/{remark}/resolve", None),
        ("POST", f"{url}/applicant/reveal", REVEAL),
        ("POST", f"{url}/assign", {"account": None, "revision": number}),
        ("POST", f"{url}/documents/reuse", {"document": paper}),
        ("POST", f"{url}/payments/{payment}/pay", None),
        ("POST", f"{url}/payments/{payment}/counter", {"receipt": "x"}),
        *(("POST", f"{url}/actions/{action}", {"revision": number, "note": "x"}) for action in ACTIONS),
    ]


@attack("somebody else's dossier, by every route")
def dossier_by_id(g: Ground, who: Person) -> Answers:
    for method, url, body in routes(g, g.ids["dossier"], g.ids["paper"], g.ids["payment"], g.ids["remark"]):
        yield from refused(g.ask(who, method, url, body))


@attack("a paper put into somebody else's dossier")
def upload_elsewhere(g: Ground, who: Person) -> Answers:
    for name, media in (("a.png", "image/png"), ("../../a.png", "image/png"), ("a.html", "text/html")):
        yield from refused(
            g.ask(
                who,
                "POST",
                f"/api/dossiers/{g.ids['dossier']}/documents",
                params={"type": g.ids["wanted"], "name": name},
                content=desk.png(),
                headers={"Content-Type": media},
            )
        )


@attack("papers, number after number")
def papers_by_number(g: Ground, who: Person) -> Answers:
    """One's own may open; nothing of others does."""
    for key in range(g.ids["paper"] + 3):
        for url in (f"/api/documents/{key}", f"/api/documents/{key}/preview?page=1&width=2000"):
            yield g.ask(who, "GET", url)


@attack("remarks and messages, number after number")
def numbers(g: Ground, who: Person) -> Answers:
    for key in range(1, 5):
        yield from refused(
            g.ask(who, "POST", f"/api/remarks/{key}/resolve"),
            g.ask(who, "POST", f"/api/partners/messages/out-{key}/retry"),
            g.ask(who, "POST", f"/api/partners/messages/in-{key}/drop", {"note": "đã xong"}),
        )


@attack("desks, logs, boards and figures")
def desks(g: Ground, who: Person) -> Answers:
    day = time.strftime("%Y-%m-%d")
    for url in (
        "/api/desk", "/api/desk?tab=unit&unit=00008", "/api/desk?tab=done&q=%25", "/api/desk/counts",
        f"/api/papers/log-book.pdf?unit=00008&since={day}&until={day}",
        "/api/board", "/api/board/units", "/api/board/steps", "/api/board/forecast", "/api/board/dossiers?cell=paused",
        "/api/board/bands",
        f"/api/statistics/dossiers?from={day}&to={day}", f"/api/statistics/stays?from={day}&to={day}", "/api/partners", "/api/partners/messages",
        "/api/partners/messages?direction=in", f"/api/partners/reconciliation?day={day}", "/api/agencies", "/api/catalogue", f"/api/catalogue/{desk.SPLIT}",
        f"/api/procedures/{desk.SPLIT}/draft", f"/api/procedures/{desk.SPLIT}/variations",
    ):  # fmt: skip
        yield from refused(g.ask(who, "GET", url))


@attack("changing what all offices go by")
def offices(g: Ground, who: Person) -> Answers:
    band = {"items": [{"share": 0, "name_vi": "x", "name_en": "x"}]}
    day = {"kind": "holiday", "name_vi": "x", "name_en": "x", "source": "x", "grade": "A"}
    for method, url, body in (
        ("PUT", "/api/board/bands", band), ("PUT", "/api/agencies", {"items": [{"unit": "*", "code": "H99"}]}), ("PUT", "/api/calendar/days/2027-05-05", day),
        ("DELETE", "/api/calendar/days/2027-01-01", None), ("POST", f"/api/procedures/{desk.SPLIT}/end", {"from": "2030-01-01"}),
        ("DELETE", f"/api/procedures/{desk.SPLIT}/draft", None), ("POST", f"/api/procedures/{desk.SPLIT}/draft/publish", {"from": "2030-01-01"}),
        ("POST", "/api/calendar/outages", {"from": "2026-01-01T00:00:00+07:00", "until": "2027-01-01T00:00:00+07:00", "note": "x"}),
        ("PUT", "/api/calendar/thresholds", {"amber_days": 9, "amber_share": 0.1, "answer_amber_hours": 1, "answer_red_hours": 2}),
    ):  # fmt: skip
        yield from refused(g.ask(who, method, url, body))


@attack("dossiers of a parcel, and one's own with somebody else's id")
def lists(g: Ground, who: Person) -> Answers:
    for url in (
        f"/api/parcels/{g.ids['changed']}/dossiers", f"/api/parcels/{g.ids['changed']}/dossiers?all=1", f"/api/me/dossiers?account={g.ids['account']}",
        f"/api/me/dossiers?party={g.ids['party']}", "/api/me/dossiers?tab=unit",
    ):  # fmt: skip
        answer = g.ask(who, "GET", url)
        assert answer.status_code == 401 or g.ids["dossier"] not in answer.text
        yield answer


# ---- through one's own ---------------------------------------------------------------------------------------------


@attack("one's own dossier as a door to another's papers, payments and parcels")
def own_dossier_as_door(g: Ground, who: Person) -> Answers:
    url = f"/api/dossiers/{g.ids['mine']}"
    yield from refused(
        g.ask(who, "POST", f"{url}/documents/reuse", {"document": g.ids["paper"]}),
        g.ask(who, "POST", f"{url}/payments/{g.ids['payment']}/pay"),
        g.ask(who, "POST", f"{url}/payments/{g.ids['payment']}/counter", {"receipt": "x"}),
        g.ask(who, "GET", f"{url}/extract.pdf?parcel={g.ids['changed']}"),
        g.ask(who, "GET", f"{url}/papers/02.pdf?event=4"),
        g.ask(who, "GET", f"{url}/papers/06.pdf"),
        g.ask(who, "POST", f"{url}/applicant/reveal", REVEAL),
        g.ask(who, "GET", f"{url}/colleagues"),
    )
    for tail in ("", "/documents", "/papers", "/payments", "/map"):
        yield g.ask(who, "GET", f"{url}{tail}?dossier={g.ids['dossier']}&id={g.ids['dossier']}")


@attack("asking ahead in somebody else's name and about somebody else's land")
def outlook(g: Ground, who: Person) -> Answers:
    """A number that is only claimed leads to nobody's papers, and nothing is filed."""
    applicant = {"name": "x", "identity_number": CANARIES["number of an applicant"]}
    for parcels in ([str(g.ids["changed"])], [str(g.ids["held"])], ["1", str(g.ids["changed"])]):
        for more in ({}, {"applicant": applicant}, {"applicant": {"name": "x", "identity_number": CANARIES["number"]}}):
            answer = g.ask(who, "POST", "/api/outlook", {"procedure": desk.SPLIT, "parcels": parcels} | more)
            if answer.is_success:
                assert not [one for one in answer.json()["checklist"] if one["state"] == "reusable" or one["earlier"]]
            yield answer


@attack("filing for somebody else, at a counter that is not one's own, or as an officer")
def filing(g: Ground, who: Person) -> Answers:
    body = {"procedure": desk.SPLIT, "parcels": [str(g.ids["changed"])]}
    for more in (
        {"channel": 1, "received_unit": "00008"}, {"channel": 3, "received_unit": "00004"}, {"procedure": desk.CASE}, {"procedure": "NB.THUHOI"},
        {"applicant_account": g.ids["account"]}, {"party": g.ids["party"]}, {"competent_unit": "00004"}, {"status": 9}, {"simulated": True},
        {"form": {"a": {"b": 1}}}, {"parcels": ["1"] * 51}, {"id": "1"}, {"procedure": "' OR 1=1 --"},
    ):  # fmt: skip
        yield from refused(g.ask(who, "POST", "/api/dossiers", body | more))


@attack("the key of somebody else's dossier for one's own")
def same_key(g: Ground, who: Person) -> Answers:
    body = {"id": g.ids["dossier"], "procedure": desk.SPLIT, "parcels": ["5"]}
    yield from refused(g.ask(who, "POST", "/api/dossiers", body), g.ask(who, "POST", "/api/outlook", body))


# ---- the page for everybody ----------------------------------------------------------------------------------------


@attack("following dossiers by codes that one guesses")
def guessed_codes(g: Ground, who: Person) -> Answers:
    """A code alone tells where a dossier is and nothing else; codes beside it tell no more."""
    front, _, number = g.ids["code"].rpartition("-")
    for k in range(int(number) + 3):
        answer = g.ask(who, "GET", "/api/track", params={"code": f"{front}-{k:04}"})
        assert answer.status_code == 404 or set(answer.json()) == TOLD
        yield answer
    for text in (
        "%",
        "_" * 20,
        "*" * 10,
        f"{front}-%",
        g.ids["code"] + " ",
        g.ids["code"].lower(),
        f" {g.ids['code']}",
        g.ids["code"] + "\u00a0",
    ):
        answer = g.ask(who, "GET", "/api/track", params={"code": text})
        assert not answer.is_success or set(answer.json()) == TOLD
        yield answer


@attack("following a dossier with a wrong secret word")
def wrong_words(g: Ground, who: Person) -> Answers:
    real, mine = CANARIES["word of a receipt"], desk.code(g.world, g.ids["mine"])["token"]
    for word in (
        real[:-1],
        real + "x",
        real.upper(),
        mine,
        "%",
        "' OR '1'='1",
        "null",
        "true",
        "[]",
        "*" * 20,
        " ",
        f"{real}&t=x",
        hashlib.sha256(b"").hexdigest()[:40],
    ):
        yield from refused(g.ask(who, "GET", "/api/track", params={"code": g.ids["code"], "t": word}))
    for query in (f"code={g.ids['code']}&t=", f"code={g.ids['code']}&token={real}", f"code={g.ids['code']}&T={real}"):
        answer = g.ask(who, "GET", f"/api/track?{query}")
        assert set(answer.json()) == TOLD
        yield answer


@attack("the live stream of dossiers and desks")
def live_desks(g: Ground, who: Person) -> Answers:
    for cells in (
        "desk/*",
        "desk/00008",
        f"dossier/{g.ids['dossier']}",
        f"desk/*,dossier/{g.ids['dossier']}",
        "desk/%",
        "applicant/1",
        "dossier/*",
        f"12/1/1,{'x' * 40}",
    ):
        answer = g.ask(who, "GET", "/live", params={"cells": cells, "after": 0})
        for line in answer.text.splitlines():
            if line.startswith("data: {"):
                assert (json.loads(line[6:]).get("dossier") or {}).keys() <= FEED
        yield answer


# ---- words ---------------------------------------------------------------------------------------------------------


@attack("SQL in every text about dossiers")
def sql_about_dossiers(g: Ground, who: Person) -> Answers:
    for text in SQL:
        for url, name in (
            ("/api/track", "code"), ("/api/desk", "q"), ("/api/desk", "procedure"), ("/api/desk", "unit"), ("/api/procedures", "q"),
            ("/api/procedures", "after"),
            (f"/api/procedures/{desk.SPLIT}", "unit"), ("/api/papers/log-book.pdf", "unit"), (f"/api/dossiers/{g.ids['mine']}/extract.pdf", "parcel"),
            ("/api/partners/messages", "partner"), ("/api/board", "unit"),
        ):  # fmt: skip
            answer = g.ask(who, "GET", url, params={name: text})
            assert answer.elapsed.total_seconds() < 8, url
            yield answer
        for method, url, body in (
            ("POST", "/api/outlook", {"procedure": desk.SPLIT, "parcels": [text], "form": {"reason": text}}),
            ("POST", f"/api/dossiers/{g.ids['dossier']}/remarks", {"text": text}),
            ("POST", f"/api/dossiers/{g.ids['dossier']}/actions/{text}", {"revision": 1}),
            ("GET", f"/api/dossiers/{text}", None),
            ("GET", f"/api/parcels/{text}/dossiers", None),
        ):
            yield g.ask(who, method, url, body)


@attack("ids of dossiers and papers that are none")
def odd_dossier_ids(g: Ground, who: Person) -> Answers:
    for key in (
        "0",
        "-1",
        "NaN",
        "null",
        "*",
        "me",
        "9" * 40,
        "%00",
        f"{g.ids['dossier']}%00",
        "{" + g.ids["dossier"] + "}",
        "..%2f" + g.ids["dossier"],
        str(uuid4()),
    ):
        yield from refused(
            *(
                g.ask(who, "GET", f"/api/dossiers/{key}{tail}")
                for tail in ("/map", "/documents", "/papers", "/papers/01.pdf")
            ),
            g.ask(who, "GET", f"/api/documents/{key}/preview"),
            g.ask(who, "POST", f"/api/dossiers/{key}/actions/accept", {"revision": 1}),
        )


@attack("unknown dossiers against somebody else's")
def existence_of_dossiers(g: Ground, who: Person) -> Answers:
    """The two answers are the same, but for what was typed; for officers of another commune too."""
    askers = (
        who,
        *(
            g.world.people[name]
            for name in ("reception", "land officer", "leader", "analyst", "administrator")
            if who.account
        ),
    )
    unknown = {"dossier": str(uuid4()), "payment": str(uuid4()), "paper": "987654", "remark": "987655"}
    theirs = routes(g, g.ids["dossier"], g.ids["paper"], g.ids["payment"], g.ids["remark"])
    nobodys = routes(g, unknown["dossier"], int(unknown["paper"]), unknown["payment"], int(unknown["remark"]))
    for person in askers:
        for (method, url, body), (_, other, more) in zip(theirs, nobodys, strict=True):
            pair = g.ask(person, method, url, body), g.ask(person, method, other, more)
            said = []
            for answer, ids in zip(pair, (g.ids, unknown), strict=True):
                text = answer.text
                for name in ("dossier", "payment"):
                    text = text.replace(str(ids[name]), "?")
                said.append((answer.status_code, text))
            assert said[0] == said[1], (person.who, method, url)
            yield from pair


@attack("an officer's browser, led by another site into dossiers")
def csrf_of_dossiers(g: Ground, who: Person) -> Answers:
    cookie = {"Cookie": f"geo_session={g.ids['secret']}"}
    for sent in ({"X-Requested-With": None}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for method, url, body in routes(g, g.ids["dossier"], g.ids["paper"], g.ids["payment"], g.ids["remark"]):
            if method != "GET":
                yield from refused(g.ask(who, method, url, body, headers=cookie | sent))
        for kind in ("multipart/form-data; boundary=x", "text/plain", "application/x-www-form-urlencoded", "image/png"):
            yield from refused(
                g.ask(
                    who,
                    "POST",
                    f"/api/dossiers/{g.ids['dossier']}/documents?type=other&name=a.png",
                    content=desk.png(),
                    headers=cookie | sent | {"Content-Type": kind},
                )
            )


@attack("an officer's dossier out of a cache")
def cached_dossiers(g: Ground, who: Person) -> Answers:
    officer = g.world.people["city officer"]
    key, paper = g.ids["dossier"], g.ids["paper"]
    for url in (
        f"/api/dossiers/{key}", f"/api/dossiers/{key}/documents", f"/api/documents/{paper}", f"/api/documents/{paper}/preview",
        f"/api/dossiers/{key}/papers/01.pdf",
        "/api/desk", "/api/me/dossiers", f"/api/track?code={g.ids['code']}&t={CANARIES['word of a receipt']}",
    ):  # fmt: skip
        told = g.world.send(officer, "GET", url)
        assert told.is_success and "no-store" in told.headers["cache-control"], (
            f"{url} is kept by a cache: {told.headers}"
        )
        if not url.startswith(("/api/track", "/api/me")):
            yield from refused(
                g.ask(who, "GET", url, headers={"If-None-Match": told.headers.get("etag", "*"), "Range": "bytes=0-9"})
            )


# ---- the partners' door --------------------------------------------------------------------------------------------


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(g: Ground, **more: Any) -> dict[str, Any]:
    data = {"payment": g.ids["payment"], "amount": 50000, "reference": "x"}
    said = {
        "jti": f"m-{uuid4()}",
        "iss": "tax",
        "aud": g.world.settings.partner_name,
        "iat": int(time.time()),
        "kind": "paid",
    }
    return said | {"dossier": g.ids["code"], "data": data} | more


def jws(header: dict[str, Any], said: dict[str, Any], signature: bytes = b"") -> str:
    return f"{b64(json.dumps(header).encode())}.{b64(json.dumps(said).encode())}.{b64(signature)}"


@attack("messages in a partner's name")
def forged_messages(g: Ground, who: Person) -> Answers:
    """Unsigned, signed with what is public, by another partner, for somebody else, too old, from the future, altered."""
    signer = desk.partner()
    public = base64.urlsafe_b64decode(signer.public + "=")
    key = {"kty": "OKP", "crv": "Ed25519", "x": signer.public}
    ours = g.world.settings.partner_signer()

    def hs256(secret: bytes) -> str:
        head, body, _ = jws({"alg": "HS256"}, claims(g)).split(".")
        return f"{head}.{body}.{b64(hmac.new(secret, f'{head}.{body}'.encode(), hashlib.sha256).digest())}"

    def signed(
        name: str = "tax", seed: bytes = PARTNER_SEED, audience: str | None = None, now: float | None = None
    ) -> str:
        by = type(signer).of(name, seed)
        return by.sign(
            audience or g.world.settings.partner_name, f"m-{uuid4()}", "paid", g.ids["code"], claims(g)["data"], now
        )

    good = signed()
    head, body, signature = good.split(".")
    altered = json.loads(base64.urlsafe_b64decode(body + "=="))
    altered["data"]["amount"] = 1
    tokens = [
        *(jws({"alg": alg}, claims(g)) for alg in ("none", "None", "NONE", "", "HS256", "EdDSA", "Ed25519")),
        jws({"alg": "Ed25519", "jwk": key, "crit": ["jwk"]}, claims(g)),
        jws({"alg": "Ed25519", "jku": "https://evil.example/keys", "kid": "../../partner.key"}, claims(g)),
        hs256(public), hs256(signer.public.encode()), hs256(b""), hs256(json.dumps(key).encode()),
        signed(seed=bytes(32)), signed(name="payment"), signed(name="nobody"), signed(audience="somebody else"),
        signed(now=time.time() - 3600), signed(now=time.time() + 3600), signed(now=0),
        f"{head}.{b64(json.dumps(altered).encode())}.{signature}", f"{head}.{body}.{b64(bytes(64))}", f"{head}.{body}.", f"{head}..{signature}",
        f"{head}.{body}",
        f"{body}.{head}.{signature}", ours.sign(g.world.settings.partner_name, "m", "paid", g.ids["code"], {}), "", ".", "..", "{}", "x" * 70_000, "\u00e9",
    ]  # fmt: skip
    for token in tokens:
        yield from refused(
            g.ask(
                who,
                "POST",
                "/api/partners/tax/messages",
                content=token.encode(),
                headers={"Content-Type": "application/jose"},
            )
        )
    for partner in ("payment", "portal", "notification", "nobody", "..", "tax%00", "TAX"):
        yield from refused(
            g.ask(
                who,
                "POST",
                f"/api/partners/{partner}/messages",
                content=good.encode(),
                headers={"Content-Type": "application/jose"},
            )
        )
