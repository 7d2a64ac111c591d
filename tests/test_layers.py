"""The layers of kxsms: each module imports only layers that its own may use, inside functions too."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "kxsms"
LEAVES = {"kxsms", "compat", "errors", "domain", "language"}

ALLOWED = {
    "compat": set(),
    "language": set(),
    "domain": {"domain", "compat", "language"},
    "errors": set(),
    "interrupts": {"language"},
    "private_files": {"language"},
    "exit_status": {*LEAVES, "interrupts", "output"},
    "config": {*LEAVES, "config", "private_files"},
    "gateway": {*LEAVES, "gateway"},
    "output": {*LEAVES, "output", "exit_status"},
    "sqlite": {"errors", "language", "private_files"},
    "sandbox": {*LEAVES, "sandbox", "sqlite"},
    "ledger": {*LEAVES, "ledger", "private_files", "sqlite"},
    "inbox": {*LEAVES, "inbox"},
    "health": {*LEAVES, "health", "sqlite"},
    "source": {*LEAVES, "source"},
    "sending": {*LEAVES, "sending", "source", "interrupts"},
    "commands": {
        *LEAVES,
        *("commands", "completion", "config", "context", "exit_status", "help", "inbox", "interrupts"),
        *("health", "ledger", "options", "sandbox", "sending", "source"),
    },
    "options": LEAVES,
    "context": {*LEAVES, "config", "gateway", "ledger", "options", "output", "sandbox"},
    "app": {"kxsms", "compat", "commands", "completion", "errors", "exit_status", "language"},
    "completion": {*LEAVES, "commands", "completion", "config", "context", "ledger", "options", "sandbox"},
    "help": {"app", "commands", "domain", "help", "language"},
    "mistakes": {"app", "errors", "help", "language"},
    "main": {*LEAVES, "app", "config", "context", "exit_status", "mistakes", "output", "interrupts"},
    "__main__": {"interrupts", "language", "main"},
    "__init__": set(),
}
"""The layers that each layer may import."""

_WIRE = {
    *("gateway/http.py", "gateway/connection.py", "gateway/failures.py", "gateway/proxies.py"),
    "gateway/examination.py",
}

HEAVY = {
    "requests": _WIRE,
    "urllib3": _WIRE,
    "sqlite3": {"sqlite.py", "sandbox/", "ledger/"},
    "rich": {
        "output/chart.py",
        "output/drawing.py",
        "output/page.py",
        "output/progress_bar.py",
        "output/shares.py",
    },
    "openpyxl": {"output/workbook.py", "source/"},
    "click": set[str](),
}
"""The modules that may import each library."""


def imports(path: Path) -> set[str]:
    """Return the names of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            if node.module == "kxsms":
                names |= {f"kxsms.{alias.name}" for alias in node.names if alias.name != "__version__"}
            names.add(node.module)
    return names


MODULES = sorted(PACKAGE.rglob("*.py"), key=str)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_its_layer_may(path: Path) -> None:
    relative = path.relative_to(PACKAGE)
    layer = relative.parts[0].removesuffix(".py")
    ours = {
        name.split(".")[1] if "." in name else "kxsms"
        for name in imports(path)
        if name.split(".")[0] == "kxsms"
    }
    assert ours <= ALLOWED[layer] | ({"kxsms"} if ours else set())


@pytest.mark.parametrize("library", HEAVY)
def test_only_the_modules_named_here_import_a_heavy_library(library: str) -> None:
    importers = {
        path.relative_to(PACKAGE).as_posix()
        for path in MODULES
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert not {name for name in importers if not name.startswith(tuple(HEAVY[library]))}


def test_domain_does_no_input_or_output() -> None:
    used = set().union(*(imports(path) for path in (PACKAGE / "domain").glob("*.py")))
    assert not {name.split(".")[0] for name in used} & {"os", "pathlib", "socket", "sys", "subprocess", "io"}
