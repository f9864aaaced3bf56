"""`python -m balcao.tickets` serves; `… configure FILE` sets up a company; `… import people FILE` brings people in."""

import argparse
from pathlib import Path

from balcao.shared.settings import load
from balcao.tickets import configure, import_file, reindexing
from balcao.tickets.settings import Settings


def main() -> None:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(prog="balcao.tickets")
    commands = parser.add_subparsers(dest="command")
    setting_up = commands.add_parser("configure", help="set up a company from a JSON file")
    setting_up.add_argument("file", type=Path, help="the file, or - for standard input")
    bringing_in = commands.add_parser("import", help="bring people or workspaces in from a CSV file")
    bringing_in.add_argument("kind", choices=("people", "workspaces"))
    bringing_in.add_argument("file", type=Path, help="the file, or - for standard input")
    bringing_in.add_argument("--company", help="its slug; needed where there are several companies")
    bringing_in.add_argument("--dry-run", action="store_true", help="only say what would be done")
    finding = commands.add_parser("reindex", help="make the index of lists and search anew; goes on where it was ended")
    finding.add_argument("--company-id", help="one company's only")
    finding.add_argument("--rest", type=float, default=1.0, help="seconds of rest for each second of work")
    finding.add_argument("--restart", action="store_true", help="begin anew, whatever an earlier run has done")
    arguments = parser.parse_args()
    settings = load(Settings)
    if arguments.command == "configure":
        configure.run(arguments.file, settings)
    elif arguments.command == "import":
        import_file.run(arguments.kind, arguments.file, arguments.company, settings, dry_run=arguments.dry_run)
    elif arguments.command == "reindex":
        reindexing.run(settings, company_id=arguments.company_id, rest=arguments.rest, restart=arguments.restart)
    else:
        # Commands don't need it, and it takes longer to load than they run.
        from balcao.tickets.app import build

        build(settings).run()


if __name__ == "__main__":
    main()
