// A server that speaks CouchDB's protocol: `node server.mjs FOLDER USER PASSWORD PORT [stay]`. It keeps its databases
// in the folder, prints {"url": …} when it listens on loopback (at any port for 0), and ends with its standard
// input, unless it is to stay.

import { timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import express from "express";
import expressPouchdb from "express-pouchdb";
import PouchDB from "pouchdb";

const [folder, user, password, port, stay] = process.argv.slice(2);
const wanted = Buffer.from("Basic " + Buffer.from(`${user}:${password}`).toString("base64"));
const app = express();
app.use((request, response, next) => {
  // Its own accounts end the process when a stranger makes a database; CouchDB lets no stranger in either.
  const told = Buffer.from(request.headers.authorization ?? "");
  if (told.length === wanted.length && timingSafeEqual(told, wanted)) {
    next();
  } else {
    response.status(401).json({ error: "unauthorized", reason: "Name or password is incorrect." });
  }
});
app.use("/", expressPouchdb(PouchDB.defaults({ prefix: join(folder, "/") }), {
  mode: "minimumForPouchDB",
  overrideMode: { include: ["routes/find", "routes/replicate"] },
  inMemoryConfig: true,
  logPath: join(folder, "couch.log"),
}));
const listening = app.listen(Number(port), "127.0.0.1", 512, () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${listening.address().port}` }));
});
listening.keepAliveTimeout = 60_000;
if (stay === undefined) {
  process.stdin.on("end", () => process.exit(0)).resume();
}
process.on("SIGTERM", () => process.exit(0));
