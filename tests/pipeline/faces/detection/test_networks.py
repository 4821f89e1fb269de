import numpy as np
import pytest

from pipeline.faces.detection import networks, products, pyramid, weights


@pytest.fixture(scope="module", params=["layers", "products"])
def made(request):
    """made(name): one of the networks, run by its layers or as products."""

    def make(name):
        network = getattr(networks, name)(weights.load(name))
        return network if request.param == "layers" else products.Products(network.trunk, network.heads)

    return make


def parameters(network) -> int:
    layers = [*network.trunk.layers, *network.heads.values()]
    return sum(array.size for layer in layers for array in layer.params.values())


@pytest.mark.parametrize(("name", "count"), [("pnet", 6632), ("rnet", 100178), ("onet", 389040)])
def test_a_network_has_all_the_weights_of_its_file(name, count):
    arrays = weights.load(name)
    assert parameters(getattr(networks, name)(arrays)) == sum(a.size for a in arrays) == count


def test_p_net_answers_for_every_square_of_twelve_pixels_what_it_answers_for_it_alone(made):
    pnet = made("pnet")
    picture = np.random.default_rng(0).normal(size=(1, 3, 22, 30)).astype(np.float32)
    whole = pnet.answer(picture)
    assert whole["face"].shape == (1, 6, 10) and whole["shift"].shape == (1, 4, 6, 10)
    for i in range(6):
        for j in range(10):
            alone = pnet.answer(np.ascontiguousarray(picture[:, :, 2 * i : 2 * i + 12, 2 * j : 2 * j + 12]))
            np.testing.assert_allclose(alone["face"][0, 0, 0], whole["face"][0, i, j], atol=1e-5)
            np.testing.assert_allclose(alone["shift"][0, :, 0, 0], whole["shift"][0, :, i, j], atol=1e-5)


@pytest.mark.parametrize("size", [(11, 40), (12, 12), (60, 45), (61, 44), (99, 30)])
def test_p_net_answers_of_the_strips_of_a_level_what_it_answers_of_the_whole(made, size, monkeypatch):
    monkeypatch.setattr(pyramid, "PLACES", 100)
    pnet = made("pnet")
    level = np.random.default_rng(0).normal(size=(3, *size)).astype(np.float32)
    whole = pnet.answer(level[None])["face"]
    parts = [(first, pnet.answer(strip[None])["face"]) for first, strip in pyramid.strips(level)]
    assert len(parts) == -(-whole.size // 100)
    assert [first for first, _ in parts] == np.cumsum([0] + [part.shape[1] for _, part in parts])[:-1].tolist()
    np.testing.assert_allclose(np.concatenate([part for _, part in parts], axis=1), whole, atol=1e-5)


def correlate(x: np.ndarray, weight: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """x (C, H, W), weight as in the file (KH, KW, C, F), by SciPy."""
    signal = pytest.importorskip("scipy.signal")
    kernels_of = weight.transpose(3, 2, 0, 1)
    return np.stack([sum(signal.correlate2d(p, k, "valid") for p, k in zip(x, f)) + b for f, b in zip(kernels_of, bias)])


def prelu(x: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0) + slope.reshape(-1, *(1,) * (x.ndim - 1)) * np.minimum(x, 0)


def pool(x: np.ndarray, side: int, stride: int, same: bool) -> np.ndarray:
    """x (C, H, W); windows that reach over the lower and right border take what there is."""
    n = x.shape[1]
    count = -(-n // stride) if same else (n - side) // stride + 1
    at = [slice(i * stride, i * stride + side) for i in range(count)]
    return np.array([[[plane[a, b].max() for b in at] for a in at] for plane in x])


def test_r_net_equals_scipy_with_the_weights_as_they_are_in_the_file(made):
    w = [a.astype(float) for a in weights.load("rnet")]
    square = np.random.default_rng(1).normal(size=(3, 24, 24)).astype(np.float32)
    x = pool(prelu(correlate(square.astype(float), w[0], w[1]), w[2]), 3, 2, same=True)
    x = pool(prelu(correlate(x, w[3], w[4]), w[5]), 3, 2, same=False)
    x = prelu(correlate(x, w[6], w[7]), w[8])
    x = x.transpose(2, 1, 0).reshape(-1)  # columns first
    x = prelu(x @ w[9] + w[10], w[11])
    no_face, face = np.exp(x @ w[14] + w[15])
    ours = made("rnet").answer(square[None])
    np.testing.assert_allclose(ours["shift"][0], x @ w[12] + w[13], atol=1e-5)
    np.testing.assert_allclose(ours["face"][0], face / (no_face + face), atol=1e-5)


def test_o_net_equals_scipy_with_the_weights_as_they_are_in_the_file(made):
    w = [a.astype(float) for a in weights.load("onet")]
    square = np.random.default_rng(1).normal(size=(3, 48, 48)).astype(np.float32)
    x = pool(prelu(correlate(square.astype(float), w[0], w[1]), w[2]), 3, 2, same=True)
    x = pool(prelu(correlate(x, w[3], w[4]), w[5]), 3, 2, same=False)
    x = pool(prelu(correlate(x, w[6], w[7]), w[8]), 2, 2, same=True)
    x = prelu(correlate(x, w[9], w[10]), w[11])
    x = prelu(x.transpose(2, 1, 0).reshape(-1) @ w[12] + w[13], w[14])
    no_face, face = np.exp(x @ w[19] + w[20])
    ours = made("onet").answer(square[None])
    np.testing.assert_allclose(ours["shift"][0], x @ w[15] + w[16], atol=1e-5)
    np.testing.assert_allclose(ours["points"][0], x @ w[17] + w[18], atol=1e-5)
    np.testing.assert_allclose(ours["face"][0], face / (no_face + face), atol=1e-5)


def test_the_probability_of_a_face_is_a_softmax_that_does_not_overflow():
    logits = np.array([[0, 0], [1, 3], [-200, 200], [200, -200]], np.float32)
    np.testing.assert_allclose(networks.face_probability(logits), [0.5, 1 / (1 + np.exp(-2)), 1, 0], atol=1e-6)
