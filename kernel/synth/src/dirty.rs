//! What registers of several departments say about the same people, with the errors that clerks make: what a
//! matching is measured by, because each record knows whom it is about.

mod addresses;
mod lunar;
mod names;
mod numbers;
mod registers;
mod slips;
mod sounds;

use base::Outcome;

use crate::chance::{Chance, Stream};
use crate::city::{City, phone_text};
use crate::household::years;
use registers::{COPIES, Register, registers};
use slips::Right;
use sounds::{Sounds, sounds};

/// No person has more records.
const RECORDS_MAX: u32 = 6;
/// How many bits of a plan say how often a person stands in a register.
const BITS: usize = 2;

/// A line of a department's register. A field is empty where the department wrote none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Whom it is about: [`crate::Resident::id`]. No matching may look at it.
    pub truth: u32,
    /// The register: 公安户籍, 社会保险, ….
    pub source: &'static str,
    /// As written, perhaps wrong.
    pub name: String,
    /// 男, 女, or nothing.
    pub sex: String,
    /// `1990-03-07`, or nothing.
    pub birth: String,
    /// 18 characters, 15 of the old ones, wrong ones, or nothing.
    pub number: String,
    /// The person's, a relative's, a former one, or nothing.
    pub phone: String,
    /// As written, whole or in part, old or new.
    pub address: String,
    /// Twelve digits of the community or village that the register believes the person to live in.
    pub division: String,
}

/// How often somebody stands in each register.
#[derive(Clone, Copy, Debug)]
struct Plan {
    id: u32,
    copies: u32,
}

impl Plan {
    fn copies(self, register: usize) -> u32 {
        self.copies >> (register * BITS) & ((1 << BITS) - 1)
    }
}

/// The records, register after register; an iterator that makes each when it comes to it. It keeps eight bytes a
/// person.
#[derive(Debug)]
pub struct Dirty<'c> {
    city: &'c City,
    registers: &'static [Register],
    sounds: &'static Sounds,
    plans: Vec<Plan>,
    register: usize,
    copy: u32,
    step: usize,
    left: u64,
}

impl City {
    /// So many records of nine registers about two thirds as many people, whole households together: as many as
    /// there are when the city is too small (a city of 1.08 million yields 1.6 million). The same city and number
    /// give the same records.
    ///
    /// # Errors
    /// A fault when the crate's own data are wrong.
    pub fn dirty(&self, records: u32) -> Outcome<Dirty<'_>> {
        let registers = registers()?;
        let mut plans = Vec::new();
        let mut planned = 0u64;
        let households = self.households() as usize;
        for nth in 0..households {
            if planned >= u64::from(records) {
                break;
            }
            let household = u32::try_from(shuffled(nth, households)).unwrap_or_default();
            for id in self.members(household) {
                if planned >= u64::from(records) {
                    break;
                }
                let plan = self.plan(registers, id);
                let count: u32 = (0..registers.len()).map(|register| plan.copies(register)).sum();
                planned += u64::from(count);
                plans.push(plan);
            }
        }
        let left = planned.min(u64::from(records));
        let sounds = sounds()?;
        Ok(Dirty { city: self, registers, sounds, plans, register: 0, copy: 0, step: 0, left })
    }

    /// In which registers somebody stands, and how often. Everybody stands in one at least.
    fn plan(&self, registers: &[Register], id: u32) -> Plan {
        let mut chance = Chance::of(self.seed, Stream::Entry, u64::from(id));
        let today = i32::try_from(self.today.number()).unwrap_or_default();
        let born = self.row(id).map_or(today, |row| row.born);
        let (mut copies, mut all) = (0u32, 0u32);
        for (place, register) in registers.iter().enumerate() {
            let in_age = |(from, to): (i32, i32)| {
                (today - years(to)..today - years(from) + 1).contains(&born)
            };
            let share = register.share(in_age);
            if !chance.happens(share) {
                continue;
            }
            let mut own = 1;
            while own < COPIES && chance.happens(register.again) {
                own += 1;
            }
            let own = own.min(RECORDS_MAX - all);
            all += own;
            copies |= own << (place * BITS);
        }
        // The first register is the residents' own.
        Plan { id, copies: if all == 0 { 1 } else { copies } }
    }
}

/// The place that stands at `nth` when `count` places are put in another order: the golden section strides over
/// them, and comes by each once.
fn shuffled(nth: usize, count: usize) -> usize {
    let mut stride = count * 618 / 1_000 + 1;
    while common(stride, count) != 1 {
        stride += 1;
    }
    (nth * stride + count / 3).checked_rem(count).unwrap_or_default()
}

fn common(one: usize, other: usize) -> usize {
    let (mut one, mut other) = (one, other);
    while let Some(rest) = one.checked_rem(other) {
        (one, other) = (other, rest);
    }
    one
}

impl Iterator for Dirty<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        while self.left > 0 {
            let plan = self.turn()?;
            if plan.copies(self.register) > self.copy
                && let Some(entry) = self.entry(plan.id)
            {
                self.left -= 1;
                return Some(entry);
            }
        }
        None
    }
}

impl Dirty<'_> {
    /// The next person: of this copy, of the next copy, of the next register.
    fn turn(&mut self) -> Option<Plan> {
        if self.step == self.plans.len() {
            self.step = 0;
            self.copy += 1;
        }
        if self.copy == COPIES {
            self.copy = 0;
            self.register += 1;
        }
        self.registers.get(self.register)?;
        let plan = self.plans.get(shuffled(self.step, self.plans.len())).copied();
        self.step += 1;
        plan
    }

    fn entry(&self, id: u32) -> Option<Entry> {
        let register = self.registers.get(self.register)?;
        let right = self.right(id)?;
        // Half of those who stand in a register twice were entered twice, the others copied.
        let copied = Chance::of(self.city.seed, Stream::Entry, u64::from(id) << 8).happens(500);
        let written = if copied { 0 } else { self.copy };
        let key = u64::from(id) << 16 | (self.register as u64) << 8 | (u64::from(written) + 1);
        let mut chance = Chance::of(self.city.seed, Stream::Entry, key);
        Some(slips::written(register, self.sounds, &right, &mut chance))
    }

    /// What is right about somebody, and what was right before or is about their family.
    fn right(&self, id: u32) -> Option<Right> {
        let city = self.city;
        let resident = city.resident(id)?;
        let household = resident.household;
        let mut before = Chance::of(city.seed, Stream::Former, u64::from(household));
        let former = city.words.places.address(city.words.places.spot(&mut before)?)?;
        let row = city.row(id)?;
        let born_here = resident.number.birth();
        let relatives: Vec<u32> =
            city.members(household).filter(|other| *other != id).take(12).collect();
        let relatives_number = before
            .one(&relatives)
            .and_then(|other| city.row(other))
            .and_then(|other| city.maker.number(other));
        // The phone of the household: the spouse's, a parent's, the head's.
        let lender = [row.spouse, row.mother, row.father].into_iter().find_map(|link| link.get());
        let lender = lender.or_else(|| city.members(household).next());
        let shared = lender.and_then(|other| city.row(other)).and_then(|other| other.phone.get());
        Some(Right {
            surname: row.name.surname(city.words).to_owned(),
            former,
            former_phone: phone_text(u32::MAX - id),
            shared_phone: shared.map(phone_text),
            relatives_number: relatives_number.map(|number| number.as_str().to_owned()),
            is_child: years(14) > i32::try_from(city.today.number() - born_here.number()).ok()?,
            resident,
        })
    }
}
