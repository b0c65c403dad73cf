"""Refuses files that name a package registry's host or a path of somebody's machine, and files that are too large.

Looks at what git tracks or would track. Such names make a clone work on one machine only.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 2 * 1024**2
FORBIDDEN = re.compile(
    rb"pypi\.org|pythonhosted\.org|registry\.npmjs\.org|registry\.yarnpkg\.com|proxy\.golang\.org|static\.crates\.io"
    rb"|repo1?\.maven\.org|(?:deb|security)\.debian\.org|(?:archive|ports)\.ubuntu\.com"
    rb"|(?<![\w.])/(?:work/(?:main|shared)|work/\.library|opt/wheels|tmp/brief|root/\.|home/[a-z]+/)"
)


def files() -> list[Path]:
    """Tracked files, and new ones that .gitignore does not leave out."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    return [path for name in listing.split(b"\0") if name and (path := ROOT / name.decode()).is_file()]


def findings(path: Path) -> list[str]:
    content = path.read_bytes()
    name = path.relative_to(ROOT)
    found = []
    for match in FORBIDDEN.finditer(content):
        line = content.count(b"\n", 0, match.start()) + 1
        found.append(f"{name}:{line}: {match[0].decode()}")
    if len(content) > LARGEST:
        found.append(f"{name}: {len(content)} bytes, more than {LARGEST}")
    return found


def main() -> int:
    found = [line for path in files() for line in findings(path)]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
