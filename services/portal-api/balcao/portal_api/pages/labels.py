"""The words on screen for what the code names (design.md, section 8), in English as the catalogue's key."""

from balcao.shared.catalogues import N_

STAGES = {
    "triage": N_("Triage"),
    "analysis": N_("Analysis"),
    "planning": N_("Planning"),
    "production": N_("Production"),
    "delivery": N_("Delivery"),
}
STATUSES = {
    "draft": N_("Draft"),
    "open": N_("In progress"),
    "waiting": N_("Waiting"),
    "resolved": N_("Resolved"),
    "closed": N_("Closed"),
    "cancelled": N_("Cancelled"),
}
STATUS_GROUPS = {"active": N_("Active"), "any": N_("Any")}
TO_DO = N_("To do")
KINDS = {
    "request": N_("Request"),
    "question": N_("Question"),
    "fix": N_("Fix"),
    "quote": N_("Quote"),
    "improvement": N_("Improvement"),
}
METHODS = {
    "answered": N_("Answered"),
    "no_response": N_("No response from the requester"),
    "rejected": N_("Rejected"),
    "spam": N_("Spam (closes, no mail)"),
    "unknown_sender": N_("Unknown sender (closes)"),
    "merged": N_("Merged"),
    "split": N_("Split"),
}
CHOOSABLE_METHODS = ("answered", "no_response", "rejected", "spam", "unknown_sender")
WAIT_REASONS = {
    "more_information": N_("More information from the requester"),
    "follow_up": N_("Follow-up at a date"),
    "visit": N_("On-site visit"),
    "split": N_("Split part"),
    "case_launched": N_("Case launched elsewhere"),
}
CHOOSABLE_WAITS = ("more_information", "follow_up", "visit", "case_launched", "split")
BANDS = {
    "urgent": N_("Urgent"),
    "high": N_("High"),
    "medium": N_("Medium"),
    "low": N_("Low"),
    "none": N_("Not prioritised"),
}
FIELDS = {
    "title": N_("Title"),
    "kind": N_("Kind"),
    "priority": N_("Priority"),
    "workspace_id": N_("Workspace"),
    "project_id": N_("Project"),
}
"""What of a ticket an edit changes, as its page calls it."""
CHANNELS = {"mail": N_("by e-mail"), "portal": N_("through the portal"), "desk": N_("at the desk")}
TASK_STATES = {
    "requested": N_("Being created"),
    "open": N_("Open"),
    "completed": N_("Completed"),
    "cancelled": N_("Cancelled"),
}
WORK = {"today": N_("Due today"), "overdue": N_("Overdue")}
ORDERS = {
    "rank": N_("Priority"),
    "promised": N_("Due date"),
    "updated": N_("Last change"),
    "newest": N_("Newest first"),
    "oldest": N_("Oldest first"),
}
HIGHLIGHTS = {
    "reply": N_("Replied"),
    "delivery": N_("Check delivery"),
    "undelivered": N_("Not delivered"),
    "wait_over": N_("Wait is over"),
    "promised": N_("Date reached"),
}
FILTERS = {
    "status": N_("Situation"),
    "stage": N_("Stage"),
    "kind": N_("Type"),
    "band": N_("Priority"),
    "analyst": N_("Analyst"),
    "executor": N_("Acts now"),
    "requester": N_("Requester"),
    "workspace": N_("Workspace"),
    "project": N_("Project"),
    "tag": N_("Tag"),
    "promised_from": N_("Due from"),
    "promised_until": N_("Due until"),
    "work": N_("Deadline"),
    "highlighted": N_("Unread"),
}
"""How the filters of a list are called."""
PHASE_KINDS = ("todo", "doing", "internal_review", "external_approval", "done")
FREQUENCIES = {"DAILY": N_("Days"), "WEEKLY": N_("Weeks"), "MONTHLY": N_("Months"), "YEARLY": N_("Years")}
WEEKDAYS = {
    "MO": N_("Monday"),
    "TU": N_("Tuesday"),
    "WE": N_("Wednesday"),
    "TH": N_("Thursday"),
    "FR": N_("Friday"),
    "SA": N_("Saturday"),
    "SU": N_("Sunday"),
}
DAYS_OFF = {
    "next": N_("It comes on the next working day"),
    "skip": N_("It is left out"),
    "as_is": N_("It comes all the same"),
}
APPROVAL_STATES = {
    "asked": N_("Waiting for the client"),
    "approved": N_("Approved by the client"),
    "changes": N_("The client asks for changes"),
    "withdrawn": N_("Not asked any more"),
}
PORTAL_STEPS = (N_("Received"), N_("Under review"), N_("In production"), N_("Delivery"))
ROLES = {"admin": N_("Administrator"), "agent": N_("Agent"), "producer": N_("Producer")}
CONDITIONS = {
    "stale": N_("Someone changed it first. Look at what is new and try again; your text is kept."),
    "approval-link-broken": N_("This link is not complete. Copy the whole link from the mail."),
    "approval-answered": N_("This was answered already. Thank you."),
    "approval-withdrawn": N_("This is not asked any more; there may be a newer message from us."),
    "approval-expired": N_("This link is too old. Answer on our portal, or reply to the mail."),
    "changes-need-words": N_("Say what should be changed."),
    "ticket-is-resolved": N_("The ticket is resolved. Reopen it first."),
    "ticket-is-closed": N_("The ticket is closed for good. Open a new one."),
    "ticket-is-cancelled": N_("The ticket is cancelled. Reopen it first."),
    "ticket-is-draft": N_("The ticket is a draft. Submit it first."),
    "ticket-is-waiting": N_("The ticket is waiting. Reopen it first."),
    "draft-is-incomplete": N_("Before it is submitted, the draft needs title, description, type and requester."),
    "wait-is-incomplete": N_("Waiting for this needs a date."),
    "time-has-passed": N_("This time has passed already."),
    "words-needed": N_("The company asks for a note or an answer about the resolution first."),
    "unknown-workspace": N_("There is no such workspace."),
    "own-address": N_("This is one of the company’s own addresses; mail to it would come back."),
    "too-many-watchers": N_("Too many people in copy."),
    "ticket-is-merged": N_("The ticket was merged into another one."),
    "cannot-undo": N_("Something that came later stands in the way of undoing."),
    "undone-already": N_("It was undone before."),
    "nothing-to-undo": N_("This can’t be undone."),
    "too-many-tasks": N_("The ticket has too many tasks."),
    "not-your-ticket": N_("Somebody else answers for this ticket."),
    "nothing-to-reopen": N_("The ticket is in service already."),
    "empty-comment": N_("Write something first."),
    "no-title": N_("It needs a title."),
    "file-too-large": N_("The file is too large: at most 25 MB."),
    "file-empty": N_("The file is empty."),
    "attachment-expired": N_("An attachment is not known any more. Attach it again."),
    "bad-filter": N_("This address asks for a filter that does not exist."),
    "not-your-view": N_("Only who made this view, or an administrator, may change it."),
    "bad-choice": N_("Choose one of the options offered."),
    "bad-duration": N_("Write how long: for example 1:30, 2h30 or 90."),
    "no-such-number": N_("Nothing has this number. Look at it once more."),
    "bad-date": N_("This is no date."),
    "extending-needs-note": N_("To postpone, leave a note that says why."),
    "nobody-to-answer": N_("It does not say who wrote it, so it can’t become a ticket: nobody could be answered."),
    "message-is-decided": N_("Somebody decided about this message meanwhile."),
    "not-of-the-team": N_("This person is not of the team."),
    "unknown-person": N_("This person is not of the team."),
    "no-such-phase": N_("This task has no such phase."),
    "task-is-blocked": N_("The task waits for others that are not done yet."),
    "would-be-a-circle": N_("Tasks would wait for each other without end."),
    "too-much": N_("That is more than a task can hold."),
    "bad-time": N_("Time can be entered for today and days before, at most 24 hours a day."),
    "no-such-item": N_("This is not there any more; somebody took it away."),
    "no-such-type": N_("There is no such task type in use."),
    "bad-link": N_("Links begin with https:// and lead to somewhere else."),
    "bad-rule": N_("By this rule there would never be a task. Choose another rhythm."),
    "recurrence-has-ended": N_("This has ended; there are no more tasks of it."),
    "file-is-shown": N_("The description shows this image: take it out of there first."),
    "unknown-member": N_("This person is not of the team."),
    "unknown-project": N_("There is no such project."),
    "unknown-tag": N_("There is no such tag."),
    "task-is-open": N_("The task is open already."),
    "task-is-completed": N_("The task is completed. Reopen it first."),
    "task-is-cancelled": N_("The task is cancelled. Reopen it first."),
    "unknown-view": N_("This saved view is not there any more."),
    "job-has-ended": N_("This bulk edit has ended already."),
    "unknown-ticket": N_("There is no such ticket."),
    "cannot-merge": N_("These tickets can't be merged as they are."),
    "cannot-move": N_("This message can't be moved like this."),
    "cannot-split": N_("The ticket can't be split like this."),
    "ticket-is-no-draft": N_("The draft was submitted already."),
    "unavailable": N_("A part of Balcão does not answer. Nothing was lost; try again in a moment."),
    "not-allowed": N_("Only agents may do this."),
    "only-administrators": N_("Only administrators may do this."),
    "not-from-our-pages": N_("This form has expired. Send it again from the page."),
    "too-many": N_("Too many tries. Wait a little and try again."),
    "unfit-password": N_("Choose a longer password: at least 8 characters."),
    "invitation-broken": N_("This link is broken. Copy the whole link from the mail, or ask for another invitation."),
    "invitation-expired": N_("This invitation is not good any more. Ask whoever invited you for another one."),
    "no-address-given": N_("Write the e-mail address that you are known by."),
    "password-link-broken": N_("This link is broken. Copy the whole link from the mail, or ask for another one."),
    "password-link-expired": N_("This link is not good any more: it is good for two hours. Ask for another one."),
    "password-link-used": N_(
        "This link was used already, or your password was changed since. Sign in, or ask for another link."
    ),
    "invitation-used": N_("This invitation was used already. Sign in with the password that was set."),
    "wrong-credentials": N_("E-mail or password is wrong."),
    "wrong-password": N_("This is not your current password."),
    "unchangeable": N_("One way of hearing of it has to stay on: somebody waits."),
}
"""What stands on the page when something was refused, by the condition's name."""


def band(priority: int) -> str:
    """The band of a priority from 0 to 100 (O9)."""
    if priority <= 0:
        return "none"
    for name, top in (("low", 25), ("medium", 50), ("high", 75)):
        if priority <= top:
            return name
    return "urgent"
