// The browser's part of `make test`: writes the gallery and asks every page of it.
// Ends with one line `N passed, M failed`.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const gallery = join(root, "build/gallery");

const run = (command, words) => spawnSync(command, words, { cwd: root, stdio: "inherit" }).status ?? 1;

const made = run("cargo", ["run", "--locked", "--quiet", "-p", "kernel-frame", "--example", "gallery", "--", gallery]);
if (made !== 0) {
    console.log("0 passed, 1 failed");
    process.exit(made);
}
process.exit(run(process.execPath, [join(here, "gallery.mjs"), gallery]));
