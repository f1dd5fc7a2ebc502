"""The two networks: one finds the lines of the zone, the other reads one of them.

Both are plain convolutions, without recurrence or attention, so that they run in OpenCV at any width.
"""

from torch import Tensor, nn
from torch.nn import functional

# What both networks are fed with, and what the reader answers: the geometry that src/lineproof/imaging
# repeats for reading (mrz_networks.py); a test compares the two.
CHARACTERS = "<0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BETWEEN = 0  # the reader's first class: no character's middle is here
STRIP_HEIGHT_PX = 24
STRIP_CAPITAL_PX = 13.0  # of a capital letter in a strip
STRIP_STEP_PX = 4  # one answer of the reader for so many columns
MASK_STEP_PX = 4  # one answer of the finder for so many rows and columns


class Layer(nn.Module):
    """A convolution, batch normalisation and a rectifier."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: tuple[int, int],
        *,
        stride: tuple[int, int] = (1, 1),
        padding: tuple[int, int] | None = None,
        dilation: tuple[int, int] = (1, 1),
    ) -> None:
        super().__init__()
        if padding is None:
            padding = (size[0] // 2 * dilation[0], size[1] // 2 * dilation[1])
        self.convolution = nn.Conv2d(inputs, outputs, size, stride, padding, dilation, bias=False)
        self.normalisation = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(self.normalisation(self.convolution(x)), inplace=True)


class Neighbours(nn.Module):
    """Add to each column what its neighbours along the line say of it."""

    def __init__(self, channels: int, reach: int) -> None:
        super().__init__()
        self.layer = Layer(channels, channels, (1, 5), dilation=(1, reach))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layer(x)


class Reader(nn.Module):
    """One strip, (n, 1, 24, w) with w a multiple of four, to scores of 38 classes, (n, 38, 1, w / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            Layer(1, 24, (5, 5), stride=(2, 2)),
            Layer(24, 48, (3, 3), stride=(2, 2)),
            Layer(48, 48, (3, 3)),
            Layer(48, 64, (3, 3), stride=(2, 1)),
            Layer(64, 128, (3, 3), padding=(0, 1)),
            Neighbours(128, 1),
            nn.Dropout(0.05),
            Neighbours(128, 2),
            nn.Conv2d(128, 1 + len(CHARACTERS), 1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class Finder(nn.Module):
    """An image, (n, 1, h, w) in multiples of eight, to logits of line or not, (n, 1, h / 4, w / 4)."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(
            Layer(1, 12, (4, 4), stride=(2, 2), padding=(1, 1)),
            Layer(12, 24, (4, 4), stride=(2, 2), padding=(1, 1)),
        )
        self.coarse = nn.Sequential(
            Layer(24, 40, (3, 3), stride=(2, 2)),
            *(Layer(40, 40, (3, 3), dilation=(reach, reach)) for reach in (2, 4, 8, 3)),
        )
        self.widen = nn.Conv2d(40, 24, 1)
        self.answer = nn.Sequential(Layer(24, 16, (3, 3)), nn.Conv2d(16, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        fine = self.fine(x)
        coarse = self.widen(self.coarse(fine))
        wide = functional.interpolate(coarse, scale_factor=2.0, mode="bilinear", align_corners=False)
        return self.answer(fine + wide)
