"""Watch it train in Chromium: one step, one epoch, the numbers, the end with the page. Deselected: pytest -m browser"""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("default")]  # those of playwright are not ours


@pytest.fixture
def training(tab, live):
    """training(query) opens the page."""

    def open(query=""):
        tab.goto(f"{live}/explore/training/?{query}")
        tab.wait_for_function("() => document.documentElement.classList.contains('js')")
        return tab

    return open


def at(tab, step):
    tab.wait_for_function("step => document.getElementById('step').dataset.step === String(step)", arg=step)


def shown(tab, id):
    return float(tab.locator(f"#{id}").inner_text().replace("−", "-"))


def test_one_step_and_another_one_show_the_numbers_of_the_training(training, make_course, steps_of):
    tab = training("seed=5")
    expected = steps_of(make_course(seed=5), 2)
    for number, (loss, d, same) in enumerate(expected, 1):
        tab.locator("#one-step").click()
        at(tab, number)
        assert shown(tab, "loss") == pytest.approx(loss, rel=1e-3)
        assert shown(tab, "d-same") == pytest.approx(d[same].mean(), rel=1e-3)
    tab.wait_for_timeout(300)
    assert tab.locator("#step").inner_text().startswith("2 of")


def test_an_epoch_is_drawn_as_histogram_map_and_filters(training, make_course, steps_of):
    tab = training()
    tab.locator("#one-epoch").click()
    tab.wait_for_function("() => document.getElementById('epoch').dataset.epoch === '1'")
    course = make_course()
    steps_of(course, course.steps_an_epoch)
    picture = course.picture()
    for kind in ("same", "different"):
        counts = tab.locator(f"#histogram rect.{kind}").evaluate_all("bars => bars.map(b => Number(b.dataset.count))")
        assert counts == picture[kind]
    assert tab.locator("#map circle").count() == len(picture["map"])
    assert tab.locator("#filters rect").count() == 16 * 9
    assert tab.locator(".all-steps").all_text_contents() == [f"{course.epochs * course.steps_an_epoch} steps"] * 2
    assert shown(tab, "strongest") == pytest.approx(picture["strongest"], rel=1e-3)
    for id, name in (("all-same", "d_same"), ("all-different", "d_different"), ("looks", "looks")):
        assert shown(tab, id) == pytest.approx(picture[name], rel=1e-3)
    assert tab.locator("#eer-trained").inner_text() == f"{100 * picture['eer_trained']:.1f} %"


def test_the_hard_pairs_of_one_photo_and_the_mean_distances_are_drawn(training, make_course, steps_of):
    tab = training()
    tab.locator("#one-epoch").click()
    tab.wait_for_function("() => document.getElementById('epoch').dataset.epoch === '1'")
    course = make_course()
    begin = course.picture()
    steps_of(course, course.steps_an_epoch)
    after = course.picture()
    found = after["anchor"]
    for kind in ("same", "different"):
        places = "dots => dots.map(dot => Number(dot.getAttribute('cx')))"
        dots = tab.locator(f"#anchor .dots circle.{kind}").evaluate_all(places)
        assert dots == pytest.approx([min(200 * d, 400) for d in found[kind]], abs=0.02)
        points = tab.locator(f"#means .epochs.{kind}").get_attribute("points").split()
        heights = [200 - 100 * min(one[f"d_{kind}"], 2) for one in (begin, after)]
        assert [float(point.split(",")[1]) for point in points] == pytest.approx(heights, abs=0.02)
    for id, key in (("positive", "positive"), ("negative", "negative")):
        assert shown(tab, id) == pytest.approx(found[key], rel=1e-3)
        ring = float(tab.locator(f"#anchor [data-of={key}]").get_attribute("cx"))
        assert ring == pytest.approx(min(200 * found[key], 400), abs=0.02)
    assert tab.locator("#beyond").inner_text() == f"{found['beyond']} of {len(found['different'])}"


def test_another_switch_ends_the_training(training, app):
    tab = training()
    tab.locator("#go").click()
    at(tab, 2)
    tab.locator("#broken-labels").click()
    tab.wait_for_function("() => location.search.includes('broken=labels')")
    for _ in range(50):
        if len(app.extensions["explore_jobs"]) == 0:
            break
        tab.wait_for_timeout(100)
    assert len(app.extensions["explore_jobs"]) == 0
    assert tab.locator("#go").inner_text() == "Start"


def test_the_page_is_nowhere_wider_than_the_screen(training, tab):
    for width in (360, 768, 1280):
        tab.set_viewport_size({"width": width, "height": 800})
        training()
        assert tab.evaluate("document.documentElement.scrollWidth") <= width
