"""The plan in mainland words: damaged terms repaired, nothing Traditional left, nothing converted too far."""

from __future__ import annotations

import ast
from pathlib import Path

import opencc
import pytest
import yaml

from tests.workflow.reading.shipped import PLAN, reading, text
from workflow.adapters.plan_documents import conventions_beside, load_conventions
from workflow.adapters.simplified import load_terms, simplify
from workflow.errors import Malformed
from workflow.reading import signs
from workflow.reading.signs import fold

TERMS = load_terms(PLAN / "terms.yaml")


@pytest.mark.parametrize(
    ("printed", "mainland"),
    [
        ("搭建公共機構契約能源管理信息平台", "搭建公共机构合同能源管理信息平台"),
        ("契約節水管理", "合同节水管理"),
        ("加速推動“光伏+公共機構”的開發套用", "加速推动“光伏+公共机构”的开发应用"),
        ("機房減量、設備最佳化", "机房减量、设备优化"),
        ("創新開展公共機構智慧型微電網項目", "创新开展公共机构智能微电网项目"),
        ("推進建築需求回響改造", "推进建筑需求响应改造"),
        ("推進公共機構塑膠減量替代", "推进公共机构塑料减量替代"),
        ("“光碟行動”", "“光盘行动”"),
        ("以大中國小作為創建對象", "以大中小学作为创建对象"),
        ("在確保全全的基礎上", "在确保安全的基础上"),
        ("能源審計5年計畫", "能源审计5年计划"),
        ("節能降碳資料庫平台", "节能降碳数据库平台"),
        ("“分散式光伏+儲能系統+充電樁”", "“分布式光伏+储能系统+充电桩”"),
        ("既有建築維護結構改造", "既有建筑围护结构改造"),
        ("構建公共機構能源資源消費檔案", "构建公共机构能源资源消费档案"),
        ("新增裝機容量", "新增装机容量"),
        ("建立和完善", "建立和完善"),
    ],
)
def test_words_come_out_as_the_mainland_writes_them(printed: str, mainland: str) -> None:
    assert simplify(printed, TERMS) == mainland


def test_no_traditional_character_remains_anywhere() -> None:
    converted = simplify(text(), TERMS)
    to_simplified = opencc.OpenCC("t2s")
    assert [c for c in dict.fromkeys(converted) if to_simplified.convert(c) != c] == []


def test_no_damaged_word_remains_in_names_goals_units_and_cells() -> None:
    printed = [
        p for t in reading().tasks for p in (t.name, t.goal, t.units_text, *(m.text for m in t.milestones))
    ]
    damaged = (
        "契约",
        "套用",
        "最佳化",
        "智慧型",
        "回响",
        "塑胶",
        "光碟",
        "中国小",
        "全全",
        "资料库",
        "分散式",
        "计画",
    )
    converted = [simplify(p, TERMS) for p in printed]
    assert [c for c in converted if any(word in c for word in damaged)] == []


def test_simplified_text_stays_as_it_is() -> None:
    once = simplify(text(), TERMS)
    assert simplify(once, TERMS) == once


def test_a_term_wins_over_a_shorter_one() -> None:
    assert (
        simplify("契約能源管理契約", {"契約": "契约", "契約能源管理": "合同能源管理"}) == "合同能源管理契约"
    )


@pytest.mark.parametrize(
    "content",
    [
        "a: [",
        "just words",
        "- {traditional: 套用}",
        "- {traditional: 套用, simplified: 应用}",
        "- {traditional: 甲, simplified: 甲, source: usage}\n- {traditional: 甲, simplified: 乙, source: usage}",
    ],
)
def test_a_broken_term_table_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "terms.yaml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Malformed):
        load_terms(path)


def test_units_in_the_table_are_the_units_of_the_plan_in_both_scripts() -> None:
    table = yaml.safe_load((PLAN / "units.yaml").read_text(encoding="utf-8"))
    rows = [*table["units"], *table["groups"]]
    assert all(simplify(row["traditional"], TERMS) == row["simplified"] for row in rows)
    names = {row["traditional"] for row in rows}
    assert {unit.name for task in reading().tasks for unit in task.units} <= names
    assert {member for group in table["groups"] for member in group["members"]} <= names


def test_groups_of_districts_have_sixteen_members_and_the_generic_one_waits_for_the_office() -> None:
    conventions = conventions_beside(PLAN / "document.txt")
    assert {group: len(members) for group, members in conventions.members.items()} == {
        "區機管局": 16,
        "區財政局": 16,
    }


def test_a_broken_table_of_units_names_its_file(tmp_path: Path) -> None:
    path = tmp_path / "units.yaml"
    path.write_text("units: 3", encoding="utf-8")
    with pytest.raises(Malformed) as refusal:
        load_conventions(path)
    assert refusal.value.missing[0].facts == {"file": "units.yaml"}


def test_folding_keeps_every_sign_in_its_place() -> None:
    assert len(fold(text())) == len(text())
    assert fold("責任單位：３家（國家）") == "责任单位:3家(国家)"


def vocabulary() -> set[str]:
    """Every Chinese character in the string constants of the reader's code, documentation strings aside."""
    found: set[str] = set()
    for path in Path(signs.__file__).parent.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        spoken = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
        constants = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n not in spoken]
        found |= {
            c for n in constants if isinstance(n.value, str) for c in n.value if "\u4e00" <= c <= "\u9fff"
        }
    return found


def test_the_readers_own_words_are_known_in_traditional_script_too() -> None:
    """A word added to the reader in Simplified must fold from Traditional, else such plans are misread."""
    to_traditional = opencc.OpenCC("s2t")
    known = {c: to_traditional.convert(c) for c in vocabulary()}
    assert {c: printed for c, printed in known.items() if fold(printed) != fold(c)} == {}
