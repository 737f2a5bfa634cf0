// Tables: rows that open where one presses, and the keyboard of the workbench.

import { all, isTyping } from "./find";

let listening = false;

export function tables(root: ParentNode): void {
    for (const row of all<HTMLTableRowElement>(root, "tr[data-href]")) {
        row.addEventListener("click", (event) => open(row, event));
    }
    for (const box of all<HTMLInputElement>(root, "input[data-choose-all]")) chooseAll(box);
    for (const frame of all<HTMLElement>(root, ".table-frame")) fit(frame);
    if (listening) return;
    listening = true;
    document.addEventListener("keydown", keys);
    window.addEventListener("resize", () => {
        for (const frame of all<HTMLElement>(document, ".table-frame")) fit(frame);
    });
}

/** A table that is wider than its place is scrolled sideways, and then its head cannot stand. */
function fit(frame: HTMLElement): void {
    frame.classList.remove("scrolls");
    frame.classList.toggle("scrolls", frame.scrollWidth > frame.clientWidth + 1);
}

function open(row: HTMLTableRowElement, event: MouseEvent): void {
    const target = event.target;
    if (!(target instanceof Element) || target.closest("a, button, input, label, select, summary")) return;
    if (window.getSelection()?.toString()) return;
    const href = row.dataset.href;
    if (!href) return;
    if (event.metaKey || event.ctrlKey) window.open(href, "_blank", "noopener");
    else window.location.assign(href);
}

function chooseAll(box: HTMLInputElement): void {
    box.hidden = false;
    box.addEventListener("change", () => {
        const boxes = box.closest("table")?.querySelectorAll<HTMLInputElement>("tbody .choose > input");
        for (const one of boxes ?? []) one.checked = box.checked;
    });
}

function keys(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const dialog = document.getElementById("keys");
    if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
    switch (event.key) {
        case "j":
        case "k":
            step(event.key === "j" ? 1 : -1);
            break;
        case "Enter":
            if (event.target instanceof Element && event.target.closest("a, button, summary")) return;
            if (!at()) return;
            at()?.querySelector<HTMLAnchorElement>("a.row-link")?.click();
            break;
        case "x": {
            const box = at()?.querySelector<HTMLInputElement>(".choose > input");
            if (!box) return;
            box.checked = !box.checked;
            break;
        }
        case "/": {
            const search = document.querySelector<HTMLInputElement>("main input[type=search], .search-input");
            if (!search) return;
            search.focus();
            search.select();
            break;
        }
        case "?":
            dialog.showModal();
            break;
        default:
            return;
    }
    event.preventDefault();
}

function at(): HTMLTableRowElement | null {
    return document.querySelector<HTMLTableRowElement>("tr.at");
}

function step(by: number): void {
    const rows = all<HTMLTableRowElement>(document, "main tr[data-href]");
    if (rows.length === 0) return;
    const now = at();
    const place = now ? rows.indexOf(now) + by : 0;
    const next = rows[Math.min(Math.max(place, 0), rows.length - 1)];
    now?.classList.remove("at");
    next?.classList.add("at");
    next?.querySelector<HTMLElement>("a.row-link")?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
}
