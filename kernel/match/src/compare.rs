//! Holding two values to the tests of a comparison: the first that holds is the level.

use std::cell::Cell as StdCell;

use crate::edit::{jaro_winkler, jaro_winkler_most, one_differs, one_missing, transposed, within};
use crate::forms::{Forms, Unit};
use crate::han::alike;
use crate::hash::{hash, join};
use crate::model::{BadModel, Comparison, Model, Test};
use crate::number::{
    day_month_swapped, days_within, first_of_month, is_valid, masked, twins, year_near,
};
use crate::table::{EMPTY, Kind, Pool, Table};

/// The level of a pair of which one or both say nothing.
pub(crate) const SILENT: u8 = 0;

/// A comparison with its columns found.
#[derive(Debug)]
pub(crate) struct Compared {
    pub(crate) column: usize,
    with: Option<usize>,
    kind: Kind,
    tests: Vec<Test>,
    /// The level of two equal values.
    equal: u8,
    swapped: Option<u8>,
    /// The level of two equal values whose partners are equal too.
    together: Option<u8>,
}

/// Two values of one column.
struct Sides<'a> {
    kind: Kind,
    pool: &'a Pool,
    units: (&'a [Unit], &'a [Unit]),
    forms: &'a Forms,
    values: (u32, u32),
    /// Worked out once, though several tests may ask.
    likeness: StdCell<Option<f64>>,
}

impl Compared {
    pub(crate) fn new(model: &Model, comparison: &Comparison) -> Result<Self, BadModel> {
        let find = |name: &str| {
            let place = model.columns.iter().position(|spec| spec.name == name);
            place.ok_or_else(|| BadModel::Column(name.to_owned()))
        };
        let column = find(&comparison.column)?;
        let kind = model.columns.get(column).map_or(Kind::Word, |spec| spec.kind);
        let tests: Vec<Test> = comparison.levels.iter().map(|level| level.test).collect();
        let place = |wanted: &dyn Fn(&Test) -> bool| {
            (1u8..).zip(&tests).find(|(_, test)| wanted(test)).map(|(level, _)| level)
        };
        let last = 1 + u8::try_from(tests.len()).unwrap_or(u8::MAX - 1);
        let equal = place(&|test| {
            !matches!(test, Test::Swapped | Test::Together | Test::Invalid | Test::Parts(_))
        });
        let swapped = place(&|test| matches!(test, Test::Swapped));
        let together = place(&|test| matches!(test, Test::Together));
        let with = comparison.with.as_deref().map(find).transpose()?;
        Ok(Self { column, with, kind, equal: equal.unwrap_or(last), swapped, together, tests })
    }

    /// The columns that are read.
    pub(crate) fn columns(&self) -> impl Iterator<Item = usize> {
        [Some(self.column), self.with].into_iter().flatten()
    }

    /// The level of "otherwise".
    pub(crate) fn last(&self) -> u8 {
        1 + u8::try_from(self.tests.len()).unwrap_or(u8::MAX - 1)
    }

    /// Whether the test costs more than to look it up.
    pub(crate) fn is_costly(&self) -> bool {
        matches!(self.kind, Kind::Name | Kind::Address | Kind::Word)
    }

    /// The level at which two rows stand.
    pub(crate) fn level(
        &self,
        (table, forms): (&Table, &[Forms]),
        (a, b): (&[u32], &[u32]),
        memo: &mut Memo,
    ) -> u8 {
        let value = |row: &[u32]| row.get(self.column).copied().unwrap_or(EMPTY);
        let (one, other) = (value(a), value(b));
        if one == EMPTY || other == EMPTY {
            return SILENT;
        }
        if one == other {
            return match self.together {
                Some(together) if together < self.equal && self.partners_equal(a, b) => together,
                _ => self.equal,
            };
        }
        let level = if self.is_costly() {
            memo.level(one, other, || self.tested(table, forms, one, other))
        } else {
            self.tested(table, forms, one, other)
        };
        match self.swapped {
            Some(swapped) if swapped < level && self.is_swapped(table, a, b) => swapped,
            _ => level,
        }
    }

    /// The same for a single pair, of which nothing is remembered.
    pub(crate) fn level_once(&self, sight: (&Table, &[Forms]), rows: (&[u32], &[u32])) -> u8 {
        self.level(sight, rows, &mut Memo { seen: Vec::new() })
    }

