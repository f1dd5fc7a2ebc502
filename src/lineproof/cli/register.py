"""`lineproof register`: the main job on a record that stays."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lineproof.cli import options

if TYPE_CHECKING:
    from lineproof.line.request import LineRequest


@click.command()
@click.option("--document", type=options.FILE, required=True, help="A photograph of the passport's page.")
@click.option("--capture", type=options.FILE, help="A photograph of the person's face.")
@click.option("--mobile", metavar="NUMBER", help="The mobile number, in international form.")
@click.option("--sim", metavar="ICCID", help="The number printed on its SIM card.")
@click.option("--internet", metavar="ACCOUNT", help="The account of an internet access.")
@click.option("--address", help="Where that access is installed.")
@click.option("--terms", metavar="VERSION", default="", help="Of the contract's terms, that they accept.")
@options.way
@options.attended_by
@options.permit_until
@options.for_minor
@options.for_organisation
@options.policy
@options.record
@options.as_json
def register(
    document: Path,
    capture: Path | None,
    mobile: str | None,
    sim: str | None,
    internet: str | None,
    address: str | None,
    terms: str,
    way: str,
    attended_by: str | None,
    permit_until: datetime | None,
    for_minor: bool,
    for_organisation: str | None,
    register_name: str | None,
    register_number: str | None,
    policy: str,
    record: Path | None,
    as_json: bool,
) -> None:
    """Verify a person and register a line in their name.

    For a minor, their parent or guardian is the applicant, and the line is in the guardian's name. For an
    organisation, it is who may sign for it, and answers for the line.

    A mobile line: --mobile NUMBER --sim ICCID. An internet access: --internet ACCOUNT --address TEXT.

    Exit: 0 registered, 3 not verified, 4 referred to people, 1 error, 2 usage.
    """
    from lineproof.cli.present import Asked, timed_booth
    from lineproof.cli.report import EXIT_CODES

    if (mobile is None) == (internet is None) or (mobile is None) != (sim is None):
        raise click.UsageError("Give --mobile NUMBER with --sim ICCID, or --internet ACCOUNT with --address.")
    if (internet is None) != (address is None):
        raise click.UsageError("--internet ACCOUNT and --address go together.")
    asked = Asked.of(
        document=document,
        capture=capture,
        way=way,
        attended_by=attended_by,
        policy=policy,
        papers=options.papers_seen(
            permit_until,
            guardianship=for_minor,
            organisation=for_organisation,
            register=register_name,
            number=register_number,
        ),
    )
    request = _request(mobile or "", sim or "", internet, address or "")
    folder = record or options.default_record()
    with timed_booth(asked.policy, folder) as timed:
        from lineproof import wiring

        services = wiring.open_record(folder, policy=asked.policy, examiner=timed.booth)
        from lineproof.cli.registered import print_registration
        from lineproof.registry.flows.register_line import register_line

        presentation = asked.present(folder, timed.booth.epoch())
        done = register_line(services, request, presentation, now=datetime.now(UTC), terms_version=terms)
        timings = timed.timings(done.examination)
    print_registration(
        done,
        timings,
        policy=asked.policy,
        registered=f"Registered: {request.name}. Its holder's page: lineproof serve --link {request.name}",
        as_json=as_json,
    )
    sys.exit(EXIT_CODES[done.decision.verdict])


def _request(mobile: str, sim: str, internet: str | None, address: str) -> "LineRequest":
    from lineproof.line.request import LineRequest
    from lineproof.terms import AccessId, Iccid, Msisdn

    if internet is not None:
        return LineRequest(AccessId.parse(internet, address))
    return LineRequest(Msisdn.parse(mobile), Iccid.parse(sim))
