"""What mails and notices say, and the bytes that go out."""
