//! Files of residents, in UTF-8 and in GB 18030: what is taken in agrees with its number, and
//! written out again in either encoding is the same people.

use std::borrow::Cow;
use std::collections::HashSet;

use base::Day;
use encoding_rs::GB18030;
use population::rules::{COLUMNS, DEATH, HEADINGS};
use population::terms::{Life, Resident};
use register::Lines;
use register::file::{FileIn, UNREAD, source};

/// The first byte says whether the rest is turned into GB 18030 before it is read.
pub fn check(bytes: &[u8]) {
    let Some((way, file)) = bytes.split_first() else { return };
    let today = Day::new(2026, 11, 24).expect("a day");
    let encoded = match way {
        b'g' => GB18030.encode(&crate::text(file)).0.into_owned(),
        _ => file.to_vec(),
    };
    let Some(found) = read(&encoded, today) else { return };
    assert!(found.refused_lines <= found.refused.len() as u64, "each refused line says why");
    for refused in &found.refused {
        let of_a_line = refused.line > 1 || refused.rule == UNREAD;
        assert!(!refused.words.is_empty() && of_a_line, "{refused:?}");
    }
    let people = residents(&found);
    for resident in &people {
        assert!(resident.number.birth() <= today, "nobody is born tomorrow");
        if let Life::Died(day) = resident.life {
            assert!(resident.number.birth() <= day && day <= today, "nobody dies tomorrow");
        }
        assert!(!resident.address.is_empty() && !resident.address.contains(char::is_control));
        assert!(!resident.ethnicity.name().is_empty());
    }
    // All eighteen characters stand in the file, or the fifteen of before.
    let text = if *way == b'g' { crate::text(file) } else { decoded(&encoded) };
    let signs: String = text.chars().map(narrow).filter(|c| c.is_alphanumeric()).collect();
    for one in &people {
        let (signs, number) = (signs.to_uppercase(), one.number.as_str());
        let old = format!("{}{}", &number[..6], &number[8..17]);
        assert!(signs.contains(number) || signs.contains(&old), "{one:?}");
    }
    // The second line of one person is left out where the whole file is known, behind this reader.
    let mut numbers = HashSet::new();
    let people: Vec<Resident> =
        people.into_iter().filter(|one| numbers.insert(one.number)).collect();
    let written = table(&people);
    for file in [written.as_bytes(), &GB18030.encode(&written).0] {
        let again = read(file, today);
        if people.is_empty() {
            assert!(again.is_none(), "a heading alone is no file");
            continue;
        }
        let again = again.expect("it reads back");
        assert_eq!(residents(&again), people, "they are the same people");
    }
}

/// Reads a whole file; nothing where it is none.
fn read(bytes: &[u8], today: Day) -> Option<Lines> {
    let file = FileIn { name: "people.csv".into(), digest: [0; 32], bytes: bytes.to_vec() };
    let mut reading = (source(&COLUMNS, file, today).ok()?.open)().ok()?;
    let mut all = Lines::default();
    while let Some(some) = reading.next(1_000).ok()? {
        all.entries.extend(some.entries);
        all.refused.extend(some.refused);
        all.refused_lines += some.refused_lines;
    }
    Some(all)
}

/// The people of a file's lines. Where it has no column for deaths, of none is said whether they live.
fn residents(lines: &Lines) -> Vec<Resident> {
    let of = |entry: &register::Entry| {
        let resident = Resident::of(&entry.body).expect("what was checked reads back");
        let life = if entry.unsaid.is_empty() { resident.life } else { Life::Unsaid };
        Resident { life, ..resident }
    };
    lines.entries.iter().map(of).collect()
}

fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => GB18030.decode_without_bom_handling(bytes).0,
    }
}

/// Full-width signs become what the rest of the world writes.
fn narrow(sign: char) -> char {
    match sign {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(sign) - 0xFEE0).unwrap_or(sign),
        other => other,
    }
}

fn table(people: &[Resident]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // A file says of all whether they live, or of none.
    let says = people.iter().any(|one| one.life != Life::Unsaid);
    let headings = HEADINGS.iter().copied().chain(says.then_some(DEATH));
    writer.write_record(headings).expect("a line");
    for one in people {
        let phone = one.phone.as_ref().map(base::Phone::as_str).unwrap_or_default();
        let (sex, birth) = (one.number.sex().chinese(), one.number.birth().to_string());
        let died = one.life.died().map(|day| day.to_string()).unwrap_or_default();
        let record = [
            one.number.as_str(),
            one.name.as_str(),
            sex,
            &birth,
            one.ethnicity.name(),
            &one.address,
            phone,
        ];
        let record = record.into_iter().chain(says.then_some(died.as_str()));
        writer.write_record(record).expect("a line");
    }
    String::from_utf8(writer.into_inner().expect("a table")).expect("UTF-8")
}
