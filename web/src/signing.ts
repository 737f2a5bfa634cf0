// Signing through the agent on the reader's own machine. Without it the text is copied out and the signature in.

import { all } from "./find";

interface Signed {
    signature?: string;
    message?: string;
}

export function signing(root: ParentNode): void {
    for (const place of all<HTMLElement>(root, ".to-sign[data-agent]")) void offer(place);
}

/** Shows the button once an agent has answered. */
async function offer(place: HTMLElement): Promise<void> {
    const agent = place.dataset.agent ?? "";
    const act = place.querySelector<HTMLElement>("[data-by-agent]");
    const button = act?.querySelector("button");
    const says = place.querySelector<HTMLElement>("[data-agent-says]");
    if (!act || !button || !says) return;
    try {
        const answer = await fetch(`${agent}/agent`, { credentials: "omit" });
        if (!answer.ok) throw new Error();
    } catch {
        says.textContent = "没有找到本机的签名代理：请先启动它再刷新这一页，或者自己签名。";
        place.querySelector("details")?.setAttribute("open", "");
        return;
    }
    act.hidden = false;
    button.addEventListener("click", () => {
        button.disabled = true;
        says.textContent = "请在签名代理里核对并确认。";
        void sign(place, agent)
            .then((signature) => enter(place, signature))
            .catch((why: unknown) => {
                says.textContent = why instanceof Error && why.message ? why.message : "签名代理没有回答，请再试一次。";
            })
            .finally(() => {
                button.disabled = false;
            });
    });
}

async function sign(place: HTMLElement, agent: string): Promise<string> {
    const text = place.querySelector("pre")?.textContent ?? "";
    const answer = await fetch(`${agent}/sign`, {
        method: "POST",
        credentials: "omit",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ account: place.dataset.account ?? "", text }),
    });
    const said = (await answer.json()) as Signed;
    if (!answer.ok || !said.signature) throw new Error(said.message ?? "");
    return said.signature;
}

function enter(place: HTMLElement, signature: string): void {
    const field = place.querySelector<HTMLTextAreaElement>("textarea[name=signature]");
    const says = place.querySelector<HTMLElement>("[data-agent-says]");
    if (!field) return;
    field.value = signature;
    if (says) says.textContent = "已经签名。";
    if (!("sends" in place.dataset)) return;
    const by = field.closest("details, .to-sign")?.querySelector<HTMLButtonElement>("button[name=by]");
    field.form?.requestSubmit(by ?? undefined);
}
