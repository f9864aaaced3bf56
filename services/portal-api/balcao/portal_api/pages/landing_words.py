"""Why a mail is where it is: how it was addressed, which rule placed it, what became of its wishes (O2, O8)."""

from balcao.shared.catalogues import N_

WAYS = {
    "envelope": N_("directly"),
    "delivered-to": N_("forwarded"),
    "x-original-to": N_("forwarded"),
    "envelope-to": N_("forwarded"),
    "x-envelope-to": N_("forwarded"),
    "x-forwarded-to": N_("forwarded"),
    "to": N_("by its To line"),
    "cc": N_("by its Cc line"),
    "mailbox": N_("by the mailbox that it lay in"),
}
"""How its address was found, by the name that `intake` gives it."""
_LET_IN = N_("It was held, and somebody of the team let it in.")
_HELD_BY = (
    "token",
    "own_message_id",
    "reference",
    "subject_tag",
    "unknown_sender",
    "sender_not_proven",
    "sender_not_answerable",
)
WHYS = {
    "no_evidence": N_("Nothing in it pointed at a ticket, so it opened a new one."),
    "token": N_("It answered one of our mails: the signed address in it names this ticket."),
    "own_message_id": N_("It answered one of our mails, which belongs to this ticket."),
    "reference": N_("It continues a conversation that is on this ticket."),
    "subject_tag": N_("Its subject names this ticket."),
    "held_opened": N_("It was held, and somebody of the team made a ticket of it."),
    "held_accepted": _LET_IN,
    **{f"{rule}_accepted": _LET_IN for rule in _HELD_BY},
    "moved": N_("Somebody of the team moved it here."),
    "token_to_closed": N_("It answered a ticket that is closed, so it opened a new one."),
    "token_to_cancelled": N_("It answered a ticket that was cancelled, so it opened a new one."),
    "own_message_id_to_closed": N_("It answered a ticket that is closed, so it opened a new one."),
    "own_message_id_to_cancelled": N_("It answered a ticket that was cancelled, so it opened a new one."),
    "reference_to_closed": N_("It answered a ticket that is closed, so it opened a new one."),
    "reference_to_cancelled": N_("It answered a ticket that was cancelled, so it opened a new one."),
    "subject_tag_to_closed": N_("Its subject names a ticket that is closed, so it opened a new one."),
    "subject_tag_to_cancelled": N_("Its subject names a ticket that was cancelled, so it opened a new one."),
    "": N_("It was placed by a person or by an older rule."),
}
IGNORED = {
    "empty": N_("nothing stands in it"),
    "no_address": N_("this is no e-mail address"),
    "no_whole_number": N_("this is no whole number"),
    "out_of_range": N_("only 0 to 100 counts"),
    "unknown_type": N_("there is no such type"),
    "repeated": N_("the same was asked for before"),
    "unknown_workspace": N_("there is no such workspace"),
    "archived_workspace": N_("this workspace is archived"),
    "ambiguous": N_("several workspaces are called so"),
    "not_at_the_desk": N_("no access to the company"),
    "overruled": N_("something stronger was asked for"),
    "only_when_opening": N_("it counts only in the mail that opens a ticket"),
    "sender_not_proven": N_("the sender could not be proven"),
    "ticket_is_over": N_("the ticket is over"),
}
