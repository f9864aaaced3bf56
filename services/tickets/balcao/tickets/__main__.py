"""`python -m balcao.tickets` serves; `python -m balcao.tickets configure FILE` sets up a company."""

import argparse
from pathlib import Path

from balcao.shared.settings import load
from balcao.tickets import configure
from balcao.tickets.app import build
from balcao.tickets.settings import Settings


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="balcao.tickets")
    commands = parser.add_subparsers(dest="command")
    setting_up = commands.add_parser("configure", help="set up a company from a JSON file")
    setting_up.add_argument("file", type=Path)
    arguments = parser.parse_args()
    settings = load(Settings)
    if arguments.command == "configure":
        configure.run(arguments.file, settings)
    else:
        build(settings).run()


if __name__ == "__main__":
    main()
