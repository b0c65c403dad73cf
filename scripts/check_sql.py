"""Proves that SQL text is built from text of our own: constants, SQL files, numbers. Values travel as parameters.

Follows the first argument of every `execute`, `executemany`, `copy`, `stream`, `sa.text` and `sql.SQL` back through names, branches, joins,
f-strings, private functions' arguments and imports of our own modules. What cannot be followed to our own text is refused, unless REVIEWED names
the function and says why; an entry that is needed no longer is an error too. In SQL files a dynamic EXECUTE may only use format() with %I and %L.

ruff's S608 stays switched on as a second opinion, but it sees only the string's form, not where its parts come from.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("geo_service", "imagery", "layers")
EXECUTORS = frozenset({"execute", "executemany", "copy", "stream", "exec_driver_sql"})
MAKERS = frozenset({"sa.text", "sqlalchemy.text", "sql.SQL", "psycopg.sql.SQL"})
TRUSTED = {
    "sql": "layers.db.sql: an SQL file of the package",
    "sql.Identifier": "psycopg quotes the name",
    "sql.Literal": "psycopg quotes the value",
    "sql.Placeholder": "psycopg makes a parameter of it",
    "crs.srid": "an integer that FabricCrs has checked",
    "crs.to_web_sql": "an expression of PostGIS around text that the caller gives; its numbers are constants of the CRS",
}
REVIEWED: dict[tuple[str, str], str] = {
    (
        "geo_service/migrations/__init__.py",
        "execute",
    ): "scripts of the package, with the tokens of the deployment filled in",
    ("geo_service/jobs.py", "ensure_tables"): "the schema that procrastinate ships",
}
NUMBERS = frozenset({"int", "float", "bool", "int | None", "float | None", "bool | None", "UUID"})
COUNTING = frozenset({"int", "float", "bool", "len", "range"})  # whatever goes in, no text comes out
SHAPING = frozenset({"sorted", "tuple", "list", "set", "frozenset", "dict", "str", "reversed", "zip", "enumerate"})
METHODS = frozenset(
    """replace join format split splitlines strip rstrip lstrip lower upper removeprefix removesuffix keys values items get encode
    as_string""".split()
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """A parsed file, its functions by name, what it imports from our own packages."""

    path: Path
    tree: ast.Module
    functions: dict[str, list[Function]] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else self.path.name


@cache
def load(path: Path) -> Module:
    module = Module(path, ast.parse(path.read_text(encoding="utf-8")))
    for node in ast.walk(module.tree):
        if isinstance(node, Function):
            module.functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in PACKAGES:
            for alias in node.names:
                module.imports[alias.asname or alias.name] = (node.module, alias.name)
    return module


def own_module(dotted: str) -> Module | None:
    base = ROOT.joinpath(*dotted.split("."))
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file():
            return load(path)
    return None


def bindings(block: ast.AST, name: str) -> Iterator[ast.expr | None]:
    """Every expression whose value `name` gets directly in a function or module; None for a binding that cannot be followed."""
    for node in own_nodes(block):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from bound(target, node.value, name)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            if node.value is not None:
                yield from bound(node.target, node.value, name)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            yield from spread(node.target, node.iter, name)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None and name in names_in(node.optional_vars):
            yield None


def own_nodes(block: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function or module without those of functions inside it."""
    waiting = list(ast.iter_child_nodes(block))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Function | ast.Lambda | ast.ClassDef):
            waiting += ast.iter_child_nodes(node)


