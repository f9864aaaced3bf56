"""Named reasons why the embedded stack can't start or go on, each with a message for the person at the terminal."""

from pathlib import Path


class StackProblem(Exception):
    """Something the person who started the stack can act on; the text says what and how."""


class PortTaken(StackProblem):
    """Another program listens where one of ours must."""

    def __init__(self, port: int, wanted_for: str, holder: str | None) -> None:
        """`holder` describes the other program, None where the system doesn't tell."""
        by = holder or "another program (the system doesn't say which)"
        super().__init__(
            f"port {port}, wanted for {wanted_for}, is taken by {by}. "
            "Stop it, or move all ports with BALCAO_PORT_BASE=19000"
        )


class FolderInUse(StackProblem):
    """Another running stack works in the same data folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        """`holder` is what the other stack wrote into its lock."""
        super().__init__(f"the data folder {folder} is in use by another running stack ({holder or 'unknown process'})")


class DiskFull(StackProblem):
    """There is not enough room below the data folder to start safely."""

    def __init__(self, folder: Path, free_mb: int, needed_mb: int) -> None:
        """Sizes are in megabytes."""
        super().__init__(
            f"only {free_mb} MB free below {folder}; at least {needed_mb} MB are needed. Free some room or choose "
            "another folder with BALCAO_LOCAL_DATA"
        )


class BrokerMissing(StackProblem):
    """RabbitMQ isn't installed and can't be installed from here."""

    def __init__(self, reason: str) -> None:
        """`reason` says why installing was not possible."""
        super().__init__(
            f"RabbitMQ is needed and was not found; {reason}. Install it (Debian, Ubuntu: "
            "'sudo apt-get install rabbitmq-server'; macOS: 'brew install rabbitmq') and start again"
        )


class ServiceMissing(StackProblem):
    """The package of a service isn't installed in this environment."""

    def __init__(self, module: str) -> None:
        """`module` is the importable name that was looked for."""
        super().__init__(f"{module} is not installed here; run 'make setup'")


class ProcessFailed(StackProblem):
    """A process ended, or did not become ready in time."""

    def __init__(self, name: str, what: str, log: Path, tail: str) -> None:
        """`tail` is the end of the log at `log`."""
        text = f"{name} {what}; its log is {log}"
        super().__init__(f"{text}, which ends with:\n{tail}" if tail else text)
