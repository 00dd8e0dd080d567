"""crosscheck(claim, network): the same statement, tried on many floats. It can contradict a proof, and never make one."""

from collections.abc import Callable, Mapping

from fpverify.kernel.claim import Claim
from fpverify.kernel.discover import look_up
from fpverify.kernel.errors import MisuseError
from fpverify.kernel.network import Network
from fpverify.numeric.contractions import each_unique, product, robust, unique
from fpverify.numeric.counts import product_count
from fpverify.numeric.facts import at_point, lipschitz, maps_into, orbit, refutes
from fpverify.numeric.iterate import device_for, one_thread
from fpverify.numeric.limits import absorbed, attracts, converges
from fpverify.numeric.listed import basin, counted, periodic
from fpverify.numeric.record import CrossCheck
from fpverify.numeric.solutions import alternates, at_most_one, crossing, diagonal, exists, none
from fpverify.numeric.subject import Finding, Subject

CHECKS: Mapping[str, Callable[[Subject], Finding]] = {
    "unique": unique,
    "each_unique": each_unique,
    "robust": robust,
    "product": product,
    "product_count": product_count,
    "exactly": counted,
    "at_least": counted,
    "periodic": periodic,
    "basin": basin,
    "absorbed": absorbed,
    "attracts": attracts,
    "converges": converges,
    "exists": exists,
    "none": none,
    "at_most_one": at_most_one,
    "crossing": crossing,
    "diagonal": diagonal,
    "alternates": alternates,
    "maps_into": maps_into,
    "lipschitz": lipschitz,
    "orbit": orbit,
    "at_point": at_point,
    "refutes": refutes,
}
"""For each kind of claim, how it is tried."""


def crosscheck(
    claim: Claim, network: Network, *, seed: int = 0, device: str = "auto", steps: int = 60, samples: int = 1024
) -> CrossCheck:
    """
    Try a proved claim on samples in float64, and examine every contradiction again with the kernel.

    Args:
        claim: what was proved.
        network: of which network.
        seed: of all random numbers; two runs on one device agree.
        device: "auto", "cpu" or "cuda".
        steps: how long orbits are followed at most.
        samples: about how many states or orbits are tried.

    Returns:
        A record with `violations == 0` if nothing contradicts the claim. A violation is `confirmed` only if the kernel
        proves, for exact numbers, that the claim is false.

    Raises:
        MisuseError: if the claim is about another network, or the device is not there.
    """
    if claim.network != network.digest:
        raise MisuseError(
            f"the claim is about the network {claim.name!r} with another digest than that of {network.name!r}"
        )
    if steps < 1 or samples < 1:
        raise MisuseError(f"steps and samples are positive; got {steps} and {samples}")
    check = look_up(CHECKS, claim.kind, "kind of claim")
    subject = Subject(claim=claim, network=network, device=device_for(device), seed=seed, steps=steps, samples=samples)
    with one_thread():
        return check(subject).record(subject)
