"""siamese-np serve: the pages for a trained model, at 127.0.0.1 unless told otherwise."""

import ipaddress
import secrets
import socket
from pathlib import Path
from typing import Any

import click

from pipeline.common.console import Stage, say
from pipeline.common.options import KERNELS
from pipeline.recognise.options import GALLERY, last_run
from pipeline.recognise.rules import DEFAULT, RULES
from webapp import create_app
from webapp.server.listen import EVERY, HOST, PORT, serve
from webapp.server.warm import warm

REACHABLE = """Others who reach {address} can see the photos of the gallery and ask about photos:
there is no login and no encryption. Who adds, renames or forgets people needs this token,
in a browser at {address}token, from a program in the header Authorization: Bearer TOKEN:
{token}"""


def access(host: str, token: str | None) -> dict[str, Any]:
    """TOKEN and TRUSTED_HOSTS of an application served at `host`. Where others reach it, a missing token is made."""
    if is_loopback(host):
        names = ["localhost", "127.0.0.1", *(["[::1]"] if ":" in host else [])]
        return {"TOKEN": token, "TRUSTED_HOSTS": names}
    name = socket.gethostname()
    # at 0.0.0.0 every number of this machine is meant; a foreign NAME that resolves to one of them is refused
    return {"TOKEN": token or secrets.token_urlsafe(12),
            "TRUSTED_HOSTS": ["localhost", "127.0.0.1", host, name, f"{name}.local", *_addresses(name)]}  # fmt: skip


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(host: str, port: int) -> str:
    """Where others open the page. A host that stands for every number of this machine is shown as one that they reach."""
    if host in EVERY:
        name = socket.gethostname()
        host = next((number for number in _addresses(name) if not is_loopback(number.strip("[]"))), name)
    elif ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{port or 'PORT'}/"


def _addresses(name: str) -> list[str]:
    """The numbers of this machine."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(name, None)}
    except OSError:  # the machine doesn't know itself by name
        found = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it chooses the network card
            found.add(probe.getsockname()[0])
        except OSError:  # there is no network
            pass
    return sorted(f"[{number}]" if ":" in number else number for number in found)


@click.command("serve", cls=Stage)
@click.argument("folder", metavar="[RUN]", required=False, type=click.Path(path_type=Path))
@click.option("--run", "by_option", type=Path, help="The same as RUN.  [default: the one trained last in runs/]")
@GALLERY
@click.option("--host", default=HOST, show_default=True, help="Where to listen; 0.0.0.0 is all addresses.")
@click.option("--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes a free one.")
@click.option("--token", help="What a change demands.  [default: none at 127.0.0.1, else a new one, which is printed]")
@click.option("--photos", type=click.Path(path_type=Path, file_okay=False),
              help="A folder of people whose photos are to be selected, too.")  # fmt: skip
@click.option("--rule", type=click.Choice(RULES), default=DEFAULT, show_default=True,
              help="Compare with the mean of a person's photos, with the nearest one, or with both.")  # fmt: skip
@KERNELS
def main(folder, by_option, chosen, host, port, token, photos, rule, kernels_name):
    """Serve the pages for the trained model in the folder RUN.

    The address is printed once a first answer was computed, so that the first photo is answered as fast as any other.
    /healthz answers 200 from then on.
    """
    if folder and by_option and folder != by_option:
        raise click.UsageError(f"there are two runs, {folder} and {by_option}: give one")
    rights = access(host, token)
    run = folder or by_option or last_run()
    config = {"RUN": run, "GALLERY": chosen, "RULE": rule, "KERNELS": kernels_name, "PHOTOS": photos}
    app = create_app(config | rights)
    if not is_loopback(host):
        say(REACHABLE.format(address=address_of(host, port), token=rights["TOKEN"]))
    serve(app, port, host, warm)


if __name__ == "__main__":
    main()
