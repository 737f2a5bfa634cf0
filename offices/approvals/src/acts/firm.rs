//! The firm that applies: what the register of legal entities knows of it is not asked for again, and who has ended
//! applies for nothing.

use access::account_by_id;
use ask::Answer;
use base::{CreditCode, FieldError, Outcome, Refusal, RefusalKind};
use entities_contract::{EntitiesOf, EntityAnswer, EntityByCode, Named};
use frame::Cx;
use frame::form::Form;
use serde_json::{Map, Value};

use crate::acts::agency::{FIRM_CODE, FIRM_NAME};
use crate::acts::draft::{Oneself, Opened, Prefilled};
use crate::rules;
use crate::terms::{Channel, Source, Sources};

/// In the form's page, beside its fields: the one of several firms that was chosen.
pub(crate) const CHOSEN: &str = "of_firm";

fn source_of<T>(answer: &Answer<T>) -> Source {
    Source {
        from: answer.source.clone(),
        as_of: answer.as_of,
        valid_until: answer.valid_until,
        ask: answer.ask_id.to_string(),
        ground: answer.ground.clone(),
    }
}

/// The firms that somebody represents who has shown that the number is theirs.
async fn represented(cx: &Cx, oneself: &Oneself) -> Outcome<Option<(Vec<Named>, Source)>> {
    let Some(number) = oneself.proven() else { return Ok(None) };
    let question = EntitiesOf { number: number.to_owned() };
    let answer = cx.ask("approvals", "prefill", &question).await?;
    let source = source_of(&answer);
    let firms = answer.value.and_then(|value| value.entities).unwrap_or_default();
    Ok(Some((firms, source)))
}

/// Fills in the firm of who represents exactly one. With several they choose; see [`choices`].
pub(crate) async fn only_one(
    cx: &Cx,
    form: &Form,
    oneself: &Oneself,
    known: &mut Prefilled,
) -> Outcome<()> {
    if form.field(FIRM_CODE).is_none() {
        return Ok(());
    }
    let Some((firms, source)) = represented(cx, oneself).await? else { return Ok(()) };
    if let [firm] = firms.as_slice() {
        fill(form, &mut known.values, &mut known.sources, (&firm.code, &firm.name), &source);
    }
    Ok(())
}

fn fill(
    form: &Form,
    values: &mut Map<String, Value>,
    sources: &mut Sources,
    (code, name): (&str, &str),
    source: &Source,
) {
    for (field, value) in [(FIRM_CODE, code), (FIRM_NAME, name)] {
        if form.field(field).is_some() && !value.is_empty() {
            values.insert(field.to_owned(), Value::String(value.to_owned()));
            sources.insert(field.to_owned(), source.clone());
        }
    }
}

/// The firms to choose from on the page that asks for one: of who applies online for themselves, represents several,
/// and has named none yet.
pub(crate) async fn choices(cx: &Cx, opened: &Opened, group: &str) -> Outcome<Vec<Named>> {
    let asked = opened.form.field(FIRM_CODE).is_some_and(|field| field.group == group);
    let own = opened.draft.channel == Channel::Online && opened.draft.mandate.is_none();
    if !asked || !own || !rules::entry(&opened.values, FIRM_CODE).is_empty() {
        return Ok(Vec::new());
    }
    let (account, keys) = (opened.draft.account, cx.hall().keys.clone());
    let oneself = cx
        .read(move |r| Ok(account_by_id(r, account)?.map(|found| Oneself::of(&found, &keys))))
        .await?;
    let Some(oneself) = oneself else { return Ok(Vec::new()) };
    let firms = represented(cx, &oneself).await?.map(|(firms, _)| firms).unwrap_or_default();
    Ok(if firms.len() > 1 { firms } else { Vec::new() })
}

/// Puts the firm that was chosen where a code would be typed, if none was.
pub(crate) fn with_choice(pairs: &[(String, String)]) -> Vec<(String, String)> {
    let said = |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, v)| v.trim());
    let chosen = said(CHOSEN).filter(|code| !code.is_empty());
    let Some(chosen) = chosen.filter(|_| said(FIRM_CODE).is_none_or(str::is_empty)) else {
        return pairs.to_vec();
    };
    let others = pairs.iter().filter(|(field, _)| field != FIRM_CODE).cloned();
    others.chain([(FIRM_CODE.to_owned(), chosen.to_owned())]).collect()
}

