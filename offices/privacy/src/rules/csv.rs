//! Tables as people open them: CSV in UTF-8 with its mark, so that no program guesses the signs wrong, and with cells
//! that no program takes for a formula.

/// What a spreadsheet takes for the beginning of a formula, the wide signs of Chinese keyboards too.
const BEGINS_A_FORMULA: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// The mark of the encoding.
const MARK: &str = "\u{FEFF}";

/// A file with these titles and rows.
pub fn table<'a>(titles: &[&str], rows: impl IntoIterator<Item = &'a [String]>) -> String {
    let mut text = MARK.to_owned();
    line(&mut text, titles.iter().copied());
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    text
}

fn line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (place, one) in cells.enumerate() {
        if place > 0 {
            text.push(',');
        }
        text.push_str(&cell(one));
    }
    text.push_str("\r\n");
}

/// A cell: what would be a formula has an apostrophe before it; what holds a comma, a quotation mark or a line's end
/// stands in quotation marks (RFC 4180).
fn cell(text: &str) -> String {
    let defused = match text.trim_start().chars().next() {
        Some(first) if BEGINS_A_FORMULA.contains(&first) => format!("'{text}"),
        _ if text.starts_with(BEGINS_A_FORMULA) => format!("'{text}"),
        _ => text.to_owned(),
    };
    if defused.contains([',', '"', '\n', '\r', '\'']) {
        return format!("\"{}\"", defused.replace('"', "\"\""));
    }
    defused
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_keeps_its_words() {
        for (text, written) in [
            ("张三", "张三"),
            ("", ""),
            ("=1+1", "\"'=1+1\""),
            ("  =cmd|' /C calc'!A0", "\"'  =cmd|' /C calc'!A0\""),
            ("-5", "\"'-5\""),
            ("＝SUM(A1)", "\"'＝SUM(A1)\""),
            ("\t1", "\"'\t1\""),
            ("甲,乙", "\"甲,乙\""),
            ("他说“好”", "他说“好”"),
            ("a\"b", "\"a\"\"b\""),
            ("两\n行", "\"两\n行\""),
            ("2026-03-02", "2026-03-02"),
        ] {
            assert_eq!(cell(text), written, "{text}");
        }
    }

    #[test]
    fn a_table_has_its_mark_its_titles_and_a_line_a_row() {
        let rows = [vec!["1".to_owned(), "=2".to_owned()]];
        let text = table(&["甲", "乙"], rows.iter().map(Vec::as_slice));
        assert_eq!(text, "\u{FEFF}甲,乙\r\n1,\"'=2\"\r\n");
    }

    /// Reads a file as RFC 4180 says.
    fn read(text: &str) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
        let mut letters = text.trim_start_matches(MARK).chars().peekable();
        while let Some(letter) = letters.next() {
            match letter {
                '"' if quoted && letters.peek() == Some(&'"') => {
                    letters.next();
                    cell.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !quoted => {}
                '\n' if !quoted => {
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                letter => cell.push(letter),
            }
        }
        rows
    }

    proptest::proptest! {
        #[test]
        fn whatever_stands_in_a_cell_comes_back_and_begins_no_formula(
            cells in proptest::collection::vec(".{0,20}", 2)
        ) {
            let text = table(&["甲", "乙"], [cells.as_slice()]);
            let rows = read(&text);
            proptest::prop_assert_eq!(rows.len(), 2);
            for (cell, read) in cells.iter().zip(&rows[1]) {
                let bare = read.strip_prefix('\'').filter(|bare| bare == cell).unwrap_or(read);
                proptest::prop_assert_eq!(bare, cell);
                proptest::prop_assert!(!read.trim_start().starts_with(BEGINS_A_FORMULA));
            }
        }
    }
}