    fn tested(&self, table: &Table, forms: &[Forms], one: u32, other: u32) -> u8 {
        let Some(forms) = forms.get(self.column) else { return SILENT };
        let sides = Sides {
            kind: self.kind,
            pool: table.pool(self.column),
            units: (forms.units(one), forms.units(other)),
            forms,
            values: (one, other),
            likeness: StdCell::new(None),
        };
        let place = self.tests.iter().position(|test| sides.hold(*test));
        place.and_then(|n| u8::try_from(n + 1).ok()).unwrap_or(self.last())
    }

    fn partners_equal(&self, a: &[u32], b: &[u32]) -> bool {
        let partner = |row: &[u32]| self.with.and_then(|with| row.get(with)).copied();
        partner(a).is_some_and(|value| value != EMPTY) && partner(a) == partner(b)
    }

    fn is_swapped(&self, table: &Table, a: &[u32], b: &[u32]) -> bool {
        let Some(with) = self.with else { return false };
        let text = |row: &[u32], column: usize| {
            row.get(column).and_then(|value| table.pool(column).text(*value))
        };
        let crossed = |a, b| {
            let (here, there) = (text(a, self.column), text(b, with));
            here.is_some() && here == there
        };
        crossed(a, b) && crossed(b, a)
    }
}

impl Sides<'_> {
    fn hold(&self, test: Test) -> bool {
        let (x, y) = self.units;
        let han = !x.is_empty() && !y.is_empty();
        match test {
            // Values are kept once: two of them are never the same.
            Test::Equal => false,
            Test::Variant => han && shapes(x).eq(shapes(y)),
            Test::Pinyin => han && sounds(x, y, |a, b| a.sound == b.sound),
            Test::PinyinNear => han && sounds(x, y, |a, b| a.sound.blurred() == b.sound.blurred()),
            Test::Order if han => reordered(shapes(x), shapes(y)),
            Test::Order => self.text(|a, b| reordered(words(a), words(b))),
            Test::Missing if han => {
                missing(&shapes(x).collect::<Vec<_>>(), &shapes(y).collect::<Vec<_>>())
            }
            Test::Missing => self
                .text(|a, b| missing(&words(a).collect::<Vec<_>>(), &words(b).collect::<Vec<_>>())),
            Test::Alike => han && one_alike(x, y),
            Test::OneDiffers if han => {
                x.len() > 1
                    && x.len() == y.len()
                    && shapes(x).zip(shapes(y)).filter(|(a, b)| a != b).count() == 1
            }
            Test::OneDiffers => self.text(one_differs),
            Test::Transposed => self.text(transposed),
            Test::OneMissing => self.text(one_missing),
            Test::Within(changes) => self.text(|a, b| within(a, b, changes)),
            Test::JaroWinkler(least) => self.likeness(least) >= least,
            Test::Begins => self.text(|a, b| a.starts_with(b) || b.starts_with(a)),
            // Those two look at another column.
            Test::Swapped | Test::Together => false,
            Test::Surname => han && x.first().map(|u| u.sound) == y.first().map(|u| u.sound),
            Test::Given => han && x.len() > 1 && shapes(x).skip(1).eq(shapes(y).skip(1)),
            Test::DayMonth => self.date(day_month_swapped),
            Test::YearNear(years) => self.date(|a, b| year_near(a, b, years)),
            Test::Year => {
                self.date(|a, b| a.len() == 8 && b.len() == 8 && a.get(..4) == b.get(..4))
            }
            Test::Invalid => self.text(|a, b| !is_valid(a) || !is_valid(b)),
            Test::Twin => self.text(twins),
            Test::Masked => self.text(masked),
            Test::Romanised => !han && self.text(|a, b| romanised(a, y) || romanised(b, x)),
            Test::DaysWithin(days) => self.date(|a, b| days_within(a, b, days)),
            Test::FirstOfMonth => self.date(first_of_month),
            Test::Reaches(part) => self.parts().is_some_and(|(a, b)| a.reach(b, part)),
            Test::Parts(part) => self.parts().is_some_and(|(a, b)| a.differ(b, part)),
        }
    }

    /// The values as they are spelt; fetched only when a test asks, since memory is slow to answer.
    fn text(&self, test: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        test(self.pool.bytes(self.values.0), self.pool.bytes(self.values.1))
    }

    fn date(&self, test: impl Fn(&[u8], &[u8]) -> bool) -> bool {
        self.kind == Kind::Date && self.text(test)
    }

    /// How alike the two are by Jaro and Winkler, or 0 when that cannot be so much as `least`.
    fn likeness(&self, least: f64) -> f64 {
        if let Some(known) = self.likeness.get() {
            return known;
        }
        let (a, b) = (self.pool.bytes(self.values.0), self.pool.bytes(self.values.1));
        let (x, y) = self.units;
        let found = if x.is_empty() || y.is_empty() {
            if jaro_winkler_most(a, b) < least {
                return 0.0;
            }
            jaro_winkler(a, b)
        } else {
            jaro_winkler(&shapes(x).collect::<Vec<_>>(), &shapes(y).collect::<Vec<_>>())
        };
        self.likeness.set(Some(found));
        found
    }

    fn parts(&self) -> Option<(&crate::address::Parts, &crate::address::Parts)> {
        self.forms.parts(self.values.0).zip(self.forms.parts(self.values.1))
    }
}

