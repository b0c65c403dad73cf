"""One writer of the random walk, a process of its own: `python -m tests.benchmarks.writer URL SEED GOAL EDITS`.

Commits change sets of EDITS random edits, half of them in the hot area, until the feed has reached the seq GOAL or
its input ends.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections import Counter

from layers.crs import FabricCrs
from layers.db import connect
from layers.errors import Problem
from layers.fabric import ledger
from tests.benchmarks import edits
from tests.benchmarks.city import SRID


def main(url: str, seed: int, goal: int, each: int) -> None:
    crs = FabricCrs(SRID)
    outcomes: Counter[str] = Counter()
    ms: list[float] = []
    with connect(url) as conn:
        everywhere, hot = edits.boxes(conn)
        editor = edits.Editor(conn, crs, random.Random(seed), everywhere, hot)
        while not select.select([sys.stdin], [], [], 0)[0]:
            names, data, seq = editor.draw(each)
            conn.rollback()
            if seq >= goal:
                break
            started = time.perf_counter()
            try:
                ledger.commit(
                    conn, crs, edits.parsed(data), reason="random walk", author=f"writer {seed}", base_seq=seq
                )
                conn.commit()
            except Problem as error:
                conn.rollback()
                outcomes[error.slug] += 1
                continue
            ms.append((time.perf_counter() - started) * 1000)
            outcomes.update(names.split("+"))
    json.dump({"outcomes": outcomes, "ms": ms}, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
