"""The one batched loop of fpverify, and where it runs."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from fpverify.kernel.errors import MisuseError

DEVICES = ("auto", "cpu", "cuda")

Step = Callable[[Tensor], Tensor]


def device_for(name: str) -> torch.device:
    """
    Return the device that *name* asks for: "auto" is the GPU where there is one, else the CPU.

    Raises:
        MisuseError: for another name, or for "cuda" on a machine without a CUDA device.
    """
    if name not in DEVICES:
        raise MisuseError(f"device {name!r} is unknown: write one of {', '.join(DEVICES)}")
    if name == "cuda" and not torch.cuda.is_available():
        raise MisuseError('device "cuda" was asked for, but torch finds no CUDA device here: write "cpu" or "auto"')
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


def generator_for(device: torch.device, seed: int, purpose: str) -> torch.Generator:
    """Return a new random generator; the same seed, purpose and device give the same numbers."""
    return torch.Generator(device=device).manual_seed((seed * 0x9E3779B1 + zlib.crc32(purpose.encode())) % 2**63)


@contextmanager
def one_thread() -> Iterator[None]:
    """
    Let torch use one thread on the CPU, and restore what was set before.

    The batches here are small: a pool of threads waits for its slowest member at every operation, which on a busy
    machine costs far more than it saves.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def init(points: Tensor | Sequence[Sequence[float]], device: torch.device) -> Tensor:
    """Return a batch of states, shape (B, d), as float64 on *device*."""
    return torch.as_tensor(points, dtype=torch.float64, device=device)


def iterate(step: Step, state: Tensor, steps: int) -> Iterator[Tensor]:
    """
    Yield x^0 = *state*, x^1 = step(x^0), ..., x^steps; batches of one shape.

    Nothing is kept: a caller that needs more than the present state stores it. Gradients are not recorded.
    """
    yield state
    for _ in range(steps):
        with torch.no_grad():
            state = step(state)
        yield state
