"""
A ball that is attracted to one fixed point: contraction in an ellipsoid norm around the ball.

Lemma. Let f be a chain of layers, D the ball of radius r around u in the 2-norm, V and T matrices, c a point, and
    (1) G = I - V T have |G|_F < 1, so that V is regular, and with s = 1 / (1 - |G|_F)
            |V|_2 r + |V (u - c)| <= R,   the ball D lies in the ellipsoid E = {x: |V (x - c)| <= R};
    (2) f be continuous on E;
    (3) K^2 (V T)' (V T) - (V J T)' (V J T) be positive definite for each slope matrix J of f on E;
    (4) 0 <= K < 1 and |V (f(c) - c)| <= (1 - K) R;
    (5) |u - c| + |T|_F s |V (f(c) - c)| / (1 - K) <= q.
Then f has a fixed point p at a distance of at most q from u, and every orbit from D converges to it: |V (x^t - p)| <=
K^t |V (x^0 - p)|. There is no other fixed point in D. If parameters are intervals, this holds for each choice, with its p.

Proof. E is convex, and lies in the box around c with the half-widths R s |T_i|, T_i the rows of T, as V^-1 = T (I - G)^-1.
The slopes on E are enclosed by _zonotope and _chain. For x in E, f(x) - f(c) = J (x - c), and T, being regular too, carries
(3) to |V J z| < K |V z| for every z. So f maps E into itself and contracts it in the norm |V z|: |V (f(x) - c)| <= K R +
(1 - K) R. By Banach's theorem it has one fixed point p in E, the limit of all orbits from there, and |V (p - c)| <=
|V (f(c) - c)| / (1 - K). |V|_2 is bounded by |(V' V)^16|_F^(1/32).

Numbers are integers over 2^30 (V, T) and 2^60, products as in _matrices, square roots of integers rounded up.

Source: the discrete Lyapunov equation V' V - J' V' V J > 0, as in J. P. LaSalle, The Stability of Dynamical Systems, 1976.
"""

from collections.abc import Mapping

from fpverify.kernel.box import Box
from fpverify.kernel.claim import Claim
from fpverify.kernel.exact import text
from fpverify.kernel.norm import TwoNorm
from fpverify.kernel.obligation import Ledger, Obligation, Rule, claim
from fpverify.kernel.region import Ball
from fpverify.kernel.rules._chain import affine_layers, chain_slopes
from fpverify.kernel.rules._ellipsoid import Ellipsoid
from fpverify.kernel.rules._matrices import is_definite, upper_triangle
from fpverify.kernel.rules._zonotope import slope_spans_in
from fpverify.kernel.verdict import Reason

_HYPOTHESES = (
    "D is a ball in the 2-norm, inside of the ellipsoid",
    "f is a chain of layers, continuous on the ellipsoid",
    "the slopes there have norm at most K in the norm of the ellipsoid",
    "0 <= K < 1",
    "|V (f(c) - c)| <= (1 - K) R",
    "the fixed point is at most q from the centre of D",
)


def _settle(obligation: Obligation, premises: Mapping[str, Claim], ledger: Ledger) -> None:
    network, ball, backend = obligation.network, obligation.region, obligation.backend
    fits = isinstance(ball, Ball) and isinstance(ball.norm, TwoNorm) and ball.norm.is_unweighted
    ledger.require_scope(fits and ball.dimension == network.state_size, Reason.WRONG_REGION)
    assert isinstance(ball, Ball)
    affine = affine_layers(network)
    ledger.require_scope(bool(affine), Reason.NOT_A_CHAIN)
    shape, rate = _read(obligation), obligation.number("rate")
    ledger.settle(shape.slack_around(ball), Reason.RADIUS_UNCERTAIN)
    spans = slope_spans_in(network, affine, shape, backend)
    ledger.settle_that(spans is not None, Reason.NOT_CONTINUOUS)
    assert spans is not None
    form = shape.contraction_form(chain_slopes(affine, spans), rate)
    certain = is_definite(form, upper_triangle(obligation.witness.get("factor"), form.size))
    ledger.settle_that(certain, Reason.RATE_UNCERTAIN)
    ledger.settle_that(0 <= rate < 1, Reason.RATE_NOT_BELOW_ONE)
    centre = Box.point(shape.centre, backend)
    moved = shape.length(network.enclose(centre) - centre)
    ledger.settle((1 - rate) * shape.radius - moved, Reason.RESIDUAL_TOO_LARGE)
    ledger.settle(obligation.number("distance") - shape.distance(ball, moved / (1 - rate)), Reason.RADIUS_UNCERTAIN)


def _read(obligation: Obligation) -> "Ellipsoid":
    size, given = obligation.network.state_size, obligation.witness
    return Ellipsoid(
        shape=upper_triangle(given.get("shape"), size),
        inverse=upper_triangle(given.get("inverse"), size),
        centre=obligation.vector("centre"),
        radius=obligation.number("radius"),
    )


def _conclusion(obligation: Obligation, premises: Mapping[str, Claim]) -> Claim:
    distance, rate = obligation.number("distance"), obligation.number("rate")
    return claim(obligation, "attracts", distance=text(distance), rate=text(rate))


RULE = Rule(name="attracts", hypotheses=_HYPOTHESES, settle=_settle, conclusion=_conclusion)
