//! The verbs: publishing a version of an item, entering themes.

use ::store::{Reader, Tx};
use access::{Actor, Over, Permit, authorise};
use base::{Fault, Id, Moment, Outcome};
use catalogue_contract::SharedItems;
use frame::Hall;
use ledger::Act;
use serde_json::{Value, json};

use crate::rules::{self, Defect, NotPublished, Read, Verdict, Whole};
use crate::store::{self, Entry};
use crate::terms::{Brought, Item, Laws, PUBLISH, State, Theme, ThemeChanges, Version};

/// On what publishing rests.
const GROUND: &str = "《中华人民共和国行政许可法》第三十条";

/// Who brings items in.
#[derive(Clone, Debug)]
pub enum By {
    /// A person, with the right of a post.
    Person(Actor),
    /// The demonstration, in which nobody is real.
    Demonstration,
}

impl By {
    fn permit(&self, reader: &Reader<'_>, over: Over) -> Outcome<Permit> {
        match self {
            By::Person(actor) => authorise(reader, actor, &PUBLISH, over),
            By::Demonstration => Ok(access::clockwork(PUBLISH.name)),
        }
    }
}

/// What became of an item that was brought in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was published; so many of its pieces are marked as invented.
    Published {
        /// The version.
        version: i64,
        /// Pieces whose source is `demo`.
        invented: usize,
    },
    /// It was taken out of the library.
    Withdrawn {
        /// The version that says so.
        version: i64,
    },
    /// This version stands in the library already, word for word.
    AlreadyThere {
        /// The version.
        version: i64,
    },
}

/// Whether `by` may publish anything at all: asked once before a long list, so that a person without
/// the right is told so instead of what is wrong with each item.
pub async fn may_publish(hall: &Hall, by: &By) -> Outcome<()> {
    let by = by.clone();
    hall.store.read(move |reader| by.permit(reader, Over::Any).map(|_| ())).await
}

/// An item on its way into the library, with what was minted for it outside the transaction.
#[derive(Clone)]
struct Entering {
    item: Item,
    /// None where it could not be read, which `defects` tells.
    form: Option<Value>,
    laws: Laws,
    /// What is wrong with its form, as far as that is known without the city.
    defects: Vec<Defect>,
    id: Id<Version>,
    act: Act,
}

/// Brings in one item with its form: it is checked, published and put on record by an act
/// `powers.published`, in a transaction of its own, so that a wrong item keeps out no other. An item
/// that stands in the library already, word for word, changes nothing; a version that was published
/// never changes. All that is wrong is told at once.
pub async fn take_in(hall: &Hall, by: &By, brought: Brought) -> Outcome<Taken> {
    let (now, by) = (hall.now(), by.clone());
    let Read { item, form, defects } = rules::read(&brought)?;
    let Some(item) = item else {
        let slug = brought.slug().to_owned();
        return Err(base::Refusal::from(NotPublished::Defects(slug, defects)).into());
    };
    let mut defects = defects;
    if let Some(form) = &form {
        defects.extend(shared_already(hall, &by, (&item.slug, form)).await?);
    }
    let act = Act::new(now, "powers.published", "item", &item.local_code).authority(GROUND);
    let laws = brought.laws;
    let entering = Entering { item, form, laws, defects, id: Id::mint(now), act };
    hall.write(move |tx| publish(tx, &by, &entering, now)).await
}

/// What a form asks people for although the city shares it. Asked before the transaction; nothing is known where there is no
/// catalogue.
async fn shared_already(
    hall: &Hall,
    by: &By,
    (slug, form): (&str, &Value),
) -> Outcome<Vec<Defect>> {
    let asked = rules::asked_for(form);
    if asked.is_empty() || hall.office("catalogue").is_none() {
        return Ok(Vec::new());
    }
    let by = by.clone();
    let permit = hall.store.read(move |reader| by.permit(reader, Over::Any)).await?;
    let question = SharedItems { concepts: asked.values().cloned().collect() };
    let answer = hall.desk.ask("powers", "guard", permit.who(), &question, hall.now()).await?;
    Ok(rules::check_shared(slug, &asked, &answer.value.unwrap_or_default().items))
}

