"""Breaking a title by sense, as a typist does: lines end where words end and the whole makes a trapezoid or a
diamond (GB/T 9704-2012, 7.3.1: 回行时要做到词意完整, 排列对称, 长短适宜, 间距恰当).

There is no dictionary: quotes, particles and the words that such titles are made of show where words end.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from math import ceil, comb

NEVER_FIRST = frozenset("，。、；：？！）》”’〉】〕％%的了之")
NEVER_LAST = frozenset("《“‘（〈【〔")
AFTER = frozenset("》”，、；的）")
TRADE = """
    关于 任务 通知 督办 限期 办结 警示 黄牌 红牌 公共 机构 能源 资源 节能 降碳 低碳 绿色 循环 发展
    建设 应用 工作 项目 管理 平台 系统 机制 改造 试点 示范 推广 推进 推动 开展 创新 探索 完善 构建
    建立 实施 加强 加快 可再生 新能源 建筑 数据 信息 技术 标准 评估 审计 档案 培训 宣传 垃圾 分类
    食堂 热水 智慧 路灯 光伏 一体化 關於 任務 督辦 辦結 機構 資源 節能 降碳 綠色 循環 發展 建設
    應用 項目 管理 平臺 系統 機制 改造 試點 示範 推廣
"""
WORDS = frozenset(TRADE.split())
"""Words that titles of this trade are made of: a line may end before and after one, never inside."""
EDGES = tuple(sorted(WORDS))
MANY = 20_000
"""Ways to break that are worth trying; longer titles are simply filled line by line."""


def width(text: str) -> float:
    """How many full-width characters wide a text is; Latin letters and digits count one half."""
    return sum(0.5 if ord(char) < 0x300 else 1.0 for char in text)


@lru_cache(maxsize=512)
def break_title(title: str, limit: int = 19) -> tuple[str, ...]:
    """The lines of a title, each at most `limit` characters wide, broken by sense."""
    fewest = max(1, ceil(width(title) / limit))
    if fewest == 1:
        return (title,)
    places = {place: price for place in range(1, len(title)) if (price := _price(title, place)) is not None}
    for dearest in (1, 6):
        allowed = [place for place, price in places.items() if price <= dearest]
        for more in (0, 1, 2):
            shapes = _shapes(title, allowed, fewest + more, limit)
            # A line more is worth it only when it saves a break inside a word.
            if shapes:
                wider = _shapes(title, allowed, fewest + more + 1, limit)
                return min(shapes + wider, key=lambda lines: _cost(lines, places))
    return _fill(title, limit)


def _shapes(title: str, places: list[int], count: int, limit: int) -> list[tuple[str, ...]]:
    """Every way to break into `count` lines at the given places; none when there are too many ways to try."""
    if comb(len(places), count - 1) > MANY:
        return []
    ways = (_cut(title, chosen) for chosen in combinations(places, count - 1))
    return [lines for lines in ways if all(width(line) <= limit for line in lines)]


def _cut(title: str, places: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(title[start:end] for start, end in pairwise((0, *places, len(title))))


def _price(title: str, place: int) -> int | None:
    """What a break before `title[place]` costs: 0 between parts, 6 inside a word, None is never."""
    before, after = title[place - 1], title[place]
    if after in NEVER_FIRST or before in NEVER_LAST or (before.isascii() and after.isascii()):
        return None
    if before in AFTER or after in "《“（":
        return 0
    left, right = title[:place], title[place:]
    if any(_inside(title, word, place) for word in WORDS):
        return 6
    return 1 if left.endswith(EDGES) or right.startswith(EDGES) else 6


def _inside(title: str, word: str, place: int) -> bool:
    """Does a break at `place` tear this word apart?"""
    return any(title.startswith(word, start) for start in range(max(0, place - len(word) + 1), place))


def _cost(lines: tuple[str, ...], places: dict[int, int]) -> float:
    """Low for few lines, breaks between words, and a shape that only widens, only narrows, or swells once."""
    lengths = [width(line) for line in lines]
    ends = [sum(len(line) for line in lines[: count + 1]) for count in range(len(lines) - 1)]
    neighbours = zip(lengths, lengths[1:], lengths[2:], strict=False)
    waists = sum(1 for above, here, below in neighbours if here < min(above, below))
    stumps = sum(1 for length in lengths if length < 5)
    ragged = (max(lengths) - min(lengths)) / 20
    return 2 * sum(places[end] for end in ends) + 3 * waists + 3 * stumps + ragged + 1.5 * len(lines)


def _fill(title: str, limit: int) -> tuple[str, ...]:
    """Lines as full as the rules of punctuation allow: for titles too long to try every way."""
    lines, start = [], 0
    while width(title[start:]) > limit:
        ends = [end for end in range(start + 1, len(title)) if width(title[start:end]) <= limit]
        good = [end for end in ends if _price(title, end) is not None]
        end = (good or ends)[-1]
        lines.append(title[start:end])
        start = end
    return (*lines, title[start:])
