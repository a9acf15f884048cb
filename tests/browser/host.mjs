// The browser host under Node: Pyodide without a network, the agent's own modules on its file system, and the
// host's cryptography (synchronous, from node:crypto) behind the ports Signer, Verifier and Vault.
//
// stdin:  {"wheels": [path, …], "files": {path in Pyodide: path on this disk, …}, "run": "module", "given": any}
// stdout: one line of JSON: what the module's main(given) returns.

import crypto from "node:crypto";
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { loadPyodide } from "pyodide";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ED25519_PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");

const bytes = (buffer) => new Uint8Array(buffer);

const signer = (seed) => {
  const key = crypto.createPrivateKey({
    key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]),
    format: "der",
    type: "pkcs8",
  });
  const spki = bytes(crypto.createPublicKey(key).export({ format: "der", type: "spki" }));
  return { spki, sign: (message) => bytes(crypto.sign(null, message, key)) };
};

const verify = (spki, signature, message) => {
  try {
    const key = crypto.createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ed25519" && crypto.verify(null, message, key, signature);
  } catch {
    return false; // a key that is none verifies nothing
  }
};

const derive = (pin, salt, iterations) => bytes(crypto.pbkdf2Sync(pin, salt, iterations, 32, "sha256"));

const hmac = (key, message) => bytes(crypto.createHmac("sha256", key).update(message).digest());

const encrypt = (key, plaintext, aad) => {
  const nonce = crypto.randomBytes(NONCE_BYTES);
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  return bytes(Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
};

const decrypt = (key, sealed, aad) => {
  try {
    const decipher = crypto.createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(aad).setAuthTag(sealed.subarray(-TAG_BYTES));
    return bytes(Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  } catch {
    return undefined; // too short, or not what was sealed
  }
};

const X25519_PKCS8_PREFIX = Buffer.from("302e020100300506032b656e04220420", "hex");
const X25519_SPKI_PREFIX = Buffer.from("302a300506032b656e032100", "hex");

const x25519 = (seed) =>
  crypto.createPrivateKey({ key: Buffer.concat([X25519_PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });

const publicOf = (seed) =>
  bytes(crypto.createPublicKey(x25519(seed)).export({ format: "der", type: "spki" }).subarray(-32));

const exchange = (seed, other) => {
  try {
    const key = Buffer.concat([X25519_SPKI_PREFIX, other]);
    const publicKey = crypto.createPublicKey({ key, format: "der", type: "spki" });
    return bytes(crypto.diffieHellman({ privateKey: x25519(seed), publicKey }));
  } catch {
    return undefined; // a point of small order, or no point
  }
};

const sealUnder = (key, nonce, plaintext, aad) => {
  const cipher = crypto.createCipheriv("aes-256-gcm", key, nonce).setAAD(aad);
  return bytes(Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]));
};

const random = (count) => bytes(crypto.randomBytes(count));

const main = async () => {
  const order = JSON.parse(readFileSync(0, "utf8"));
  const pyodide = await loadPyodide();
  for (const wheel of order.wheels) {
    pyodide.unpackArchive(bytes(readFileSync(wheel)), "wheel");
  }
  for (const [target, source] of Object.entries(order.files)) {
    pyodide.FS.mkdirTree(dirname(target));
    pyodide.FS.writeFile(target, bytes(readFileSync(source)));
  }
  pyodide.registerJsModule("host_crypto", {
    signer,
    verify,
    derive,
    hmac,
    encrypt,
    decrypt,
    random,
    publicOf,
    exchange,
    sealUnder,
  });
  pyodide.globals.set("order", JSON.stringify({ run: order.run, given: order.given }));
  return pyodide.runPython(`
    import importlib, json, sys, warnings
    warnings.simplefilter("error")
    sys.path.insert(0, "/app")
    order = json.loads(order)
    json.dumps(importlib.import_module(order["run"]).main(order["given"]), ensure_ascii=False)
  `);
};

try {
  process.stdout.write(`${await main()}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
