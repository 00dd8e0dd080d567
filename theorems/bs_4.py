"""
The spectrum of the input-output Jacobian: an equation for its limit law, against samples, and what it says of fixed points.

Proves: nothing about networks; the algebra of the equation is verified, and its solution is compared with samples.
Uses:   the experiments jacobian.
Source: Pastur, arXiv 2001.06188; Pennington, Schoenholz and Ganguli (2018); arXiv 2501.04182 (the abstract's fourth claim).
"""

from fpverify import Evidence, Experiment, Observation, Step, Theorem

THEOREM = Theorem(
    id="bs-4",
    title="The spectrum of the input-output Jacobian",
    statement=(
        r"\text{Let } J = D_L W_L \cdots D_1 W_1 \text{ with Gaussian } W_l \text{ of the scale } \sigma N^{-1/2}, \ "
        r"D_l = \mathrm{diag} \, \phi'(h_l). \text{ As } N \to \infty, \ M(z) = \sum_{k \ge 1} m_k z^{-k}, \ m_k "
        r"\text{ the moments of the eigenvalues of } J J^T, \text{ solves } z = \sigma^{2L} (1 + M) M^{L - 1} \prod_l "
        r"z_l, \ \text{where } z_l \text{ solves } E \, \frac{d^2}{z_l - d^2} = M \text{ with } d = \phi'(\sqrt{q_l} "
        r"\, \xi), \ \xi \text{ Gaussian.}"
    ),
    source="arXiv 2501.04182, abstract: the spectral distribution of the input-output Jacobian explains the number of "
    "fixed points by depth",
    hypotheses=(
        "the weights are Gaussian and independent, the biases Gaussian",
        "the slopes are free from the weights in the limit (proved in the literature for Gaussian weights)",
    ),
    rule="",
    remark=(
        "The equation and its analogue for Cauchy weights, a recursion of laws on a random tree, agree with samples. "
        "The mass of eigenvalues above one falls with the depth in every series that was looked at, so that it shows "
        "no maximum where a number of fixed points might have one. That fewer than one eigenvalue lies above one "
        "marks, roughly, the depth beyond which one fixed point is left. Several fixed points need real positive "
        "amplification around a loop: eigenvalues of J, not singular values. The untrained networks that were looked "
        "at show no growth of the number; of the trained ones, which do, no spectrum was computed. The untrained "
        "networks that were looked at show no growth of the number; of the trained ones, which do, no spectrum was "
        "computed."
    ),
    steps=(
        Step(
            title="the linear network: z_l = (1 + M)/M turns the equation into z M = sigma^(2L) (1 + M)^(L + 1), L = 3",
            left="s**6*(1 + M)*M**2*((1 + M)/M)**3 * M",
            right="s**6*(1 + M)**4",
            symbols={"s": "positive", "M": "positive"},
        ),
        Step(
            title="its moments are Fuss-Catalan numbers, L = 1: M = t + 2 t^2 + 5 t^3 + ... solves M = t (1 + M)^2, t "
            "= m/z",
            left="(t + 2*t**2 + 5*t**3) - t*(1 + t + 2*t**2 + 5*t**3)**2",
            right="-(t**4)*(14 + 14*t + 20*t**2 + 25*t**3)",
            symbols={"t": "real"},
        ),
        Step(
            title="one step of Newton's method with the z_l eliminated: the residual of z_l vanishes",
            left="F + D*((e - F)/D) - e",
            right="0",
            symbols={"F": "real", "D": "positive", "e": "real"},
        ),
    ),
    observations=(
        Observation(
            name="density of Gaussian networks",
            claim="the functional equation gives the law of the squared singular values of the input-output Jacobian",
            measure=Experiment("fpverify.experiments.jacobian", "measure_gaussian_density"),
            note="Kolmogorov's distance to samples is of the size of the sampling error.",
        ),
        Observation(
            name="density of Cauchy networks",
            claim="for Cauchy weights the recursion of laws gives the density of the squared singular values",
            measure=Experiment("fpverify.experiments.jacobian", "measure_cauchy_density"),
            note="Populations approximate the laws; freeness fails here, as a large weight saturates its neuron.",
        ),
        Observation(
            name="what the spectrum predicts",
            claim="the spectrum of the Jacobian explains that the number of fixed points grows with the depth and "
            "then falls",
            measure=Experiment("fpverify.experiments.jacobian", "measure_prediction"),
            expected=Evidence.NOT_REPRODUCED,
            note="The fall to one it does mark, within a factor of about four in the depth; the growth it does not.",
        ),
    ),
)
