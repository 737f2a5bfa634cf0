//! How a register stood then: the two questions that a form of looking up may ask beside its own, and the proof of the
//! answer.

use base::{Day, FieldError, Moment, Refusal, RefusalKind};
use maud::Markup;
use register::{Knowing, Register, Version};

use crate::parts::{Button, Field, button_row, html};
use crate::{Cx, Problem, Reply, not_found, page};

/// As of when a register is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Then {
    /// On which day; today where nothing was said.
    pub on: Option<Day>,
    /// As the register knew it at this moment; as it knows it where nothing was said.
    pub known: Option<Moment>,
}

impl Then {
    /// Reads the two days as they were typed under `on` and `known`. What was known on a day is what was known when it
    /// ended.
    pub fn read((on, known): (&str, &str), now: Moment, errors: &mut Vec<FieldError>) -> Self {
        let mut day = |field: &str, typed: &str| {
            let why = match Day::typed(typed) {
                _ if typed.trim().is_empty() => return None,
                Ok(day) if day <= now.day() => return Some(day),
                Ok(_) => "这一天还没有到".to_owned(),
                Err(why) => why.words(typed),
            };
            errors.push(FieldError { field: field.to_owned(), message: why });
            None
        };
        let on = day("on", on);
        Self { on, known: day("known", known).map(|day| day.end().min(now)) }
    }

    /// The fields that ask for them, folded away until they are wanted.
    pub fn fields((on, known): (&str, &str), errors: &[FieldError]) -> Markup {
        let of = |field: &str| {
            errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
        };
        html! {
            details open[!on.is_empty() || !known.is_empty()] {
                summary { "查过去的登记" }
                (Field::date("on", "哪一天的情况").value(on).error(of("on")).optional()
                    .hint("不填就是今天"))
                (Field::date("known", "按哪一天为止的记载").value(known).error(of("known")).optional()
                    .hint("作决定那天登记库是怎样记载的：以后才导入、更正、撤销的都不算。不填就是到现在为止"))
            }
        }
    }

    /// In words.
    pub fn words(self) -> String {
        let on =
            self.on.map_or("今天的情况".to_owned(), |day| format!("{}的情况", day.chinese()));
        match self.known {
            Some(known) => format!("{on}，按 {} 为止的记载", known.to_minute()),
            None => format!("{on}，按现在的记载"),
        }
    }

    /// As the register is asked.
    pub fn asked(self, now: Moment) -> (Day, Knowing) {
        (self.on.unwrap_or(now.day()), self.known.map_or(Knowing::Now, Knowing::At))
    }

    /// The buttons of such a form: to look, and to fetch what is found as a file that anyone can check, from `proof`.
    pub fn buttons(consequence: &str, proof: &str) -> Markup {
        button_row(html! {
            (Button::new("查询").consequence(consequence))
            (Button::secondary("下载登记证明").to(proof)
                .consequence("内容连同存证，任何人都能验证；也会留下查询记录"))
        })
    }

    /// What a register says, or said, of a subject: it is given to nobody before the look is on record.
    pub async fn version(
        self,
        cx: &Cx,
        register: &'static Register,
        key: &str,
    ) -> Result<Version, Problem> {
        let (keys, key, when) = (cx.hall().keys.clone(), key.to_owned(), self.asked(cx.now()));
        let found = cx.read(move |reader| register::find(reader, &keys, register, &key, when));
        Ok(found.await?.ok_or_else(|| not_found("当时的登记"))?)
    }
}

/// The purpose of a proof: its terms name all that it gives out, since nothing of it can be cut away.
pub const PROOF: &str = "proof";

/// What a register says of a subject, as a file that anyone can check. Refused where the terms for it do not name a field that
/// is known. Whoever calls has put the look on record, at everybody who is named by number in it.
pub async fn proof(
    cx: &Cx,
    register: &'static Register,
    (asker, kind): (&'static str, &'static str),
    (key, version): (&str, &Version),
) -> Reply {
    let today = cx.now().day();
    let terms = cx.read(move |reader| ask::terms_of(reader, asker, kind, PROOF, today)).await?;
    let named = terms.map(|terms| terms.fields).unwrap_or_default();
    let is_named = |field: &str| named.iter().any(|one| one == field || one == "*");
    if version.body.keys().any(|field| !is_named(field)) {
        let words = "登记里有共享条件没有列出的内容，不能下载登记证明";
        return Err(Refusal::new(RefusalKind::Forbidden, "register.not_shared", words)
            .remedy("登记证明是一个整体，不能只给一部分。请先修改下载登记证明的共享条件")
            .into());
    }
    let proof = register::prove(&cx.hall().ground(), register, key, version).await?;
    let proof = proof.ok_or_else(|| not_found("这次导入的回执（几秒钟以后再试）"))?;
    Ok(page::download("register-proof.json", "application/json", proof.text()?.into_bytes()))
}
