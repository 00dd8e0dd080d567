"""`python -m fpverify` and the command `fpverify`. `check` goes straight to the kernel, which needs no other package."""

import os
import sys


def main() -> int:
    """Run the command line; return its exit code. A reader that stops early, such as `head`, is no error of ours."""
    try:
        code = _main()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _main() -> int:
    if sys.argv[1:2] == ["check"]:
        from fpverify.kernel.__main__ import main as check

        return check(sys.argv[2:])
    from fpverify._cli import main as command_line

    return command_line()


if __name__ == "__main__":
    sys.exit(main())
