"""The route of the full-text search."""

from typing import Annotated

from fastapi import APIRouter, Query

from balcao.shared.mongo import Document
from balcao.tickets.api.commands import ActingPerson
from balcao.tickets.api.lists import Finder, TheAsked
from balcao.tickets.api.views import row_for_requester, row_for_team

router = APIRouter(prefix="/v1", tags=["search"])


@router.get("/tickets/search")
async def search(
    finder: Finder,
    acting: ActingPerson,
    asked: TheAsked,
    q: Annotated[str, Query(min_length=1, max_length=300, description='Words, begin*, "a phrase", #123.')],
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    after: Annotated[str | None, Query(max_length=40, description="`next` of the page before.")] = None,
) -> Document:
    """Tickets whose title, text, comments or people have all the words, in any of their forms, accents aside; with the
    filters of the list (`status=any` for finished ones too). A title's words come first, then the newer ticket.

    Each hit says where it was found (`found_in`) and shows the place: `snippet` is a list of pieces of plain text,
    those with `hit` to be marked. Guests find their own tickets by what they may read, and nothing else (W7, P2).
    """
    hits = await finder.search(acting, asked, q, after=after, limit=limit)
    row = row_for_team if acting.is_team else row_for_requester
    items = [
        {
            **row(hit.row),
            "found_in": hit.place,
            "snippet": [{"text": piece.text, "hit": piece.hit} for piece in hit.pieces],
        }
        for hit in hits.found
    ]
    answer: Document = {"items": items, "next": hits.next}
    return answer | ({"behind": True} if hits.behind else {})
