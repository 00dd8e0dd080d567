"""A loop that is undecided on one box, and decided on two: tanh(2x) has two attractors."""

import fpverify as fp


def main() -> tuple[fp.Status, fp.Status]:
    """Return the verdict on the whole interval, and the verdict on the two intervals around the attractors."""
    cell = fp.loop("tanh", weight=[["2"]], name="bistable cell")
    whole = fp.certify(cell, fp.BoxRegion.of((-1, 1)))
    print(whole.verdict.status.value, whole.verdict.reason.value)
    parts = fp.Cover(parts=(fp.BoxRegion.of((-1, "-3/4")), fp.BoxRegion.of(("3/4", 1))))
    both = fp.certify(cell, parts, fp.OneInEach())
    print(both.verdict.status.value, both.claim)
    return whole.verdict.status, both.verdict.status


if __name__ == "__main__":
    main()
