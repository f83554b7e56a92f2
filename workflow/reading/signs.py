"""How characters are compared: one sign for one sign, so that a place found in the folded text is the same
place in the printed one.

Plans come in Traditional and Simplified script, with full-width and half-width punctuation. The reader's own
vocabulary is written once, in folded form; what is handed out is always cut from the printed text.
"""

from __future__ import annotations

import re
import unicodedata

_FULL_WIDTH = "０１２３４５６７８９％，：；（）．＋－／〔〕　"
_HALF_WIDTH = "0123456789%,:;().+-/[] "
# Only the characters that occur in the reader's vocabulary: this is no converter (see
# adapters/simplified.py).
_PAIRS = (
    "並并佈布併并個个傢家億亿內内冊册別别剋克創创劃划動动務务區区啓启啟启單单噸吨噹当國国圍围埰采報报場场塊块壓压寀采實实對对庫库廣广強强彆别彔录應应戶户採采據据攝摄"
    "數数斷断於于昇升時时書书條条棟栋極极樁桩標标檔档檯台減减準准營营爭争牽牵現现畝亩當当發发盞盏種种積积箇个節节範范組组編编縣县繞绕續续纍累聯联脩修臺台與与舉举萬万"
    "蓋盖處处號号裏里裝装裡里製制規规訂订計计設设試试議议責责較较輛辆辦办週周進进過过達达遶绕錄录錶表鍾钟鐘钟長长門门開开間间閤合關关陞升電电韆千頃顷項项頭头颱台髮发"
    "麵面點点齣出"
)
_FOLDED = str.maketrans(_FULL_WIDTH + _PAIRS[::2], _HALF_WIDTH + _PAIRS[1::2])


def fold(text: str) -> str:
    """`text` as the reader compares it: half-width signs, its own vocabulary in Simplified; same length."""
    return text.translate(_FOLDED)


def bare(text: str) -> str:
    """`text` folded and without spaces and punctuation: what two wordings are compared by."""
    return "".join(c for c in fold(text) if unicodedata.category(c)[0] not in "PZC")


def pieces(text: str, separator: str) -> list[tuple[int, str]]:
    """The parts of `text` between matches of `separator` (a pattern over folded text), each with its
    offset."""
    parts, start = [], 0
    for match in re.finditer(separator, fold(text)):
        parts.append((start, text[start : match.start()]))
        start = match.end()
    parts.append((start, text[start:]))
    return [(at + len(p) - len(p.lstrip()), p.strip()) for at, p in parts if p.strip()]


def cut_head(text: str, pattern: re.Pattern[str]) -> str:
    """`text` without what `pattern` matches at its beginning, repeatedly."""
    while (match := pattern.match(fold(text))) and match.end():
        text = text[match.end() :]
    return text


def cut_tail(text: str, pattern: re.Pattern[str]) -> str:
    """`text` without what `pattern` (which ends in `$`) matches at its end, repeatedly."""
    while (match := pattern.search(fold(text))) and match.start() < len(text):
        text = text[: match.start()]
    return text


def subsequence(part: str, whole: str) -> bool:
    """Whether every sign of `part` stands in `whole`, in order."""
    rest = iter(bare(whole))
    return all(sign in rest for sign in bare(part))
