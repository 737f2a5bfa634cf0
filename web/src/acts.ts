// Printing, copying, and forms that are sent once.

import { all } from "./find";

/** A form that was sent takes a second press only after this long: the network may have failed. */
const ONCE_MS = 8_000;

export function acts(root: ParentNode): void {
    for (const button of all<HTMLButtonElement>(root, "button[data-print]")) {
        button.hidden = false;
        button.addEventListener("click", () => window.print());
    }
    if (navigator.clipboard) {
        for (const button of all<HTMLButtonElement>(root, "button[data-copy]")) {
            button.hidden = false;
            button.addEventListener("click", () => void copy(button));
        }
    }
    for (const form of all<HTMLFormElement>(root, "form[data-once]")) {
        form.addEventListener("submit", (event) => once(form, event));
    }
    const summary = all<HTMLElement>(root, "[data-focus]")[0];
    summary?.focus();
}

async function copy(button: HTMLButtonElement): Promise<void> {
    const text = document.getElementById(button.dataset.copy ?? "")?.textContent ?? "";
    const words = button.lastChild;
    const before = words?.textContent ?? "";
    try {
        await navigator.clipboard.writeText(text.trim());
        if (words) words.textContent = "已复制";
    } catch {
        if (words) words.textContent = "没有复制成功，请手动选中";
    }
    window.setTimeout(() => {
        if (words) words.textContent = before;
    }, 2_000);
}

function once(form: HTMLFormElement, event: Event): void {
    if (form.dataset.sent) {
        event.preventDefault();
        return;
    }
    form.dataset.sent = "true";
    const button = (event as SubmitEvent).submitter;
    button?.setAttribute("aria-busy", "true");
    const free = (): void => {
        delete form.dataset.sent;
        button?.removeAttribute("aria-busy");
    };
    window.setTimeout(free, ONCE_MS);
    // Coming back by the browser's button finds the form as it was left.
    window.addEventListener("pageshow", free, { once: true });
}
