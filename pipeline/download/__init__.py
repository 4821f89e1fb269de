"""Photos of people from the web: addresses from a picture search, files fetched, checked and listed by our own code.

search.py     the addresses, by the package simple_image_download in a process that can be stopped
fetch.py      the bytes behind one address, within limits of time and size
parallel.py   a few addresses at once, in time and with consideration for their hosts
manifest.py   where each file came from
collect.py    the photos of one person: what is missing is fetched, checked, written and listed
command.py    the command `download`
"""

from pipeline.download.command import main

__all__ = ["main"]
