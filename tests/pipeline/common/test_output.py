"""Printing cannot fail: any name in any encoding, a reader that has gone, a full disk, no stream at all."""

import os
import subprocess
import sys

import pytest

NAMES = "李雷 Łukasz Ø \N{GRINNING FACE} \udcff"
STAGE = (
    "import click\n"
    "from pipeline.common import console\n"
    "@click.command(cls=console.Stage)\n"
    "@click.option('--lines', default=1)\n"
    "def stage(lines):\n"
    "    for _ in range(lines):\n"
    f"        click.echo({NAMES!r})\n"
    f"        console.say({NAMES!r})\n"
    "    open('done', 'w').close()\n"
    "stage(prog_name='stage')\n"
)


def start(tmp_path, *arguments, encoding="utf-8", **streams):
    env = os.environ | {"PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)}
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.Popen([sys.executable, "-c", STAGE, *arguments], cwd=tmp_path, env=env, **streams)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp437", "ascii", "latin-1", "ascii:strict", "utf-16"])
def test_every_name_is_printed_in_every_encoding(tmp_path, encoding):
    process = start(tmp_path, encoding=encoding)
    result, status = process.communicate()
    encoding = encoding.split(":")[0]
    expected = NAMES.encode(encoding, "backslashreplace").decode(encoding)
    assert (process.returncode, result.decode(encoding).rstrip("\r\n")) == (0, expected)
    assert status.decode(encoding).rstrip("\r\n") == expected


@pytest.mark.parametrize("closed", ["stdout", "stderr"])
def test_a_reader_that_has_gone_stops_no_work_and_gets_no_message(tmp_path, closed):
    process = start(tmp_path, "--lines", "20000")
    getattr(process, closed).close()
    other = process.stderr if closed == "stdout" else process.stdout
    told = other.read()
    other.close()
    assert process.wait() == 0 and (tmp_path / "done").exists()
    assert told.decode(errors="replace").splitlines() == [NAMES.encode(errors="backslashreplace").decode()] * 20000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_result_that_cannot_be_stored_is_said_on_standard_error_with_exit_code_1(tmp_path):
    with open("/dev/full", "w") as full:
        process = start(tmp_path, "--lines", "2", stdout=full)
        told = process.communicate()[1].decode()
    assert process.returncode == 1 and (tmp_path / "done").exists()
    name = NAMES.encode(errors="backslashreplace").decode()
    assert told.splitlines() == ["standard output: No space left on device. It would have been:", *[name] * 4]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_status_that_cannot_be_stored_is_dropped(tmp_path):
    with open("/dev/full", "w") as full:
        process = start(tmp_path, stderr=full)
        assert process.communicate()[0].decode().startswith("李雷")
    assert process.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_process_without_standard_streams_works(tmp_path, closed):
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    (tmp_path / "stage.py").write_text(STAGE)
    subprocess.run(["sh", "-c", f'exec "$0" stage.py {closed}', sys.executable], cwd=tmp_path, env=env, check=True)
    assert (tmp_path / "done").read_text() == ""
