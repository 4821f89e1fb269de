"""The exit codes of a stage, and its output streams."""

import sys
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from pipeline.common import console
from pipeline.common.errors import JobError
from siamese_np import threads


def outcome(error):
    @click.command(cls=console.Stage)
    def stage():
        console.say("on my way")
        click.echo("result")
        if error:
            raise error

    return CliRunner().invoke(stage, [])


def test_results_go_to_standard_output_and_status_to_standard_error():
    result = outcome(None)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "result\n", "on my way\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (JobError("a.jpg is torn: mend it"), "a.jpg is torn: mend it"),
        (PermissionError(13, "Permission denied", "runs/model.npz"), "runs/model.npz: Permission denied"),
        (OSError("no way"), "stage ended early: no way"),
        (OSError(), "stage ended early: OSError"),
        (OSError(28, "No space left on device"), "stage ended early: No space left on device. Make room on that disk"),
        (OSError(28, "No space left on device", "from", None, "to"), "to: No space left on device. Make room"),
        (OSError(9, "Bad file descriptor", 7), "stage ended early: Bad file descriptor"),
    ],
)
def test_an_error_that_a_user_can_fix_is_one_message_and_exit_code_1(error, message):
    result = outcome(error)
    assert result.exit_code == 1
    assert message in result.stderr and "Traceback" not in result.stderr and result.stdout == "result\n"


def test_an_error_in_the_program_is_not_hidden():
    assert isinstance(outcome(ZeroDivisionError()).exception, ZeroDivisionError)


def test_a_file_that_ends_too_early_is_no_abort_by_the_user():
    assert isinstance(outcome(EOFError()).exception, RuntimeError)


def test_progress_is_silent_without_a_terminal(capsys):
    assert list(console.progress([1, 2], "counting")) == [1, 2]
    assert capsys.readouterr() == ("", "")


def test_the_command_that_continues_is_the_one_that_started_without_fresh(monkeypatch):
    @click.command()
    def stage():
        click.echo(console.this_command())

    monkeypatch.setattr(sys, "argv", ["x", "train", "--run", "my runs", "--fresh"])
    assert CliRunner().invoke(stage, prog_name="siamese-np").stdout == "siamese-np train --run 'my runs'\n"


def test_a_number_of_threads_that_is_none_is_wrong_usage(monkeypatch):
    threads.count.cache_clear()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "abc")
    result = outcome(None)
    assert (result.exit_code, result.stdout) == (2, "") and "NUMBA_NUM_THREADS" in result.stderr


def test_arguments_are_quoted_as_the_shell_of_the_system_reads_them(monkeypatch):
    assert console.quoted("a b", "it's", "-1") == """'a b' 'it'"'"'s' -1"""
    monkeypatch.setattr(console, "os", SimpleNamespace(name="nt"))
    assert console.quoted(r"C:\my photos", "--run=x", "it's", "a&b") == r'''"C:\my photos" --run=x "it's" "a&b"'''
