"""Every optimiser by hand and on its properties, with the NumPy functions and with the compiled ones."""

import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.optimizers import OPTIMIZERS, SCHEDULES, SGD, Adam, RMSprop, constant, cosine

EVERY = {
    "SGD": (SGD, {"learning_rate": 0.1}),
    "SGD with momentum": (SGD, {"learning_rate": 0.05, "momentum": 0.8}),
    "RMSprop": (RMSprop, {"learning_rate": 0.05}),
    "Adam": (Adam, {"learning_rate": 0.1}),
}
every_optimizer = pytest.mark.parametrize("kind, arguments", EVERY.values(), ids=EVERY.keys())
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])


def two_steps(kind, kernel, **arguments):
    """Where one weight, 1 at first, stands after steps by the gradients 4 and -2."""
    w, g = np.array([1.0]), np.empty(1)
    optimizer, places = kind(w, g, kernels=kernel, **arguments), []
    for gradient in (4, -2):
        g[...] = gradient
        optimizer.step()
        places.append(w.item())
    return places


def test_sgd_by_hand(kernel):
    assert two_steps(SGD, kernel, learning_rate=0.1) == pytest.approx([0.6, 0.8])


def test_sgd_with_momentum_by_hand(kernel):
    # velocity = 4, then 2 - 2 = 0
    assert two_steps(SGD, kernel, learning_rate=0.1, momentum=0.5) == pytest.approx([0.6, 0.6])


def test_rmsprop_by_hand(kernel):
    # v = .25 16 = 4, step .1 4 / (2 + 1); then v = 3 + .25 4 = 4, step back .1 2 / 3
    places = two_steps(RMSprop, kernel, learning_rate=0.1, rho=0.75, eps=1.0)
    assert places == pytest.approx([1 - 0.4 / 3, 1 - 0.4 / 3 + 0.2 / 3])


def test_adam_by_hand(kernel):
    # m = 2, v = 4: corrected by 1/.5 and 1/.25 they are 4 and 16, step .1 4 / (4 + 1);
    # then m = 0, v = .75 4 + .25 4 = 4: corrected by .75 and .4375 the step is 0
    places = two_steps(Adam, kernel, learning_rate=0.1, beta1=0.5, beta2=0.75, eps=1.0)
    assert places == pytest.approx([0.92, 0.92])


def test_adam_corrects_each_step_by_its_own_number(kernel):
    # gradients 4 and -2 with beta1 = .25: m = 3, -> 4; then m = -.75, -> -.75 / .9375. With beta2 = 0: v = 16, then 4
    places = two_steps(Adam, kernel, learning_rate=0.1, beta1=0.25, beta2=0.0, eps=0.0)
    assert places == pytest.approx([0.9, 0.9 + 0.1 * (0.75 / (1 - 0.0625)) / 2])


@every_optimizer
@every_dtype
@pytest.mark.parametrize("entries", [1, 7, 1003])
def test_the_compiled_step_equals_the_numpy_step_on_vectors(kind, arguments, dtype, entries, rng):
    """After each of ten steps, parameters and buffers; 1003 entries are no multiple of a processor's vector."""
    numpy_w = rng.standard_normal(entries).astype(dtype)
    compiled_w, g = numpy_w.copy(), np.empty(entries, dtype)
    with_numpy = kind(numpy_w, g, **arguments)
    compiled = kind(compiled_w, g, kernels=kernels.get("numba"), **arguments)
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype is np.float32 else {"rtol": 1e-12, "atol": 1e-13}
    for step in range(1, 11):
        g[...] = rng.standard_normal(entries)
        with_numpy.step()
        compiled.step()
        said = f"compiled {kind.__name__} (actual) against NumPy (desired), step {step}"
        np.testing.assert_allclose(compiled_w, numpy_w, **tolerance, err_msg=said)
        for name, buffer in with_numpy.state.items():
            assert compiled.state[name].dtype == dtype
            np.testing.assert_allclose(compiled.state[name], buffer, **tolerance, err_msg=f"{said}: {name}")


