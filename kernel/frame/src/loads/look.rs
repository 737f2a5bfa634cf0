//! The desk where one subject of a register is looked up for a purpose that is said, as it stands or as it stood. The
//! office says by what it is looked up, and shows what was found.

use std::collections::BTreeMap;

use base::{FieldError, Moment, Outcome};
use maud::Markup;
use register::Register;

use super::{LoadDesk, Then};
use crate::parts::{
    self, Choice, Field, Heading, NoticeKind, Width, error_summary, html, post_form,
};
use crate::{Cx, Reply, page};

/// What was entered, by field.
pub type Entered = BTreeMap<String, String>;

/// What the desk of looking up is.
pub struct LookDesk {
    /// The register's other desk.
    pub loads: &'static LoadDesk,
    /// The field of what is looked up, its label and its hint.
    pub field: (&'static str, &'static str, &'static str),
    /// Reads what was entered there, in the form in which the register keeps it.
    pub key: fn(&str) -> Result<String, String>,
    /// The purposes for which one may look: the names of the share terms, and words.
    pub purposes: &'static [(&'static str, &'static str, &'static str)],
    /// The parts of the register's desk, this one marked.
    pub tabs: fn() -> Vec<parts::Tab>,
    /// Who is told of the look.
    pub told: &'static str,
}

/// What is looked up.
pub struct Sought {
    /// By what: a citizen number.
    pub key: String,
    /// The name of the share terms.
    pub purpose: &'static str,
    /// The purpose in words.
    pub title: &'static str,
    /// As of when.
    pub then: Then,
}

impl Sought {
    /// That nothing was found, and as of when: `who` (登记中没有这个人) and `what` (公民身份号码 … 不在人口基础信息中). What begins
    /// later than was asked is told, since it was looked for.
    pub async fn nothing(
        &self,
        cx: &Cx,
        register: &'static Register,
        (who, what): (&str, &str),
        record: &str,
    ) -> Outcome<Markup> {
        let (keys, key, asked) =
            (cx.hall().keys.clone(), self.key.clone(), self.then.asked(cx.now()));
        let begins = cx.read(move |reader| register::begins(reader, &keys, register, &key, asked));
        let (title, words) = match begins.await? {
            Some(day) => {
                let words = format!("登记从{}起才有记载，更早的情况查不到", day.chinese());
                ("那时的情况没有记载", words)
            }
            None => (who, what.to_owned()),
        };
        let then = self.then.words();
        let said = html! { p { (words) "。查的是" (then) "。查询记录 " (record) "。" } };
        Ok(parts::notice(NoticeKind::Warning, title, said))
    }
}

impl LookDesk {
    /// Reads what was entered, or tells what is wrong with each field.
    pub fn read(&self, entered: &Entered, now: Moment) -> Result<Sought, Vec<FieldError>> {
        let of = |field: &str| entered.get(field).map_or("", String::as_str);
        let mut errors = Vec::new();
        let then = Then::read((of("on"), of("known")), now, &mut errors);
        let mut wrong = |field: &str, message: String| {
            errors.push(FieldError { field: field.to_owned(), message });
        };
        let key = (self.key)(of(self.field.0)).map_err(|why| wrong(self.field.0, why)).ok();
        let purpose = self.purposes.iter().find(|(name, ..)| *name == of("purpose"));
        if purpose.is_none() {
            wrong("purpose", "请选择查询的用途".into());
        }
        match (key, purpose) {
            (Some(key), Some((purpose, title, _))) if errors.is_empty() => {
                Ok(Sought { key, purpose, title, then })
            }
            _ => Err(errors),
        }
    }

    /// The page, with what was found above the form for the next look.
    pub async fn shown(
        &self,
        cx: &Cx,
        entered: &Entered,
        errors: &[FieldError],
        found: Option<Markup>,
    ) -> Reply {
        let (loads, register) = (self.loads, self.loads.register);
        let count = cx.read(|reader| register::entries(reader, register.name)).await?;
        let value = |field: &str| entered.get(field).map_or("", String::as_str);
        let wrong = |field: &str| {
            errors.iter().find(|error| error.field == field).map(|error| error.message.clone())
        };
        let choice =
            |(name, title, hint): &(&str, &str, &str)| Choice::new(*name, *title).hint(*hint);
        let (field, label, hint) = self.field;
        let lead = format!("登记 {count} 条。每次查询都记下谁、什么时候、为什么查{}。", self.told);
        let body = html! {
            (error_summary(errors))
            (Heading::new(loads.title).lead(lead))
            (parts::tabs(&format!("{}的各部分", loads.title), &(self.tabs)()))
            @if let Some(found) = &found { (found) }
            (post_form(loads.home, None, html! {
                (Field::text(field, label).hint(hint).value(value(field)).error(wrong(field))
                    .width(Width::Long))
                (Field::radios("purpose", "为什么查", self.purposes.iter().map(choice).collect())
                    .value(value("purpose")).error(wrong("purpose"))
                    .why("只能为职责需要查询，用途会写进查询记录。"))
                (Then::fields((value("on"), value("known")), errors))
                (Then::buttons(&format!("会留下查询记录{}", self.told), &format!("{}/proof", loads.home)))
            }))
            (parts::legal_basis(register.authority))
        };
        page::desk(cx, loads.title, &[], body).await
    }
}
