"""The command line: the only place that prints, exits, reads the environment and configures logging.

Each command is: parse, call the library, print. main.py lists the commands, terminal.py has what they share.
Modules of the library are imported by the command that needs them, because `bootbuilder --help` should not wait
for a virtual machine or an ISO writer.
"""

from bootbuilder.cli.main import app

__all__ = ["app"]
