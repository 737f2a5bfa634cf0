//! Many signatures verified together, at about an eighth of what each costs by itself.
//!
//! Of a signature (r, s) by P over e there is a point R with [s]G + [r + s]P = R and r = e + x. Whoever knows each R holds
//! the sum of all equations, each times a number of 128 bits drawn by chance, against zero: where one does not hold, the
//! sum is zero in one case of 2¹²⁸. R is known from its x where y is even, as it is in what is signed here (`even`); of
//! what others have signed half is not, and the sum says nothing of those.

use std::collections::HashMap;

use sm2::dsa::Signature;
use sm2::elliptic_curve::ops::{LinearCombination, Reduce};
use sm2::elliptic_curve::point::DecompressPoint;
use sm2::elliptic_curve::subtle::Choice;
use sm2::elliptic_curve::{Group, PrimeField};
use sm2::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

use super::PublicKey;
use crate::chance;

/// A signature, r‖s, of whom it is said to be, and over what.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Whose it is said to be.
    pub by: &'a PublicKey,
    /// Over what.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8; 64],
}

/// Whether all of them hold. `false` says nothing of any single one: [`PublicKey::verify`] does.
pub fn verify_together(all: &[Signed<'_>]) -> bool {
    let mut chances = vec![0u8; all.len() * 16];
    chance::fill(&mut chances);
    let (mut of_base, mut of_keys) = (Scalar::ZERO, HashMap::new());
    let mut terms = Vec::with_capacity(all.len() + 2);
    for (one, chance) in all.iter().zip(chances.chunks_exact(16)) {
        let Ok(given) = Signature::from_slice(one.signature) else { return false };
        let (r, s) = (*given.r(), *given.s());
        let digest = FieldBytes::from(one.by.digest(one.message));
        let x = (r - Scalar::reduce(&digest)).to_repr();
        let point = AffinePoint::decompress(&x, Choice::from(0)).into_option();
        let (Some(point), false) = (point, bool::from((r + s).is_zero())) else { return false };
        let Some(times) = of(chance) else { return false };
        of_base += times * s;
        let (sum, _) = of_keys.entry(one.by.to_bytes()).or_insert((Scalar::ZERO, one.by));
        *sum += times * (r + s);
        terms.push((-ProjectivePoint::from(point), times));
    }
    terms.push((ProjectivePoint::generator(), of_base));
    let keys = of_keys.into_values();
    terms.extend(keys.map(|(sum, key)| (ProjectivePoint::from(*key.inner().as_affine()), sum)));
    ProjectivePoint::lincomb_vartime(terms.as_slice()).is_identity().into()
}

/// A number of 16 bytes; never zero, which would say nothing.
fn of(bytes: &[u8]) -> Option<Scalar> {
    let mut whole = FieldBytes::default();
    whole.iter_mut().rev().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
    let number = Scalar::from_repr(whole).into_option()?;
    let zero: bool = number.is_zero().into();
    Some(if zero { Scalar::ONE } else { number })
}
