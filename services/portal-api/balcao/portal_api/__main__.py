"""Runs the gateway, or sets an account's password: `python -m balcao.portal_api [set-password …]`."""

import argparse
import sys

from balcao.portal_api.set_password import PASSWORD_VARIABLE, set_password
from balcao.portal_api.settings import GatewaySettings
from balcao.shared import telemetry
from balcao.shared.settings import load


def main(arguments: list[str]) -> int:
    """Do what the command line asks for; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m balcao.portal_api", description="Balcão's gateway.")
    commands = parser.add_subparsers(dest="command")
    password = commands.add_parser(
        "set-password", help=f"set an account's password, read from standard input or {PASSWORD_VARIABLE}"
    )
    password.add_argument("--company", required=True, help="the company's name in addresses")
    password.add_argument(
        "--address", required=True, action="append", help="the person's e-mail address; may be given several times"
    )
    password.add_argument("--wait", type=float, default=30.0, help="seconds to wait for the account (default 30)")
    chosen = parser.parse_args(arguments)
    if chosen.command == "set-password":
        # Neither HTTP nor the other services matter here; whatever is missing of them must not stand in the way.
        unused = "http://127.0.0.1:1"
        needless = {f"{name}_url": unused for name in ("tickets", "workflow", "notifier", "intake")}
        settings = load(GatewaySettings, http_port=1, **needless)
        telemetry.set_up("portal-api", settings.model_copy(update={"log_level": "error"}))
        return set_password(settings, chosen.company, chosen.address, chosen.wait)
    # The command above doesn't need them, and they take longer to load than it runs.
    from balcao.portal_api.app import build
    from balcao.portal_api.assets import NotInstalled

    try:
        gateway = build(load(GatewaySettings))
    except NotInstalled as missing:
        sys.stderr.write(f"portal-api: {missing}\n")
        return 2
    gateway.run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