fn publish(tx: &Tx<'_>, by: &By, entering: &Entering, now: Moment) -> Outcome<Taken> {
    by.permit(tx, Over::Any)?;
    let codes = store::codes(tx)?.with_laws(&entering.laws);
    let (item, mut defects) = at_its_organ(tx, &entering.item)?;
    let (version, laws) = (item.version, rules::laws_of(&item, &codes));
    let verdict = match &entering.form {
        Some(form) => Some(judge(tx, Whole { item: &item, form, laws: &laws })?),
        None => None,
    };
    // What stands word for word was in order when it was published.
    if matches!(verdict, Some(Ok(Verdict::AlreadyThere))) {
        return Ok(Taken::AlreadyThere { version });
    }
    defects.extend(entering.defects.iter().cloned());
    defects.extend(rules::check(&item, entering.form.as_ref(), &codes));
    let from = item.effective_from;
    if let Some(other) = store::other_with_code(tx, &item.local_code, &item.slug, from)? {
        defects.push(rules::code_taken(&item, &other));
    }
    let (Some(form), Some(verdict), true) = (&entering.form, verdict, defects.is_empty()) else {
        return refuse(NotPublished::Defects(item.slug, defects));
    };
    if let Err(why) = verdict {
        return refuse(why);
    }
    let permit = by.permit(tx, Over::Organ(item.organ.clone()))?;
    let whole = Whole { item: &item, form, laws: &laws };
    store::publish(tx, &permit, entering.id, whole, now)?;
    let act = entering.act.clone().content(json!({
        "row": entering.id.to_string(),
        "name": item.name,
        "version": version,
        "state": item.state.as_str(),
        "effective_from": item.effective_from,
        "organ": item.organ,
        "body": fingerprint(&serde_json::to_string(&item).map_err(Fault::from)?),
        "form": fingerprint(&form.to_string()),
        "own_fields": rules::own(form),
    }));
    ledger::record(tx, permit.who(), &act)?;
    Ok(match item.state {
        State::Withdrawn => Taken::Withdrawn { version },
        _ => Taken::Published { version, invented: rules::invented(&item) },
    })
}

/// The item at the organ that it names, by the organ's id, and what is wrong with that.
fn at_its_organ(tx: &Tx<'_>, item: &Item) -> Outcome<(Item, Vec<Defect>)> {
    let mut item = item.clone();
    let mut organs = access::organs(tx)?;
    organs.retain(|organ| organ.until.is_none());
    let defects = match rules::named(&item.organ, &organs) {
        Ok(organ) => {
            item.organ.clone_from(&organ.id);
            rules::fits(&item, organ).into_iter().collect()
        }
        Err(defect) => vec![defect],
    };
    Ok((item, defects))
}

/// What becomes of a version beside those that stand.
fn judge(tx: &Tx<'_>, new: Whole<'_>) -> Outcome<Result<Verdict, NotPublished>> {
    let same = store::version(tx, &new.item.slug, new.item.version)?;
    let newest = store::newest(tx, &new.item.slug)?;
    let laws = same.as_ref().map(laws_of_entry).transpose()?.unwrap_or_default();
    let same = same.as_ref().map(|Entry { item, form, .. }| Whole { item, form, laws: &laws });
    Ok(rules::judge(new, same, newest.as_ref().map(|entry| &entry.item)))
}

fn refuse<T>(why: NotPublished) -> Outcome<T> {
    Err(base::Refusal::from(why).into())
}

fn laws_of_entry(entry: &Entry) -> Outcome<Laws> {
    let codes = crate::terms::shipped::codes()?.with_laws(&entry.laws);
    Ok(rules::laws_of(&entry.item, &codes))
}

fn fingerprint(text: &str) -> String {
    data_encoding::HEXLOWER.encode(&seal::sm3(&[text.as_bytes()]))
}

/// Enters the themes that a file brings: new ones stand after the others, known ones get the new
/// words. Says what changed; when nothing did, nothing is recorded.
pub async fn take_in_themes(hall: &Hall, by: &By, themes: Vec<Theme>) -> Outcome<ThemeChanges> {
    let (by, division) = (by.clone(), hall.city.division.clone());
    let act = Act::new(hall.now(), "powers.themes_entered", "city", &division).authority(GROUND);
    hall.write(move |tx| {
        let permit = by.permit(tx, Over::City)?;
        let changes = match rules::changes(&themes, &store::codes(tx)?) {
            Ok(changes) => changes,
            Err(defects) => return refuse(NotPublished::Themes(defects)),
        };
        if changes == ThemeChanges::default() {
            return Ok(changes);
        }
        for theme in changes.added.iter().chain(&changes.changed) {
            store::put_theme(tx, &permit, theme)?;
        }
        let told = |themes: &[Theme]| -> Vec<Value> {
            themes.iter().map(|one| json!({ "code": one.code, "title": one.title })).collect()
        };
        let act = act.clone().content(json!({
            "added": told(&changes.added), "changed": told(&changes.changed),
        }));
        ledger::record(tx, permit.who(), &act)?;
        Ok(changes)
    })
    .await
}