fn shapes(units: &[Unit]) -> impl Iterator<Item = char> + Clone {
    units.iter().map(|unit| unit.shape)
}

fn sounds(a: &[Unit], b: &[Unit], same: impl Fn(&Unit, &Unit) -> bool) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    text.split(|byte| *byte == b' ')
}

/// The same things, not in the same order; found by a sum that knows no order.
fn reordered<T: Word + PartialEq>(
    a: impl Iterator<Item = T> + Clone,
    b: impl Iterator<Item = T> + Clone,
) -> bool {
    let sum = |all: &mut dyn Iterator<Item = T>| {
        all.fold((0u32, 0u64), |(n, sum), one| (n + 1, sum.wrapping_add(one.hashed())))
    };
    let (one, other) = (sum(&mut a.clone()), sum(&mut b.clone()));
    one == other && one.0 > 1 && !a.eq(b)
}

/// A name in Latin letters is how the characters of the other sound, the surname first or last.
fn romanised(latin: &[u8], han: &[Unit]) -> bool {
    let Some((first, rest)) = han.split_first().filter(|_| latin.is_ascii()) else { return false };
    let letters = || latin.iter().copied().filter(u8::is_ascii_alphabetic);
    let spelt = |units: &[Unit]| units.iter().flat_map(|u| u.sound.letters()).collect::<Vec<u8>>();
    let (surname, given) = (spelt(std::slice::from_ref(first)), spelt(rest));
    let mut orders = [[&surname, &given], [&given, &surname]].into_iter();
    orders.any(|order| letters().eq(order.into_iter().flatten().copied()))
}

/// One is the other without one of its inner or last things; the first stands in both.
fn missing<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.len().min(b.len()) >= 2 && a.first() == b.first() && one_missing(a, b)
}

fn one_alike(a: &[Unit], b: &[Unit]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut differ = a.iter().zip(b).filter(|(a, b)| a.shape != b.shape);
    matches!((differ.next(), differ.next()), (Some((a, b)), None) if alike(a.shape, b.shape))
}

/// What an order can be made of.
trait Word {
    fn hashed(&self) -> u64;
}

impl Word for char {
    fn hashed(&self) -> u64 {
        join(7, u64::from(u32::from(*self)))
    }
}

impl Word for &[u8] {
    fn hashed(&self) -> u64 {
        hash(self)
    }
}

/// Remembers the levels of pairs of values. Of fixed size: a newer pair takes the place of an older one.
#[derive(Debug)]
pub(crate) struct Memo {
    seen: Vec<(u64, u8)>,
}

/// Slots of a memo: what a core keeps near.
const MEMO: usize = 1 << 14;

impl Memo {
    pub(crate) fn new(compared: &Compared) -> Self {
        let slots = if compared.is_costly() { MEMO } else { 0 };
        Self { seen: vec![(u64::MAX, 0); slots] }
    }

    fn level(&mut self, one: u32, other: u32, work: impl FnOnce() -> u8) -> u8 {
        let key = u64::from(one.min(other)) << 32 | u64::from(one.max(other));
        let slot = (join(3, key) as usize) & (MEMO - 1);
        match self.seen.get_mut(slot) {
            Some((known, level)) if *known == key => *level,
            Some(place) => {
                *place = (key, work());
                place.1
            }
            None => work(),
        }
    }
}
