"""The interval in which a share lies that was counted: Wilson's score interval.

E. B. Wilson (1927), Probable inference, the law of succession, and statistical inference, JASA 22, 209-212.
"""

import math
from statistics import NormalDist

LEVEL = 0.95


def wilson_interval(found: int, of: int, *, level: float = LEVEL) -> tuple[float, float] | None:
    """Give the interval of the share found/of at a level of confidence; None where nothing was counted.

    With p the share, n the number and z the normal quantile:
    (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n).
    """
    if of <= 0:
        return None
    if not 0 <= found <= of:
        raise ValueError("what is found is among what is counted")
    share = found / of
    z = NormalDist().inv_cdf((1 + level) / 2)
    middle = share + z * z / (2 * of)
    half = z * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2)
    scale = 1 + z * z / of
    # At the ends it is exact, whatever is lost in rounding.
    low = 0.0 if found == 0 else (middle - half) / scale
    high = 1.0 if found == of else (middle + half) / scale
    return low, high
