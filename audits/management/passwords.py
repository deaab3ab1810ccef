import getpass
import sys


def asked_password(email: str) -> str:
    """Read a password from the terminal, or as one line where there is none."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Password of {email}: ")
    return sys.stdin.readline().rstrip("\r\n")
