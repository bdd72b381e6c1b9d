"""`python -m fundcli`."""

from fundcli.app import run

if __name__ == "__main__":
    run()
