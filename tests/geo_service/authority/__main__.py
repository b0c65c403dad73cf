"""Draft of the table in docs/security/authority.md: `python -m tests.geo_service.authority [--write]`. What it says is to be read line by line."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from geo_service.embedded import Cluster
from tests.conftest import Databases
from tests.geo_service.authority.matrix import BEGIN, END, PAPER, rendered, try_out
from tests.geo_service.authority.world import a_world


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="geo-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cluster = Cluster(folder / "cluster", durable=False)
        with cluster.session(), a_world(Databases(cluster).create(), folder) as world:
            table = rendered(try_out(world), list(world.people))
    if "--write" not in sys.argv:
        print(table)
        return
    text = PAPER.read_text(encoding="utf-8")
    before, after = text.partition(BEGIN)[0], text.partition(END)[2]
    PAPER.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
