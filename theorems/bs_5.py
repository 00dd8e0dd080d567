"""
Stored images as attracting fixed points of a trained autoencoder: certified basins, restoration, labelling.

Proves: for a network that was trained on five digits: every orbit from the box of all images within 1/20 of a stored one,
    in each pixel, converges to one fixed point next to that image.
Uses:   the rules layered and arrives.
Source: arXiv 2501.04182 (the abstract's fifth claim); the digits of scikit-learn.
"""

from fractions import Fraction

from fpverify import (
    AttractsAll,
    BoxRegion,
    Control,
    ConvergesTo,
    Evidence,
    Experiment,
    Instance,
    Observation,
    Step,
    Theorem,
)
from fpverify.experiments.classified import read_stored

STORED = read_stored()
NETWORK, BOXES = STORED.network, STORED.boxes


def _around(index: int, half: str) -> BoxRegion:
    """Return the images that differ from a stored one by at most *half* in each pixel."""
    pixels = [Fraction(round(float(value) * 10), 10) for value in STORED.images[index]]
    reach = Fraction(half)
    return BoxRegion(lo=tuple(p - reach for p in pixels), hi=tuple(p + reach for p in pixels))


THEOREM = Theorem(
    id="bs-5",
    title="Stored images as attracting fixed points",
    statement=(
        r"\text{Let } f \text{ contract a box } B \text{ around a stored image layer by layer, and } f(B) \subseteq "
        r"B. \text{ If } f^k \text{ maps the box of all images within } h \text{ of the stored one, pixel by pixel, "
        r"into } B, \text{ then each of their orbits converges to the one fixed point of } f \text{ in } B."
    ),
    source="arXiv 2501.04182, abstract: applications to encoding, restoration and labelling by the fixed point reached",
    hypotheses=(
        "f is a chain of affine layers and activations",
        "f contracts the box B, which holds the stored image, and maps it into itself",
        "the box of images is carried into B",
    ),
    rule="arrives",
    remark=(
        "The network was trained with noise on its input, which makes the stored images attract: spectral radii at "
        "the fixed points are near 0.1. Its weights are in the file theorems/data/digits.json, as multiples of 2^-10; "
        "how it was trained is no part of the proof. Iterating restores images that one pass does not; it does not "
        "beat the nearest stored image, which needs no network."
    ),
    steps=(
        Step(
            title="the grey levels: p/16 of a range of 8/5 above -4/5",
            left="p/16*8/5 - 4/5",
            right="(p - 8)/10",
            symbols={"p": "real"},
        ),
    ),
    instances=(
        *(
            Instance(
                name=f"stored image {index + 1}, all images within 1/20",
                network=NETWORK,
                region=_around(index, "1/20"),
                goal=ConvergesTo(target=BOXES[index]),
                note="1/20 is half a grey level.",
            )
            for index in range(len(BOXES))
        ),
        Instance(
            name="stored image 4, all images within 1/10",
            network=NETWORK,
            region=_around(3, "1/10"),
            goal=ConvergesTo(target=BOXES[3]),
            note="A whole grey level.",
        ),
    ),
    controls=(
        Control(
            name="one image said to go to another",
            network=NETWORK,
            region=_around(0, "1/50"),
            goal=ConvergesTo(target=BOXES[1], steps=60),
            because="its orbits converge to the fixed point next to the first image",
        ),
        Control(
            name="one fixed point said to attract all images",
            network=NETWORK,
            region=BoxRegion.cube(1, dimension=64),
            goal=AttractsAll(),
            because="there are at least five attracting fixed points",
        ),
        Control(
            name="images between two stored ones",
            network=NETWORK,
            region=_around(0, "2"),
            goal=ConvergesTo(target=BOXES[0], steps=60),
            because="this box holds the other stored images, too",
        ),
    ),
    observations=(
        Observation(
            name="stored images attract",
            claim="autoencoders trained with noise on few digits have attracting fixed points next to most of them",
            measure=Experiment("fpverify.experiments.digits", "measure_stored"),
            note="With noise on the input; without it about half of the fixed points of ten images repel.",
        ),
        Observation(
            name="certified restorations",
            claim="for a corrupted image that is restored, it is proved that its orbit converges to the right fixed "
            "point",
            measure=Experiment("fpverify.experiments.classified", "measure_classified"),
            note="Orbits are enclosed in boxes; where a box grows before it contracts, nothing is proved.",
        ),
        Observation(
            name="restoration",
            claim="iterating the network restores corrupted images that one pass does not",
            measure=Experiment("fpverify.experiments.restoration", "measure_restoration"),
        ),
        Observation(
            name="restoration against the nearest image",
            claim="iterating the network restores corrupted images better than the nearest stored image does",
            measure=Experiment("fpverify.experiments.restoration", "measure_restoration_against_neighbour"),
            expected=Evidence.NOT_REPRODUCED,
            note="The nearest of the stored images is a strong rival, and so is a modern Hopfield network.",
        ),
        Observation(
            name="labelling",
            claim="labels by the fixed point reached are better than those of the nearest prototype",
            measure=Experiment("fpverify.experiments.labelling", "measure_labelling"),
            expected=Evidence.NOT_REPRODUCED,
            note="The basins are close to the cells of the nearest prototype, and a little worse.",
        ),
    ),
)
