"""Print the versions of this environment as a constraints file that names no host and no path."""

from __future__ import annotations

from importlib.metadata import distributions

HEADER = "# Pinned versions; made by `make constraints`."
LEFT_OUT = {"factorbase", "pip", "setuptools", "wheel"}


def main() -> None:
    found = {d.metadata["Name"].lower().replace("_", "-"): d.version for d in distributions()}
    print(HEADER)
    for name, version in sorted(found.items()):
        if name not in LEFT_OUT:
            print(f"{name}=={version}")


if __name__ == "__main__":
    main()
