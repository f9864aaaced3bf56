// Makes the one-node replica set (once) and waits until its member takes writes.
const member = "mongo:27017";
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: member }] });
}
const deadline = Date.now() + 60_000;
while (!db.hello().isWritablePrimary) {
  if (Date.now() > deadline) throw new Error("the replica set has no primary after a minute");
  sleep(200);
}
print("replica set rs0 is ready");
