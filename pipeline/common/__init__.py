"""Code that all rooms share: console output, errors, atomic writes, names of folders, figures, threads, options."""
