"""Specimen passports as the two lines a booth reads; their pictures are whatever bytes a test likes."""

from dataclasses import replace
from datetime import date

from lineproof.simulate.passport import Passport

__all__ = ["Passport"]
TODAY = date(2026, 7, 1)

ALICE = Passport("ABELARD", "ALICE", "A10010001")
BO = Passport("BRANNOCH", "BO", "B20020002", born_on=date(1985, 2, 28))
MALLORY = Passport("NORDQVAST", "MALLORY", "M50050005", born_on=date(1979, 11, 3))
ALICES_RENEWED = replace(ALICE, number="R30030003", expires_on=date(2036, 5, 2))
ALICES_NAMESAKE = replace(ALICE, number="N40040004")
BOS_EXPIRED = replace(BO, number="H60060006", expires_on=date(2026, 6, 30))
