//! What a mandate says, as it was typed: the firm and the items. Both who writes one here and the clerk who takes one
//! in on paper type it alike.

use base::CreditCode;

use super::terms::{Firm, NamedItem};

/// So many items one mandate names.
const ITEMS_MAX: usize = 20;
/// A firm's name has so many characters at most.
const FIRM_NAME_MAX: usize = 100;

/// The code of an item as it was typed: its name, where one of these alone bears it, or `名称（编码）`; else what was typed,
/// which may be a code.
pub fn item_code(typed: &str, known: &[NamedItem]) -> String {
    let typed = typed.trim();
    let mut named = known.iter().filter(|item| item.name == typed);
    if let (Some(one), None) = (named.next(), named.next()) {
        return one.code.clone();
    }
    let inner = typed.strip_suffix('）').and_then(|head| head.rsplit_once('（'));
    match inner {
        Some((_, code)) if !code.is_empty() && code.bytes().all(|one| one.is_ascii_digit()) => {
            code.to_owned()
        }
        _ => typed.to_owned(),
    }
}

/// How an item is offered to be typed: by its name, and by its code too where another bears the same name.
pub fn item_offered(item: &NamedItem, among: &[NamedItem]) -> String {
    match among.iter().filter(|other| other.name == item.name).count() {
        0 | 1 => item.name.clone(),
        _ => format!("{}（{}）", item.name, item.code),
    }
}

/// The codes of items that were typed by code or by name, one a line; the words say what is wrong. `known` are the items
/// whose names are understood.
pub fn stated_items(text: &str, known: &[NamedItem]) -> Result<Vec<String>, &'static str> {
    let mut codes: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let whole = item_code(line, known);
        if whole != line {
            // A name may hold what separates others.
            codes.push(whole);
            continue;
        }
        let parts = line.split([',', '，', '、', ' ', '\t']).map(str::trim);
        codes.extend(parts.filter(|part| !part.is_empty()).map(|part| item_code(part, known)));
    }
    match codes.len() {
        0 => Err("请写委托办理哪些事项，一行一个"),
        n if n > ITEMS_MAX => Err("一份委托最多写 20 个事项"),
        _ => Ok(codes),
    }
}

/// A firm is named whole, by name and credit code, or not at all; else the field that is wrong, and how.
pub fn stated_firm(name: &str, code: &str) -> Result<Option<Firm>, (&'static str, String)> {
    let (name, code) = (name.trim(), code.trim());
    if name.is_empty() && code.is_empty() {
        return Ok(None);
    }
    if name.is_empty() || name.chars().count() > FIRM_NAME_MAX || name.chars().any(char::is_control)
    {
        return Err(("firm_name", "请写单位的全称，100 个字以内".into()));
    }
    let code = CreditCode::parse(code).map_err(|error| ("firm_code", error.to_string()))?;
    Ok(Some(Firm { name: name.to_owned(), code: code.as_str().to_owned() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Vec<NamedItem> {
        let item = |code: &str, name: &str| NamedItem { code: code.into(), name: name.into() };
        vec![
            item("1", "就业、失业登记"),
            item("2", "设立书店"),
            item("3", "年审"),
            item("4", "年审"),
        ]
    }

    #[test]
    fn items_are_named_by_code_by_name_or_by_both() {
        let read = |text: &str| stated_items(text, &known()).unwrap();
        assert_eq!(read("就业、失业登记\n设立书店"), ["1", "2"]);
        assert_eq!(read("设立书店、bookshop, 000125002000"), ["2", "bookshop", "000125002000"]);
        assert_eq!(read("年审（4）"), ["4"]);
        assert_eq!(read("年审"), ["年审"], "two bear the name");
        assert_eq!(item_offered(&known()[3], &known()), "年审（4）");
        assert_eq!(item_offered(&known()[1], &known()), "设立书店");
        assert!(stated_items(" \n、", &[]).is_err());
        assert!(stated_items(&"a\n".repeat(21), &[]).is_err());
    }
}
