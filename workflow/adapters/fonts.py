"""The faces a paper is set in: an office's own first, then Fandol, then Noto CJK from the system.

Fandol is a Simplified set; Traditional papers are therefore set in Noto throughout where it is installed.
Nothing here needs the typesetter: what a face can show is read from its character map.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

FANDOL = Path(__file__).parent.parent.parent / "templates" / "fonts"
ROLES = {
    "title": ("FandolSong-Bold.otf", ("小标宋", "xiaobiaosong", "fzxbs")),
    "fang": ("FandolFang-Regular.otf", ("仿宋", "fangsong", "fang_song")),
    "kai": ("FandolKai-Regular.otf", ("楷", "kaiti", "kai")),
    "hei": ("FandolHei-Regular.otf", ("黑", "simhei", "hei")),
    "song": ("FandolSong-Regular.otf", ("宋", "simsun", "song")),
}
"""Role, the shipped face, and the names by which an office's own face for it is known. The order matters:
every 小标宋 and 仿宋 is also a 宋."""
SYSTEM_FOLDERS = (
    Path("/usr/share/fonts"),
    Path("/usr/local/share/fonts"),
    Path.home() / ".local/share/fonts",
)
NOTO = ("NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc")
ENDINGS = {".ttf", ".otf", ".ttc"}


@dataclass(frozen=True)
class Faces:
    """All faces a press may use. `own` maps a role to an office's file; `last` is Noto CJK, if installed."""

    own: dict[str, Path]
    last: Path | None

    @property
    def files(self) -> dict[str, Path]:
        """Every file that the typesetter may open, by the name it asks for."""
        shipped = {f"fandol-{role}": FANDOL / name for role, (name, _) in ROLES.items()}
        return shipped | {f"own-{role}": path for role, path in self.own.items()}

    @cached_property
    def printable(self) -> frozenset[str]:
        """Every character that can be shown in any role: each chain of families ends with all of these."""
        files = [FANDOL / ROLES["song"][0], *self.own.values(), *([self.last] if self.last else [])]
        return frozenset().union(*map(characters_of, files))

    def stylesheet(self) -> str:
        """The @font-face rules and, per role and language, the chain of families (`--fang` and so on)."""
        rules = [f'@font-face{{font-family:"{name}";src:url("duban:font/{name}")}}' for name in self.files]
        rules.append(f":root{{{self._chains('SC', noto_first=False)}}}")
        rules.append(f":root:lang(zh-Hant){{{self._chains('TC', noto_first=True)}}}")
        return "\n".join(rules)

    def _chains(self, region: str, *, noto_first: bool) -> str:
        return ";".join(f"--{role}:{self._chain(role, region, noto_first=noto_first)}" for role in ROLES)

    def _chain(self, role: str, region: str, *, noto_first: bool) -> str:
        own = [f"own-{role}"] if role in self.own else []
        others = [f"own-{other}" for other in self.own if other != role]
        fandol = [f"fandol-{role}", "fandol-song"]
        noto = [f"Noto {_style(self.last)} CJK {region}"] if self.last else []
        families = [*own, *noto, *fandol, *others] if noto_first else [*own, *fandol, *others, *noto]
        return ",".join(f'"{family}"' for family in families)


def find_faces(own: Path | None = None, system: Sequence[Path] = SYSTEM_FOLDERS) -> Faces:
    """The faces at hand. `own` is a folder in which an office may drop 仿宋_GB2312, 方正小标宋 and others."""
    return Faces(own=dict(_sort_own(own)) if own and own.is_dir() else {}, last=_find_noto(system))


@lru_cache(maxsize=32)
def characters_of(path: Path) -> frozenset[str]:
    """The characters a font file has glyphs for. The faces of a collection share one map."""
    with _open(path) as font:
        return frozenset(map(chr, font.getBestCmap()))


def _open(path: Path) -> TTFont:
    return TTFont(path, lazy=True, fontNumber=0) if path.suffix.lower() == ".ttc" else TTFont(path, lazy=True)


def _sort_own(folder: Path) -> Iterator[tuple[str, Path]]:
    """Which file serves which role, by file name or the names inside it; the first by name wins."""
    taken: set[str] = set()
    for path in sorted(folder.iterdir()):
        role = _role_of(path) if path.suffix.lower() in ENDINGS else None
        if role and role not in taken:
            taken.add(role)
            yield role, path


def _role_of(path: Path) -> str | None:
    with _open(path) as font:
        names = " ".join(
            [path.stem, *(str(record) for record in font["name"].names if record.nameID in (1, 4))]
        )
    known = ((role, word) for role, (_, words) in ROLES.items() for word in words)
    return next((role for role, word in known if word in names.lower()), None)


def _find_noto(folders: Sequence[Path]) -> Path | None:
    found = (path for name in NOTO for folder in folders for path in sorted(folder.rglob(name)))
    return next(found, None)


def _style(path: Path | None) -> str:
    return "Serif" if path and "Serif" in path.name else "Sans"


__all__ = ["Faces", "characters_of", "find_faces"]
