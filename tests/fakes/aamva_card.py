"""Compose the barcode of a card of nobody, as the AAMVA DL/ID Card Design Standard, annex D, says."""

from collections.abc import Mapping

ELEMENTS = {
    "DAQ": "T64235789",
    "DCS": "SAMPLE",
    "DDE": "N",
    "DAC": "MICHAEL",
    "DDF": "N",
    "DAD": "JOHN",
    "DDG": "N",
    "DCA": "D",
    "DCB": "K",
    "DCD": "PH",
    "DBD": "06062019",
    "DBB": "06061986",
    "DBA": "12102034",
    "DBC": "1",
    "DAU": "068 in",
    "DAY": "BRO",
    "DAG": "2300 WEST BROAD STREET",
    "DAI": "RICHMOND",
    "DAJ": "VA",
    "DAK": "232690000  ",
    "DCF": "2424244747474786102204",
    "DCG": "USA",
}
# The first version's: the whole name in one element, dates with the year first, no country.
OLD_ELEMENTS = {
    "DAQ": "T-520-098-009-843",
    "DAA": "SAMPLE,MICHAEL,JOHN",
    "DAG": "2300 WEST BROAD STREET",
    "DAI": "RICHMOND",
    "DAJ": "VA",
    "DAK": "232690000",
    "DBA": "20341210",
    "DBB": "19860606",
    "DBC": "M",
}


def a_barcode(
    elements: Mapping[str, str] = ELEMENTS,
    *,
    version: int = 10,
    kind: str = "DL",
    issuer: str = "636000",
    file_type: str = "ANSI ",
    others: tuple[str, ...] = ("ZVZVA01\r",),
    offset: int | None = None,
    length: int | None = None,
    **changes: str | None,
) -> bytes:
    """Compose a card's content; changes: elements set to another value, or left out with None."""
    said = {**elements, **changes}
    own = kind + "\n".join(name + value for name, value in said.items() if value is not None) + "\r"
    numbers = f"{version:02}" if version == 1 else f"{version:02}02"
    head = f"@\n\x1e\r{file_type}{issuer}{numbers}{1 + len(others):02}"
    at = len(head) + 10 * (1 + len(others))
    designators = f"{kind}{at if offset is None else offset:04}{len(own) if length is None else length:04}"
    at += len(own)
    for other in others:
        designators += f"{other[:2]}{at:04}{len(other):04}"
        at += len(other)
    return (head + designators + own + "".join(others)).encode("latin-1")
