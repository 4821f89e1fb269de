"""Photos in the form people have them become one folder per person: archives, deeper folders, names of files that name
the person, tables of labels, arrays.

Each form ends in the same list of photos (`found.py`): who is on it, its file name, and a function that reads it.
`plan.py` compares the list with what the target holds, shows what would be done, and does it.

    sources     a folder, ZIP or tar archive as a list of entries
    layouts     entries -> photos: by labels, by folders, by the names of files, by the layout of LFW
    arrays      .npy, .npz and .mat of faces -> photos
"""

from pipeline.importing.command import main

__all__ = ["main"]
