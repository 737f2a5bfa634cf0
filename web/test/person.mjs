// A person at a browser: goes from page to page, and every page that is looked at is asked for
// barriers, broken policy, broken links and things that hang over the edge.

import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
export const PASSWORD = "cityhall-demo";
const WIDTHS = [
    { width: 360, height: 760 },
    { width: 1920, height: 1080 },
    { width: 1280, height: 900 },
];
const axe = await readFile(join(here, "../node_modules/axe-core/axe.min.js"), "utf8");

/** Pages of which there is a picture already. */
const pictured = new Set();

export class Person {
    constructor(browser, origin, shots, { name, js = true, prefix = "", agent = "" }) {
        Object.assign(this, { browser, origin, shots, name, js, prefix, agent });
        /** What was wrong since the last step. */
        this.faults = [];
        /** Addresses of this site that the pages lead to, with the page that does. */
        this.links = new Map();
        this.shooting = false;
    }

    async open() {
        await mkdir(this.shots, { recursive: true });
        this.context = await this.browser.newContext({
            viewport: WIDTHS.at(-1),
            locale: "zh-CN",
            reducedMotion: "reduce",
            javaScriptEnabled: this.js,
            acceptDownloads: true,
        });
        this.context.setDefaultTimeout(15_000);
        const page = (this.page = await this.context.newPage());
        if (this.js) {
            await page.addInitScript(() => {
                addEventListener("securitypolicyviolation", (event) => {
                    console.error(`policy: ${event.violatedDirective} ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`);
                });
            });
        }
        page.on("console", (message) => {
            // The status of a page is judged by the step; the browser says it as an error too.
            const status = message.text().startsWith("Failed to load resource");
            if (message.type() === "error" && !status && !this.shooting) this.wrong(message.text());
        });
        page.on("pageerror", (error) => this.wrong(String(error)));
        page.on("requestfailed", (request) => {
            const stopped = request.failure()?.errorText === "net::ERR_ABORTED";
            if (!stopped) this.wrong(`${request.url()} ${request.failure()?.errorText}`);
        });
        this.context.on("request", (request) => {
            if (request.url().includes("/csp-report") && !this.shooting) this.wrong(`policy report: ${request.postData()}`);
            const known = [this.origin, "data:", ...(this.agent ? [`${this.agent}/`] : [])];
            if (!known.some((place) => request.url().startsWith(place))) {
                this.wrong(`asks another site: ${request.url()}`);
            }
        });
        this.context.on("response", (response) => {
            const document = response.request().resourceType() === "document";
            const bad = response.status() >= 500 || (!document && response.status() >= 400);
            if (bad) this.wrong(`${response.status()} ${response.request().method()} ${response.url()}`);
            if (document) this.status = response.status();
        });
        return this;
    }

    async close() {
        await this.context?.close();
    }

    wrong(words) {
        this.faults.push(words);
    }

    path() {
        const address = new URL(this.page.url());
        return address.pathname + address.search;
    }

    async go(path, expected = 200) {
        await this.page.goto(this.origin + path, { waitUntil: "load" });
        this.stands(expected);
    }

    stands(expected) {
        if (this.status !== expected) throw new Error(`${this.path()} answered ${this.status}, not ${expected}`);
    }

