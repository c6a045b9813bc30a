"""Check the rules of the house that a script can check; print every breach and exit 1 if there is one.

    python tools/check_house.py [ROOT]

Limits: 500 lines a module; 60 lines a function without its docstring (100 where it holds a loop);
8 parameters; 12 fields a method. No leftovers, no swallowed errors, no print outside the command line,
every public name documented, every test asserts something. More than two positional parameters in a
public function are listed and do not fail.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

MODULE_LINES = 500
FUNCTION_LINES = 60
LOOP_LINES = 100
PARAMETERS = 8
POSITIONAL = 2
FIELDS = 12
LEFTOVERS = re.compile(r"\b(TODO|FIXME|XXX|raise NotImplementedError|[Pp]laceholder)\b")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef
Breach = tuple[int, str]


def check_source(text: str, *, prints: bool = False) -> list[Breach]:
    """Return the breaches of a module of the package as (line, words)."""
    tree = ast.parse(text)
    lines = text.splitlines()
    found: list[Breach] = []
    if len(lines) > MODULE_LINES:
        found.append((1, f"module of {len(lines)} lines, at most {MODULE_LINES}"))
    found += [(n, f"leftover {m[0]!r}") for n, line in enumerate(lines, 1) if (m := LEFTOVERS.search(line))]
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS):
            found += _function(node)
        elif isinstance(node, ast.ExceptHandler):
            found += _handler(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print" and not prints:
            found.append((node.lineno, "print outside the command line"))
    return sorted([*found, *_undocumented(tree)])


def check_methods(trees: dict[str, ast.Module]) -> list[tuple[str, int, str]]:
    """Return the methods with too many fields as (file, line, words); ``trees``: modules by file."""
    classes = {c.name: (file, c) for file, tree in trees.items() for c in ast.walk(tree) if isinstance(c, ast.ClassDef)}

    def is_method(name: str) -> bool:
        bases = [b.id for b in classes[name][1].bases if isinstance(b, ast.Name)] if name in classes else []
        return "Method" in bases or any(is_method(base) for base in bases if base != name)

    found = []
    for name, (file, node) in classes.items():
        fields = [
            s
            for s in node.body
            if isinstance(s, ast.AnnAssign) and not ast.unparse(s.annotation).startswith("ClassVar")
        ]
        if is_method(name) and len(fields) > FIELDS:
            found.append((file, node.lineno, f"method {name} has {len(fields)} fields, at most {FIELDS}"))
    return found


def check_test(text: str) -> list[Breach]:
    """Return the tests of a module that assert nothing."""
    return [
        (node.lineno, f"{node.name} asserts nothing")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, FUNCTIONS) and node.name.startswith("test") and not any(map(_asserts, ast.walk(node)))
    ]


def many_positional(text: str) -> list[Breach]:
    """Return the public functions that take more than two parameters by position."""
    found = []
    for node, _ in _public(ast.parse(text)):
        arguments = [] if isinstance(node, ast.ClassDef) else [*node.args.posonlyargs, *node.args.args]
        names = [argument.arg for argument in arguments if argument.arg not in {"self", "cls"}]
        if len(names) > POSITIONAL:
            found.append((node.lineno, f"{node.name}({', '.join(names)})"))
    return found


def _function(node: Function) -> list[Breach]:
    found = []
    first = node.body[0]
    is_doc = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    doc = (first.end_lineno or first.lineno) - first.lineno + 1 if is_doc else 0
    length = (node.end_lineno or node.lineno) - node.lineno + 1 - doc
    limit = LOOP_LINES if any(isinstance(s, ast.For | ast.While) for s in node.body) else FUNCTION_LINES
    if length > limit:
        found.append((node.lineno, f"function {node.name} of {length} lines, at most {limit}"))
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    count = len([name for name in names if name not in {"self", "cls"}])
    if count > PARAMETERS:
        found.append((node.lineno, f"function {node.name} takes {count} parameters, at most {PARAMETERS}"))
    return found


def _handler(node: ast.ExceptHandler) -> list[Breach]:
    silent = all(
        isinstance(s, ast.Pass) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant)) for s in node.body
    )
    bare = node.type is None
    return [(node.lineno, words) for bad, words in ((bare, "bare except"), (silent, "an error is swallowed")) if bad]


def _public(tree: ast.Module) -> Iterator[tuple[Function | ast.ClassDef, str]]:
    """Yield the public functions, classes and methods of a module with their full names."""
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and not node.name.startswith("_"):
            yield node, node.name
            for inner in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(inner, FUNCTIONS) and not inner.name.startswith("_"):
                    yield inner, f"{node.name}.{inner.name}"


def _undocumented(tree: ast.Module) -> list[Breach]:
    found = [] if ast.get_docstring(tree) else [(1, "module without docstring")]
    bare = [(node, name) for node, name in _public(tree) if not ast.get_docstring(node)]
    return found + [(node.lineno, f"{name} without docstring") for node, name in bare]


def _asserts(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name in {"raises", "warns", "expect", "fail"} or name.lstrip("_").startswith(("assert", "check"))


def main(root: Path) -> int:
    """Check a checkout, print what was found, return the exit code."""
    sources = sorted((root / "src").rglob("*.py"))
    texts = {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in sources}
    found = [(file, *b) for file, text in texts.items() for b in check_source(text, prints="/cli/" in file)]
    found += check_methods({file: ast.parse(text) for file, text in texts.items()})
    for test in sorted((root / "tests").rglob("test_*.py")):
        name = test.relative_to(root).as_posix()
        found += [(name, *breach) for breach in check_test(test.read_text(encoding="utf-8"))]
    for file, line, words in sorted(found):
        print(f"{file}:{line}: {words}")
    listed = [(file, *b) for file, text in texts.items() for b in many_positional(text)]
    for file, line, words in listed:
        print(f"note {file}:{line}: {words}: more than {POSITIONAL} by position")
    print(f"house: {len(texts)} modules, {len(found)} breaches, {len(listed)} notes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]))
