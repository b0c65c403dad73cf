"""Looks for secrets in what git tracks or would track: private keys, tokens of known services, passwords in addresses and in assignments.

Small rules of our own: the usual package for this, detect-secrets, has had no release since May 2024. A line that is no secret although it looks
like one is named in ACCEPTED with the reason; an entry that fits no line any more is an error too.
"""

from __future__ import annotations

import math
import re
import sys
from collections import Counter

if __package__:
    from scripts.check_tree import ROOT, files
else:
    from check_tree import ROOT, files

KNOWN = {
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----",
    "cloud access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})",
    "GitLab token": r"\bglpat-[A-Za-z0-9_-]{20,}",
    "Slack token": r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    "Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "package registry token": r"\b(?:npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,})",
    "signed token": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}",
}
PATTERNS = {kind: re.compile(pattern) for kind, pattern in KNOWN.items()}
ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"`]*:([^\s/@'\"`]{3,})@")
ASSIGNED = re.compile(
    r"(?i)[\w.-]*(?:password|passwd|secret|token|api[_-]?key|private[_-]?key|credential)[\w.-]*[\"']?\s*(?:=|:|=>)\s*[rbuf]?"
    r"(?:[\"'`](?P<quoted>[^\"'`\s]{12,})[\"'`]|(?P<bare>[A-Za-z0-9+/_=-]{20,})\s*(?:$|[#;,]))"
)
PLACEHOLDER = re.compile(r"[${}<>%]|\.\.\.|…|^[*x]+$|^(?:password|secret|your)", re.IGNORECASE)
HARMLESS = re.compile(r"^[A-Za-z]+(?:[._/:-]+[A-Za-z]+)*\d?$|^[\w.]+\(|^(?:\w+\.)+\w+$")
"""Words, names of variables, dotted names, calls: not what a random secret looks like."""
ENTROPY = 3.2  # bits a letter; hexadecimal digests have up to 4, words in a sentence less than 3
SKIPPED = frozenset(
    {"requirements.lock", "package-lock.json"}
)  # digests of packages only, checked when they are installed
IN_TESTS = "made up for the tests; the service never starts with it elsewhere"
ACCEPTED: dict[tuple[str, str], str] = {
    ("tests/geo_service/test_cli_db.py", "8f3b1c7d9e2a4f60"): IN_TESTS,
    ("tests/geo_service/test_compose.py", "8f3b1c7d9e2a4f60"): IN_TESTS,
    ("tests/geo_service/test_settings.py", "8f3b1c7d9e2a4f60"): IN_TESTS,
}
"""(file, part of the line): why it is no secret."""


def entropy(text: str) -> float:
    """Bits a letter, from how often each letter occurs."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def kinds_in(line: str) -> list[str]:
    """What one line seems to hold."""
    kinds = [kind for kind, pattern in PATTERNS.items() if pattern.search(line)]
    kinds += ["password in an address" for match in ADDRESS.finditer(line) if not PLACEHOLDER.search(match[1])]
    for match in ASSIGNED.finditer(line):
        value = match["quoted"] or match["bare"]
        if not PLACEHOLDER.search(value) and not HARMLESS.search(value) and entropy(value) >= ENTROPY:
            kinds.append("secret in an assignment")
    return kinds


def findings(name: str, text: str) -> list[tuple[int, str, str]]:
    """Line number, kind and line of everything suspicious in one file."""
    if name.rpartition("/")[2] in SKIPPED:
        return []
    return [
        (number, kind, line.strip())
        for number, line in enumerate(text.splitlines(), 1)
        if len(line) < 4_000
        for kind in kinds_in(line)
    ]


def main() -> int:
    """Prints file, line and kind, never the secret itself."""
    bad, used = 0, set()
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # pictures and data
        for number, kind, line in findings(name, text):
            reasons = [entry for entry in ACCEPTED if entry[0] == name and entry[1] in line]
            used.update(reasons)
            if not reasons:
                bad += 1
                sys.stdout.write(f"{name}:{number}: {kind}\n")
    for name, part in sorted(ACCEPTED.keys() - used):
        bad += 1
        sys.stdout.write(f"{name}: nothing is accepted here any more for '{part}'; remove it from scan_secrets.py\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
