//! Whether a page is only what the house draws: its own elements, closed in their order, with
//! attributes in quotes. Words that somebody typed can then not have become markup.

/// The elements that the house draws.
const ELEMENTS: &str = "
    a article aside body br button caption circle code dd datalist defs details dialog div dl dt fieldset figcaption
    figure footer form g h1 h2 h3 head header hr html img input kbd label legend li line link main mark marker meta nav
    ol option p path pre rect script section select small span strong summary svg table tbody td text textarea tfoot th
    thead time title tr ul use
";
/// Elements without an end.
const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

/// Stops where the markup is not the house's.
pub fn check(page: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!DOCTYPE html>").unwrap_or(page);
    while let Some((words, markup)) = rest.split_once('<') {
        plain(words);
        let (tag, after) = markup.split_once('>').expect("a tag ends");
        rest = after;
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "elements close in their order");
            continue;
        }
        // What a picture of lines is made of ends in itself.
        let (tag, ended) = match tag.strip_suffix('/') {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        let known = ELEMENTS.split_whitespace().any(|element| element == name);
        assert!(known, "<{name}> is no element of the house");
        each_attribute(name, attributes);
        if !ended && !VOID.contains(&name) {
            open.push(name);
        }
        if name == "script" {
            assert!(rest.starts_with("</script>"), "no script stands in a page");
        }
    }
    plain(rest);
    assert!(open.is_empty(), "{open:?} stay open");
}

/// Words between tags or in an attribute: what could end them is escaped.
fn plain(words: &str) {
    assert!(!words.contains(['<', '>']), "markup in words: {words}");
    for (at, _) in words.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;"];
        assert!(known.iter().any(|one| words[at..].starts_with(one)), "a bare & in: {words}");
    }
}

fn each_attribute(element: &str, attributes: &str) {
    let mut rest = attributes;
    while !rest.is_empty() {
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':');
        assert!(!name.is_empty() && name.bytes().all(letter), "<{element} {attributes}>");
        assert!(!name.starts_with("on") && name != "style", "{name} on <{element}>");
        rest = match after.strip_prefix("=\"") {
            Some(after) => {
                let (value, after) = after.split_once('"').expect("a value ends");
                plain(value);
                if matches!(name, "href" | "src" | "action" | "formaction") {
                    let ours = value.is_empty()
                        || ["/", "#", "?", "http://", "https://", "tel:", "mailto:"]
                            .iter()
                            .any(|start| value.starts_with(start));
                    assert!(ours, "{name} of <{element}> leads to {value}");
                }
                after
            }
            None => after,
        };
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
}
