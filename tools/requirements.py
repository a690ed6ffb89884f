"""Print, one a line, what pyproject.toml needs: to build, to run, and for the extras named."""

import sys
import tomllib
from pathlib import Path


def requirements(project, extra):
    """Yield the requirements of one extra, with extras that name the project itself opened."""
    for requirement in project["optional-dependencies"][extra]:
        name, bracket, inner = requirement.partition("[")
        if bracket and name.strip() == project["name"]:
            for other in inner.rstrip("] ").split(","):
                yield from requirements(project, other.strip())
        else:
            yield requirement


with (Path(__file__).parent.parent / "pyproject.toml").open("rb") as file:
    settings = tomllib.load(file)
# meson-python asks for ninja by itself only where pip isolates the build.
wanted = [*settings["build-system"]["requires"], "ninja", *settings["project"]["dependencies"]]
for extra in sys.argv[1:]:
    wanted += requirements(settings["project"], extra)
print("\n".join(dict.fromkeys(wanted)))
