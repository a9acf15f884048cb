// PouchDB's phones: `node pouchdb_phones.mjs send|read-back CELL`. A database in memory for each phone, one
// kept-alive connection, everything in one batch, checkpoints on the phone alone.

import { readFileSync } from "node:fs";
import https from "node:https";
import { createInterface } from "node:readline";
import PouchDB from "pouchdb";
import memory from "pouchdb-adapter-memory";

PouchDB.plugin(memory);
const [wish, told] = process.argv.slice(2);
const cell = JSON.parse(readFileSync(told, "utf8"));
const group = (phone) => `km-${String(phone).padStart(3, "0")}`;
const direct = (phone) => new PouchDB(`http://127.0.0.1:${cell.direct}/${group(phone)}`);
const phones = [...Array(cell.phones).keys()];
const BATCH = 2_000;

async function prepared(phone) {
  await direct(phone).info(); // makes the remote database
  const local = new PouchDB(`phone-${phone}`, { adapter: "memory", auto_compaction: true });
  await local.bulkDocs(workload(phone));
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca: readFileSync(cell.ca) });
  const remote = new PouchDB(`https://127.0.0.1:${cell.ports[phone]}/${group(phone)}`, {
    skip_setup: true,
    fetch: (url, options) => PouchDB.fetch(url, Object.assign(options, { agent })),
  });
  return { local, remote };
}

function workload(phone) {
  return JSON.parse(readFileSync(`${cell.folder}/workload-${phone}.json`, "utf8"));
}

async function live({ local, remote }) {
  const started = performance.now();
  const done = await local.replicate.to(remote, { batch_size: BATCH, checkpoint: "source" });
  const seconds = (performance.now() - started) / 1_000;
  return { seconds, fault: done.ok && !done.doc_write_failures ? null : JSON.stringify(done.errors) };
}

function cash(doc) {
  const sum = (lines) => lines.reduce((total, line) => total + line[1], 0);
  return sum(doc.lines) + sum(doc.savings);
}

async function send() {
  const open = [];
  for (const phone of phones) {
    open.push(await prepared(phone));
  }
  console.log("ready");
  await new Promise((go) => createInterface({ input: process.stdin }).once("line", go));
  const done = await Promise.all(open.map((one) => live(one).catch((error) => ({ seconds: 0, fault: String(error) }))));
  console.log(JSON.stringify({
    seconds: done.map((one) => one.seconds),
    faults: done.map((one) => one.fault).filter((fault) => fault !== null),
  }));
  process.exit(0);
}

async function readBack() {
  const found = {};
  for (const phone of phones) {
    for (const row of (await direct(phone).allDocs({ include_docs: true })).rows) {
      found[row.id] = cash(row.doc);
    }
  }
  process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

await (wish === "send" ? send() : readBack());
