"""Photos of people from the web: a picture search gives addresses, and our own code fetches, checks and lists files.

search.py     the addresses, from the package simple_image_download, which runs in its own process
fetch.py      the bytes behind one address, within limits of time and size
parallel.py   a few addresses at once, within a time limit and without straining their hosts
manifest.py   where each file came from
collect.py    the photos of one person: missing photos are fetched, checked, written and listed
command.py    the command `download`
"""

from pipeline.download.command import main

__all__ = ["main"]
