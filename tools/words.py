"""Keep the catalogues of the pages' sentences: a file for each language, all that a translator touches.

    python tools/words.py             bring every django.po up to date with the pages, and compile it
    python tools/words.py --check     write nothing; name what is not translated or not up to date, and exit 1
    python tools/words.py --add TAG   begin the file of another language, with its plural forms: fr, pt_BR

What is extracted: the templates of both doors, what their modules and the pages of errors say, the rules'
sentences that pages show, and the errors of the procedures that pages call. Nothing of GNU gettext is needed.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from lineproof.decision.reasons import CATALOGUE
from lineproof.line.dispute import REASONS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "lineproof"
LOCALE = SOURCE / "portal" / "locale"
DOORS = ("portal", "console", "web")
# Whose errors a page shows as they are, besides what the doors import: what answers the reviewers, and what
# the acts on a line say.
SPOKEN = (
    *("registry/flows/open_evidence.py", "registry/flows/enrol_passkey.py"),
    *("key_process/serving.py", "key_process/messages.py"),
    *(
        "registry/flows/dispute_line.py",
        "registry/flows/surrender_line.py",
        "registry/flows/transfer_line.py",
    ),
    *("registry/flows/contact_points.py", "registry/flows/appeal_decision.py", "registry/flows/held_line.py"),
    *("registry/flows/verify_holder.py", "registry/flows/replace_sim.py", "registry/flows/receiving.py"),
    *("line/dispute.py", "line/hold.py", "line/appeal.py", "line/sign_in.py", "terms.py"),
    *("decision/passkey.py", "registry/flows/holding.py", "head_turn.py", "arriving.py"),
)
_ACTS = ("lineproof.registry.flows.", "lineproof.registry.queries.")
ERRORS = {"Malformed", "NotPermitted", "NotFound", "Conflict", "TooMany", "Unavailable"}
KEYWORDS = {"gettext": None, "ngettext": (1, 2), "_": None}
NOT_REVIEWED = "not yet reviewed by a speaker"
_HEADER = f"""# The pages of Lineproof in {{name}}.
# Ours, after the English of the pages: {NOT_REVIEWED}.
# Who reviews it writes their name, or a team's, into Language-Team;
# the pages then no longer say that nobody has."""
_HELD = re.compile(r"\{\w+\}|%\(\w+\)\w|</?\w+|[A-Z]{4,}")

# A message as it was found: what it says, in one form or two, and in which file.
Found = tuple[str | tuple[str, str], str]


def found() -> Iterator[Found]:
    """Find every sentence that a page may show, with the file that it stands in."""
    for door in DOORS:
        for path in sorted((SOURCE / door).rglob("*.html")):
            yield from _in_code(_level(templatize(path.read_text("utf-8"))), path)
        for path in sorted((SOURCE / door).rglob("*.py")):
            yield from _in_code(path.read_text("utf-8"), path)
            yield from _errors_of(path)
    for path in sorted(spoken()):
        yield from _errors_of(path)
    for text in REASONS.values():
        yield text.says, "line/dispute.py"
    for reason in CATALOGUE.values():
        yield from ((said, "decision/reasons.py") for said in (reason.says, reason.remedy, reason.appeal))


def _level(code: str) -> str:
    """Take away how a template is indented, which its code would be taken to be."""
    return "\n".join(line.strip() for line in code.splitlines())


def spoken() -> set[Path]:
    """Give the modules whose errors a page shows: SPOKEN, and every flow and query that a door imports."""
    imported = {
        SOURCE.parent / f"{node.module.replace('.', '/')}.py"
        for door in ("portal", "console")
        for path in (SOURCE / door).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(_ACTS)
    }
    return {path for path in imported if path.exists()} | {SOURCE / module for module in SPOKEN}


def errors_in(code: str) -> Iterator[str]:
    """Find what the errors say that a module raises; one that is put together has nothing to translate."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS:
            said = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "remedy")]
            yield from (
                part.value for part in said if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )


def template() -> Catalog:
    """Give a catalogue of everything that is found, with no language."""
    catalog = Catalog()
    for said, place in found():
        catalog.add(said, locations=[(place, None)])
    return catalog


def catalogues() -> dict[str, Path]:
    """Give the file of each language, by its folder."""
    return {path.parts[-3]: path for path in sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))}


def read(path: Path) -> Catalog:
    """Read a language's file."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3], domain="django")


