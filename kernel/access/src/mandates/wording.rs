//! What a mandate says, as it was typed: the firm and the items. Both who writes one here and the clerk who takes one
//! in on paper type it alike.

use base::CreditCode;

use super::terms::Firm;

/// So many items one mandate names.
const ITEMS_MAX: usize = 20;
/// A firm's name has so many characters at most.
const FIRM_NAME_MAX: usize = 100;

/// The codes of items, one a line; the words say what is wrong.
pub fn stated_items(text: &str) -> Result<Vec<String>, &'static str> {
    let codes: Vec<String> = text
        .split([',', '，', '、', ' ', '\n', '\r', '\t'])
        .map(str::trim)
        .filter(|code| !code.is_empty())
        .map(str::to_owned)
        .collect();
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
