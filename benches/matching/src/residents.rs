//! A million records of nine registers about the people of a synthetic city, in clear for the peer, and as the data
//! centre keeps them: sealed, with blind keys.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use matching::{Cell, Derive, Kind, Model, Table, derived, latin};
use seal::{Keys, hmac_sm3};
use synth::City;

use crate::ours::BATCH;

const RECORDS: u32 = 1_000_000;
const SEED: u64 = 420_700;
const SEALED: &str = "residents.body";
/// The key of a bench guards nothing.
const BLINDING: [u8; 32] = [9; 32];
const KEYS: usize = 5;
const BETWEEN: char = '\u{1f}';

/// Writes both files, unless they are there.
pub(crate) fn write(folder: &Path) {
    let records: u32 = std::env::var("MATCHING_RECORDS").map_or(RECORDS, |n| n.parse().unwrap());
    let mark = folder.join("residents.made");
    let made = format!("{records} {SEED}, by the keys of an installation");
    if fs::read_to_string(&mark).is_ok_and(|held| held == made) {
        return;
    }
    let city = City::new(SEED, records / 100 * 108).expect("a city");
    let installation = folder.join("keys");
    let _ = fs::remove_dir_all(&installation);
    let keys = Keys::create(&installation).expect("keys");
    let mut clear = csv::Writer::from_path(folder.join("residents.csv")).expect("a file");
    let mut sealed = BufWriter::new(File::create(folder.join("residents.sealed")).expect("a file"));
    let heads = ["id", "truth", "source", "name", "name_pinyin", "sex", "birth", "number", "phone"];
    let blind_heads: Vec<String> = (1..=KEYS).map(|n| format!("key_{n}")).collect();
    let heads = heads.into_iter().chain(["address", "division"]);
    clear.write_record(heads.chain(blind_heads.iter().map(String::as_str))).expect("a head");
    for (id, entry) in city.dirty(records).expect("records").enumerate() {
        let blind = blind(&entry);
        let id = id as u64;
        let pinyin = if entry.name.is_ascii() {
            entry.name.to_lowercase().replace(' ', "")
        } else {
            latin(&entry.name)
        };
        let fields = [&entry.name, &entry.sex, &entry.birth, &entry.number, &entry.phone];
        let fields = fields.into_iter().chain([&entry.address, &entry.division]);
        let fields: Vec<&str> = fields.map(String::as_str).collect();
        let (number, truth) = (id.to_string(), entry.truth.to_string());
        let mut row = vec![number.as_str(), &truth, entry.source, fields[0], &pinyin];
        row.extend(&fields[1..]);
        // Sixty-four bits of the blind key: the cheapest to join by that there is.
        let short = |key: &[u8; 32]| u64::from_le_bytes(key[..8].try_into().unwrap()).to_string();
        let short: Vec<String> =
            blind.iter().map(|key| key.as_ref().map(short).unwrap_or_default()).collect();
        row.extend(short.iter().map(String::as_str));
        clear.write_record(row).expect("a row");
        let plain = fields.join(&BETWEEN.to_string());
        let closed = keys.seal(SEALED, plain.as_bytes());
        sealed.write_all(&id.to_le_bytes()).expect("room");
        for key in &blind {
            sealed.write_all(&key.unwrap_or([0; 32])).expect("room");
        }
        sealed.write_all(&(closed.len() as u32).to_le_bytes()).expect("room");
        sealed.write_all(&closed).expect("room");
    }
    clear.flush().expect("room");
    sealed.flush().expect("room");
    fs::write(mark, made).expect("room");
}

/// The blind keys of a record: the number; name by sound and birth; phone; birth, sex and surname; name by sound and
/// community.
fn blind(entry: &synth::Entry) -> [Option<[u8; 32]>; KEYS] {
    let part = |kind, of, text: &str| derived(kind, of, text).map(u64::to_le_bytes);
    let number = part(Kind::Number, Derive::Whole, &entry.number);
    let sound = part(Kind::Name, Derive::Sound, &entry.name);
    let surname = part(Kind::Name, Derive::Surname, &entry.name);
    let birth = part(Kind::Date, Derive::Whole, &entry.birth);
    let sex = part(Kind::Word, Derive::Whole, &entry.sex);
    let phone = part(Kind::Number, Derive::Whole, &entry.phone);
    let division = part(Kind::Number, Derive::Whole, &entry.division);
    let key = |rule: u8, parts: &[Option<[u8; 8]>]| {
        let parts: Option<Vec<[u8; 8]>> = parts.iter().copied().collect();
        let bytes = parts?.concat();
        Some(hmac_sm3(&BLINDING, &[&[rule], &bytes]))
    };
    [
        key(1, &[number]),
        key(2, &[sound, birth]),
        key(3, &[phone]),
        key(4, &[birth, sex, surname]),
        key(5, &[sound, division]),
    ]
}

/// Fields that are not keys.
const FIELDS: usize = 7;

/// A record that was opened.
struct Record {
    id: u64,
    keys: [[u8; 32]; KEYS],
    plain: String,
    ends: [usize; FIELDS],
}

impl Record {
    fn field(&self, n: usize) -> &str {
        let from = n.checked_sub(1).map_or(0, |before| self.ends[before] + BETWEEN.len_utf8());
        &self.plain[from..self.ends[n]]
    }
}

type Opened = Vec<Record>;

/// Reads the sealed file: one thread opens, the other takes in.
pub(crate) fn open(model: &Model, path: &Path) -> Table {
    let room = fs::metadata(path).expect("a file").len() / 250;
    let keys = Keys::open(&path.with_file_name("keys")).expect("keys");
    let mut table = Table::with_room(&model.columns, room as usize);
    let (give, take) = sync_channel::<Opened>(2);
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut file = BufReader::with_capacity(1 << 20, File::open(path).expect("a file"));
            let mut some = Opened::new();
            while let Some(record) = next(&mut file, &keys) {
                some.push(record);
                if some.len() == BATCH {
                    give.send(std::mem::take(&mut some)).expect("somebody takes it");
                }
            }
            give.send(some).expect("somebody takes it");
        });
        for some in take {
            let ids: Vec<u64> = some.iter().map(|record| record.id).collect();
            let cell = |row: usize, column: usize| {
                let record = &some[row];
                match column.checked_sub(FIELDS) {
                    None => Cell::Text(record.field(column)),
                    Some(key) if record.keys[key] == [0; 32] => Cell::Empty,
                    Some(key) => Cell::Blind(record.keys[key]),
                }
            };
            table.extend(&ids, cell).expect("room");
        }
    });
    table
}

fn next(file: &mut impl Read, keys: &Keys) -> Option<Record> {
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    let mut blind = [[0; 32]; KEYS];
    for key in &mut blind {
        file.read_exact(key).expect("a key");
    }
    let mut wide = [0; 4];
    file.read_exact(&mut wide).expect("a length");
    let mut sealed = vec![0; u32::from_le_bytes(wide) as usize];
    file.read_exact(&mut sealed).expect("a record");
    let plain = keys.unseal(SEALED, &sealed).expect("it opens");
    let plain = String::from_utf8(plain).expect("text");
    let mut ends = [plain.len(); FIELDS];
    for (end, (at, _)) in ends.iter_mut().zip(plain.match_indices(BETWEEN)) {
        *end = at;
    }
    Some(Record { id: u64::from_le_bytes(head), keys: blind, plain, ends })
}
