"""Lists by the filters agents use most, and the search, with 100,000 tickets; the same with 1,000 to compare with."""

import time

from tests.bench.lists import details, myself, shown, timed
from tests.bench.shelf import fill_up_to, index_all, vocabulary
from tests.bench.world import World

_WORDS = vocabulary()
LISTS = {
    "with_me": "?analyst=me",
    "company": "",
    "workspace": "?workspace=w7",
    "tag": "?tag=t3&status=any",
    "overdue": "?work=overdue",
    "executor_stage": "?executor=me&stage=production",
    "workspace_updated": "?workspace=w7&status=any&order=updated",
}
SEARCHES = {
    "common": f"?q={_WORDS[3]}&status=any",
    "rare": f"?q={_WORDS[9000]}&status=any",
    "two": f"?q={_WORDS[20]}%20{_WORDS[400]}&status=any",
    "beginning": f"?q={_WORDS[50][:4]}*&status=any",
    "narrowed": f"?q={_WORDS[10]}&workspace=w7",
}


async def finding(world: World, rounds: int, size: int) -> dict[str, float]:
    """Measure with 1,000 tickets and with `size`; how long the tickets and their index took to write is shown too."""
    me = await myself(world)
    figures: dict[str, float] = {}
    for name, most in (("1k", 1_000), (f"{size // 1000}k", size)):
        begun = time.perf_counter()
        await fill_up_to(world, most, me)
        filled = time.perf_counter()
        await index_all(world)
        figures[f"fill_{name}.s"], figures[f"index_{name}.s"] = filled - begun, time.perf_counter() - filled
        for label, path, queries in (
            ("list", "/api/v1/tickets", LISTS),
            ("search", "/api/v1/tickets/search", SEARCHES),
        ):
            everything: list[float] = []
            for query, asked in queries.items():
                values = await timed(world, [path + asked] * rounds)
                figures[f"{label}_{name}_{query}.p50_ms"] = shown("", values)[".p50_ms"]
                everything += values
            figures |= shown(f"{label}_{name}" if most == size else f"{label}_{name}_mix", everything)
        figures |= shown(
            f"count_{name}", await timed(world, ["/api/v1/tickets/count?workspace=w7&status=any"] * rounds)
        )
        figures |= shown(f"home_{name}", await timed(world, ["/api/v1/home"] * rounds))
        figures |= shown(f"detail_{name}", await timed(world, details(most, rounds)))
    return figures
