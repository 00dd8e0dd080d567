"""Certificates that the tests of the exporters share: the smallest of each kind."""

from functools import cache

import fpverify as fp
from fpverify.kernel.certificate import Certificate
from fpverify.kernel.network import Network
from fpverify.kernel.region import Region


def certificate(network: Network, region: Region, goal: fp.Goal) -> Certificate:
    """Return the certificate of a goal that is proved."""
    outcome = fp.certify(network, region, goal)
    assert outcome.verdict.status is fp.Status.PROVED, outcome.verdict
    assert outcome.certificate is not None
    return outcome.certificate


@cache
def two_cubics() -> Certificate:
    """Return four products of intervals, with noise: W, b and the regions are those of the prototype of the k^d lemma."""
    network = fp.loop("cubic", [["1", "1/50"], ["-3/100", "1"]], ["1/100", "-1/50"], name="two cubics")
    region = fp.ProductRegions.power(("4/5", "6/5"), ("-6/5", "-4/5"), dimension=2)
    return certificate(network, region, fp.OneInEachProduct(noise="1/20", rate="9/10"))


@cache
def one_box() -> Certificate:
    """Return one box, one contraction."""
    network = fp.loop("tanh", [["2/5", "-3/10"], ["1/5", "1/2"]], ["1/10", "-1/5"], name="two cells")
    return certificate(network, fp.BoxRegion.cube("9/10", dimension=2), fp.Unique(rate="3/4"))


@cache
def family() -> Certificate:
    """Return a box on which a parameter is uncertain."""
    network = fp.loop("sigmoid", [[("1", "2")]], [("-1/10", "1/10")], name="a family")
    return certificate(network, fp.BoxRegion.of(("0", "1")), fp.Unique(rate="3/5"))


@cache
def two_boxes() -> Certificate:
    network = fp.loop("cubic", [["1"]], name="cubic")
    region = fp.Cover(parts=(fp.BoxRegion.of(("4/5", "11/10")), fp.BoxRegion.of(("-11/10", "-4/5"))))
    return certificate(network, region, fp.OneInEach())


@cache
def whole_space() -> Certificate:
    network = fp.loop("softsign", [["1/2", "1/4"], ["0", "1/2"]], name="softsign on the plane")
    return certificate(network, fp.WholeSpace(size=2), fp.Unique(rate="4/5"))


ALL = {
    "one_box": one_box,
    "family": family,
    "two_boxes": two_boxes,
    "two_cubics": two_cubics,
    "whole_space": whole_space,
}
