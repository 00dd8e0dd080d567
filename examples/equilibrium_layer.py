"""An equilibrium layer with weights known to three digits: one fixed point, and what noise does to it."""

import fpverify as fp


def main() -> fp.Status:
    """Certify a family of tanh layers, all of whose weights are uncertain by 0.0005, under noise 0.01 in each step."""
    rows = [["0.312", "-0.214", "0.105"], ["0.057", "0.418", "-0.190"], ["-0.233", "0.121", "0.276"]]
    weight = [[fp.around(entry, "0.0005") for entry in row] for row in rows]
    layer = fp.loop("tanh", weight, ["0.1", "-0.3", "0.2"], name="equilibrium layer")
    outcome = fp.certify(layer, fp.BoxRegion.cube(1, dimension=3), fp.Robust(noise="0.01", radii=True))
    print(outcome.verdict.status.value, outcome.claim)
    return outcome.verdict.status


if __name__ == "__main__":
    main()
