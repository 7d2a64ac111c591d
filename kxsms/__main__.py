"""The process: `kxsms` and `python -m kxsms` start here, and handle signals before they import the rest."""

from kxsms.interrupts import exit_on_signal


def main() -> int:
    """Run the command line of the process, and return its exit status."""
    exit_on_signal()
    from kxsms.main import main as run  # takes a tenth of a second, in which a signal may come

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
