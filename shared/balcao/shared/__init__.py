"""What all five services share: contracts, bus, outbox, database access and service defaults. It knows no service."""
