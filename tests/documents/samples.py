"""Notices to print: plausible ones from the Shanghai plan, changed by keyword."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from workflow.papers.notice import IndicatorRow, Issue, NoticeContent, NoticeFacts, NoticeKind

OFFICE = "上海市公共机构节能工作联席会议办公室"

CONTENT = NoticeContent(
    kind=NoticeKind.RED_CARD,
    issuer=OFFICE,
    sealed_by="上海市机关事务管理局",
    addressee="上海市青浦区机关事务管理局",
    title="关于“推广可再生能源热水系统的建设应用”任务的红牌警示通知",
    plan_title="上海市公共机构绿色低碳循环发展行动方案",
    programme="新能源利用工程",
    task_number=17,
    task_name="推广可再生能源热水系统的建设应用",
    milestone="2022年推广太阳能和空气源热泵热水项目35家",
    due_on=date(2022, 12, 30),
    counted_on=date(2023, 1, 31),
    days_late=17,
    rule="逾期满15个工作日的，亮红牌",
    rule_version="default-1",
    demands=(
        "对照任务清单逐家核实热水项目建设情况，查明未完成的原因，明确责任部门和责任人。",
        "于2023年2月28日前完成剩余11家公共机构的项目建设，并提交竣工验收证明。",
    ),
    reply_on=date(2023, 2, 14),
    contact_person="沈佳宁",
    contact_phone="021-2311 0000",
    indicators=(
        IndicatorRow(metric="太阳能和空气源热泵热水项目", reached="24", target="≥35", unit="家"),
        IndicatorRow(metric="集热器安装面积", reached="1,260.5", target="≥2,000", unit="m²"),
    ),
    copies=("上海市青浦区人民政府办公室", "上海市青浦区财政局"),
)

ISSUE = Issue(
    series="沪机管督",
    year=2023,
    number=1,
    issued_on=date(2023, 2, 1),
    seal="5f2b1c7a90d34e88a1b6c2d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718",
    code="7K3M-Q2XA-9T4R",
    template="notice/1",
    release="0.1.0",
    public_address="https://duban.example.gov.cn",
)


def content(**changes: Any) -> NoticeContent:
    """The sample's content with some fields changed."""
    return replace(CONTENT, **changes)


def notice(*, issue: Issue | None = ISSUE, **changes: Any) -> NoticeFacts:
    """The issued sample with some fields of its content changed."""
    return NoticeFacts(content=content(**changes), issue=issue)
