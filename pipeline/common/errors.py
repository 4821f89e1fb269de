"""The one error that ends a job: its message is written for the person who started it."""


class JobError(Exception):
    """The job can't go on. The message says what is wrong, where, and the way out; the command exits with 1."""
