"""The container images of the Python services: one row each, one recipe (`make generated` writes them)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ems_site.settings import ROOT

UV_VERSION = "0.13.8"
COMMON = "ems-common"
DEMO = "database/demo"


@dataclass(frozen=True)
class Image:
    """One image.

    Attributes:
        folder: Folder of its Dockerfile, and of the package it runs.
        script: Console script it runs.
        arguments: Default arguments of the script.
        health_port: Port of health and metrics; None for what runs to its end.
        ports: Further ports it listens on.
        also: Folders of further packages it needs, beside its own and ems-common.
        has_demo: Whether it reads the declarations of the demo site.
        environ: Variables of its own.
        debian: Debian packages it needs, and why.
    """

    folder: str
    script: str
    arguments: tuple[str, ...] = ()
    health_port: int | None = None
    ports: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    has_demo: bool = False
    environ: tuple[tuple[str, str], ...] = ()
    debian: tuple[tuple[str, ...], str] | None = None


IMAGES = (
    Image("database", "ems-database", ("migrate",), has_demo=True),
    Image("ems-acquisition", "ems-acquisition", health_port=19101),
    Image("ems-cleaning", "ems-cleaning", health_port=19102),
    Image("ems-normalization", "ems-normalization", health_port=19103),
    Image("ems-aggregation", "ems-aggregation", health_port=19104),
    Image("ems-edge-control", "ems-edge-control", ("run",), health_port=19105, has_demo=True),
    Image(
        "ems-api",
        "ems-api",
        health_port=19106,
        ports=("18000",),
        environ=(("EMS_API_HOST", "0.0.0.0"),),  # noqa: S104 - in a container
        debian=(
            ("fonts-dejavu-core", "fonts-noto-cjk"),
            "Reports are set in Latin, Arabic and Chinese type.",
        ),
    ),
    Image(
        "tools/simulator",
        "ems-simulator",
        ("run",),
        health_port=19107,
        ports=("15000", "15020-15059"),
        has_demo=True,
        environ=(("EMS_SIMULATOR_HOST", "0.0.0.0"),),  # noqa: S104 - in a container
    ),
    Image(
        "tools/site",
        "ems-site",
        ("prepare",),
        has_demo=True,
        also=(
            "database",
            "tools/simulator",
            "ems-acquisition",
            "ems-cleaning",
            "ems-normalization",
            "ems-aggregation",
        ),
    ),
)


def dockerfile(image: Image) -> str:
    """Give the text of an image's Dockerfile."""
    return "\n\n".join(["\n".join(_build(image)), "\n".join(_final(image))]) + "\n"


def path(image: Image) -> Path:
    """Give the place of an image's Dockerfile."""
    return ROOT / image.folder / "Dockerfile"


def _build(image: Image) -> Iterator[str]:
    packages = [COMMON, *image.also, image.folder]
    yield "# syntax=docker/dockerfile:1"
    yield "# Made by `make generated` from ems_site.images; do not edit."
    yield f"# Build from the repository's root: docker build -f {image.folder}/Dockerfile ."
    yield "FROM python:3.11-slim AS build"
    yield f"RUN pip install --no-cache-dir uv=={UV_VERSION}"
    yield "WORKDIR /src"
    yield "COPY requirements.lock ./"
    yield from (f"COPY {package} {package}" for package in packages)
    yield "# The lock pins and verifies what these packages need, and nothing else is installed."
    yield "RUN uv venv /opt/ems \\"
    yield " && uv pip install --python /opt/ems/bin/python --no-cache --no-sources -c requirements.lock \\"
    yield "      " + " ".join(f"./{package}" for package in packages)


def _final(image: Image) -> Iterator[str]:
    yield "FROM python:3.11-slim"
    if image.debian is not None:
        yield f"# {image.debian[1]}"
        yield "RUN apt-get update \\"
        yield f" && apt-get install -y --no-install-recommends {' '.join(image.debian[0])} \\"
        yield " && rm -rf /var/lib/apt/lists/*"
    yield "RUN useradd --system --uid 10001 --home-dir /var/lib/ems ems \\"
    yield " && install -d -o ems -g ems /var/lib/ems /srv/ems"
    yield "COPY --from=build /opt/ems /opt/ems"
    if image.has_demo:
        yield f"COPY {DEMO} /srv/ems/{DEMO}"
    yield "ENV PATH=/opt/ems/bin:$PATH \\"
    values = [("PYTHONUNBUFFERED", "1"), ("EMS_LOG_FORMAT", "json"), ("EMS_VAR_DIR", "/var/lib/ems")]
    if image.health_port is not None:
        values += [("EMS_METRICS_HOST", "0.0.0.0"), ("EMS_METRICS_PORT", str(image.health_port))]  # noqa: S104 - in a container
    yield " \\\n".join(f"    {name}={value}" for name, value in [*values, *image.environ])
    yield "USER ems"
    yield "WORKDIR /srv/ems"
    if image.health_port is not None:
        url = f"http://127.0.0.1:{image.health_port}/health/ready"
        yield "EXPOSE " + " ".join([*image.ports, str(image.health_port)])
        yield "HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \\"
        yield f"""  CMD ["python", "-c", "import urllib.request as r; r.urlopen('{url}', timeout=4)"]"""
    yield f'ENTRYPOINT ["{image.script}"]'
    if image.arguments:
        yield "CMD [" + ", ".join(f'"{argument}"' for argument in image.arguments) + "]"