def names_in(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def bound(target: ast.expr, value: ast.expr, name: str) -> Iterator[ast.expr | None]:
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for part, its_value in zip(target.elts, value.elts, strict=True):
            yield from bound(part, its_value, name)
    elif isinstance(target, ast.Tuple | ast.List) and name in names_in(target):
        yield None


def spread(target: ast.expr, values: ast.expr, name: str) -> Iterator[ast.expr | None]:
    """A loop's variable: our own text when all that is looped over is."""
    if name in names_in(target):
        yield values


@dataclass
class Follower:
    """Follows one expression; `seen` are the names being followed, so that a loop in the code ends."""

    module: Module
    functions: tuple[Function, ...]
    given: frozenset[str] = frozenset()  # parameters known to get our own text from the call being followed
    seen: frozenset[tuple[str, int, str]] = frozenset()

    def ours(self, node: ast.expr | None) -> bool:
        """Whether the value can only be text of our own, a number, or a collection of these."""
        follow = FOLLOW.get(type(node))
        return follow is not None and follow(self, node)

    def all_ours(self, parts: Iterable[ast.expr | None]) -> bool:
        return all(self.ours(part) for part in parts)

    def name(self, name: str) -> bool:
        for depth in range(len(self.functions), 0, -1):
            function = self.functions[depth - 1]
            outer = Follower(self.module, self.functions[:depth], self.given, self.seen)
            values = list(bindings(function, name))
            parameter = next((a for a in parameters(function) if a.arg == name), None)
            if not values and parameter is None:
                continue
            return outer.again(function, name, values, parameter)
        values = list(bindings(self.module.tree, name))
        if values:
            return Follower(self.module, (), seen=self.seen).again(self.module.tree, name, values, None)
        return self.imported(name)

    def again(self, block: ast.AST, name: str, values: list[ast.expr | None], parameter: ast.arg | None) -> bool:
        mark = (self.module.name, id(block), name)
        if mark in self.seen:
            return True
        inner = Follower(self.module, self.functions, self.given, self.seen | {mark})
        return all(inner.ours(value) for value in values) and (parameter is None or inner.argument(parameter))

    def argument(self, parameter: ast.arg) -> bool:
        """A number; or given by the call being followed; or, of a private function, our own text in every call of the module."""
        kind = ast.unparse(parameter.annotation) if parameter.annotation else ""
        if kind in NUMBERS or kind.startswith("Literal[") or parameter.arg in self.given:
            return True
        function = self.functions[-1]
        if not function.name.startswith("_") and len(self.functions) == 1:
            return False
        calls = list(self.calls_of(function.name))
        return bool(calls) and all(
            Follower(self.module, inside, seen=self.seen).ours(argument_of(call, function, parameter.arg))
            for call, inside in calls
        )

    def calls_of(self, name: str) -> Iterator[tuple[ast.Call, tuple[Function, ...]]]:
        for node, inside in with_functions(self.module.tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
                yield node, inside

    def imported(self, name: str) -> bool:
        found = self.module.imports.get(name)
        other = own_module(found[0]) if found else None
        return bool(found and other) and Follower(other, (), seen=self.seen).name(found[1])

    def attribute(self, node: ast.Attribute) -> bool:
        """A trusted one, or a constant of one of our own modules."""
        if dotted(node) in TRUSTED:
            return True
        found = self.module.imports.get(node.value.id) if isinstance(node.value, ast.Name) else None
        other = own_module(f"{found[0]}.{found[1]}") if found else None
        return other is not None and Follower(other, (), seen=self.seen).name(node.attr)

    def call(self, node: ast.Call) -> bool:
        called = dotted(node.func)
        if called in COUNTING or called in ("sql.Identifier", "sql.Literal", "sql.Placeholder"):
            return True
        if called in TRUSTED or called in SHAPING or called in MAKERS:
            return self.all_ours(arguments(node))
        if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
            return self.all_ours(arguments(node)) and self.ours(node.func.value)
        return any(self.results(node, *found) for found in self.called(node.func))

    def called(self, function: ast.expr) -> Iterator[tuple[Module, Function]]:
        """The one function of our own that is called: by its name, or as a method of a parameter whose class is our own."""
        if isinstance(function, ast.Name):
            module, name = self.defined(function.id)
            if len(found := module.functions.get(name, [])) == 1:
                yield module, found[0]
        elif isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            kinds = [
                ast.unparse(parameter.annotation)
                for outer in self.functions
                for parameter in parameters(outer)
                if parameter.arg == function.value.id and parameter.annotation
            ]
            module, name = self.defined(kinds[-1]) if kinds else (self.module, "")
            for node in module.tree.body:
                if isinstance(node, ast.ClassDef) and node.name == name:
                    yield from ((module, f) for f in node.body if isinstance(f, Function) and f.name == function.attr)

    def defined(self, name: str) -> tuple[Module, str]:
        """Where a name of this module comes from."""
        place, original = self.module.imports.get(name, ("", name))
        other = own_module(place) if place else None
        return (other, original) if other else (self.module, name)

    def results(self, node: ast.Call, module: Module, function: Function) -> bool:
        """Whether a function, given what this call gives it, can only return text of our own."""
        mark = (module.name, id(function), function.name)
        if mark in self.seen:
            return False
        given = frozenset(a.arg for a in parameters(function) if self.ours(argument_of(node, function, a.arg)))
        inner = Follower(module, (function,), given, self.seen | {mark})
        returned = [part.value for part in own_nodes(function) if isinstance(part, ast.Return)]
        return bool(returned) and inner.all_ours(returned)


FOLLOW: dict[type[ast.AST | None], Callable[[Follower, Any], bool]] = {
    ast.Constant: lambda _follower, _node: True,
    ast.Compare: lambda _follower, _node: True,
    ast.Name: lambda f, node: f.name(node.id),
    ast.Attribute: Follower.attribute,
    ast.Call: Follower.call,
    ast.BinOp: lambda f, node: isinstance(node.op, ast.Add) and f.all_ours((node.left, node.right)),
    ast.IfExp: lambda f, node: f.all_ours((node.body, node.orelse)),
    ast.Subscript: lambda f, node: f.ours(node.value),
    ast.ListComp: lambda f, node: f.ours(node.elt),
    ast.SetComp: lambda f, node: f.ours(node.elt),
    ast.GeneratorExp: lambda f, node: f.ours(node.elt),
    ast.JoinedStr: lambda f, node: f.all_ours(node.values),
    ast.BoolOp: lambda f, node: f.all_ours(node.values),
    ast.FormattedValue: lambda f, node: f.ours(node.value),
    ast.Starred: lambda f, node: f.ours(node.value),
    ast.NamedExpr: lambda f, node: f.ours(node.value),
    ast.Await: lambda f, node: f.ours(node.value),
    ast.Tuple: lambda f, node: f.all_ours(node.elts),
    ast.List: lambda f, node: f.all_ours(node.elts),
    ast.Set: lambda f, node: f.all_ours(node.elts),
    ast.Dict: lambda f, node: f.all_ours((*node.keys, *node.values)),
}


def arguments(node: ast.Call) -> list[ast.expr]:
    return [*node.args, *(keyword.value for keyword in node.keywords)]


def dotted(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def parameters(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def argument_of(call: ast.Call, function: Function, name: str) -> ast.expr | None:
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    positional = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if positional[:1] in (["self"], ["cls"]):
        positional = positional[1:]
    if name in positional and positional.index(name) < len(call.args):
        return call.args[positional.index(name)]
    defaults = dict(zip(reversed(positional), reversed(function.args.defaults), strict=False))
    return defaults.get(name)


def with_functions(node: ast.AST, inside: tuple[Function, ...] = ()) -> Iterator[tuple[ast.AST, tuple[Function, ...]]]:
    """Every node with the functions it stands in, outermost first."""
    for child in ast.iter_child_nodes(node):
        yield child, inside
        yield from with_functions(child, (*inside, child) if isinstance(child, Function) else inside)


def findings(module: Module) -> Iterator[tuple[int, str, str]]:
    """Line, function and text of every statement that cannot be followed to our own text."""
    for node, inside in with_functions(module.tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        runs = isinstance(node.func, ast.Attribute) and node.func.attr in EXECUTORS
        if (runs or dotted(node.func) in MAKERS) and not Follower(module, inside).ours(node.args[0]):
            place = inside[-1].name if inside else "<module>"
            yield node.lineno, place, " ".join(ast.unparse(node.args[0]).split())[:100]


DYNAMIC = re.compile(r"\bEXECUTE\s+(?!FUNCTION\b|PROCEDURE\b|ON\b|IMMEDIATE\b)([^;]*)", re.IGNORECASE)
TEXT = r"(?:'(?P<text>(?:[^']|'')*)'|\$(?P<tag>\w*)\$(?P<body>.*?)\$(?P=tag)\$)"
CONSTANT = re.compile(rf"{TEXT}\s*(?:INTO\b[^|]*|USING\b.*)?\Z", re.IGNORECASE | re.DOTALL)
FORMATTED = re.compile(rf"format\s*\(\s*{TEXT}\s*(?P<rest>[,)].*)", re.IGNORECASE | re.DOTALL)


def findings_in_sql(text: str) -> Iterator[tuple[int, str]]:
    """Line and text of every dynamic EXECUTE that is neither a constant nor one format() with quoted names and values."""
    bare = re.sub(r"--[^\n]*", lambda comment: " " * len(comment[0]), text)
    for match in DYNAMIC.finditer(bare):
        if not CONSTANT.match(match[1]) and not quotes_all(match[1]):
            yield bare.count("\n", 0, match.start()) + 1, " ".join(match[0].split())[:100]


def quotes_all(statement: str) -> bool:
    """format('… %I … %L …', …) alone: nothing is put in as it stands, and nothing is joined to it."""
    if not (match := FORMATTED.match(statement)):
        return False
    form = (match["text"] or match["body"] or "").replace("%%", "")
    depth = 1  # inside the parenthesis of format
    for at, letter in enumerate(match["rest"]):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return not re.search(r"%(?!(?:\d+\$)?[IL])", form) and "||" not in match["rest"][at:]
    return False


def main() -> int:
    bad, used = [], set()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if "node_modules" in path.parts or path.suffix not in (".py", ".sql"):
                continue
            name = path.relative_to(ROOT).as_posix()
            if path.suffix == ".sql":
                bad += [f"{name}:{line}: {what}" for line, what in findings_in_sql(path.read_text(encoding="utf-8"))]
                continue
            try:
                found = list(findings(load(path)))
            except SyntaxError as error:
                bad.append(
                    f"{name}:{error.lineno}: is not Python {sys.version_info[0]}.{sys.version_info[1]}: {error.msg}"
                )
                continue
            for line, place, what in found:
                if (name, place) in REVIEWED:
                    used.add((name, place))
                else:
                    bad.append(f"{name}:{line}: {place}: not followed to text of our own: {what}")
    bad += [f"{name}: {place} needs no exception any more" for name, place in sorted(REVIEWED.keys() - used)]
    sys.stdout.writelines(f"{line}\n" for line in bad)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
