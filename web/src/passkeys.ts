// Passkeys: the form's button asks the browser for one, and what it answers is sent with the form.

import { all } from "./find";

export function passkeys(root: ParentNode): void {
    for (const form of all<HTMLFormElement>(root, "form[data-passkey]")) offer(form);
}

/** Shows the form where the browser has passkeys for this address; elsewhere the words in its place stay. */
function offer(form: HTMLFormElement): void {
    const asked = form.dataset;
    if (!window.PublicKeyCredential || !navigator.credentials || location.origin !== asked.origin) return;
    const words = form.previousElementSibling;
    if (words instanceof HTMLElement && words.matches("[data-passkey-else]")) words.hidden = true;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (form.dataset.asking) return;
        form.dataset.asking = "true";
        tell(form, "");
        const answer = asked.passkey === "create" ? make(form) : show(form);
        // `submit()` asks no listener again.
        void answer.then(() => form.submit(), (error: unknown) => tell(form, wordsOf(error))).finally(() => {
            delete form.dataset.asking;
        });
    });
}

async function make(form: HTMLFormElement): Promise<void> {
    const asked = form.dataset;
    const made = await navigator.credentials.create({
        publicKey: {
            rp: { id: asked.host, name: asked.site ?? "" },
            user: { id: bytes(asked.user), name: asked.login ?? "", displayName: asked.login ?? "" },
            challenge: bytes(asked.challenge),
            pubKeyCredParams: [{ type: "public-key", alg: -7 }],
            excludeCredentials: named(asked.ids),
            authenticatorSelection: {
                residentKey: "preferred",
                userVerification: asked.verify as UserVerificationRequirement,
            },
            attestation: "none",
        },
    });
    const answer = (made as PublicKeyCredential).response as AuthenticatorAttestationResponse;
    put(form, "client_data", answer.clientDataJSON);
    put(form, "attestation", answer.attestationObject);
}

async function show(form: HTMLFormElement): Promise<void> {
    const asked = form.dataset;
    const shown = await navigator.credentials.get({
        publicKey: {
            rpId: asked.host,
            challenge: bytes(asked.challenge),
            allowCredentials: named(asked.ids),
            userVerification: asked.verify as UserVerificationRequirement,
        },
    });
    const passkey = shown as PublicKeyCredential;
    const answer = passkey.response as AuthenticatorAssertionResponse;
    put(form, "id", passkey.rawId);
    put(form, "client_data", answer.clientDataJSON);
    put(form, "device_data", answer.authenticatorData);
    put(form, "signature", answer.signature);
}

function named(ids = ""): PublicKeyCredentialDescriptor[] {
    return ids.split(" ").filter(Boolean).map((id) => ({ type: "public-key", id: bytes(id) }));
}

/** From base 64 for addresses. */
function bytes(text = ""): Uint8Array<ArrayBuffer> {
    return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
}

function put(form: HTMLFormElement, name: string, value: ArrayBuffer): void {
    const text = btoa(String.fromCharCode(...new Uint8Array(value)));
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) {
        field.value = text.replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    }
}

function tell(form: HTMLFormElement, words: string): void {
    const place = form.querySelector<HTMLElement>("[data-passkey-error]");
    if (!place) return;
    place.textContent = words;
    place.hidden = words === "";
}

function wordsOf(error: unknown): string {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "InvalidStateError") return "这台设备上的通行密钥已经登记过了";
    if (name === "NotAllowedError") return "没有完成：取消了，超过了时间，或者这台设备上没有可用的通行密钥";
    if (name === "SecurityError") return "浏览器不允许在这个网址上使用通行密钥";
    return "浏览器没有办成，请再试一次，或者用别的登录方式";
}
