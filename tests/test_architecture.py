"""What import contracts do not say: no circles of modules, and no room that takes over."""

from __future__ import annotations

from collections import Counter
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "mockwright"


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("mockwright", exclude_type_checking_imports=False, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        raise AssertionError(" -> ".join(error.args[1])) from None


def test_no_room_holds_more_than_fifteen_percent_of_the_lines() -> None:
    lines: Counter[str] = Counter()
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0]
        lines[room] += len(path.read_text("utf-8").splitlines())
    room, most = lines.most_common(1)[0]
    assert most < 0.15 * lines.total(), room
