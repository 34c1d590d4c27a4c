"""`python -m bootbuilder` and the `bootbuilder` command."""

import gc
import sys


def main() -> None:
    """Run the command line."""
    # A command makes much and drops little: looking for garbage is a tenth of its time.
    gc.set_threshold(200_000)
    try:
        from bootbuilder.cli import app

        app(prog_name="bootbuilder")
    except KeyboardInterrupt:  # before the command line was there to answer it
        sys.exit(130)
    finally:
        gc.freeze()  # nor is there any worth finding at the end


if __name__ == "__main__":
    main()
