"""Ten thousand dossiers, fifty officers at once: every act through HTTP, every clock checked afterwards.

Officers do not act without pause: each thinks for a while (exponentially distributed) before the next act, as long as makes 50 officers ask for about
`ACTS_A_SECOND` together. That is some hundred times what a commune's office does; the figure and the rate reached stand beside the result.
"""

from __future__ import annotations

import http.client
import json
import queue
import random
import threading
import time
from collections import Counter, defaultdict, deque
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo_service.accounts.service import add_account
from geo_service.embedded import Cluster
from layers.crs import polygon_from_rings
from layers.db import connect
from layers.fabric.load import FaceBatch, load_faces
from tests.benchmarks.city import new_database
from tests.benchmarks.report import Results, percentile
from tests.benchmarks.service import HEADERS, Server, service

OFFICERS = 50
ACTS_A_SECOND = 60.0
UNIT = "00004"
WORDS = "một mật khẩu đủ dài để đo"
FORWARD = ("accept", "propose_map", "approve", "forward", "finish", "hand_out")
SPLIT = "1.012784"
DRAWN = 0.03
"""Share of the dossiers that change the map: with a drawing, its preview, the reviewer's preview and the commit."""
CLOCKS = """
    SELECT (SELECT count(*) FROM dossier.dossier) AS dossiers,
           (SELECT count(*) FROM dossier.dossier WHERE status = 10) AS handed_out,
           (SELECT count(*) FROM (
                SELECT started_at, lag(ended_at) OVER (PARTITION BY dossier_id ORDER BY started_at) AS before FROM dossier.clock) c
            WHERE before IS DISTINCT FROM started_at AND before IS NOT NULL) AS gaps,
           (SELECT count(*) FROM dossier.clock c JOIN dossier.dossier d ON d.id = c.dossier_id WHERE d.status = 10 AND c.ended_at IS NULL) AS left_open,
           (SELECT count(*) FROM dossier.dossier d WHERE d.clock_start IS NOT NULL AND d.due_at IS DISTINCT FROM dossier.due_of(d)) AS other_due,
           (SELECT count(*) FROM (SELECT dossier_id, max(revision) AS last, count(*) AS n FROM dossier.event WHERE revision > 0 GROUP BY 1) e
            JOIN dossier.dossier d ON d.id = e.dossier_id WHERE e.n <> e.last OR e.last <> d.revision) AS lost_events,
           (SELECT count(*) FROM dossier.event e LEFT JOIN fabric.change_set c ON c.id = e.change_set
            WHERE e.kind = 'approve' AND e.change_set IS NOT NULL AND c.xid <> e.xid) AS apart,
           (SELECT seq FROM feed.head) - (SELECT count(*) FROM feed.event) AS feed_gaps
"""


@dataclass
class Work:
    """What lies on the desks: per role a pile of dossiers, each with its next act; what was begun lies on top, so all desks are busy from the start."""

    total: int
    desks: dict[str, queue.LifoQueue[dict[str, Any]]] = field(default_factory=lambda: defaultdict(queue.LifoQueue))
    done: int = 0
    ms: dict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))
    errors: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def finished(self) -> bool:
        return self.done >= self.total or bool(self.errors)


