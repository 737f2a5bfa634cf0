// Builds web/dist: app.css, app.js, icons.svg, favicon.svg, each also compressed by gzip and brotli.
// `node build.mjs` once; `node build.mjs --watch` again on every change.

import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, transform } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
// The browser floor of the house.
const target = "chrome90";

/** The style sheets in the order base, components, pages; by name within each. No `@layer`. */
async function styles() {
    let css = "";
    for (const shelf of ["base", "components", "pages"]) {
        const folder = join(here, "css", shelf);
        for (const name of (await readdir(folder)).filter((name) => name.endsWith(".css")).sort()) {
            css += `${await readFile(join(folder, name), "utf8")}\n`;
        }
    }
    const { code, warnings } = await transform(css, { loader: "css", minify: true, target });
    for (const warning of warnings) {
        throw new Error(`app.css: ${warning.text} near: ${warning.location?.lineText}`);
    }
    return code;
}

async function scripts() {
    const { outputFiles } = await build({
        entryPoints: [join(here, "src/app.ts")],
        bundle: true,
        minify: true,
        write: false,
        format: "iife",
        legalComments: "eof",
        target,
    });
    return outputFiles[0].text;
}

/** One sprite with the icons that icons.txt names, a name a line. */
async function icons() {
    const names = (await readFile(join(here, "icons.txt"), "utf8"))
        .split("\n")
        .map((line) => line.replace(/#.*/, "").trim())
        .filter(Boolean);
    const folder = join(here, "node_modules/lucide-static/icons");
    let symbols = "";
    for (const name of [...new Set(names)].sort()) {
        const svg = await readFile(join(folder, `${name}.svg`), "utf8").catch(() => {
            throw new Error(`icons.txt: lucide has no icon "${name}"`);
        });
        const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
        symbols += `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s*\n\s*/g, "")}</symbol>\n`;
    }
    return `<svg xmlns="http://www.w3.org/2000/svg"><!-- Lucide, ISC -->\n${symbols}</svg>\n`;
}

async function put(name, text) {
    const bytes = Buffer.from(text);
    const files = {
        [name]: bytes,
        [`${name}.gz`]: gzipSync(bytes, { level: 9 }),
        [`${name}.br`]: brotliCompressSync(bytes, {
            params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
        }),
    };
    // Written beside and moved into place, so that a server that reads dist never sees half a file.
    for (const [file, content] of Object.entries(files)) {
        await writeFile(join(dist, `.${file}.new`), content);
        await rename(join(dist, `.${file}.new`), join(dist, file));
    }
    return `${name} ${bytes.length} bytes, ${files[`${name}.br`].length} compressed`;
}

async function all() {
    await mkdir(dist, { recursive: true });
    const made = {
        "app.css": await styles(),
        "app.js": await scripts(),
        "icons.svg": await icons(),
        "favicon.svg": await readFile(join(here, "favicon.svg"), "utf8"),
    };
    for (const [name, text] of Object.entries(made)) {
        console.log(await put(name, text));
    }
    const wanted = new Set(Object.keys(made).flatMap((name) => [name, `${name}.gz`, `${name}.br`]));
    for (const name of await readdir(dist)) {
        if (!wanted.has(name)) await rm(join(dist, name), { recursive: true });
    }
}

await all();

if (process.argv.includes("--watch")) {
    let waiting;
    const again = () => {
        clearTimeout(waiting);
        waiting = setTimeout(() => all().catch((error) => console.error(error.message)), 60);
    };
    for (const folder of ["css/base", "css/components", "css/pages", "src"]) {
        watch(join(here, folder), again);
    }
}
