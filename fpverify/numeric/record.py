"""CrossCheck: what a numeric cross-check saw. It can contradict a proof; it can never make one."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CrossCheck:
    """
    Fields:
        samples, steps: how many orbits were followed, for how long.
        violations: how many (orbit, step) pairs broke the certified bound, float slack included.
        confirmed: whether the kernel confirmed a violation; then fpverify has a bug.
        worst_ratio: the largest quotient of an error and its bound, over all steps.
        device, dtype, seed: how to repeat it.
        limits: fixed points refined by mpmath to 50 digits, as decimal text; each was found inside its certified box.
        curve: per step, the largest error seen and the certified bound (a plot of the report).
        note: what was compared, in words; says so when a claim leaves nothing to iterate.
    """

    samples: int
    steps: int
    violations: int
    confirmed: bool = False
    worst_ratio: float = 0.0
    device: str = "cpu"
    dtype: str = "float64"
    seed: int = 0
    limits: tuple[tuple[str, ...], ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    note: str = ""
