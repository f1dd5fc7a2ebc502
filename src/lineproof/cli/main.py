"""The command `lineproof`: finds the subcommand's module when it is wanted, and turns errors into sentences.

Exit codes: 0 done or accepted, 1 error, 2 usage, 3 not verified, 4 referred, 130 interrupted.
"""

import errno
import importlib
import json
import os
import secrets
import sys
import traceback
from typing import NoReturn

import click

from lineproof.errors import LineproofError

ERROR, INTERRUPTED = 1, 130

# name: (module, what it does). The module is imported only when the command runs, so that --help is quick.
COMMANDS = {
    "demo": ("lineproof.cli.demo", "Run the main job with synthetic people, then show their pages."),
    "verify": ("lineproof.cli.verify", "Verify a document and a face; register nothing."),
    "register": ("lineproof.cli.register", "Register a line for the holder of a document."),
    "holders": ("lineproof.cli.holders", "Verify who somebody is, for what is done next with their lines."),
    "sim": ("lineproof.cli.sim", "Put a line on another SIM, when its holder had time to object."),
    "port": ("lineproof.cli.port", "Let a number go to another operator, or bring one from there."),
    "read": ("lineproof.cli.read", "Read a passport's machine readable zone in a photograph."),
    "serve": ("lineproof.cli.serve", "Serve the holders' pages of a record, on this machine only."),
    "work": ("lineproof.cli.work", "Do all that is due by itself: orders, deadlines, erasure, the log."),
    "orders": ("lineproof.cli.orders", "List the orders to the network that wait, and those that are stuck."),
    "check": ("lineproof.cli.check", "Check a running server's booth, property by property."),
    "agents": ("lineproof.cli.staff", "Add, list and limit the agents who attest at a counter."),
    "reviewers": ("lineproof.cli.staff", "Add and list the reviewers who decide referred cases."),
    "inspectors": ("lineproof.cli.inspectors", "Let inspectors read the published log, and end that."),
    "cases": ("lineproof.cli.cases", "List referred cases and give an opinion on one."),
    "appeals": ("lineproof.cli.appeals", "Enter appeals against what people decided, and hear them."),
    "inspections": (
        "lineproof.cli.inspections",
        "Inspect a random sample, with what it is about disclosed by two people.",
    ),
    "transfer": ("lineproof.cli.transfer", "Have a line transferred to another holder, when both want it."),
    "lines": ("lineproof.cli.lines", "Give lines up, take them back, and release their numbers."),
    "disputes": ("lineproof.cli.disputes", "Open, hear and decide disputes about lines in somebody's name."),
    "corrections": (
        "lineproof.cli.corrections",
        "Find wrongly registered lines, and correct them step by step, two people each.",
    ),
    "contacts": ("lineproof.cli.contacts", "Say where a holder's notices go besides their page."),
    "notices": ("lineproof.cli.notices", "Bring notices to their holders, and record that one was."),
    "import": ("lineproof.cli.import_lines", "Look at an existing base of lines, or bring it in."),
    "erase": ("lineproof.cli.erase", "Erase what need not be kept of a holder, or all that is due."),
    "policy": ("lineproof.cli.policy", "List, show and check policy packs: the rules of a jurisdiction."),
    "models": ("lineproof.cli.models", "List, add and check the model packs that faces are compared with."),
    "keys": ("lineproof.cli.keys", "Make, rotate and check the keys of the record."),
    "log": ("lineproof.cli.log", "Publish and verify the record's log, and make receipts."),
    "measure": ("lineproof.cli.measure", "Measure error rates on your own labelled photographs."),
    "attack": ("lineproof.cli.attack", "Try frauds that others suffer on the real procedures, step by step."),
    "simulate": (
        "lineproof.cli.simulate",
        "Live the life of an operator's lines in fast time, and check what must hold.",
    ),
    "specimen": ("lineproof.cli.specimen", "Draw synthetic people and specimen documents."),
}


class Commands(click.Group):
    """A group whose commands are imported when they are run, not when they are listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        """Name every command, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module; its command is named after it, or `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command = getattr(module, cmd_name, None) or module.command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="lineproof")
def lineproof() -> None:
    """Register telecommunication lines in the name of the people who hold them.

    A person shows an identity document and, if they choose, their face; the face is compared with the
    document's portrait and forgotten. Start with: lineproof demo
    """


def main() -> NoReturn:
    """Run the command line; every error becomes one or two sentences and an exit code, never a traceback."""
    as_json = "--json" in sys.argv
    try:
        code = lineproof.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away; nothing is left to say, and nobody to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ERROR)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except LineproofError as error:
        _say(error.what, error.remedy, as_json=as_json)
        sys.exit(ERROR)
    except Exception as error:  # noqa: BLE001 -- the top of the process
        what, remedy = _outside_fault(error) or _bug(error)
        _say(what, remedy, as_json=as_json)
        sys.exit(ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def _outside_fault(error: Exception) -> tuple[str, str] | None:
    """Recognise what the machine did to us: a full disk, a folder that cannot be written, a locked record."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "The disk is full.", "Make room and run it again; nothing was left half-done."
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return f"{error.filename or 'A file'} cannot be written.", "Choose another place, or its permissions."
    # Not imported for this: if Django was never loaded, no database error can be here.
    database = sys.modules.get("django.db.utils")
    if database is not None and isinstance(error, database.DatabaseError):
        return (
            f"The record cannot be used: {error}.",
            "Give it a folder that can be written, on a disk with room; nothing was left half-done.",
        )
    return None


def _bug(error: Exception) -> tuple[str, str]:
    number = secrets.token_hex(4)
    if os.environ.get("LINEPROOF_DEBUG"):
        traceback.print_exception(error)
    return (
        f"Something went wrong in Lineproof itself ({type(error).__name__}, incident {number}).",
        "Run it again with LINEPROOF_DEBUG=1 in the environment to see where, and report it.",
    )


def _say(what: str, remedy: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"error": what, "remedy": remedy}, ensure_ascii=False))
    click.echo(click.style("error: ", fg="red", bold=True) + f"{what} {remedy}".strip(), err=True)
