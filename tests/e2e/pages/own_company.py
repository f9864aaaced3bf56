"""A company of one file's own: what its tests arrange or leave behind surprises no other file."""

import json
import re
from pathlib import Path

from balcao.local.demo.company import DemoCompany, demo_company


def own_company(name: str, folder: Path) -> DemoCompany:
    """The demo company with `name` in its slug and in everybody's domain; its file is written into `folder`."""
    seed = json.loads(demo_company().path.read_text(encoding="utf-8"))
    seed["slug"] = f"{seed['slug']}-{name}"
    path = folder / "company.json"
    path.write_text(re.sub(r"(@[\w-]+)(?=\.test)", rf"\1-{name}", json.dumps(seed)), encoding="utf-8")
    return DemoCompany(path)
