"""
Are the weights of trained networks heavy-tailed? Measured: sharper peaks and longer tails than Gaussian, no power law.

Proves: nothing; tail indices of samples are statistics.
Uses:   the experiments tails.
Source: arXiv 2501.04182 (the abstract's second claim).
"""

from fpverify import Evidence, Experiment, Observation, Theorem

THEOREM = Theorem(
    id="bs-2",
    title="Tails of the weights after training",
    statement=(
        r"\text{A weight } w \text{ is heavy-tailed if } P(|w| > t) \approx t^{-\alpha} \text{ with } \alpha < 2, "
        r"\text{ so that its variance is infinite. For } w_1, \ldots, w_n \text{ in descending order of size, } "
        r"\alpha \approx \left( \frac{1}{k} \sum_{i \le k} \ln \frac{|w_i|}{|w_{k+1}|} \right)^{-1} \text{ (Hill); "
        r"for Gaussian samples of this size and } k = n/20 \text{ that gives about 6, for Cauchy samples about 1.}"
    ),
    source="arXiv 2501.04182, abstract: after training the weights are heavy-tailed; B. M. Hill, Ann. Statist. 3 "
    "(1975) 1163",
    hypotheses=("the weights are those of an autoencoder trained on the bundled digits",),
    rule="",
    remark=(
        "Training makes the tails longer where it moves the weights by about their initial size or more. What appears "
        "has finite variance: a power law with an index below 2 was not seen in any network, and a lognormal law fits "
        "better. Cauchy weights are therefore no model of a trained network of this kind."
    ),
    observations=(
        Observation(
            name="weights after training",
            claim="training makes the weights heavy-tailed, of an index below 2",
            measure=Experiment("fpverify.experiments.tails", "measure_tails"),
            expected=Evidence.NOT_REPRODUCED,
            note="Every figure stands beside that of Gaussian samples of the same size, since Hill's estimate of a "
            "Gaussian sample is not infinite.",
        ),
    ),
)
