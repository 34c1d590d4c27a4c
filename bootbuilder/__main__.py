"""`python -m bootbuilder` and the `bootbuilder` command."""


def main() -> None:
    """Run the command line."""
    from bootbuilder.cli import app

    app(prog_name="bootbuilder")


if __name__ == "__main__":
    main()