class Officer(threading.Thread):
    """One desk and one kept-alive connection."""

    def __init__(
        self,
        server: Server,
        work: Work,
        role: str,
        login: str,
        paths: dict[str, dict[str, tuple[str, str]]],
        pause: float,
    ) -> None:
        super().__init__(daemon=True)
        self.work, self.role, self.paths, self.pause = work, role, paths, pause
        self.rng = random.Random(login)
        self.asked = time.monotonic()
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.connection.request("POST", "/api/session", json.dumps({"login": login, "password": WORDS}), HEADERS)
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{login} cannot sign in: {said[:300]!r}")
        self.headers = HEADERS | {"Cookie": (answer.getheader("set-cookie") or "").split(";")[0]}

    def ask(self, name: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        if time.monotonic() - self.asked > 3:
            self.connection.close()  # the server closes what is silent for 5 s; this one is opened again by the request
        self.asked = time.monotonic()
        began = time.perf_counter()
        self.connection.request(method, path, json.dumps(body) if body is not None else None, self.headers)
        answer = self.connection.getresponse()
        data = answer.read()
        self.work.ms[name].append((time.perf_counter() - began) * 1000)
        if answer.status >= 300:
            self.work.errors.append(f"{name}: {answer.status} {data[:300]!r}")
            raise RuntimeError(self.work.errors[-1])
        return json.loads(data)  # type: ignore[no-any-return]

    def run(self) -> None:
        try:
            while not self.work.finished:
                try:
                    job = self.work.desks[self.role].get(timeout=0.2)
                except queue.Empty:
                    continue
                time.sleep(self.rng.expovariate(1 / self.pause))
                if self.rng.random() < 0.05:
                    self.ask("inbox", "GET", "/api/desk?tab=todo")
                self.handle(job)
        except RuntimeError:
            pass
        except Exception as error:  # noqa: BLE001  (the run ends and says so)
            self.work.errors.append(repr(error))

    def handle(self, job: dict[str, Any]) -> None:
        """File a dossier, or do the next act on it, and lay it on the next desk."""
        if "id" not in job:
            dossier = self.ask(
                "file", "POST", "/api/dossiers",
                {"procedure": job["procedure"], "parcels": [str(job["parcel"])], "received_unit": UNIT, "channel": 1, "form": {},
                 "applicant": {"name": "Người Nộp", "phone": "0912345678"}},
            )  # fmt: skip
        else:
            _, action = self.paths[job["procedure"]][job["step"]]
            body: dict[str, Any] = {"revision": job["revision"]}
            if action == "propose_map":
                self.draw(job)
            if action == "approve" and job["procedure"] == SPLIT:
                draft = self.ask("read", "GET", f"/api/dossiers/{job['id']}")["draft"]["id"]
                body["digest"] = self.ask("preview", "POST", f"/api/drafts/{draft}/preview", {})["digest"]
            dossier = self.ask(f"act: {action}", "POST", f"/api/dossiers/{job['id']}/actions/{action}", body)["dossier"]
        job |= {"id": dossier["id"], "revision": dossier["revision"], "step": dossier["step"]["code"]}
        following = self.paths[job["procedure"]].get(job["step"])
        if following is None:
            with self.work.lock:
                self.work.done += 1
        else:
            self.work.desks[following[0]].put(job)

    def draw(self, job: dict[str, Any]) -> None:
        """Halve the parcel from the road to its back."""
        key = self.ask("draft", "POST", f"/api/dossiers/{job['id']}/draft")["id"]
        self.ask("preview", "POST", f"/api/drafts/{key}/preview", {"intents": [job["cut"]]})


def streets(conn: Any, count: int, houses: int = 200) -> list[dict[str, Any]]:
    """Land to apply for: parcels of 12 x 20 m along roads; each with the cut that would halve it."""
    east, north = 585_000.0, 2_325_000.0
    polygons, kinds, cuts = [], [], []
    streets_needed = -(-count // (2 * houses))
    for s in range(streets_needed):
        y0 = north + 46.0 * s
        ends = [east + 12 * k for k in range(houses + 1)]
        for low, high in ((y0 + 26, y0 + 46), (y0, y0 + 20)):
            for x0, x1 in pairwise(ends):
                polygons.append([(x0, low), (x1, low), (x1, high), (x0, high)])
                kinds.append("land")
                middle = round((x0 + x1) * 500)
                cuts.append([[middle, round(low * 1000) - 1000], [middle, round(high * 1000) + 1000]])
        polygons.append([(x, y0 + 20) for x in ends] + [(x, y0 + 26) for x in reversed(ends)])
        kinds.append("road")
    n = len(polygons)
    frame = pd.DataFrame(
        {"kind": kinds, "unit": UNIT, "sheet": [str(1 + i // 5000) for i in range(n)], "number": [str(1 + i % 5000) for i in range(n)],
         "land_use": ["ODT" if kind == "land" else "DGT" for kind in kinds], "official_area_m2": 240.0, "address": None, "source_id": None}
    )  # fmt: skip
    rings = [tuple((round(x * 1000), round(y * 1000)) for x, y in one) for one in polygons]
    load_faces(
        conn, FaceBatch(np.array([polygon_from_rings((one,)) for one in rings], dtype=object), frame), reason="đo"
    )
    rows = conn.execute("SELECT parcel_id FROM fabric.parcel_version WHERE kind = 'land' ORDER BY parcel_id").fetchall()
    return [
        {
            "parcel": row["parcel_id"],
            "cut": {"type": "split_by_line", "parcel": row["parcel_id"], "line": [{"mm": a}, {"mm": b}]},
        }
        for row, (a, b) in zip(rows, cuts, strict=True)
    ]


def forward_paths(conn: Any) -> dict[str, dict[str, tuple[str, str]]]:
    """Per procedure that desks can take from the counter to the end: the desk and the action at each step."""
    rows = conn.execute(
        "SELECT v.procedure, a.* FROM dossier.procedure_version v JOIN dossier.action a ON a.version_id = v.id"
        " JOIN accounts.role r ON r.code = a.role WHERE v.status = 'published' AND v.procedure NOT LIKE 'NB.%%'"
        " AND (a.effect = 'none' OR v.procedure = %s) ORDER BY a.ord",
        (SPLIT,),
    ).fetchall()
    by_step: dict[str, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["kind"] in FORWARD and not row["note"] and (row["map"] != "required" or row["procedure"] == SPLIT):
            by_step[row["procedure"]][row["from_step"]].append(row)
    out = {}
    for procedure, steps in by_step.items():
        path = walk(steps, "filed", ())
        if path:
            out[procedure] = path
    return out


def walk(steps: dict[str, list[dict[str, Any]]], step: str, seen: tuple[str, ...]) -> dict[str, tuple[str, str]] | None:
    """The first way from a step to `returned` that passes no step twice."""
    if step == "returned":
        return {}
    for row in steps.get(step, []):
        if row["to_step"] not in (*seen, step):
            rest = walk(steps, row["to_step"], (*seen, step))
            if rest is not None:
                return {step: (row["role"], row["code"])} | rest
    return None


def prepare(url: str, count: int) -> tuple[list[dict[str, Any]], dict[str, dict[str, tuple[str, str]]]]:
    """Land, officers and a pile of applications."""
    with connect(url) as conn:
        land = streets(conn, count)
        paths = forward_paths(conn)
        # papers and fees are measured elsewhere: here every dossier is complete and free
        conn.execute("ALTER TABLE dossier.procedure_version DISABLE TRIGGER USER")
        conn.execute(
            "UPDATE dossier.procedure_version SET definition = definition || '{\"documents\": [], \"fees\": []}' WHERE status = 'published'"
        )
        conn.execute("ALTER TABLE dossier.procedure_version ENABLE TRIGGER USER")
        rng = random.Random(4)
        plain = sorted(set(paths) - {SPLIT})
        jobs = [
            one | {"procedure": SPLIT if rng.random() < DRAWN else rng.choice(plain), "step": "new"}
            for one in land[:count]
        ]
        for k, role in enumerate(staff(jobs, paths)):
            add_account(conn, f"o{k}", WORDS, name=f"Cán bộ {k}", roles=[role], demo=True)
    return jobs, paths


def staff(jobs: list[dict[str, Any]], paths: dict[str, dict[str, tuple[str, str]]]) -> list[str]:
    """A role for each officer, as many of each as its share of the acts asks for."""
    acts = Counter("reception" for _ in jobs)  # filing
    for job in jobs:
        acts.update(role for role, _ in paths[job["procedure"]].values())
    total = sum(acts.values())
    roles = [role for role, n in acts.items() for _ in range(max(1, round(OFFICERS * n / total)))]
    busiest = acts.most_common(1)[0][0]
    return (roles + [busiest] * OFFICERS)[:OFFICERS]


def run(results: Results, instance: Cluster, folder: Path, count: int, rate: float = ACTS_A_SECOND) -> None:
    """Have `count` dossiers processed on a database of their own."""
    url, data = new_database(instance, "officers"), folder / "officers"
    data.mkdir()
    jobs, paths = prepare(url, count)
    with connect(url) as conn:
        roles = [row["role"] for row in conn.execute(
            "SELECT s.role FROM accounts.account a JOIN accounts.assignment s ON s.account_id = a.id WHERE a.login ~ '^o[0-9]+$'"
            " ORDER BY substr(a.login, 2)::int"
        )]  # fmt: skip
    work = Work(len(jobs))
    for job in jobs:
        work.desks["reception"].put(job)
    with service(url, data) as server:
        officers = [Officer(server, work, role, f"o{k}", paths, OFFICERS / rate) for k, role in enumerate(roles)]
        began = time.monotonic()
        for officer in officers:
            officer.start()
        told = began
        while not work.finished:
            time.sleep(0.5)
            if time.monotonic() - told > 30:
                told = time.monotonic()
                results.say(f"{work.done:,} of {work.total:,} dossiers")
        seconds = time.monotonic() - began
        for officer in officers:
            officer.join(5)
    if work.errors:
        results.wrong.append(f"dossiers: {work.errors[0]}")
        return
    acts = [ms for name, many in work.ms.items() if name.startswith(("act", "file")) for ms in many]
    worst = max(
        (percentile(list(many), 0.95), name)
        for name, many in work.ms.items()
        if name.startswith(("act", "file")) and len(many) > 20
    )
    note = f"{len(acts):,} acts in {seconds:.0f} s, {len(acts) / seconds:.0f}/s by {OFFICERS} officers, {len(paths)} procedures"
    results.add("dossier_p50", percentile(acts, 0.5), note)
    results.add("dossier_p95", worst[0], f"worst of {len(work.ms)} kinds of request: {worst[1]}")
    results.add("dossier_p99", percentile(acts, 0.99))
    results.add(
        "dossier_inbox",
        percentile(list(work.ms["inbox"]), 0.95) if work.ms["inbox"] else 0.0,
        "first page of the inbox, p95",
    )
    results.add("dossier_rate", len(acts) / seconds)
    results.details["dossiers"] = {
        name: {
            "n": len(many),
            "p50": percentile(list(many), 0.5),
            "p95": percentile(list(many), 0.95),
            "p99": percentile(list(many), 0.99),
        }
        for name, many in sorted(work.ms.items())
    }
    with connect(url) as conn:
        found = conn.execute(CLOCKS).fetchone()
    assert found is not None
    right = found["dossiers"] == found["handed_out"] == count and not any(
        found[key] for key in found if key not in ("dossiers", "handed_out")
    )
    if not right:
        results.wrong.append(f"dossiers: {found}")
    results.say(f"checked: {found}")
