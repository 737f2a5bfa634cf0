// Counting signs, naming chosen files and refusing those that the server would refuse anyway.

import { all } from "./find";

export function fields(root: ParentNode): void {
    for (const area of all<HTMLTextAreaElement>(root, "textarea[data-max]")) count(area);
    for (const input of all<HTMLInputElement>(root, "input[type=file][data-bytes-max]")) files(input);
}

function count(area: HTMLTextAreaElement): void {
    const max = Number(area.dataset.max);
    const words = document.getElementById(`${area.id}-count`);
    if (!words || !max) return;
    const show = (): void => {
        // The law of the form counts signs, not the halves of which a script makes rare ones.
        const left = max - [...area.value.trim()].length;
        words.textContent = left >= 0 ? `还可以写 ${left} 个字` : `多了 ${-left} 个字`;
        words.classList.toggle("count-over", left < 0);
    };
    area.addEventListener("input", show);
    if (area.value) show();
}

function files(input: HTMLInputElement): void {
    const list = document.createElement("ul");
    list.className = "file-chosen";
    list.setAttribute("aria-live", "polite");
    input.after(list);
    input.addEventListener("change", () => {
        const chosen = [...(input.files ?? [])];
        list.replaceChildren(...chosen.map(line));
        input.setCustomValidity(wrong(input, chosen));
        if (chosen.length > 0) input.reportValidity();
    });
}

function line(file: File): HTMLLIElement {
    const item = document.createElement("li");
    const name = document.createElement("span");
    const size = document.createElement("span");
    name.textContent = file.name;
    size.textContent = said(file.size);
    item.append(name, size);
    return item;
}

function wrong(input: HTMLInputElement, chosen: File[]): string {
    const bytesMax = Number(input.dataset.bytesMax);
    const countMax = Number(input.dataset.countMax) || 1;
    const endings = input.accept.split(",").filter(Boolean);
    const large = chosen.find((file) => file.size > bytesMax);
    if (large) return `${large.name} 有 ${said(large.size)}，超过了 ${said(bytesMax)}，请压缩后再选`;
    const strange = chosen.find(
        (file) => endings.length > 0 && !endings.some((ending) => file.name.toLowerCase().endsWith(ending)),
    );
    if (strange) return `${strange.name} 的格式不收，请换成 ${endings.join("、")}`;
    if (chosen.length > countMax) return `最多选 ${countMax} 个文件`;
    return "";
}

function said(bytes: number): string {
    const kb = 1024;
    if (bytes < kb) return `${bytes} 字节`;
    if (bytes < kb * kb) return `${Math.ceil(bytes / kb)} KB`;
    return `${Math.ceil((bytes * 10) / (kb * kb)) / 10} MB`;
}
