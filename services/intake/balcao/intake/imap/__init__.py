"""Fetches mail from mailboxes by IMAP: one session at a time for each mailbox, whichever replica has it."""
