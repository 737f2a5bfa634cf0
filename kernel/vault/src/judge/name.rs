//! Names of files, cleaned of what could mislead a reader or a file system.

/// A name in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Never empty.
    pub stem: String,
    /// In lower case, without its dot; may be empty.
    pub extension: String,
    chars_max: usize,
}

impl Name {
    /// The name as it may be shown and kept: the last part of a path, without signs that cannot be
    /// seen or that turn the direction of writing, not longer than `chars_max`.
    pub(crate) fn clean(name: &str, chars_max: usize) -> Self {
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
        let seen: String = last.chars().filter(|c| !is_hidden(*c)).map(harmless).collect();
        let seen = seen.trim_matches(|c: char| c.is_whitespace() || c == '.');
        let (stem, extension) = match seen.rsplit_once('.') {
            Some((stem, extension)) if is_extension(extension) => (stem.trim_end(), extension),
            _ => (seen, ""),
        };
        let stem = if stem.is_empty() { "文件" } else { stem };
        Self { stem: stem.to_owned(), extension: extension.to_ascii_lowercase(), chars_max }
    }

    pub(crate) fn whole(&self) -> String {
        self.with_extension(&self.extension)
    }

    /// The stem is cut so that the whole, the extension that it gets included, has its length.
    pub(crate) fn with_extension(&self, extension: &str) -> String {
        let room = self.chars_max.saturating_sub(extension.chars().count() + 1).max(1);
        let stem: String = self.stem.chars().take(room).collect();
        // What was in the midst may stand at the end now.
        let stem = stem.trim_end();
        if extension.is_empty() { stem.to_owned() } else { format!("{stem}.{extension}") }
    }
}

fn is_extension(text: &str) -> bool {
    (1..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Control characters, and signs without a shape: joiners, marks of direction, the byte order mark.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{00AD}' | '\u{061C}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        )
}

/// Signs that Windows does not take in names.
fn harmless(c: char) -> char {
    if matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*') { '_' } else { c }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expect: &str) {
        assert_eq!(Name::clean(name, 20).whole(), expect, "{name:?}");
    }

    #[test]
    fn a_name_is_cleaned_of_paths_and_of_signs_that_mislead() {
        check("营业执照.PDF", "营业执照.pdf");
        check("C:\\Users\\张三\\身份证 正面.jpg", "身份证 正面.jpg");
        check("../../etc/passwd", "passwd");
        check("发票\u{202E}fdp.exe", "发票fdp.exe");
        check("a<b>:\"c|?.txt", "a_b___c__.txt");
        check(" .. ", "文件");
        check(".pdf", "pdf");
        check("说明。第一版", "说明。第一版");
        check(&format!("{}.docx", "长".repeat(50)), &format!("{}.docx", "长".repeat(15)));
    }

    #[test]
    fn a_name_that_gets_an_extension_is_not_longer_for_it() {
        let name = Name::clean(&"长".repeat(50), 20).with_extension("docx");
        assert_eq!(name, format!("{}.docx", "长".repeat(15)));
        assert_eq!(Name::clean(&name, 20).whole(), name);
        let name = Name::clean("空格在第十五个字以后一 个", 12).with_extension("a");
        assert_eq!(name, "空格在第十五个字以后.a");
    }
}
