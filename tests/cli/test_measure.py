"""`lineproof measure face` on drawn people: what it says, draws, refuses and leaves behind."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND, Ran
from tests.conftest import SHARED
from tests.fakes.drawn_people import NAMES, DrawnPeople, draw_people
from tests.fakes.model_pack import NAME as PACK
from tests.fakes.model_pack import write_pack

# Each runs the real command in a process of its own; the parts of it have quicker tests elsewhere.
pytestmark = pytest.mark.long

PEOPLE = len(NAMES)


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> DrawnPeople:
    """Thirteen drawn people with two photographs each."""
    return draw_people(tmp_path_factory.mktemp("measured"))


@pytest.fixture(scope="session")
def given(people: DrawnPeople) -> list[object]:
    """The options of a measurement that is right."""
    return ["measure", "face", "--pairs", people.pairs, "--images", people.images]


@pytest.fixture(scope="session")
def whole(lineproof, given, people: DrawnPeople, tmp_path_factory) -> tuple[Ran, Path]:
    """One run with everything: all pairs, groups, plots, as JSON; and where the plots were drawn."""
    folder = tmp_path_factory.mktemp("drawn")
    groups = people.groups(folder / "groups.csv", first=PEOPLE - 1)
    plots = folder / "a" / "plots"
    ran = lineproof(*given, "--all-pairs", "--groups", groups, "--plot", plots, "--json")
    assert ran.code == 0, ran
    return ran, plots


def test_one_object_is_said_with_the_rates_at_the_usual_false_match_rates(whole):
    ran, _ = whole
    assert ran.err == ""
    said = ran.json
    assert list(said["fnmr_at_fmr"]) == ["1e-2", "1e-3", "1e-4", "1e-5", "1e-6"]
    point = said["fnmr_at_fmr"]["1e-2"]
    assert {"threshold", "per_pair", "per_identity", "ci95"} <= set(point)
    low, high = point["ci95"]
    assert low <= point["per_identity"] <= high
    assert said["fnmr_at_fmr"]["1e-4"]["why"].startswith(
        "Not measurable: an FMR of 1e-4 needs at least 30,000"
    )
    assert said["counts"]["photographs"] == 2 * PEOPLE
    assert (said["failure_to_enrol"], said["failure_to_acquire"]) == (0, 0)
    assert said["protocol"] == "all pairs"
    assert [group["group"] for group in said["groups"]["at_fmr"]["1e-2"]["groups"]] == ["north"]
    assert said["groups"]["suppressed_groups"] == 1


@pytest.mark.long
def test_pack_of_the_operators_own_is_measured_by_name_and_by_folder(lineproof, given, tmp_path):
    """Its embedder knows light from dark and no face, and that is what is found."""
    folder = write_pack(tmp_path / "small")
    record = ("--record", tmp_path / "record")
    assert lineproof("models", "add", folder, *record).code == 0
    by_name = lineproof(*given, "--all-pairs", "--pack", PACK, *record, "--json")
    assert by_name.code == 0, by_name
    assert by_name.json["pack"]["name"] == PACK
    by_folder = lineproof(*given, "--all-pairs", "--pack", f"{folder}/", "--json")
    assert by_folder.json == by_name.json
    shipped = lineproof(*given, "--all-pairs", "--json").json
    ours, theirs = (said["fnmr_at_fmr"]["1e-2"]["per_identity"] for said in (shipped, by_name.json))
    assert ours < theirs
    unknown = lineproof(*given, "--pack", "nobodys", *record)
    assert unknown.code == 1
    assert "There is no model pack named 'nobodys' here." in unknown.err


def test_plots_are_drawn_and_nothing_else_is_left(whole, environment):
    _, plots = whole
    drawn = {path.name for path in plots.iterdir()}
    assert {"det.svg", "det.png"} <= drawn
    assert all(re.fullmatch(r"(det|groups-1e-\d)\.(svg|png)", name) for name in drawn)
    assert list(Path(environment["TMPDIR"]).iterdir()) == []
    assert all(path.name.startswith("fontlist") for path in Path(environment["MPLCONFIGDIR"]).iterdir())


def test_nobody_is_named_and_no_small_group(whole):
    ran, plots = whole
    said = [ran.out, *(path.read_text("utf-8") for path in plots.glob("*.svg"))]
    for name in (*NAMES, "south"):
        assert not [text for text in said if name in text], name


def test_same_seed_says_the_same_whatever_the_number_of_processes(lineproof, given, whole):
    ran, plots = whole
    options = ["--all-pairs", "--groups", plots.parents[1] / "groups.csv", "--seed", ran.json["seed"]]
    again = lineproof(*given, *options, "--processes", "1", "--json")
    assert again.code == 0, again
    assert again.out == ran.out


def test_table_says_what_people_need_and_what_is_not_measurable(lineproof, given):
    ran = lineproof(*given)
    assert ran.code == 0, ran
    assert ran.err == ""
    for words in ("listed pairs", "failure to enrol", "FNMR per identity, %", "Not measurable", "rule of 30"):
        assert words in ran.out, words
    assert not [name for name in NAMES if name in ran.out]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--images", "nowhere"], ["nowhere is no folder of images", "NAME/NAME_0001.jpg"]),
        (["--pairs", "upwards.txt"], ["upwards.txt, line 2", "cannot be that of a folder"]),
        (["--pairs", "more.txt"], ["more.txt, line 3: the second photograph is missing"]),
        (["--groups", "strangers.csv"], ["strangers.csv, line 2", "not in the pairs file"]),
        (["--plot", "more.txt/plots"], ["more.txt is no folder that can be written to"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value[0], str) and value[0].startswith("--") else "",
)
def test_what_is_wrong_is_said_in_one_line_before_anything_is_measured(
    lineproof, given, tmp_path, options, words
):
    (tmp_path / "upwards.txt").write_text("1\n../up\t1\t2\nBo\t1\tEd\t1\n")
    (tmp_path / "more.txt").write_text(f"1\n{NAMES[1]}\t1\t2\n{NAMES[1]}\t1\t{NAMES[2]}\t3\n")
    (tmp_path / "strangers.csv").write_text("identity,group\nNobody,north\n")
    before = sorted(tmp_path.rglob("*"))
    given = [*given, options[0], tmp_path / options[1]]
    lineproof(*given).refuses(*words)
    assert sorted(tmp_path.rglob("*")) == before


def test_error_is_an_object_too(lineproof, given):
    ran = lineproof(*given, "--pairs", "/nowhere", "--json")
    assert ran.code == 1
    assert set(ran.json) == {"error", "remedy"}
    assert "/nowhere cannot be read" in ran.json["error"]


def test_broken_photograph_is_said_by_its_line(lineproof, given, people, tmp_path):
    images = shutil.copytree(people.images, tmp_path / "images")
    (images / NAMES[0] / f"{NAMES[0]}_0001.jpg").write_bytes(b"a letter")
    ran = lineproof(*given, "--images", images, "--plot", tmp_path / "plots")
    ran.refuses(f"{people.pairs}, line 2: the first photograph cannot be used", "not a JPEG")
    assert NAMES[0] not in ran.err
    assert not (tmp_path / "plots").exists()


@pytest.mark.parametrize(
    "options",
    [["face", "--pairs", "x"], ["face", "--pairs", "x", "--images", "y", "--seed", "-1"]],
    ids=" ".join,
)
def test_senseless_options_are_a_usage_error(lineproof, options):
    assert lineproof("measure", *options).code == 2


def test_without_matplotlib_a_plot_is_refused_at_once_with_what_to_install(given, environment, tmp_path):
    absent = tmp_path / "absent" / "matplotlib"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ImportError('as if it were not installed')\n")
    done = subprocess.run(
        [str(COMMAND), *map(str, given), "--plot", str(tmp_path / "plots")],
        env={**environment, "PYTHONPATH": str(absent.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    ran = Ran(done.returncode, done.stdout, done.stderr)
    ran.refuses("matplotlib, which is not installed", "pip install 'lineproof[plots]'")
    assert ran.out == ""
    assert not (tmp_path / "plots").exists()


def test_full_disk_leaves_no_picture_and_no_folder(lineproof, given, whole, tmp_path):
    """whole: so that matplotlib has written its list of typefaces before the disk is full."""
    kept = tmp_path / "mine.txt"
    kept.write_text("a letter")
    ran = lineproof(*given, "--plot", tmp_path / "a" / "plots", most_bytes=5000)
    ran.refuses("cannot be written", "make room")
    assert list(tmp_path.iterdir()) == [kept]


@pytest.fixture
def interruptible():
    """Have interrupts heard: whoever runs the tests in the background may ignore them, which is inherited."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_terminal_shows_how_long_it_takes_and_an_interrupt_leaves_nothing(environment, tmp_path):
    people = draw_people(tmp_path, photographs=20)
    terminal, inside = pty.openpty()
    command = [COMMAND, *("measure", "face", "--pairs", people.pairs, "--images", people.images)]
    running = subprocess.Popen(
        [*map(str, command), "--processes", "2", "--plot", str(tmp_path / "plots")],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=inside,
        start_new_session=True,
    )
    os.close(inside)
    try:
        shown = read_until(terminal, r"measuring photographs: \d+ of 260, (\d+ min )?\d+ s left")
        workers = descendants(running.pid)
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(timeout=20) == 130
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
    shown += read_until(terminal, None)
    out, _ = running.communicate()
    assert out == b""
    assert "Traceback" not in shown
    assert shown.rstrip("\r\n").endswith("\r\x1b[K"), "the line of progress is taken away"
    assert len(workers) == 2
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images", "pairs.txt"]
    assert list(Path(environment["TMPDIR"]).iterdir()) == []


