// Starts the built program on a temporary folder, as a demo city, and stops it again.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const OPENS_IN_MS = 180_000;
const STOPS_IN_MS = 10_000;

/** A port that nobody listens on at this moment. */
function freePort() {
    return new Promise((done, fail) => {
        const door = createServer().once("error", fail);
        door.listen(0, "127.0.0.1", () => {
            const { port } = door.address();
            door.close(() => done(port));
        });
    });
}

/** Opens a demo city; `said` is everything that the program said. */
export async function openCity(program, { residents = 60, cases = 60 } = {}) {
    const data = await mkdtemp(join(tmpdir(), "cityhall-browser-"));
    // The city must know its own address: passkeys are bound to it.
    const words = ["demo", "--data", data, "--listen", `127.0.0.1:${await freePort()}`];
    words.push("--residents", String(residents), "--cases", String(cases));
    const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
    const city = { origin: "", said: "", close };
    const ended = new Promise((done) => child.once("exit", done));

    async function close() {
        if (child.exitCode === null && child.signalCode === null) {
            child.kill("SIGTERM");
            const late = setTimeout(() => child.kill("SIGKILL"), STOPS_IN_MS);
            await ended;
            clearTimeout(late);
        }
        await rm(data, { recursive: true, force: true });
    }

    const opened = new Promise((done, fail) => {
        const late = setTimeout(() => fail(new Error(`no door within ${OPENS_IN_MS} ms`)), OPENS_IN_MS);
        const hear = (bytes) => {
            city.said += bytes;
            const door = city.said.match(/http:\/\/127\.0\.0\.1:\d+/);
            if (!door || city.origin) return;
            clearTimeout(late);
            city.origin = door[0];
            done();
        };
        child.stdout.on("data", hear);
        child.stderr.on("data", hear);
        child.once("error", fail);
        ended.then((code) => {
            clearTimeout(late);
            fail(new Error(`the program ended with ${code}`));
        });
    });
    try {
        await opened;
    } catch (error) {
        const said = city.said.slice(-2_000);
        await close();
        throw new Error(`${error.message}\n${said}`);
    }
    return city;
}