/// What the register says of the firm that an application names. Nothing is asked by a code that is none.
async fn named(cx: &Cx, values: &Value) -> Outcome<Option<(CreditCode, Answer<EntityAnswer>)>> {
    let Ok(code) = CreditCode::parse(rules::entry(values, FIRM_CODE)) else { return Ok(None) };
    let question = EntityByCode::now(code.as_str());
    Ok(Some((code, cx.ask("approvals", "prefill", &question).await?)))
}

/// Holds a code that was typed against the register, as a page of a draft is kept: the name comes from there. Gives
/// what is to be said beside the code: that the firm has ended, each time; that the register does not know it, once,
/// since who is registered elsewhere applies here too.
pub(crate) async fn typed(
    cx: &Cx,
    (opened, group): (&Opened, &str),
    values: &mut Value,
    sources: &mut Sources,
) -> Outcome<Option<FieldError>> {
    let form = &opened.form;
    if form.field(FIRM_CODE).is_none_or(|field| field.group != group) {
        return Ok(None);
    }
    let changed = rules::entry(values, FIRM_CODE) != rules::entry(&opened.values, FIRM_CODE);
    if !changed && sources.contains_key(FIRM_CODE) {
        return Ok(None);
    }
    if changed {
        forget(sources);
    }
    let Some((code, answer)) = named(cx, values).await? else { return Ok(None) };
    let source = source_of(&answer);
    let said = |words: String| Some(FieldError { field: FIRM_CODE.to_owned(), message: words });
    match answer.value {
        Some(entity) if entity.is_over() => Ok(said(rules::firm_over(&entity))),
        Some(entity) => {
            let name = entity.name.unwrap_or_default();
            if let Some(values) = values.as_object_mut() {
                fill(form, values, sources, (code.as_str(), &name), &source);
            }
            Ok(None)
        }
        None if changed => Ok(said(rules::FIRM_UNKNOWN.to_owned())),
        None => Ok(None),
    }
}

fn forget(sources: &mut Sources) {
    sources.remove(FIRM_CODE);
    sources.remove(FIRM_NAME);
}

/// Asks once more as an application is filed: a firm that has ended meanwhile applies for nothing, and what the
/// register filled in is what it says now, by the code that the application names and by no other.
pub(crate) async fn filed(
    cx: &Cx,
    form: &Form,
    values: &mut Value,
    sources: &mut Sources,
) -> Outcome<()> {
    if form.field(FIRM_CODE).is_none() {
        return Ok(());
    }
    let Some((_, answer)) = named(cx, values).await? else { return Ok(()) };
    let source = source_of(&answer);
    let Some(entity) = answer.value else {
        forget(sources);
        return Ok(());
    };
    if entity.is_over() {
        return Err(over(&entity).into());
    }
    if let Some(kept) = sources.get_mut(FIRM_CODE) {
        *kept = source.clone();
    }
    if let (Some(kept), Some(values), Some(name)) =
        (sources.get_mut(FIRM_NAME), values.as_object_mut(), entity.name)
    {
        values.insert(FIRM_NAME.to_owned(), Value::String(name));
        *kept = source;
    }
    Ok(())
}

/// What a program sent, before it is filed: who names no firm and represents one applies for that; a name that was
/// left out comes from the register.
pub(crate) async fn sent(
    cx: &Cx,
    (form, oneself): (&Form, Option<&Oneself>),
    values: &mut Map<String, Value>,
    sources: &mut Sources,
) -> Outcome<()> {
    let given = |values: &Map<String, Value>, field: &str| {
        values.get(field).and_then(Value::as_str).is_some_and(|value| !value.is_empty())
    };
    if let Some(oneself) = oneself.filter(|_| !given(values, FIRM_CODE)) {
        let mut known = Prefilled::default();
        only_one(cx, form, oneself, &mut known).await?;
        values.extend(known.values);
        sources.extend(known.sources);
    } else if form.field(FIRM_NAME).is_some() && !given(values, FIRM_NAME) {
        let Some((_, answer)) = named(cx, &Value::Object(values.clone())).await? else {
            return Ok(());
        };
        let source = source_of(&answer);
        if let Some(name) = answer.value.and_then(|entity| entity.name) {
            values.insert(FIRM_NAME.to_owned(), Value::String(name));
            sources.insert(FIRM_NAME.to_owned(), source);
        }
    }
    Ok(())
}

/// 民法典 art. 72: with its cancellation a legal person ends; before, it does what its liquidation needs and nothing else.
fn over(entity: &EntityAnswer) -> Refusal {
    let words = rules::firm_over(entity);
    Refusal::new(RefusalKind::Conflict, "approvals.firm_over", words.clone())
        .ground("《中华人民共和国民法典》第七十二条")
        .remedy("登记有错的，请先到登记机关更正")
        .field(FIRM_CODE, words)
}
