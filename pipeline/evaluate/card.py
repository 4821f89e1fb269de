"""The report card as text: the figures of `evaluate` beside those of raw pixels and of chance."""

from typing import Any

from pipeline.recognise.rates_in_words import in_words
from pipeline.recognise.rules import DEFAULT
from siamese_np.rates import wilson

NAMES = {
    "one_shot": "1 known photo per person: nearest person is right",
    "five_shot": "5 known photos per person: nearest person is right",
    "mean_gallery": "nearest mean of all known photos is right",
    "nearest_photo": "nearest of all known photos is right",
    "auc": "random same pair nearer than different pair (AUC)",
    "eer": "equal error rate of pairs (EER), lower is better",
    "tar_at_far_1": "same pairs accepted at 1 % false accepts",
    "balanced_accuracy": "pairs right at the stored threshold, balanced",
    "known_accepted": "people in the gallery accepted",
    "known_named_right": "people in the gallery accepted and named right",
    "strangers_rejected": 'strangers called "unknown"',
}


def card(report: dict[str, Any]) -> str:
    """The report card as text."""
    results = report["results"]
    lines = [
        f"Report card: {report['protocol']}, {report['people']} people, {report['photos']} photos that training never "
        "saw (percent)",
        "",
        f"{'':52}{'ours':>14}{'raw pixels':>14}{'chance':>9}",
    ]
    for metric, text in NAMES.items():
        if metric in results["ours"]:
            cells = [_cell(results[way].get(metric)) for way in ("ours", "raw_pixels", "chance")]
            lines.append(f"{text:52}{cells[0]:>14}{cells[1]:>14}{cells[2].split(' ')[0]:>9}")
    return "\n".join([*lines, "", *_open_set(report, results["ours"])])


KNOWN = ("known_accepted", "known_named_right")  # metrics of photos of people in a gallery, asked beside strangers


def rests_on(report: dict[str, Any], metric: str) -> tuple[int | None, int | None]:
    """How many people and how many photos a figure of a report rests on; None where the report does not say it."""
    counts = report.get("open_set")
    if counts and metric in KNOWN:
        return counts["gallery_people"], counts["known_photos"]
    if counts and metric == "strangers_rejected":
        return counts["stranger_people"], counts["strangers_photos"]
    return report.get("people"), report.get("photos")


def _open_set(report: dict[str, Any], ours: dict[str, dict[str, float]]) -> list[str]:
    """How many photos of known people and of strangers are answered right, with what the threshold promises."""
    counts, promised, found = report["open_set"], report["thresholds"][DEFAULT], []
    how = _HOW.get(report["thresholds_chosen_on"])
    if "known_named_right" in ours:
        people, photos = rests_on(report, "known_named_right")
        named, accepted = (round(ours[name]["mean"] * photos / 100) for name in ("known_named_right", "known_accepted"))
        found.append(f"Of {photos} new photos of the {people} people in the gallery, {named} are named right. "
                     f"{accepted - named} get a wrong name.\n  {_interval(named, photos, people)} named right")  # fmt: skip
    if counts:
        people, photos = rests_on(report, "strangers_rejected")
        refused = round(ours["strangers_rejected"]["mean"] * photos / 100)
        found.append(f'Of {photos} photos of {people} strangers, {refused} are called "unknown".\n  '
                     f"{_interval(refused, photos, people)} called unknown")  # fmt: skip
    elif "known_named_right" in ours:
        found.append('How many strangers are called "unknown" is not measured: there are no photos of strangers.')
    if not found:
        return []
    if how == _HOW["val"]:
        how = how.format(rate=in_words(promised, "far"), size=promised["gallery_size"])
    here = f"; here it accepts {100 - ours['strangers_rejected']['mean']:.0f} %" if counts else ""
    return [*found, f"{how}{here}."]


_HOW = {
    "val": "The threshold should accept {rate}\n  of strangers, in a gallery of {size} people",
    "train": "Without validation people the threshold is an estimate from training photos",
    "cross-validation": "Both lines are cross-validated: each photo was judged by a network that was trained without it, or "
    "without its person;\nthe model itself was trained on all photos",
}


def _interval(count: int, photos: int, people: int) -> str:
    """The 95 % interval of a share. Photos of one person are alike, so it counts people as independent."""
    low, high = wilson(count / photos, people)
    return f"95 % interval, from {people} people: {low:.0%} to {high:.0%}"


def _cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['mean']:.1f} ±{figure['spread']:4.1f}" if figure["spread"] else f"{figure['mean']:.1f}      "
