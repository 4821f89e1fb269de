import numpy as np
import pytest

from siamese_np.optimizers import OPTIMIZERS, SCHEDULES, SGD, Adam, RMSprop, constant, cosine

EVERY = [
    (SGD, {"rate": 0.1}),
    (SGD, {"rate": 0.05, "momentum": 0.8}),
    (RMSprop, {"rate": 0.05}),
    (Adam, {"rate": 0.1}),
]
every_optimizer = pytest.mark.parametrize("kind, arguments", EVERY, ids=["SGD", "SGD with momentum", "RMSprop", "Adam"])


def two_steps(kind, **arguments):
    """Where one weight, 1 at first, stands after steps by the gradients 4 and -2."""
    w, g = np.array([1.0]), np.empty(1)
    optimizer, places = kind(w, g, **arguments), []
    for gradient in (4, -2):
        g[...] = gradient
        optimizer.step()
        places.append(w.item())
    return places


def test_sgd_by_hand():
    assert two_steps(SGD, rate=0.1) == pytest.approx([0.6, 0.8])


def test_momentum_by_hand():
    assert two_steps(SGD, rate=0.1, momentum=0.5) == pytest.approx([0.6, 0.6])  # u = 4, then 2 - 2 = 0


def test_rmsprop_by_hand():
    # v = .25 16 = 4, step .1 4 / (2 + 1); then v = 3 + .25 4 = 4, step back .1 2 / 3
    assert two_steps(RMSprop, rate=0.1, rho=0.75, eps=1.0) == pytest.approx([1 - 0.4 / 3, 1 - 0.4 / 3 + 0.2 / 3])


def test_adam_by_hand():
    # m = 2, v = 4: corrected by 1/.5 and 1/.25 they are 4 and 16, step .1 4 / (4 + 1);
    # then m = 0, v = .75 4 + .25 4 = 4: corrected by .75 and .4375 the step is 0
    assert two_steps(Adam, rate=0.1, beta1=0.5, beta2=0.75, eps=1.0) == pytest.approx([0.92, 0.92])


def test_adam_corrects_each_step_by_its_own_number():
    # gradients 4 and -2 with beta1 = .5, beta2 = 0: m = 2, -> 4; then m = 0, -> 0. With beta1 = .25: m = 3, then -.75
    places = two_steps(Adam, rate=0.1, beta1=0.25, beta2=0.0, eps=0.0)
    assert places == pytest.approx([0.9, 0.9 + 0.1 * (0.75 / (1 - 0.0625)) / 2])


@pytest.mark.parametrize("scale", [1e-3, 1, 1e3])
def test_the_first_step_of_adam_has_the_length_of_the_rate_whatever_the_gradient(scale):
    w = np.zeros(2)
    Adam(w, np.array([scale, -scale]), rate=0.01).step()
    np.testing.assert_allclose(w, [-0.01, 0.01], rtol=1e-4)


@every_optimizer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_optimizer_finds_the_bottom_of_a_bowl(kind, arguments, dtype):
    bottom, steepness = np.array([1, -2, 3], dtype), np.array([1, 5, 0.5], dtype)
    w, g = np.zeros(3, dtype), np.empty(3, dtype)
    optimizer = kind(w, g, **arguments)
    for step in range(400):
        optimizer.rate = arguments["rate"] * cosine(step, 400)
        g[...] = steepness * (w - bottom)
        optimizer.step()
    assert optimizer.params is w and w.dtype == dtype and optimizer.steps == 400
    np.testing.assert_allclose(w, bottom, atol=1e-3)


@every_optimizer
def test_a_step_reads_the_gradients_and_does_not_change_them(kind, arguments, rng):
    g = rng.standard_normal(5)
    before = g.copy()
    optimizer = kind(np.zeros(5), g, **arguments)
    optimizer.step()
    optimizer.step()
    np.testing.assert_array_equal(g, before)


@every_optimizer
def test_state_and_steps_are_all_it_takes_to_go_on(kind, arguments, rng):
    gradients = rng.standard_normal((6, 4)).astype(np.float32)

    def run(optimizer, of):
        for gradient in of:
            optimizer.grads[...] = gradient
            optimizer.step()
        return optimizer

    def fresh(w):
        return kind(w, np.empty(4, np.float32), **arguments)

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


@pytest.mark.parametrize("schedule", SCHEDULES.values())
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