def test_the_optimizers_take_the_functions_of_the_kernels_they_are_given():
    compiled, empty = kernels.get("numba"), np.empty(0)
    for kind, name in ((SGD, "sgd_step"), (RMSprop, "rmsprop_step"), (Adam, "adam_step")):
        assert kind(empty, empty, kernels=compiled).function is getattr(compiled, name)
        assert kind(empty, empty, kernels=kernels.get("numpy")).function is kind(empty, empty).function


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_the_first_step_of_adam_has_the_length_of_the_learning_rate_whatever_the_gradient(scale, kernel):
    w = np.zeros(2)
    Adam(w, np.array([scale, -scale]), learning_rate=0.01, kernels=kernel).step()
    np.testing.assert_allclose(w, [-0.01, 0.01], rtol=1e-4)


def test_the_velocity_of_momentum_is_a_sum_and_grows_to_ten_gradients(kernel):
    optimizer = SGD(np.zeros(1), np.ones(1), momentum=0.9, kernels=kernel)
    for _ in range(300):
        optimizer.step()
    assert optimizer.state["velocity"].item() == pytest.approx(10)


@every_optimizer
@every_dtype
def test_every_optimizer_finds_the_bottom_of_a_bowl(kind, arguments, dtype, kernel):
    bottom, steepness = np.array([1, -2, 3], dtype), np.array([1, 5, 0.5], dtype)
    w, g = np.zeros(3, dtype), np.empty(3, dtype)
    optimizer = kind(w, g, kernels=kernel, **arguments)
    for step in range(400):
        optimizer.learning_rate = arguments["learning_rate"] * cosine(step, 400)
        g[...] = steepness * (w - bottom)
        optimizer.step()
    assert optimizer.params is w and w.dtype == dtype and optimizer.steps == 400
    np.testing.assert_allclose(w, bottom, atol=1e-3)


@every_optimizer
def test_a_step_reads_the_gradients_and_does_not_change_them(kind, arguments, kernel, rng):
    g = rng.standard_normal(5)
    before = g.copy()
    optimizer = kind(np.zeros(5), g, kernels=kernel, **arguments)
    optimizer.step()
    optimizer.step()
    np.testing.assert_array_equal(g, before)


@every_optimizer
def test_state_and_steps_are_all_it_takes_to_go_on(kind, arguments, kernel, rng):
    gradients = rng.standard_normal((6, 4)).astype(np.float32)

    def run(optimizer, of):
        for gradient in of:
            optimizer.grads[...] = gradient
            optimizer.step()
        return optimizer

    def fresh(w):
        return kind(w, np.empty(4, np.float32), kernels=kernel, **arguments)

    through = run(fresh(np.zeros(4, np.float32)), gradients)
    first = run(fresh(np.zeros(4, np.float32)), gradients[:3])
    resumed = fresh(first.params.copy())
    resumed.steps = first.steps
    for name, array in first.state.items():
        resumed.state[name][...] = array
    np.testing.assert_array_equal(run(resumed, gradients[3:]).params, through.params)


def test_optimizers_and_schedules_are_found_by_name():
    assert OPTIMIZERS == {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}
    assert SCHEDULES == {"constant": constant, "cosine": cosine}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_a_warm_up_climbs_in_a_line_from_its_first_step(schedule):
    assert [schedule(step, 100, warmup=4) for step in range(5)] == [0.25, 0.5, 0.75, 1, 1]
    assert schedule(0, 100) == 1


def test_cosine_falls_from_one_over_a_half_to_zero():
    assert [cosine(step, 40) for step in (0, 10, 20, 30, 40, 50)] == pytest.approx(
        [1, (1 + np.sqrt(0.5)) / 2, 0.5, (1 - np.sqrt(0.5)) / 2, 0, 0]
    )
    assert cosine(30, 50, warmup=10) == pytest.approx(0.5)  # half-way between warm-up and end
    assert constant(77, 40) == 1


def test_a_warm_up_longer_than_the_training_is_no_error():
    assert cosine(3, 4, warmup=8) == 0.5
    assert cosine(8, 4, warmup=8) == 1
