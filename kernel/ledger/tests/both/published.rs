//! What is shown of the log, with the lines of its witnesses, on both kinds of database.

use kernel_ledger::{WitnessStanding, note_witness, publish, retain_witnesses, witnesses};
use seal::note::{Checkpoint, Cosignature, Note};
use seal::{Keys, SigningKey};
use store::Store;
use testkit::database::each_database;

fn note(size: u64, names: &[&str]) -> Note {
    let checkpoint = Checkpoint { origin: "test.example/log".into(), size, root: [1; 32] };
    let (keys, witness) = (Keys::for_tests(), SigningKey::generate());
    let signed = checkpoint.sign_by(&keys.log_key()).expect("signed");
    let mut note = Note::open(&signed, &keys.log_key().public()).expect("opens");
    names.iter().for_each(|name| note.add(Cosignature::sign(&checkpoint, name, &witness, 7)));
    note
}

fn show(store: &Store, note: Note) {
    let key = Keys::for_tests().log_key().public();
    store.write_now(move |tx| publish(tx, &note, &key)).expect("published");
}

fn shown(store: &Store) -> Option<(u64, Vec<String>)> {
    let sql = "SELECT note FROM ledger_published WHERE id = 1";
    let text: Option<String> = store.read_now(move |r| Ok(r.maybe(sql, &[])?)).expect("read");
    let note = Note::open(&text?, &Keys::for_tests().log_key().public()).expect("one exact form");
    let names = note.cosignatures().iter().map(|line| line.name().to_owned()).collect();
    Some((note.checkpoint.size, names))
}

fn standing(name: &str, size: i64, trouble: &str) -> WitnessStanding {
    WitnessStanding {
        name: name.into(),
        size,
        cosigned: 7,
        conflict: false,
        trouble: trouble.into(),
    }
}

#[test]
fn what_is_shown_never_becomes_older_and_loses_no_cosignature() {
    each_database(|store| {
        store.migrate(&[kernel_ledger::MIGRATIONS]).expect("migrated");
        show(&store, note(5, &["b"]));
        show(&store, note(5, &["a"]));
        assert_eq!(shown(&store), Some((5, vec!["a".into(), "b".into()])));
        show(&store, note(4, &["c"]));
        assert_eq!(shown(&store), Some((5, vec!["a".into(), "b".into()])));
        show(&store, note(6, &["c"]));
        assert_eq!(shown(&store), Some((6, vec!["c".into()])));
    });
}

#[test]
fn witnesses_that_are_not_named_any_more_are_forgotten() {
    each_database(|store| {
        store.migrate(&[kernel_ledger::MIGRATIONS]).expect("migrated");
        let known = || store.read_now(witnesses).expect("read");
        for one in [
            standing("b", 5, ""),
            standing("a", 5, ""),
            standing("a", 4, "late"),
            standing("b", 5, "away"),
        ] {
            store.write_now(move |tx| note_witness(tx, &one)).expect("noted");
        }
        assert_eq!(known(), [standing("a", 5, ""), standing("b", 5, "away")]);
        show(&store, note(5, &["a"]));
        store.write_now(|tx| retain_witnesses(tx, &["b".into()])).expect("forgotten");
        assert_eq!(known(), [standing("b", 5, "away")]);
        assert!(shown(&store).is_some());
        store.write_now(|tx| retain_witnesses(tx, &[])).expect("forgotten");
        assert_eq!((known(), shown(&store)), (vec![], None));
    });
}
