import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner

from webapp.serve import main


def test_a_port_in_use_is_reported_with_the_option_that_chooses_another(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["--run", str(run), "--port", str(port), "--kernels", "numpy"])
    assert result.exit_code == 1
    assert str(port) in result.output and "--port" in result.output


def test_a_run_without_a_model_is_reported(tmp_path):
    result = CliRunner().invoke(main, ["--run", str(tmp_path), "--kernels", "numpy"])
    assert result.exit_code == 1
    assert "model.npz" in result.output


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--rule", "pair"], ["--kernels", "fortran"]])
def test_wrong_usage_is_refused(run, arguments):
    assert CliRunner().invoke(main, ["--run", str(run), *arguments]).exit_code == 2


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process on Windows")
def test_the_page_is_served_until_ctrl_c(run, sigint):
    command = [sys.executable, "-m", "webapp.serve", "--run", str(run), "--port", "0", "--kernels", "numpy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(address, timeout=60) as response:
                assert b"Who is this?" in response.read()
            process.send_signal(signal.SIGINT)
            rest, status = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert rest == "" and "Traceback" not in status
