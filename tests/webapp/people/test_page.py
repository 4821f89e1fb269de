"""The gallery as it is."""

from tests.webapp.reader import read


def test_each_person_is_shown_with_all_photos(client):
    page = read(client.get("/people/"))
    assert "3 people by 12 photos" in page.text
    alts = [a["alt"] for a in page.all("img")]
    assert all(alts.count(f"A photo of {name}") == 4 for name in ("Anna", "Ben", "Зоя"))
