// Decodes histories with the real decoder of one version and compares what it sees with what was meant.
//
//   node check.mjs v2|v3|v4|v5 HISTORIES.jsonl [VECTORS.json]
//
// Each version runs in a process of its own: the packages share global symbols.
import fs from "node:fs";
import readline from "node:readline";

import { Client, canonical } from "./client.mjs";
import { ClientV2 } from "./client-v2.mjs";
import { checkVectors } from "./vectors.mjs";

const [version, historiesPath, vectorsPath] = process.argv.slice(2);
const lib = await import(`schema-${version}`);

const spoken = [];
for (const level of ["log", "info", "warn", "error"]) {
    const write = console[level];
    console[level] = (...words) => spoken.push(words.map(String).join(" "));
    console[level].write = write.bind(console);
}
const say = (text) => process.stdout.write(`${text}\n`);

/** What the decoder has printed since the last call. */
function words() {
    return spoken.splice(0);
}

let failures = 0;
let frames = 0;

function fail(history, step, who, problem) {
    failures += 1;
    if (failures <= 10) say(`FAIL ${version} ${history.name}, step ${step}, ${who}: ${problem}`);
}

/** Integers of more than 53 bits are rounded where they are read as plain numbers. */
function rounded(value) {
    if (typeof value === "string" && /^-?[0-9]{16,20}$/.test(value)) return Number(value);
    if (Array.isArray(value)) return value.map(rounded);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, rounded(member)]));
}

/** Connects a client with the handshake of its version, or with the one that all versions from v3 on read. */
function connect(history, polyglot) {
    if (version === "v2") {
        const client = new ClientV2(lib, history.handshake.r2);
        if (words().length > 0) fail(history, 0, "r2", "warnings in the handshake");
        return client;
    }
    const dialect = polyglot ? "polyglot" : version === "v5" ? "r5" : "r3";
    const client = new Client(lib, history.handshake[dialect]);
    const warned = words().length;
    if (warned > 0 && (!polyglot || version === "v5")) fail(history, 0, dialect, `${warned} warnings in the handshake`);
    return client;
}

function judge(history, at, who, client, frame, how) {
    frames += 1;
    try {
        if (frame !== null) client.receive(frame, how);
    } catch (error) {
        return fail(history, at, who, `${error.stack}`);
    }
    const said = words();
    if (said.length > 0) fail(history, at, who, `the decoder said ${said[0]}`);
    const wanted = JSON.stringify(history.steps[at].state);
    const seen = client.state();
    if (seen !== wanted) fail(history, at, who, `\n  wanted ${wanted}\n  has    ${seen}`);
    const leak = client.leak();
    if (leak !== null) fail(history, at, who, leak);
}

/** Clients that come, go and come back at all the points that a history names. */
function play(history, number) {
    const polyglot = number % 4 === 3;
    const last = history.steps.length - 1;
    const every = history.late === undefined;
    const start = connect(history, polyglot);
    judge(history, 0, "first client", start, history.steps[0].snapshot);
    for (let at = 1; at <= last; at += 1) judge(history, at, "first client", start, history.steps[at].patch);

    for (const late of every ? history.steps.keys() : [history.late]) {
        const client = connect(history, polyglot);
        judge(history, late, `client that joins at ${late}`, client, history.steps[late].snapshot);
        for (let at = late + 1; at <= last; at += 1) {
            judge(history, at, `client that joined at ${late}`, client, history.steps[at].patch);
        }
    }
    const absences = [];
    if (version === "v2") {
        // One that is out of step waits for the next renewal.
        for (const [at, step] of history.steps.entries()) {
            if (step.resync.length > 0 && at > 0) absences.push([Math.floor((at - 1) / 2), at], [null, at]);
        }
    } else if (every) {
        for (let leave = 0; leave <= last; leave += 1) {
            for (let rejoin = leave; rejoin <= last; rejoin += 1) absences.push([leave, rejoin]);
        }
    } else {
        absences.push([history.leave, history.rejoin], [history.rejoin, history.rejoin], [null, history.rejoin]);
    }
    for (const how of version === "v5" ? ["decode", "decodeResync"] : ["decode"]) {
        for (const [leave, rejoin] of absences) absent(history, polyglot, leave, rejoin, how);
        // Clients of v2 have no views: they see what everybody sees.
        if (version === "v2") continue;
        for (const [number, received] of (history.viewers ?? []).entries()) view(history, polyglot, number, received, how);
    }
}

/** The same whatever the order of entries: what is shown later comes later. */
function sorted(value) {
    if (Array.isArray(value)) return value.map(sorted);
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
    }
    return value;
}

/** A client with a view of its own, that gets frames of its own. */
function view(history, polyglot, number, received, how) {
    const who = `viewer ${number} (${how})`;
    let client = null;
    for (const { at, what, frame, state } of received) {
        frames += 1;
        if (what === "snapshot") client = connect(history, polyglot);
        try {
            if (frame !== null) client.receive(frame, what === "resync" ? how : "decode");
        } catch (error) {
            return fail(history, at, who, `${error.stack}`);
        }
        const said = words();
        if (said.length > 0) fail(history, at, who, `the decoder said ${said[0]} (${what} ${frame})`);
        const wanted = JSON.stringify(sorted(canonical(state)));
        const seen = JSON.stringify(sorted(JSON.parse(client.state())));
        if (seen !== wanted) return fail(history, at, who, `\n  wanted ${wanted}\n  has    ${seen}\n  ${what} ${frame}`);
        const leak = client.leak();
        if (leak !== null) return fail(history, at, who, `${leak} (${what} ${frame})`);
    }
}

/** A client that misses the patches between two steps; `leave` null is one that never was there. */
function absent(history, polyglot, leave, rejoin, how) {
    const who = `client away from ${leave} to ${rejoin} (${how})`;
    const client = connect(history, polyglot);
    if (leave !== null) {
        judge(history, 0, who, client, history.steps[0].snapshot);
        for (let at = 1; at <= leave; at += 1) judge(history, at, who, client, history.steps[at].patch);
    }
    for (const resync of history.steps[rejoin].resync) judge(history, rejoin, who, client, resync, how);
    for (let at = rejoin + 1; at < history.steps.length; at += 1) judge(history, at, who, client, history.steps[at].patch);
}

const histories = [];
const lines = readline.createInterface({ input: fs.createReadStream(historiesPath) });
for await (const line of lines) {
    const history = JSON.parse(line);
    for (const step of history.steps) {
        step.state = canonical(version === "v2" ? rounded(step.state) : step.state);
        if (version === "v2") {
            const { own, renewal } = step.v2;
            const resync = renewal === undefined ? [] : [renewal];
            Object.assign(step, { patch: own ?? renewal ?? step.patch, snapshot: step.snapshotV2, resync });
        }
    }
    play(history, histories.length);
    histories.push({
        name: history.name,
        states: history.steps.map((step) => JSON.stringify(step.state)),
        seen: (history.viewers ?? []).map((received) => received.map(({ state }) => state)),
    });
}
if (vectorsPath !== undefined) {
    const problems = checkVectors(lib, version, JSON.parse(fs.readFileSync(vectorsPath, "utf8")), histories, words);
    for (const problem of problems) fail({ name: "vectors" }, 0, "upstream", problem);
}
say(`${version}: ${histories.length} histories, ${frames} states compared, ${failures} failures`);
process.exit(failures === 0 ? 0 : 1);
