"""The vocabulary of `fpverify.kernel.ops` for torch tensors of dtype float64."""

import math
from fractions import Fraction

import torch
from torch import Tensor

Value = Tensor | float


class TorchOps:
    """
    `Ops` for torch: `formula(x, TorchOps)` is the activation on a float64 tensor x of any shape and device.

    A Python float is read as a tensor without axes. A formula that is constant returns a Python float, to be broadcast.

    Error:
        Ordinary rounding, and the errors of torch's library functions; nothing here bounds anything.

    Raises:
        TypeError: for a tensor of another dtype, which would silently lose half of the digits.
    """

    @staticmethod
    def number(value: Fraction) -> float:
        """Return the nearest double (division of Python integers rounds correctly)."""
        return value.numerator / value.denominator

    @staticmethod
    def pi() -> float:
        return math.pi

    @staticmethod
    def sqrt(x: Value) -> Tensor:
        return torch.sqrt(_double(x))

    @staticmethod
    def exp(x: Value) -> Tensor:
        return torch.exp(_double(x))

    @staticmethod
    def log(x: Value) -> Tensor:
        return torch.log(_double(x))

    @staticmethod
    def log1p(x: Value) -> Tensor:
        return torch.log1p(_double(x))

    @staticmethod
    def tanh(x: Value) -> Tensor:
        return torch.tanh(_double(x))

    @staticmethod
    def sin(x: Value) -> Tensor:
        return torch.sin(_double(x))

    @staticmethod
    def cos(x: Value) -> Tensor:
        return torch.cos(_double(x))

    @staticmethod
    def erf(x: Value) -> Tensor:
        return torch.erf(_double(x))

    @staticmethod
    def erfc(x: Value) -> Tensor:
        return torch.erfc(_double(x))

    @staticmethod
    def abs(x: Value) -> Tensor:
        return torch.abs(_double(x))

    @staticmethod
    def sign(x: Value) -> Tensor:
        return torch.sign(_double(x))

    @staticmethod
    def maximum(x: Value, y: Value) -> Tensor:
        return torch.maximum(*_on_one_device(x, y))

    @staticmethod
    def minimum(x: Value, y: Value) -> Tensor:
        return torch.minimum(*_on_one_device(x, y))


def _double(x: Value) -> Tensor:
    if isinstance(x, Tensor) and x.dtype != torch.float64:
        raise TypeError(f"a tensor of dtype {x.dtype} was given where float64 is needed: write x.double()")
    return torch.as_tensor(x, dtype=torch.float64)


def _on_one_device(x: Value, y: Value) -> tuple[Tensor, Tensor]:
    """Return both as tensors; one that was a Python number moves to where the other lives."""
    first, second = _double(x), _double(y)
    device = first.device if isinstance(x, Tensor) else second.device
    return first.to(device), second.to(device)
