"""The envelope around every fact on the bus: CloudEvents attribute names, structured JSON."""

from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Contract(BaseModel):
    """Base of everything that travels: frozen, and blind to fields a newer version added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Fact(Contract):
    """Something that happened, in the past tense. `type` is its routing key: `noun.past_participle.vN`.

    Within a version only optional fields are added; a golden-schema test holds that.
    """

    type: ClassVar[str]
    public: ClassVar[bool] = False
    """Whether the requester may see it in the ticket's history. Internal unless it says otherwise (W7)."""


class Party(Contract):
    """A person as a fact carries them, so that whoever hears it can address them without asking."""

    person_id: str | None = Field(default=None, description="Id in the directory; none for an address nobody owns yet.")
    name: str = ""
    address: str | None = Field(default=None, description="E-mail address, lower case.")
    locale: str | None = Field(default=None, description="pt-BR or en; none means the company's.")


class FileRef(Contract):
    """A file by reference (claim check): events never carry bytes."""

    file_id: str = Field(
        description="`sha256:<hex>` in the shared store, or `mail:<message id>/<part>` inside a stored mail."
    )
    name: str
    media_type: str = "application/octet-stream"
    size: int = Field(ge=0, description="Bytes.")
    inline: bool = False
    content_id: str | None = None
    encrypted: bool = Field(
        default=False, description="An archive that only its password opens: no scanner has looked into it."
    )


Data_co = TypeVar("Data_co", bound=Fact, covariant=True)


class Envelope(Contract, Generic[Data_co]):
    """A fact with who said it, when, about what, and because of what."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="Unique; the same fact published twice keeps it.")
    source: str = Field(description="Service that says it.")
    type: str
    subject: str = Field(description="Id of the aggregate it is about.")
    time: datetime
    correlationid: str = Field(description="Id of the first request or message of this chain.")
    causationid: str = Field(description="Id of the request or event that led to it.")
    companyid: str
    actor: Party | None = Field(default=None, description="Who did it; none for Balcão itself.")
    traceparent: str | None = Field(default=None, description="W3C trace context of the moment it was said.")
    datacontenttype: Literal["application/json"] = "application/json"
    data: Data_co

    def to_json(self) -> bytes:
        """The bytes that go on the bus."""
        return self.model_dump_json(exclude_none=True).encode()


AnyEnvelope = Envelope[Any]
