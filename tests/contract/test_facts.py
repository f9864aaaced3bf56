"""The contracts: every fact has its golden schema, and within a version only optional fields are added."""

import json
import re
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, create_model

from balcao.shared.events import FACTS, Envelope, Fact, Malformed, PersonProfile, PersonRegistered, read
from balcao.shared.events.schemas import breaks, schema_of

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "contracts" / "events"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_is_its_golden_schema_with_optional_fields_added_at_the_most(name: str) -> None:
    """Anything else needs a new version: those who wait in a queue could not be read any more."""
    golden = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    assert breaks(golden, schema_of(FACTS[name])) == []


def test_every_golden_schema_has_its_fact() -> None:
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(FACTS)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_fact_is_named_in_the_past_with_a_version_and_explained(name: str) -> None:
    fact = FACTS[name]
    assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[1-9]\d*", name)
    assert "updated" not in name
    assert fact.__doc__
    assert fact.__doc__ != Fact.__doc__
    noun, verb, _ = name.split(".")
    words = "".join(word.capitalize() for word in (noun, *verb.split("_")))
    assert fact.__name__ == words


class Before(Fact):
    """A fact as it was."""

    type = "probe.changed.v1"

    name: str
    size: int = 0
    kind: Literal["a", "b"] = "a"
    person: PersonProfile | None = None
    tags: tuple[str, ...] = ()


def changed(**fields: Any) -> type[Fact]:
    """The fact with other fields; `...` as a default makes one required, `None` in place of a field drops it."""
    own: dict[str, Any] = {
        name: (info.annotation, info if info.is_required() else info.default)
        for name, info in Before.model_fields.items()
    }
    own.update(fields)
    made = create_model("Before", __base__=Fact, **{name: field for name, field in own.items() if field is not None})
    made.type = Before.type
    return made


def test_the_same_fact_breaks_nothing() -> None:
    assert breaks(schema_of(Before), schema_of(changed())) == []


def test_an_optional_field_may_be_added() -> None:
    after = changed(note=(str, ""), nobody=(PersonProfile | None, None))
    assert breaks(schema_of(Before), schema_of(after)) == []


def test_words_may_change() -> None:
    after = changed(name=(str, Field(description="What it is called.", title="Its name")))
    assert breaks(schema_of(Before), schema_of(after)) == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"name": None}, "data.name"),
        ({"size": None}, "data.size"),
        ({"name": (int, ...)}, "data.name"),
        ({"name": (str | None, ...)}, "data.name"),
        ({"name": (str, "")}, "data.name"),
        ({"size": (int, ...)}, "data.size"),
        ({"size": (int, 1)}, "data.size"),
        ({"size": (int, Field(default=0, ge=0))}, "data.size"),
        ({"kind": (Literal["a", "b", "c"], "a")}, "data.kind"),
        ({"kind": (Literal["a"], "a")}, "data.kind"),
        ({"tags": (tuple[int, ...], ())}, "data.tags"),
        ({"person": (PersonProfile, ...)}, "data.person"),
        ({"note": (str, ...)}, "data.note"),
    ],
    ids=str,
)
def test_every_other_change_is_named_with_its_place(change: dict[str, Any], where: str) -> None:
    found = breaks(schema_of(Before), schema_of(changed(**change)))
    assert found
    assert all(what.startswith(where) for what in found), found


def test_a_change_deep_inside_is_found_wherever_it_is_used() -> None:
    """A person's profile travels in more than one fact."""
    before = schema_of(PersonRegistered)
    after = json.loads(json.dumps(before))
    del after["$defs"]["PersonProfile"]["properties"]["roles"]
    assert breaks(before, after) == ["data.person.roles: removed"]
    after = json.loads(json.dumps(before))
    after["$defs"]["PersonProfile"]["required"].append("locale")
    assert breaks(before, after) == ["data.person.locale: required now"]


def test_a_field_called_title_is_a_field_and_not_words() -> None:
    after = json.loads(json.dumps(schema_of(FACTS["task.created.v1"])))
    before = json.loads(json.dumps(after))
    del after["$defs"]["TaskSnapshot"]["properties"]["title"]
    assert breaks(before, after) == ["data.task.title: removed"]


@pytest.mark.parametrize("name", sorted(FACTS))
def test_readers_of_today_take_no_harm_from_a_field_of_tomorrow(name: str) -> None:
    """And so optional fields may be added at all."""
    for model in _models(FACTS[name]):
        assert model.model_config.get("extra") == "ignore", model


def _models(model: Any) -> set[Any]:
    found: set[Any] = set()

    def look(annotation: Any) -> None:
        if hasattr(annotation, "model_fields"):
            if annotation not in found:
                found.add(annotation)
                for info in annotation.model_fields.values():
                    look(info.annotation)
            return
        for inner in getattr(annotation, "__args__", ()):
            look(inner)

    look(model)
    return found


def test_what_is_read_is_what_was_said() -> None:
    fact = PersonRegistered(person=PersonProfile(id="1", name="Zoë", addresses=("zoe@x.test",), roles=()))
    said = Envelope[PersonRegistered](
        id="1",
        source="tickets",
        type=fact.type,
        subject="1",
        time="2026-03-02T09:00:00Z",
        correlationid="2",
        causationid="3",
        companyid="agencia",
        data=fact,
    )
    assert read(said.to_json(), fact.type) == said


def test_a_fact_that_says_to_be_another_is_malformed() -> None:
    body = json.dumps(
        {
            "id": "1",
            "source": "tickets",
            "type": "person.registered.v1",
            "subject": "1",
            "time": "2026-03-02T09:00:00Z",
            "correlationid": "1",
            "causationid": "1",
            "companyid": "1",
            "data": {"message_id": "1", "reason": "none", "subject": ""},
        }
    ).encode()
    with pytest.raises(Malformed, match=re.escape("routed as 'mail.held.v1' but says it is 'person.registered.v1'")):
        read(body, "mail.held.v1")
