"""On what terms a keeper is started; read by the relay, which starts it, and by the keeper."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Self

EPOCH_SECONDS = 600.0  # evidence is sealed to this key for so long
OVERLAP_SECONDS = 120.0  # and can be opened for so much longer
JOB_SECONDS = 60.0
# What the relay says to the keeper with the socket of a job.
JOB = b"w"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a keeper was started with. most_workers: computing at once. epoch_s, overlap_s, job_s: seconds."""

    model_pack: str | None
    models_folder: Path | None
    most_workers: int
    filter_required: bool
    epoch_s: float = EPOCH_SECONDS
    overlap_s: float = OVERLAP_SECONDS
    job_s: float = JOB_SECONDS

    def argument(self) -> str:
        """Write them for the command line of a keeper."""
        folder = None if self.models_folder is None else str(self.models_folder.absolute())
        return json.dumps(
            [
                *(self.model_pack, folder, self.most_workers, self.filter_required),
                *(self.epoch_s, self.overlap_s, self.job_s),
            ]
        )

    @classmethod
    def of(cls, argument: str) -> Self:
        """Read what `argument` wrote."""
        pack, folder, *rest = json.loads(argument)
        return cls(pack, None if folder is None else Path(folder), *rest)
