//! Of which registers the program itself answers organs, and by which kinds of question. A resource that names one says
//! whom its terms will let ask what, so what it names is no free text. Pure.

use base::{Day, FieldError};

use crate::terms::{Kept, Resource};

/// By what a resource is judged that names a register or a kind of question.
#[derive(Clone, Debug, Default)]
pub struct Kinds {
    /// The registers with their kinds.
    pub kept: Vec<Kept>,
    /// The offices of the program: a kind that begins otherwise is answered by a department's gateway.
    pub offices: Vec<&'static str>,
}

impl Kinds {
    /// The registers that are known on a day.
    fn on(&self, day: Day) -> impl Iterator<Item = &Kept> {
        self.kept.iter().filter(move |one| one.from <= day)
    }

    /// Whether an office of the program would answer a kind.
    pub fn is_ours(&self, kind: &str) -> bool {
        let office = kind.split_once('.').map_or(kind, |(office, _)| office);
        self.offices.contains(&office)
    }

    /// What people call a register; nothing where the program keeps none of this name.
    pub fn register_title(&self, register: &str) -> Option<&str> {
        let kept = self.kept.iter().find(|one| one.register == register);
        kept.map(|one| one.title.as_str())
    }

    /// The register that answers a kind; nothing where none of the program's does.
    pub fn register_of(&self, kind: &str) -> Option<&str> {
        let kept = self.kept.iter().find(|one| one.kinds.iter().any(|one| one.kind == kind));
        kept.map(|one| one.register.as_str())
    }

    /// What is asked by a kind; nothing where no register of the program answers it.
    pub fn kind_title(&self, kind: &str) -> Option<&str> {
        let mut kinds = self.kept.iter().flat_map(|one| &one.kinds);
        kinds.find(|one| one.kind == kind).map(|one| one.title.as_str())
    }

    /// What is wrong with the register and the kind that a resource names.
    pub fn wrong(&self, resource: &Resource, day: Day) -> Vec<FieldError> {
        let mut found = Vec::new();
        let mut put = |field: &str, message: String| {
            found.push(FieldError { field: field.into(), message });
        };
        let (register, question) = (resource.register.as_str(), resource.question.as_str());
        if !register.is_empty() && !self.on(day).any(|one| one.register == register) {
            let known: Vec<&str> = self.on(day).map(|one| one.register.as_str()).collect();
            put("register", format!("没有“{register}”这个库，可以写{}", known.join("、")));
        }
        if question.is_empty() {
            return found;
        }
        let letter =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
        if question.len() > 100 || !question.bytes().all(letter) {
            put("question", "查询的种类只能用小写字母、数字、点、连字符和下划线".into());
        } else if self.is_ours(question) {
            match self.on(day).find(|one| one.kinds.iter().any(|one| one.kind == question)) {
                None => put("question", format!("本平台不向部门提供“{question}”的查询")),
                Some(kept) if kept.register != register => {
                    let words = format!("查“{question}”的，所在的库请写 {}", kept.register);
                    put("register", words);
                }
                Some(_) => {}
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terms::KeptKind;

    fn kinds() -> Kinds {
        let kept = Kept {
            from: Day::from_number(20_000),
            ground: "依据".into(),
            register: "population.residents".into(),
            title: "人口登记库".into(),
            kinds: vec![KeptKind {
                kind: "population.person".into(), title: "查一个人".into()
            }],
        };
        Kinds { kept: vec![kept], offices: vec!["population", "exchange"] }
    }

    fn wrong(register: &str, question: &str, day: i64) -> Vec<String> {
        let resource = Resource {
            register: register.into(),
            question: question.into(),
            ..Resource::default()
        };
        let found = kinds().wrong(&resource, Day::from_number(day));
        found.into_iter().map(|one| one.field).collect()
    }

    #[test]
    fn a_kind_of_the_program_stands_with_its_register_and_no_other_is_offered() {
        assert!(wrong("", "", 20_001).is_empty());
        assert!(wrong("population.residents", "population.person", 20_001).is_empty());
        assert_eq!(wrong("", "population.person", 20_001), ["register"]);
        // What other departments have published is no kind of a resource.
        assert_eq!(wrong("", "exchange.publication", 20_001), ["question"]);
        assert_eq!(wrong("elsewhere.things", "", 20_001), ["register"]);
        assert_eq!(wrong("population.residents", "population.person", 19_999).len(), 2);
    }

    #[test]
    fn what_a_departments_gateway_answers_has_a_name_of_its_own() {
        assert!(wrong("", "health.births", 20_001).is_empty());
        assert_eq!(wrong("", "health.births,population.person", 20_001), ["question"]);
        assert!(!kinds().is_ours("health.births"));
    }
}
