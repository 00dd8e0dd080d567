"""`python -m fpverify` and the command `fpverify`. `check` goes straight to the kernel, which needs no other package."""

import sys


def main() -> int:
    """Run the command line; return its exit code."""
    if sys.argv[1:2] == ["check"]:
        from fpverify.kernel.__main__ import main as check

        return check(sys.argv[2:])
    from fpverify._cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
