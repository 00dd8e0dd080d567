"""A claim that is refuted: the region holds no fixed point at all, and the certificate says so."""

import fpverify as fp


def main() -> fp.Status:
    """Ask for a unique fixed point where there is none."""
    cell = fp.loop("sigmoid", weight=[["4"]], bias=["1"], name="saturated cell")
    outcome = fp.certify(cell, fp.BoxRegion.of((0, "1/2")), fp.Unique())
    print(outcome.verdict.status.value, outcome.claim)
    return outcome.verdict.status


if __name__ == "__main__":
    main()
