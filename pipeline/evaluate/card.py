"""The report card as text: the figures of `evaluate` beside those of raw pixels and of chance."""

from typing import Any

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
    if report["open_set"]:
        lines += ["", _open_set(report, results["ours"])]
    return "\n".join(lines)


def _open_set(report: dict[str, Any], ours: dict[str, dict[str, float]]) -> str:
    counts, promised = report["open_set"], report["thresholds"]["mean"]
    named = round(ours["known_named_right"]["mean"] * counts["known_photos"] / 100)
    refused = round(ours["strangers_rejected"]["mean"] * counts["strangers_photos"] / 100)
    accepted = 100 - ours["strangers_rejected"]["mean"]
    if report["thresholds_chosen_on"] == "val":
        how = (f"On validation people the threshold accepts {promised['far']:.0%} of strangers, in a gallery of "
               f"{promised['gallery_size']} people")  # fmt: skip
    else:
        how = "Without validation people the threshold is an estimate from training photos"
    return (
        f"Of {counts['known_photos']} new photos of the {counts['gallery_people']} people in the gallery, {named} are "
        f"named right.\nOf {counts['strangers_photos']} photos of {counts['stranger_people']} strangers, {refused} are "
        f'called "unknown".\n{how}; here it accepts {accepted:.0f} %.'
    )


def _cell(figure: dict[str, float] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['mean']:.1f} ±{figure['spread']:4.1f}" if figure["spread"] else f"{figure['mean']:.1f}      "
