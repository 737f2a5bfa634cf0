// The browser's part of `make test`: every page of the gallery, then people's journeys through a
// demo city. Ends with one line `N passed, N failed`.
//
//     node web/test/run.mjs [--only citizen,desk,…] [--no-gallery]
//     CITYHALL=target/release/cityhall node web/test/run.mjs

import { spawnSync } from "node:child_process";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { openCity } from "./city.mjs";
import { journeys } from "./journeys.mjs";
import { Person } from "./person.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const shots = join(root, "build/screenshots");
const gallery = join(root, "build/gallery");
const only = process.argv[process.argv.indexOf("--only") + 1 || Infinity]?.split(",");
let passed = 0;
let failed = 0;

function run(command, words, stdout = "inherit") {
    return spawnSync(command, words, { cwd: root, stdio: ["ignore", stdout, "inherit"], encoding: "utf8" });
}

/** The parts in all their looks, without a city. */
function askGallery() {
    const made = run("cargo", ["run", "--locked", "--quiet", "-p", "kernel-frame", "--example", "gallery", "--", gallery]);
    const asked = made.status === 0 ? run(process.execPath, [join(here, "gallery.mjs"), gallery], "pipe") : made;
    const lines = (asked.stdout ?? "").trimEnd().split("\n");
    const [, good, bad] = lines.pop()?.match(/^(\d+) passed, (\d+) failed$/) ?? [];
    for (const line of lines.filter(Boolean)) console.log(`FAIL gallery: ${line}`);
    passed += Number(good ?? 0);
    failed += Number(bad ?? 1);
    console.log(`${bad === "0" ? "ok  " : "FAIL"} gallery: ${good ?? 0} pages and looks`);
}

async function walk(browser, city) {
    const people = [];
    const world = {
        city,
        root,
        /** A new person at a browser of their own. */
        async person(name, how = {}) {
            const agent = city.said.match(/签名代理（演示）在 (http:\/\/127\.0\.0\.1:\d+)/)?.[1];
            const person = await new Person(browser, how.origin ?? city.origin, shots, { name, agent, ...how }).open();
            people.push(person);
            return person;
        },
        /** One step: it passes if nothing threw and no page had a fault. */
        async step(words, work) {
            const begun = Date.now();
            const faults = [];
            let thrown;
            try {
                await work();
            } catch (error) {
                thrown = error;
                faults.push(String(error.message ?? error).split("\n").slice(0, 4).join(" "));
            }
            for (const person of people) faults.push(...person.faults.splice(0));
            const took = `${((Date.now() - begun) / 1_000).toFixed(1)} s`;
            if (faults.length === 0) {
                passed += 1;
                console.log(`ok   ${words} (${took})`);
            } else {
                failed += 1;
                console.log(`FAIL ${words} (${took})`);
                for (const fault of new Set(faults)) console.log(`     ${fault}`);
            }
            if (thrown) throw thrown;
        },
    };
    for (const [name, journey] of Object.entries(journeys)) {
        if (only && !only.includes(name)) continue;
        try {
            await journey(world);
        } catch (error) {
            // The step has said it; what would have come after it cannot be walked.
            console.log(`     the journey 「${name}」 ends here`);
            if (process.env.DEBUG) console.log(error);
            for (const person of people) {
                if (process.env.DEBUG) await person.picture(`broken.${name}.${person.name}`).catch(() => {});
            }
        }
        for (const person of people.splice(0)) await person.close();
    }
}

if (!process.argv.includes("--no-gallery")) askGallery();
if (!process.env.CITYHALL) {
    const built = run("cargo", ["build", "--locked", "--quiet", "-p", "cityhall"]);
    if (built.status !== 0) failed += 1;
}
if (!only) await rm(shots, { recursive: true, force: true });
let city;
let browser;
try {
    city = await openCity(process.env.CITYHALL ?? join(root, "target/debug/cityhall"));
    browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    });
    await walk(browser, city);
    const reports = city.said.split("\n").filter((line) => line.includes("content policy report"));
    for (const report of reports) console.log(`FAIL ${report}`);
    failed += reports.length;
} catch (error) {
    failed += 1;
    console.log(`FAIL ${error.stack ?? error}`);
} finally {
    await browser?.close();
    await city?.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