def read_until(terminal: int, pattern: str | None) -> str:
    """Read what is shown on a terminal until it is shown, or to its end; wait for half a minute at most."""
    shown, last = "", time.monotonic() + 30
    while time.monotonic() < last:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            read = os.read(terminal, 4096)
        except OSError:  # the other side is closed
            break
        if not read:
            break
        shown += read.decode()
        if pattern is not None and re.search(pattern, shown):
            return shown
    assert pattern is None, f"not shown within half a minute: {shown!r}"
    return shown


def descendants(pid: int) -> list[int]:
    """List the children of a process."""
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.shared
def test_rates_on_photographs_of_people_are_plausible(lineproof, tmp_path):
    """The first eighty pairs of each kind of Labeled Faces in the Wild, everybody with everybody."""
    lines = (SHARED / "data" / "lfw" / "pairs.txt").read_text("utf-8").splitlines()
    fold = int(lines[0].split()[1])
    pairs = tmp_path / "pairs.txt"
    pairs.write_text("\n".join(["80", *lines[1:81], *lines[1 + fold : 81 + fold]]) + "\n", "utf-8")
    images = SHARED / "data" / "lfw" / "images"
    ran = lineproof("measure", "face", "--pairs", pairs, "--images", images, "--all-pairs", "--json")
    assert ran.code == 0, ran
    said = ran.json
    assert said["counts"]["identities"] > 100
    assert said["failure_to_acquire"] < 0.02
    for name, most in (("1e-2", 0.05), ("1e-3", 0.1)):
        point = said["fnmr_at_fmr"][name]
        assert 0.55 < point["threshold"] < 0.8
        assert point["per_identity"] <= most
        assert point["ci95"][0] <= point["per_identity"] <= point["ci95"][1] < 0.2
        assert point["fmr"] == pytest.approx(float(name), rel=0.1)
    thresholds = [point["threshold"] for point in said["det"]]
    assert thresholds == sorted(thresholds)
    # What the pack claims of other photographs holds within a wide margin, where there is enough to see it.
    claimed = {point["claimed_fmr"]: point["fmr"] for point in said["calibration"]["points"]}
    seen = [claim for claim in claimed if claim * said["counts"]["impostor_completed"] >= 3]
    assert seen
    assert all(claimed[claim] < 10 * claim for claim in seen)
    people = {name for line in lines[1:81] for name in line.split("\t") if name.isalpha() or "_" in name}
    assert not [name for name in people if name in json.dumps(said)]
