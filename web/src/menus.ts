// The name menu closes when one looks elsewhere.

export function menus(): void {
    const open = (): HTMLDetailsElement[] => [
        ...document.querySelectorAll<HTMLDetailsElement>("details.name-menu[open]"),
    ];
    document.addEventListener("click", (event) => {
        for (const menu of open()) {
            if (event.target instanceof Node && !menu.contains(event.target)) menu.open = false;
        }
    });
    document.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        for (const menu of open()) {
            menu.open = false;
            menu.querySelector("summary")?.focus();
        }
    });
    // What is folded away is still wanted on paper.
    window.addEventListener("beforeprint", () => {
        for (const part of document.querySelectorAll<HTMLDetailsElement>("main details:not([open])")) {
            part.open = true;
            part.dataset.folded = "true";
        }
    });
    window.addEventListener("afterprint", () => {
        for (const part of document.querySelectorAll<HTMLDetailsElement>("details[data-folded]")) {
            part.open = false;
            delete part.dataset.folded;
        }
    });
}
