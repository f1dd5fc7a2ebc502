"""Train one of the two networks and write it down: see README.md in this folder.

    python3 -m training.mrz.train {reader|finder} --out FOLDER [--steps N] [--seed N]

Writes NAME.onnx and NAME.json, its model card, into the folder. The same command on the same machine gives
the same weights; another machine may round differently.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.mrz.batches import Batch, Make, batches, finder_batches, reader_batches
from training.mrz.export import export, write
from training.mrz.networks import Finder, Reader
from training.mrz.strips import NO_TARGET

WARM_UP_STEPS = 100
GENTLEST = 0.01  # of the highest rate, at the end
STEEPEST = 2.0  # gradients longer than this are shortened
TELL_EVERY = 50
DRAFT_EVERY = 250


@dataclass(frozen=True, slots=True)
class Plan:
    """How one network is trained."""

    network: type[nn.Module]
    make: Make
    steps: int
    rate: float


PLANS = {
    "reader": Plan(Reader, reader_batches, steps=5000, rate=3e-3),
    "finder": Plan(Finder, finder_batches, steps=2500, rate=4e-3),
}


def main() -> None:
    """Train as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=PLANS)
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--steps", type=int, help="fewer than the plan's, to try something")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--drafts", type=Path, help="folder to write the network into now and then, to look at"
    )
    asked = parser.parse_args()
    plan = PLANS[asked.name]
    steps = plan.steps if asked.steps is None else asked.steps
    asked.out.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    network, measured = train(plan, steps=steps, seed=asked.seed, drafts=asked.drafts)
    write(
        network,
        asked.out,
        name=asked.name,
        run={"command": asked.name, "steps": steps, "seed": asked.seed},
        measured={**measured, "minutes": round((time.monotonic() - began) / 60, 1)},
    )


def train(
    plan: Plan, *, steps: int, seed: int, drafts: Path | None = None
) -> tuple[nn.Module, dict[str, float]]:
    """Train for so many steps; also return what the last examples, none seen before, were like."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    network = plan.network()
    optimiser = torch.optim.AdamW(network.parameters(), lr=plan.rate, weight_decay=1e-3)
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _share_of_rate(step, steps))
    recent: list[dict[str, float]] = []
    began = time.monotonic()
    for step, (inputs, targets) in enumerate(
        _tensors(batches(plan.make, seed=seed, count=steps, processes=1)), 1
    ):
        answers = network(inputs)
        loss = reader_loss(answers, targets) if plan.network is Reader else finder_loss(answers, targets)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), STEEPEST)
        optimiser.step()
        rate.step()
        with torch.no_grad():
            right = lines_right(answers, targets) if plan.network is Reader else overlap(answers, targets)
        recent = [*recent[-TELL_EVERY + 1 :], {"loss": float(loss), "right": right}]
        if step % TELL_EVERY == 0 or step == steps:
            means = {name: sum(each[name] for each in recent) / len(recent) for name in recent[0]}
            told = ", ".join(f"{name} {value:.4f}" for name, value in means.items())
            print(f"{step} of {steps}, {time.monotonic() - began:.0f} s, {told}", flush=True)
        if drafts is not None and step % DRAFT_EVERY == 0:
            export(network.eval(), drafts / f"{plan.network.__name__.lower()}.onnx")
            network.train()
    return network.eval(), {name: round(value, 4) for name, value in means.items()}


def reader_loss(answers: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of each column of answers (n, 38, 1, t) with its target (n, t)."""
    return functional.cross_entropy(answers[:, :, 0], targets, ignore_index=NO_TARGET)


def finder_loss(answers: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of each place, and the overlap of what is found with what is there (Dice)."""
    found = answers.sigmoid()
    apart = 1 - (2 * (found * targets).sum() + 1) / (found.sum() + targets.sum() + 1)
    return 2 * functional.binary_cross_entropy_with_logits(answers, targets) + 0.5 * apart


def lines_right(answers: Tensor, targets: Tensor) -> float:
    """Tell the share of strips in which no column with a target is answered wrongly."""
    wrong = (answers[:, :, 0].argmax(1) != targets) & (targets != NO_TARGET)
    return float((~wrong.any(1)).float().mean())


def overlap(answers: Tensor, targets: Tensor) -> float:
    """Tell how much what is found and what is there overlap, 0 to 1 (Dice)."""
    found = answers.sigmoid()
    return float((2 * (found * targets).sum() + 1) / (found.sum() + targets.sum() + 1))


def _share_of_rate(step: int, steps: int) -> float:
    """Rise, then fall along a cosine."""
    rise = min(1.0, (step + 1) / WARM_UP_STEPS)
    fall = 0.5 * (1 + float(torch.cos(torch.tensor(torch.pi * min(step, steps) / steps))))
    return rise * (fall * (1 - GENTLEST) + GENTLEST)


def _tensors(given: Iterator[Batch]) -> Iterator[tuple[Tensor, Tensor]]:
    for inputs, targets in given:
        yield torch.from_numpy(inputs), torch.from_numpy(targets)


if __name__ == "__main__":
    main()
