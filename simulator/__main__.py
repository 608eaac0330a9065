"""Runs the command line: ``python -m simulator``."""

from simulator.command_line.app import app

if __name__ == "__main__":
    app()
