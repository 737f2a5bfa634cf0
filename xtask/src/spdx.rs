//! Licence expressions: `(MIT OR Apache-2.0) AND Unicode-3.0`.

/// Whether `expression` can be met with the licences in `allow`.
///
/// Cargo's older `MIT/Apache-2.0` is read as `OR`. What cannot be read is not met.
pub fn met(expression: &str, allow: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut parser = Parser { tokens, at: 0, allow };
    let met = parser.either();
    parser.at == parser.tokens.len() && met
}

struct Parser<'a> {
    tokens: Vec<&'a str>,
    at: usize,
    allow: &'a [String],
}

impl<'a> Parser<'a> {
    fn take(&mut self) -> &'a str {
        let token = self.tokens.get(self.at).copied().unwrap_or("");
        self.at += 1;
        token
    }

    fn skip(&mut self, word: &str) -> bool {
        let here = self.tokens.get(self.at) == Some(&word);
        self.at += usize::from(here);
        here
    }

    fn either(&mut self) -> bool {
        let mut met = self.both();
        while self.skip("OR") {
            met |= self.both();
        }
        met
    }

    fn both(&mut self) -> bool {
        let mut met = self.one();
        while self.skip("AND") {
            met &= self.one();
        }
        met
    }

    fn one(&mut self) -> bool {
        if self.skip("(") {
            let met = self.either();
            return self.skip(")") && met;
        }
        let mut licence = self.take().to_owned();
        if self.skip("WITH") {
            licence = format!("{licence} WITH {}", self.take());
        }
        self.allow.contains(&licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ok(expression: &str) -> bool {
        met(expression, &["MIT".to_owned(), "Unicode-3.0".to_owned(), "A WITH B".to_owned()])
    }

    #[test]
    fn expressions_are_read() {
        for good in
            ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Unicode-3.0", "A WITH B"]
        {
            assert!(ok(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "MIT OR", "", "A", "(MIT", "MIT MIT"] {
            assert!(!ok(bad), "{bad}");
        }
    }
}
