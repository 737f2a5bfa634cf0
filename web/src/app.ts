// Small conveniences. Every page works without them: each island only makes easier what is there.

import "htmx.org";
import { acts } from "./acts";
import { fields } from "./fields";
import { menus } from "./menus";
import { passkeys } from "./passkeys";
import { signing } from "./signing";
import { tables } from "./tables";

/** Wakes what stands in `root`: the page, or a fragment that was put into it. */
function wake(root: ParentNode): void {
    acts(root);
    fields(root);
    passkeys(root);
    signing(root);
    tables(root);
}

function begin(): void {
    menus();
    wake(document);
    document.body.addEventListener("htmx:load", (event) => {
        if (event.target instanceof Element && event.target !== document.body) wake(event.target);
    });
}

// The script is deferred: the page is there when it runs.
begin();
