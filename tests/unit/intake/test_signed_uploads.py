"""Signatures of uploads: by whom, for whom, which mail, when; and their example client's."""

import pytest

from balcao.intake.domain.signatures import GOOD_FOR_S, BadSignature, check, content_digest, sign

OLD, NEW = "an old secret of thirty-two or more", "a new secret of thirty-two or more!"
AT = 1_800_000_000
QUERY = "to=suporte%40agencia.test"
DIGEST = content_digest(b"Subject: oi\r\n\r\n")


@pytest.mark.parametrize("secret", [OLD, NEW])
@pytest.mark.parametrize("late", [-GOOD_FOR_S, 0, GOOD_FOR_S])
def test_a_signature_by_any_of_the_secrets_counts_within_its_time(secret: str, late: int) -> None:
    expected = check((OLD, NEW), str(AT), QUERY, DIGEST, sign(secret, AT, QUERY, DIGEST), AT + late)
    assert len(expected) == 32


@pytest.mark.parametrize(
    ("timestamp", "query", "digest", "at"),
    [
        (AT, QUERY, DIGEST, AT + GOOD_FOR_S + 1),
        (AT, QUERY, DIGEST, AT - GOOD_FOR_S - 1),
        (AT + 1, QUERY, DIGEST, AT),
        (AT, QUERY + "&to=outro%40agencia.test", DIGEST, AT),
        (AT, QUERY, content_digest(b"outro"), AT),
    ],
    ids=["too old", "too early", "another time", "another recipient", "another mail"],
)
def test_a_signature_is_good_for_nothing_else(timestamp: int, query: str, digest: str, at: int) -> None:
    with pytest.raises(BadSignature):
        check((OLD,), str(timestamp), query, digest, sign(OLD, AT, QUERY, DIGEST), at)


@pytest.mark.parametrize(
    ("timestamp", "digest", "signature", "says"),
    [
        ("", DIGEST, "v1=" + "0" * 64, "Timestamp"),
        ("ontem", DIGEST, "v1=" + "0" * 64, "Timestamp"),
        (str(AT), "", "v1=" + "0" * 64, "Content-Digest"),
        (str(AT), "md5=:abc:", "v1=" + "0" * 64, "Content-Digest"),
        (str(AT), DIGEST, "", "Balcao-Signature"),
        (str(AT), DIGEST, "v2=" + "0" * 64, "Balcao-Signature"),
        (str(AT), DIGEST, "v1=" + "0" * 64, "does not fit"),
    ],
)
def test_what_is_missing_or_wrong_is_said(timestamp: str, digest: str, signature: str, says: str) -> None:
    with pytest.raises(BadSignature, match=says):
        check((OLD,), timestamp, QUERY, digest, signature, AT)