def brought_up_to_date(catalog: Catalog) -> Catalog:
    """Add what is new in the pages, and drop what they no longer say. Nothing is guessed."""
    new = template()
    new.creation_date = catalog.creation_date
    catalog.update(new, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def as_po(catalog: Catalog) -> bytes:
    """Write a catalogue as the file that a translator reads."""
    out = BytesIO()
    write_po(out, catalog, width=110, include_lineno=False)
    return out.getvalue()


def as_mo(catalog: Catalog) -> bytes:
    """Compile a catalogue."""
    out = BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def wrong_with(catalog: Catalog) -> list[str]:
    """Say what is not translated, or translated so that something is lost that is put in or marked up."""
    return [
        f"{problem}: {_first(message.id)}"
        for message in catalog
        if message.id and (problem := _problem_of(message, catalog))
    ]


def _problem_of(message: Message, catalog: Catalog) -> str:
    forms = _forms(message.string)
    if not all(form.strip() for form in forms) or len(forms) not in {1, catalog.num_plurals}:
        return "not translated"
    if message.fuzzy:
        return "marked as unsure"
    if any(message.check(catalog)):
        return "what is put in differs"
    # What is shown of several has all that the English has; few languages say the number of one or two.
    if _held(_forms(message.id)[-1]) != _held(forms[-1]):
        return "what is put in, marked up or named differs"
    return ""


def _held(said: str) -> list[str]:
    return sorted(_HELD.findall(said))


def _forms(said: str | Iterable[str] | None) -> list[str]:
    return [said or ""] if said is None or isinstance(said, str) else list(said)


def _first(said: str | Iterable[str]) -> str:
    return _forms(said)[0]


def _in_code(code: str, path: Path) -> Iterator[Found]:
    for _line, _function, said, _comments in extract_python(BytesIO(code.encode()), KEYWORDS, (), {}):
        if isinstance(said, tuple):
            yield (str(said[0]), str(said[1])), _place(path)
        elif said:
            yield said, _place(path)


def _errors_of(path: Path) -> Iterator[Found]:
    yield from ((said, _place(path)) for said in errors_in(path.read_text("utf-8")))


def _place(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def stale(*, write: bool) -> list[str]:
    """Name what is wrong with each language's file and its compiled form; write: put right what can be."""
    told = []
    for language, path in catalogues().items():
        catalog = brought_up_to_date(read(path))
        for target, content in ((path, as_po(catalog)), (path.with_suffix(".mo"), as_mo(catalog))):
            if target.exists() and target.read_bytes() == content:
                continue
            if write:
                target.write_bytes(content)
            else:
                told.append(f"{language}: {target.name} is not up to date; run: python tools/words.py")
        told += [f"{language}: {problem}" for problem in wrong_with(catalog)]
    return told


def add(language: str) -> Path:
    """Begin the file of another language; ValueError for a tag that nobody knows, or a language there is."""
    locale = Locale.parse(language)
    path = LOCALE / str(locale) / "LC_MESSAGES" / "django.po"
    if path.exists():
        raise ValueError(f"{path} is there already")
    header = _HEADER.format(name=locale.english_name)
    catalog = Catalog(
        locale,
        project="Lineproof",
        version="pages",
        header_comment=header,
        fuzzy=False,
        msgid_bugs_address="see CONTRIBUTING.md",
        last_translator="Lineproof",
        language_team=NOT_REVIEWED,
    )
    catalog.revision_date = catalog.creation_date
    path.parent.mkdir(parents=True)
    path.write_bytes(as_po(brought_up_to_date(catalog)))
    return path


def main() -> int:
    """Bring the catalogues up to date, check them, or begin one."""
    parser = argparse.ArgumentParser(description="Keep the catalogues of the pages' sentences.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is to do")
    parser.add_argument("--add", metavar="TAG", help="begin the file of another language")
    asked = parser.parse_args()
    if asked.add:
        print(add(asked.add).relative_to(ROOT))
    told = stale(write=not asked.check)
    print(*told, sep="\n", end="\n" if told else "")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
