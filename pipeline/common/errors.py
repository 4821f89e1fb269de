"""The error that ends a job with a message for the user."""


class JobError(Exception):
    """The job can't continue. The message says what is wrong, where, and what to do; the command exits with code 1."""
