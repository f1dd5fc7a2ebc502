"""`lineproof log sample`: draw an inspection's sample again, from the published log alone."""

import json
from pathlib import Path

import click

from lineproof.cli import options, published_log


@click.command()
@click.argument("place", metavar="DIR|URL")
@published_log.keys
@published_log.token_file
@click.option("--kind", required=True, metavar="KIND", help="The kind of entries, as docs/log.md names it.")
@click.option("--nonce", required=True, metavar="HEX", help="The inspector's nonce, 32 bytes.")
@click.option(
    "--size", type=click.IntRange(1), required=True, help="Of the checkpoint that it was drawn from."
)
@click.option("--count", type=click.IntRange(1), required=True, help="How many were asked for.")
@options.as_json
def sample(
    *,
    place: str,
    keys: tuple[str, ...],
    token_file: Path | None,
    kind: str,
    nonce: str,
    size: int,
    count: int,
    as_json: bool,
) -> None:
    """Verify a published log, and draw an inspection's sample from it again: the same, or it was chosen.

    Exit: 0 drawn, 1 error or the log is broken, 2 usage.
    """
    from lineproof.errors import Conflict, NotFound
    from lineproof.transparency.checkpoint import Checkpoint
    from lineproof.transparency.sample import draw_sample, nonce_commitment, sample_seed
    from lineproof.transparency.tree import CompactRange, leaf_hash

    try:
        drawn_with = bytes.fromhex(nonce)
    except ValueError:
        raise click.UsageError("--nonce is in hexadecimal digits.") from None
    commitment = nonce_commitment(drawn_with)
    population: list[int] = []
    folded = CompactRange()

    def visit(position: int, body: bytes) -> None:
        nonlocal folded
        if position < size:
            folded = folded.append(leaf_hash(body))
            if json.loads(body).get("kind") == kind:
                population.append(position)

    log = published_log.verify(place, keys=keys, noted=None, token_file=token_file, visit=visit)
    if log.problems or log.checkpoint is None:
        raise Conflict("The published log is broken.", remedy="See where: lineproof log verify DIR|URL")
    if log.checkpoint.size < size:
        raise NotFound(f"The published log has {log.checkpoint.size} entries, not {size} yet.")
    checkpoint = Checkpoint(log.checkpoint.origin, size, folded.root())
    drawn = draw_sample(sample_seed(checkpoint, drawn_with), population, count)
    if as_json:
        said = {"drawn": list(drawn), "population": len(population), "commitment": commitment.hex()}
        click.echo(json.dumps(said | {"signature_verified": bool(keys)}))
        return
    click.echo(f"Drawn from {len(population)} entries of the first {size}: {len(drawn)}")
    click.echo("  " + " ".join(map(str, drawn)))
    click.echo(f"The nonce was committed to as {commitment.hex()}")
    if not keys:
        published_log.echo_unsigned()
