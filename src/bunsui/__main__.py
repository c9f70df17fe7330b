"""`python -m bunsui`: the command line, for where the script is not on the path."""

from bunsui.cli.main import main

if __name__ == "__main__":
    main()
