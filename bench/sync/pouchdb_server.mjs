// express-pouchdb over LevelDB: `node pouchdb_server.mjs CELL`. It speaks CouchDB's protocol.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import express from "express";
import expressPouchdb from "express-pouchdb";
import PouchDB from "pouchdb";

const cell = JSON.parse(readFileSync(process.argv[2], "utf8"));
const Stored = PouchDB.defaults({ prefix: join(cell.folder, "couch-") });
const app = express();
app.use("/", expressPouchdb(Stored, {
  mode: "minimumForPouchDB",
  inMemoryConfig: true,
  logPath: join(cell.folder, "couch.log"),
}));
const listening = app.listen(0, "127.0.0.1", 512, () => {
  console.log(JSON.stringify({ port: listening.address().port }));
});
listening.keepAliveTimeout = 300_000; // a slow line brings nothing for a while between two requests
process.on("SIGTERM", () => process.exit(0));
