"""Workbooks as somebody would fill them in."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from openpyxl import Workbook

HEADINGS = {
    "单位": ("代码", "名称", "文件印发名称", "别称", "类别", "上级单位代码", "联席会议办公室", "区级"),
    "单位组成员": ("单位组代码", "成员单位代码"),
    "人员": ("登录名", "姓名", "单位代码", "电子邮箱", "电话", "语言"),
    "任职": ("登录名", "角色", "单位代码", "起始日期", "截止日期"),
}
GOOD: Mapping[str, Sequence[Sequence[Any]]] = {
    "单位": [
        ("LB", "联席会议办公室", None, None, "单位", None, "是", None),
        ("JGJ-JN", "市机管局节能处", None, None, "处室", "JGJ", None, None),
        ("JGJ", "市机管局", "市機管局", "市机关事务管理局、上海市机关事务管理局", "单位", None, None, None),
        ("QP", "青浦区机管局", None, None, "单位", None, "否", "是"),
        ("QJ", "区机管局", None, None, "单位组", None, None, None),
    ],
    "单位组成员": [("QJ", "QP")],
    "人员": [
        ("olga", "欧文洁", "JGJ-JN", "olga@example.org", 2155551234, "zh-Hans"),
        ("amira", "安敏", "LB", None, None, None),
    ],
    "任职": [
        ("olga", "经办人", "JGJ-JN", "2022-01-14", None),
        ("amira", "supervisor", "LB", "2022/1/14", "2023年12月31日"),
        ("amira", "审计人", None, "2022-01-14", None),
    ],
}


def workbook(rows: Mapping[str, Sequence[Sequence[Any]]] = GOOD) -> Workbook:
    """A workbook with these rows under their headings."""
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, lines in rows.items():
        ws = book.create_sheet(title)
        ws.append(list(HEADINGS[title]))
        for line in lines:
            ws.append(list(line))
    return book


def as_bytes(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """The same workbook with some bytes of one part exchanged."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content
                content = content.replace(old, new, 1)
            target.writestr(name, content)
    return out.getvalue()
