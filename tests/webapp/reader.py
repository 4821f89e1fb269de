"""What a page says, read from its HTML."""

from html.parser import HTMLParser


class Reader(HTMLParser):
    """The tags of a page as (name, attributes), and its text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(html)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data + " "

    def all(self, tag, **wanted):
        return [a for name, a in self.tags if name == tag and all(a.get(k) == v for k, v in wanted.items())]


def read(response) -> Reader:
    return Reader(response.get_data(as_text=True))
