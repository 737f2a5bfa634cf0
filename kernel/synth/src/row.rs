//! A person and a household in few bytes: a city of a million holds no text of its own.

use base::Sex;

use crate::name::Name;
use crate::place::Spot;

/// Perhaps a person, by their place in the city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link(u32);

impl Link {
    pub(crate) const NONE: Self = Self(u32::MAX);

    pub(crate) const fn to(id: u32) -> Self {
        Self(id)
    }

    pub(crate) const fn get(self) -> Option<u32> {
        if self.0 == u32::MAX { None } else { Some(self.0) }
    }
}

/// What somebody is to the head of their household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// 户主.
    Head,
    /// 配偶.
    Spouse,
    /// 子.
    Son,
    /// 女.
    Daughter,
    /// 儿媳.
    DaughterInLaw,
    /// 女婿.
    SonInLaw,
    /// 孙子, 外孙子.
    Grandson,
    /// 孙女, 外孙女.
    Granddaughter,
    /// 父亲.
    Father,
    /// 母亲.
    Mother,
    /// 集体户成员: of a school or works.
    Collective,
    /// 其他亲属.
    Other,
}

impl Relation {
    /// As the household book has it.
    pub const fn chinese(self) -> &'static str {
        match self {
            Relation::Head => "户主",
            Relation::Spouse => "配偶",
            Relation::Son => "子",
            Relation::Daughter => "女",
            Relation::DaughterInLaw => "儿媳",
            Relation::SonInLaw => "女婿",
            Relation::Grandson => "孙子",
            Relation::Granddaughter => "孙女",
            Relation::Father => "父亲",
            Relation::Mother => "母亲",
            Relation::Collective => "集体户成员",
            Relation::Other => "其他亲属",
        }
    }
}

/// A person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) name: Name,
    pub(crate) home: u32,
    /// The number of the day of birth.
    pub(crate) born: i32,
    /// The division of birth, in [`crate::place::Places::births`].
    pub(crate) birthplace: u16,
    pub(crate) sequence: u16,
    pub(crate) father: Link,
    pub(crate) mother: Link,
    pub(crate) spouse: Link,
    /// Whose phone they give: their own, or that of somebody in the household.
    pub(crate) phone: Link,
    pub(crate) ethnicity: u8,
    pub(crate) sex: Sex,
    pub(crate) relation: Relation,
    pub(crate) life: Life,
}

/// What became of somebody since the city's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// Lives in the city.
    Here,
    /// Has moved away.
    Away,
    /// Has died.
    Dead,
}

/// A household.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home {
    pub(crate) spot: Spot,
    /// Its people stand one after the other.
    pub(crate) first: u32,
    pub(crate) count: u16,
    pub(crate) kind: HouseholdKind,
}

/// What kind of household.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HouseholdKind {
    /// 家庭户.
    Family,
    /// 集体户: a school's.
    School,
    /// 集体户: a works'.
    Works,
}
