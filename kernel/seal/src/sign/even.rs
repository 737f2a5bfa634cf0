//! Signing so that many signatures can be verified together.
//!
//! A signature (r, s) is made with a point R, of which it keeps the abscissa alone: r = e + x. Both R and −R lead to the
//! same r, of k and of n − k; taken is the one whose y is even, and whoever verifies knows R itself. Every verifier of
//! GB/T 32918.2 takes such a signature as any other.

use sm2::elliptic_curve::bigint::U256;
use sm2::elliptic_curve::ops::Reduce;
use sm2::elliptic_curve::point::AffineCoordinates;
use sm2::elliptic_curve::subtle::{ConditionallyNegatable, ConstantTimeEq};
use sm2::elliptic_curve::{Curve, Group, PrimeField};
use sm2::{FieldBytes, ProjectivePoint, Scalar, Sm2};
use sm3::Sm3;
use zeroize::Zeroizing;

/// What each signature of a key is multiplied by: 1 / (1 + d). The one key that has none is not of the standard.
pub(super) fn divisor(secret: &Scalar) -> Option<Zeroizing<Scalar>> {
    (*secret + Scalar::ONE).invert().into_option().map(Zeroizing::new)
}

/// Signs a digest: r‖s. Deterministic (RFC 6979 with SM3), so that no weakness of chance can give the key away.
pub(super) fn sign(secret: &Scalar, divisor: &Scalar, digest: &[u8; 32]) -> [u8; 64] {
    let e = Scalar::reduce(&FieldBytes::from(*digest));
    let bytes = Zeroizing::new(secret.to_repr());
    let mut draws = rfc6979::KGenerator::<Sm3, U256>::new(&bytes, &e.to_repr(), &[], &Sm2::ORDER);
    loop {
        let mut drawn = Zeroizing::new(FieldBytes::default());
        draws.fill_next_k(&mut drawn);
        let Some(k) = Scalar::from_repr(*drawn).into_option() else { continue };
        let mut k = Zeroizing::new(k);
        let point = ProjectivePoint::mul_by_generator(&k).to_affine();
        k.conditional_negate(point.y_is_odd());
        let r = e + Scalar::reduce(&point.x());
        let s = divisor * &(*k - r * *secret);
        // The standard says to draw again (one case in 2²⁵⁶).
        if bool::from(r.is_zero() | s.is_zero() | (r + *k).ct_eq(&Scalar::ZERO)) {
            continue;
        }
        let mut signature = [0; 64];
        let both = r.to_repr().into_iter().chain(s.to_repr());
        signature.iter_mut().zip(both).for_each(|(slot, byte)| *slot = byte);
        return signature;
    }
}
