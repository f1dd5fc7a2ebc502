"""The comparison of faces: how accurate, on people on whom nothing was chosen, and at what cost.

One configuration, the one that ships, gives both: accuracy beside the baseline, then the cost of one
photograph beside peers and the floor of its arithmetic.

    python -m bench.face [--data DIR]
"""

import argparse
import sys
from pathlib import Path

from bench.face_accuracy import measure, report_accuracy
from bench.face_data import DATA, REPORTING, read_evaluation
from bench.face_speed import report_speed


def main() -> int:
    """Measure and print both; 1 if something could not be measured, 0 otherwise, goals met or not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="holds images/ and pairs.txt as LFW has")
    options = parser.parse_args()
    there = (options.data / "pairs.txt").is_file()
    if there:
        people = read_evaluation(options.data).of_folds(REPORTING)
        report_accuracy(measure(people), people, "Folds 4 and 5, on which nothing was chosen")
    else:
        print(f"ACCURACY NOT MEASURED: there are no evaluation images in {options.data}; name their folder.")
    print("\nCost")
    return 0 if report_speed() and there else 1


if __name__ == "__main__":
    sys.exit(main())
