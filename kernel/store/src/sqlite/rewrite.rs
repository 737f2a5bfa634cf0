//! `$n` becomes `?n`: SQLite numbers `$n` by order of appearance, so that `$2 … $1` would swap.

/// The statement with its `$n` written `?n`, outside of literals, quoted names and comments.
pub(crate) fn rewrite(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut rest = sql;
    while let Some(at) = rest.find(['$', '\'', '"', '-', '/']) {
        let (before, here) = rest.split_at(at);
        out.push_str(before);
        let length = match here.as_bytes() {
            [b'$', b'0'..=b'9', ..] if !ends_in_word(before) => {
                out.push('?');
                rest = here.split_at(1).1;
                continue;
            }
            [quote @ (b'\'' | b'"'), after @ ..] => quoted(*quote, after),
            [b'-', b'-', ..] => here.find('\n').unwrap_or(here.len()),
            [b'/', b'*', ..] => here.find("*/").map_or(here.len(), |end| end + 2),
            _ => 1,
        };
        let (literal, after) = here.split_at(length);
        out.push_str(literal);
        rest = after;
    }
    out.push_str(rest);
    out
}

/// How long a quoted piece is, with both quotes; a doubled quote inside reads as two pieces.
fn quoted(quote: u8, after: &[u8]) -> usize {
    after.iter().position(|byte| *byte == quote).map_or(after.len() + 1, |end| end + 2)
}

/// Whether a `$` after this belongs to a name.
fn ends_in_word(before: &str) -> bool {
    before.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$')
}

#[cfg(test)]
mod tests {
    use super::rewrite;

    #[test]
    fn numbers_stay_with_their_parameters() {
        assert_eq!(rewrite("SELECT $2, $1, $2, $10"), "SELECT ?2, ?1, ?2, ?10");
        assert_eq!(rewrite("a=$1"), "a=?1");
    }

    #[test]
    fn literals_names_and_comments_stay_as_they_are() {
        for same in [
            "SELECT '$1', 'it''s $2', '价$1'",
            "SELECT \"$1\" FROM t",
            "SELECT 1 -- costs $5\n",
            "SELECT 1 /* $1 - ' */",
            "SELECT a - b / c, '$1",
            "SELECT a$1",
            "",
        ] {
            assert_eq!(rewrite(same), same);
        }
        assert_eq!(rewrite("'a' $1 -- $2\n$3 /* $4 */ - $5"), "'a' ?1 -- $2\n?3 /* $4 */ - ?5");
    }
}
