"""`python -m evaluation COMMAND`: what needs neither a notebook nor a checkout."""

import sys

from evaluation.api.command_line import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
