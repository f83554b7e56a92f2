"""The noun phrase that a figure or a deed is about: verbs, adverbs, dates and scope words are cut off.

Chinese official prose is regular enough for this: verb, number, measure, noun (推動40個…項目), or noun, verb,
number (達標率達到100%).
"""

from __future__ import annotations

import re

from workflow.reading.clauses import without_date
from workflow.reading.signs import cut_head, cut_tail, fold

# A verb of completion; 定額標準的制定和修訂 names the work, not its completion, hence not after 的.
COMPLETION = re.compile(
    r"(?<!的)(?:完成|建成|组建|成立|编制|制定|印发|出台|发布|发出|提出|停止|禁止|取消|淘汰)"
)
_VERB = (
    "推动|推进|推广|推行|推出|实现|完成|开展|建成|建设|建立|安装|搭建|组建|编制|制定|修订|发布|印发|出台|"
    "形成|试点|启动|营造|达到|达|举办|提出|发出|加强|强化|提升|提高|增加|新增|培育|打造|控制在|控制|降低|下降|减少|夯实|停止|禁止|取消|淘汰|使用"
)
_ADVERB = (
    "其中|进一步|初步|基本|分批|全部|全面|定期|积极|持续|力争|争取|努力|每年|累计|合计|共计|并|不断|逐步|探索"
)
_SCOPE = "在?全[市省国区县](?:范围内?)?|[我本][市省区县]|在"
_LEAD_IN = re.compile(rf"\s*(?:{_ADVERB}|{_SCOPE}|{_VERB}|及以上|以上|以内|以下|的|[、,:])")
_TAIL = re.compile(
    r"(?:\s|[,、。:;]|≥|≤|>=|<=|不少于|不低于|不超过|不高于|至少|超过|控制在|实现|得到|有所|进一步|"
    r"达到|达|提升|提高|增长|降低|下降|减少|[至到]|[较比]20[0-9]{2}\s*年|分别|合计|累计|共计|工作|推广|"
    r"(?<=[^\s])的(?:编制|制定和修订|制定|修订|建设|创建))$"
)
_TITLE = re.compile("《[^》]*》")
_MAKING = re.compile(r"(?:建设|编制)$")


def noun_after(text: str) -> str:
    """The noun phrase after a figure: `以上節約型公共機構後評估及論證工作` → 節約型公共機構後評估及論證."""
    folded = fold(text)
    rest = text[len(folded) - len(folded.lstrip()) :]
    rest = cut_head(rest, re.compile("(?:及|或)?(?:以上|以内|以下)|的|\\s"))
    return _trim_tail(rest)


def noun_before(text: str) -> str:
    """The noun phrase before a figure: `到2023年全市公共機構光伏項目新增裝機容量` →
    公共機構光伏項目新增裝機容量."""
    return _trim_tail(cut_head(without_date(text), _LEAD_IN))


def noun_of_deed(text: str) -> str:
    """What a deed makes or touches: `完成信息平台建設` → 信息平台; empty if only verbs are left.

    The object follows the last verb of completion; a judged text is taken from its beginning.
    """
    ends = [match.end() for match in COMPLETION.finditer(_without_titles(text))]
    for start in [*reversed(ends), 0]:
        rest = cut_head(without_date(text[start:]), _LEAD_IN)
        if noun := cut_tail(_trim_tail(rest), _MAKING):
            return noun
    return ""


def _without_titles(text: str) -> str:
    """`text` folded, with what stands in 《》 blanked: verbs in a title are no deeds."""
    return _TITLE.sub(lambda title: " " * len(title[0]), fold(text))


def _trim_tail(text: str) -> str:
    return cut_tail(text, _TAIL).strip()