    /** Presses a button or follows a link by its words, and waits for the page behind it. */
    async press(words, { expected = 200, within = "main", exact = true } = {}) {
        const place = this.page.locator(within);
        const named = (role) => place.getByRole(role, { name: words, exact });
        const target = named("button").or(named("link")).first();
        this.status = 0;
        await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), target.click()]);
        await this.signIfAsked();
        this.stands(expected);
    }

    /** Signs through the agent what a page asks to be signed before it is done. */
    async signIfAsked() {
        if (this.status !== 428) return;
        const button = this.page.locator("[data-by-agent] button");
        await button.waitFor({ state: "visible" });
        await this.look("to-sign");
        this.status = 0;
        await Promise.all([this.page.waitForNavigation({ waitUntil: "load" }), button.click()]);
    }

    /** Enters values by the names of the fields; a list ticks boxes, `true` a single one. */
    async enter(values) {
        for (const [name, value] of Object.entries(values)) {
            const fields = this.page.locator(`main [name="${name}"]`);
            const first = fields.first();
            const kind = await first.evaluate((node) => node.type ?? "");
            if (kind === "radio" || kind === "checkbox") {
                const of = value === true ? [undefined] : [value].flat();
                for (const one of of) {
                    const box = one === undefined ? first : this.page.locator(`main [name="${name}"][value="${one}"]`);
                    await box.check();
                }
            } else if (kind === "select-one") {
                await first.selectOption(value);
            } else if (kind === "file") {
                await first.setInputFiles(value);
            } else {
                await first.fill(value);
            }
        }
    }

    async says(words) {
        const text = await this.page.locator("body").innerText();
        if (!text.includes(words)) throw new Error(`${this.path()} does not say 「${words}」`);
    }

    async text(selector) {
        return (await this.page.locator(selector).first().innerText()).trim();
    }

    async signIn(account) {
        if (!this.path().startsWith("/sign-in")) await this.go("/sign-in");
        await this.enter({ account, password: PASSWORD });
        await this.press("登录");
    }

    /** Asks the page that stands there everything, at every width, and keeps pictures of it. */
    async look(name) {
        const page = this.page;
        if ((await page.locator("h1").count()) !== 1) this.wrong(`${name}: has not exactly one h1`);
        if (!(await page.title())) this.wrong(`${name}: has no title`);
        await this.gatherLinks(name);
        const title = this.prefix + name;
        const again = pictured.has(title);
        pictured.add(title);
        for (const size of again ? WIDTHS.slice(-1) : WIDTHS) {
            await page.setViewportSize(size);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
            if (wide > 0) this.wrong(`${name}: hangs ${wide} px over the edge at ${size.width}`);
            if (this.js && size.width < 1_900) await this.askAxe(name, size.width);
            if (!again) await this.picture(`${title}.${size.width}`);
        }
    }

    async askAxe(name, width) {
        // axe is evaluated by the debugger, which the page's policy does not bind.
        await this.page.evaluate(axe);
        const violations = await this.page.evaluate(async () => {
            const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
            const result = await window.axe.run(document, { resultTypes: ["violations"], runOnly });
            return result.violations.map(({ id, help, nodes }) => ({
                id,
                help,
                where: nodes.slice(0, 3).map((node) => node.target.join(" ")),
            }));
        });
        for (const { id, help, where } of violations) {
            this.wrong(`${name} at ${width}: ${id}: ${help} at ${where.join(" | ")}`);
        }
    }

    async picture(name) {
        // Taking a picture writes styles into the page, which its policy would report.
        this.shooting = true;
        const path = join(this.shots, `${name}.png`);
        await this.page.screenshot({ path, fullPage: true, caret: "initial", animations: "allow" });
        this.shooting = false;
    }

    async gatherLinks(name) {
        const found = await this.page.evaluate(() => {
            const within = [...document.querySelectorAll("a[href]")].map((link) => link.getAttribute("href"));
            const lost = within.filter((href) => href.startsWith("#") && href.length > 1 && !document.getElementById(href.slice(1)));
            return { addresses: [...document.querySelectorAll("a[href]")].map((link) => link.href), lost };
        });
        for (const href of found.lost) this.wrong(`${name}: ${href} leads nowhere`);
        if (this.status !== 200) return;
        for (const address of found.addresses) {
            const plain = address.split("#")[0];
            if (plain.startsWith(this.origin) && !this.links.has(plain)) this.links.set(plain, name);
        }
    }

    /** Follows every link that the pages looked at have, once. */
    async followLinks() {
        for (const [address, from] of this.links) {
            const response = await this.context.request.get(address);
            if (response.status() >= 400) this.wrong(`${from}: ${address.slice(this.origin.length)} answers ${response.status()}`);
        }
        return this.links.size;
    }
}
