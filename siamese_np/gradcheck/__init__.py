"""Every gradient of this project, compared with a numerical one.

    numeric          the derivative of a function from its values, and how far it can be trusted
    check            what "a correct gradient" means, and how one is judged
    kinks            inputs that keep clear of the places where a network has no derivative
    layer_cases      each layer as it is read, with the NumPy kernels and with the compiled ones
    fused_cases      each kind of fused layer, which is what a training runs
    network_cases    the distance, the loss, and the shipped networks from images to loss, plain and fused
    steps            how the error of a numeric derivative depends on the size of the step h
    mistakes         five wrong backwards, and what gives each of them away
    table            all of it as a table; `python -m siamese_np.gradcheck` prints it

Your own layer:

    for comparison in check_layer(MyLayer(dtype=np.float64), x, np.random.default_rng(0)):
        print(comparison.of, comparison.error, comparison.verdict)
"""

from siamese_np.gradcheck.check import TOLERANCE, Comparison, Question, check_gradients, check_layer, compare, question
from siamese_np.gradcheck.numeric import H, numeric_gradient

__all__ = [
    "H",
    "TOLERANCE",
    "Comparison",
    "Question",
    "check_gradients",
    "check_layer",
    "compare",
    "numeric_gradient",
    "question",
]
