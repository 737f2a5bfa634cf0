// Finding elements.

/** All elements under `root`, and `root` itself, that fit the selector. */
export function all<E extends Element>(root: ParentNode, selector: string): E[] {
    const found = [...root.querySelectorAll<E>(selector)];
    if (root instanceof Element && root.matches(selector)) found.unshift(root as unknown as E);
    return found;
}

/** Whether the reader is typing, so that single keys are letters. */
export function isTyping(target: EventTarget | null): boolean {
    return (
        target instanceof HTMLElement &&
        (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
        !(target instanceof HTMLInputElement && /^(checkbox|radio|button|submit)$/.test(target.type))
    );
}
