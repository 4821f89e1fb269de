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
@pytest.mark.parametrize("by_option", [False, True])
def test_the_page_is_served_until_ctrl_c(run, sigint, by_option):
    how = ["--run", str(run)] if by_option else [str(run)]
    command = [sys.executable, "-m", "webapp.serve", *how, "--port", "0", "--kernels", "numpy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            with urllib.request.urlopen(address, timeout=60) as response:
                assert b"Who is this?" in response.read()
            with urllib.request.urlopen(f"{address}healthz", timeout=60) as response:
                assert response.status == 200
            process.send_signal(signal.SIGINT)
            rest, status = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert rest == "" and "Traceback" not in status


def test_two_runs_are_refused(run, tmp_path):
    result = CliRunner().invoke(main, [str(run), "--run", str(tmp_path)])
    assert result.exit_code == 2 and "there are two runs" in result.output


def test_another_host_gets_a_token_that_is_explained(run, monkeypatch):
    served = []
    monkeypatch.setattr("webapp.serve.serve", lambda app, port, host, ready: served.append((app, host)))
    result = CliRunner().invoke(main, [str(run), "--host", "0.0.0.0", "--kernels", "numpy"])
    ((app, host),) = served
    assert host == "0.0.0.0" and app.config["TOKEN"] in result.stderr
    assert "there is no login and no encryption" in result.stderr
    CliRunner().invoke(main, [str(run), "--kernels", "numpy"])
    assert served[1][0].config["TOKEN"] is None and served[1][1] == "127.0.0.1"
