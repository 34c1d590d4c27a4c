"""`python -m bootbuilder` and the `bootbuilder` command."""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from bootbuilder.cli import app

        app(prog_name="bootbuilder")
    except KeyboardInterrupt:  # before the command line was there to answer it
        sys.exit(130)


if __name__ == "__main__":
    main()
