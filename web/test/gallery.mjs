// Opens every page of the gallery in Chromium, light, dark, elder and at several widths, and asks:
// does anything break the content policy, does anything hang over the edge, does axe find a barrier.
//
//     cargo run -p kernel-frame --example gallery -- build/gallery
//     node web/test/gallery.mjs build/gallery [--shots FOLDER] [--only NAME,NAME]

import { createServer } from "node:http";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "../dist");
const folder = process.argv[2] ?? "build/gallery";
const option = (name) => {
    const place = process.argv.indexOf(`--${name}`);
    return place > 0 ? process.argv[place + 1] : undefined;
};
const shots = option("shots");
const only = option("only")?.split(",");

const POLICY =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'";
const KINDS = { ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".html": "text/html" };
const LOOKS = [
    { name: "light-1280", width: 1280, ending: "" },
    { name: "light-360", width: 360, ending: "" },
    { name: "light-1920", width: 1920, ending: "" },
    { name: "dark-1280", width: 1280, ending: "", dark: true },
    { name: "elder-1280", width: 1280, ending: ".elder" },
    { name: "elder-360", width: 360, ending: ".elder" },
    { name: "elder-dark-1280", width: 1280, ending: ".elder", dark: true },
    { name: "larger-768", width: 768, ending: ".larger" },
];

function serve() {
    const server = createServer(async (request, response) => {
        const path = new URL(request.url, "http://localhost").pathname;
        const file = path.startsWith("/assets/") ? join(dist, path.slice(8)) : join(folder, path);
        try {
            const content = await readFile(file);
            response.writeHead(200, {
                "content-type": `${KINDS[extname(file)]}; charset=utf-8`,
                "content-security-policy": POLICY,
            });
            response.end(content);
        } catch {
            response.writeHead(404).end();
        }
    });
    return new Promise((done) => server.listen(0, "127.0.0.1", () => done(server)));
}

/** What is wrong with a page that stands in the browser. */
async function faults(page, axe) {
    const found = await page.evaluate(() => {
        const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
        const inline = document.querySelectorAll("[style], style").length;
        return [
            wide > 0 ? `hangs ${wide} px over the edge` : "",
            document.querySelectorAll("h1").length === 1 ? "" : "has not exactly one h1",
            inline > 0 ? `${inline} inline styles` : "",
        ].filter(Boolean);
    });
    // axe is evaluated by the debugger, which the page's policy does not bind.
    await page.evaluate(axe);
    const result = await page.evaluate(() => {
        // In elder mode every text pair is at least 7:1.
        const elder = document.documentElement.classList.contains("elder");
        const rules = { "target-size": { enabled: true }, "color-contrast-enhanced": { enabled: elder } };
        return window.axe.run(document, { resultTypes: ["violations"], rules });
    });
    for (const violation of result.violations) {
        const where = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
        found.push(`${violation.id}: ${violation.help} at ${where.join(" | ")}`);
    }
    return found;
}

const server = await serve();
const origin = `http://127.0.0.1:${server.address().port}`;
const axe = await readFile(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
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
const names = (await readdir(folder))
    .filter((name) => name.endsWith(".html") && name.split(".").length === 2)
    .map((name) => name.slice(0, -5))
    .filter((name) => !only || only.includes(name));
if (shots) await mkdir(shots, { recursive: true });

let passed = 0;
let failed = 0;
// The looks are gone through side by side: most of the time is waiting.
async function goThrough(look) {
    const context = await browser.newContext({
        viewport: { width: look.width, height: look.width < 600 ? 760 : 900 },
        colorScheme: look.dark ? "dark" : "light",
        locale: "zh-CN",
        reducedMotion: "reduce",
    });
    for (const name of names) {
        const page = await context.newPage();
        const wrong = [];
        page.on("console", (message) => {
            if (message.type() === "error") wrong.push(message.text());
        });
        page.on("pageerror", (error) => wrong.push(String(error)));
        await page.goto(`${origin}/${name}${look.ending}.html`, { waitUntil: "load" });
        wrong.push(...(await faults(page, axe)));
        // A picture comes after the questions: taking one writes styles into the page.
        if (shots) {
            await page.screenshot({ path: join(shots, `${name}.${look.name}.png`), fullPage: true });
        }
        if (wrong.length === 0) passed += 1;
        else {
            failed += 1;
            for (const words of wrong) console.log(`${name} ${look.name}: ${words}`);
        }
        await page.close();
    }
    await context.close();
}
await Promise.all(LOOKS.map(goThrough));
await browser.close();
server.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
