"""The register maps that come with the program, and those that a settings file names by path."""

from importlib import resources
from pathlib import Path

from gateway.decoders.register_map import RegisterMap
from gateway.decoders.register_map_file import FILE_BYTES_MAX, InvalidMapError, read_map

SUFFIX = ".toml"


def shipped() -> list[str]:
    """Return the names of the maps that come with the program, in order."""
    files = resources.files("gateway.maps").iterdir()
    return sorted(file.name.removesuffix(SUFFIX) for file in files if file.name.endswith(SUFFIX))


def load_map(name: str, folder: Path = Path()) -> RegisterMap:
    """Return a shipped map by its name, or one by its path (it ends in .toml; a relative one starts at `folder`).

    Raises InvalidMapError: there is no such map (the message lists those that are shipped), or it cannot be used.
    """
    if name.endswith(SUFFIX):
        return read_map(_bytes(folder / Path(name).expanduser()), name)
    if name not in shipped():
        listed = ", ".join(shipped())
        en = f'there is no register map "{name}": write {listed}, or the path of a .toml file'
        raise InvalidMapError(en, f"没有寄存器映射 {name}：可用 {listed}，或填写 .toml 文件的路径")
    return read_map(resources.files("gateway.maps").joinpath(name + SUFFIX).read_bytes(), name)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        en = f"register map {path} cannot be read: {error.strerror}"
        raise InvalidMapError(en, f"无法读取寄存器映射 {path}") from error
