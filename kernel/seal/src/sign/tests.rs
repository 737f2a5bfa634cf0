//! SM2 against itself, against the standard's curve, and against `openssl`.

use proptest::prelude::*;
use sm2::dsa::signature::Signer;
use sm2::elliptic_curve::PrimeField;
use tempfile::tempdir;

use super::*;
use crate::judge;

#[test]
fn a_signature_holds_for_its_message_and_key_only() {
    let (ours, other) = (SigningKey::generate(), SigningKey::generate());
    let signature = ours.sign(b"permit 42");
    assert!(ours.public().verify(b"permit 42", &signature));
    assert!(!ours.public().verify(b"permit 43", &signature));
    assert!(!other.public().verify(b"permit 42", &signature));
}

#[test]
fn any_changed_bit_of_a_signature_breaks_it() {
    let key = SigningKey::from_seed(b"bits");
    let signature = key.sign(b"m");
    for bit in 0..512 {
        let mut changed = signature;
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.public().verify(b"m", &changed), "bit {bit}");
    }
}

#[test]
fn numbers_outside_the_order_are_no_signature() {
    let key = SigningKey::from_seed(b"order").public();
    let order = HEXLOWER
        .decode(b"fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123")
        .expect("hex");
    for (r, s) in [
        (&[0u8; 32][..], &[1u8; 32][..]),
        (&[1u8; 32], &[0u8; 32]),
        (&[0xff; 32], &[1u8; 32]),
        (&order, &[1u8; 32]),
        (&[1u8; 32], &order),
    ] {
        let signature: [u8; 64] = [r, s].concat().try_into().expect("64 bytes");
        assert!(!key.verify(b"m", &signature));
    }
}

#[test]
fn signing_twice_gives_the_same() {
    let key = SigningKey::from_seed(b"twice");
    assert_eq!(key.sign(b"m"), key.sign(b"m"));
    assert_ne!(key.sign(b"m"), key.sign(b"n"));
}

/// What the library signs, by the same number drawn: ours is it, or what the number's opposite gives.
#[test]
fn a_signature_is_the_librarys_or_that_of_the_point_opposite() {
    let key = SigningKey::from_seed(b"even");
    let same = (0u32..64).filter(|number| {
        let message = number.to_be_bytes();
        let (ours, theirs) = (key.sign(&message), dsa_sign(&key, &message));
        assert_eq!(ours[..32], theirs[..32], "r is of both");
        assert!(key.public().verify(&message, &ours));
        ours == theirs
    });
    let same = same.count();
    assert!((16..=48).contains(&same), "{same} of 64");
}

fn dsa_sign(key: &SigningKey, message: &[u8]) -> [u8; 64] {
    let signature: Signature = key.inner().try_sign(message).expect("signs");
    signature.to_bytes().into()
}

#[test]
fn the_greatest_number_below_the_order_is_no_key() {
    let last = b"fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122";
    let last: [u8; 32] = HEXLOWER.decode(last).expect("hex").try_into().expect("32 bytes");
    assert!(SigningKey::from_secret(&last).is_none());
}

#[test]
fn many_hold_together_and_one_that_does_not_is_found_among_them() {
    let keys = [SigningKey::from_seed(b"one"), SigningKey::from_seed(b"two")];
    let public = keys.each_ref().map(SigningKey::public);
    let messages: Vec<[u8; 1]> = (0..50).map(|number| [number]).collect();
    let by = |place: usize| place % 2;
    let signatures = messages.iter().enumerate().map(|(place, one)| keys[by(place)].sign(one));
    let signatures: Vec<[u8; 64]> = signatures.collect();
    let all = |signatures: &[[u8; 64]]| {
        let one = |place: usize| Signed {
            by: &public[by(place)],
            message: &messages[place],
            signature: &signatures[place],
        };
        let all: Vec<Signed<'_>> = (0..messages.len()).map(one).collect();
        verify_together(&all)
    };
    assert!(all(&signatures));
    assert!(verify_together(&[]));
    for (place, bit) in [(0, 0), (7, 255), (20, 256), (49, 511)] {
        let mut wrong = signatures.clone();
        wrong[place][bit / 8] ^= 1 << (bit % 8);
        assert!(!all(&wrong), "bit {bit} of {place}");
    }
    // Two that would make up for each other, were the equations merely added.
    let mut wrong = signatures.clone();
    let change = |bytes: &mut [u8; 64], by: fn(Scalar, Scalar) -> Scalar| {
        let s = Scalar::from_repr(<[u8; 32]>::try_from(&bytes[32..]).unwrap().into()).unwrap();
        bytes[32..].copy_from_slice(&by(s, Scalar::from(5u64)).to_repr());
    };
    change(&mut wrong[2], |s, by| s + by);
    change(&mut wrong[4], |s, by| s - by);
    assert!(!all(&wrong));
}

#[test]
fn keys_come_back_from_their_texts() {
    let key = SigningKey::generate();
    let public = key.public();
    let again = SigningKey::from_pem(&key.to_pem().expect("PEM")).expect("a key");
    assert_eq!(again.public(), public);
    assert_eq!(PublicKey::from_pem(&public.to_pem().expect("PEM")).expect("a key"), public);
    assert_eq!(PublicKey::from_hex(&public.to_hex()).expect("a key"), public);
    assert_eq!(PublicKey::from_bytes(&public.to_bytes()).expect("a key"), public);
    assert_eq!(public.to_hex().len(), 130);
}

#[test]
fn a_public_key_has_one_form_and_lies_on_the_curve() {
    let public = SigningKey::from_seed(b"form").public();
    assert!(PublicKey::from_hex(&public.to_hex().to_uppercase()).is_err());
    let mut point = public.to_bytes();
    point[64] ^= 1;
    assert!(PublicKey::from_bytes(&point).is_err(), "off the curve");
    let compressed = [&[2 + (public.to_bytes()[64] & 1)], &public.to_bytes()[1..33]].concat();
    assert!(PublicKey::from_bytes(&compressed).is_err(), "compressed");
    assert!(PublicKey::from_bytes(&[0]).is_err(), "infinity");
    assert!(PublicKey::from_pem("").is_err());
    assert!(SigningKey::from_pem("-----BEGIN PRIVATE KEY-----").is_err());
}

#[test]
fn debug_tells_no_secret() {
    let key = SigningKey::from_seed(b"debug");
    let secret = HEXLOWER.encode(&key.key.to_bytes());
    let shown = format!("{key:?}").to_lowercase();
    assert!(shown.contains(&key.public().to_hex()));
    assert!(!shown.contains(&secret) && !shown.contains(&secret[..16]));
}

#[test]
fn openssl_reads_our_keys_and_verifies_our_signatures() {
    if !judge::sits() {
        return;
    }
    let dir = tempdir().expect("a folder");
    let key = SigningKey::generate();
    let private = judge::file(dir.path(), "key.pem", key.to_pem().expect("PEM").as_bytes());
    let public = key.public().to_pem().expect("PEM");
    let derived = judge::openssl(&["pkey", "-in", &private, "-pubout"], b"").expect("a key");
    assert_eq!(String::from_utf8(derived).expect("text"), public);

    let public = judge::file(dir.path(), "pub.pem", public.as_bytes());
    for message in [&b""[..], b"abc", &[0x5au8; 5000]] {
        let file = judge::file(dir.path(), "message", message);
        let signature = Signature::from_slice(&key.sign(message)).expect("r and s");
        let der = judge::file(dir.path(), "sig", signature.to_der().as_bytes());
        let verify = |key: &str, id: &str| {
            judge::openssl(
                &[
                    "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-digest", "sm3",
                    "-pkeyopt", id, "-in", &file, "-sigfile", &der,
                ],
                b"",
            )
            .is_some()
        };
        assert!(verify(&public, "distid:1234567812345678"));
        assert!(!verify(&public, "distid:8765432187654321"), "the identity is bound");
    }
}

#[test]
fn we_read_openssls_keys_and_verify_its_signatures() {
    if !judge::sits() {
        return;
    }
    let dir = tempdir().expect("a folder");
    let pem = judge::openssl(&["genpkey", "-algorithm", "SM2"], b"").expect("a key");
    let private = judge::file(dir.path(), "key.pem", &pem);
    let key = SigningKey::from_pem(std::str::from_utf8(&pem).expect("text")).expect("a key");
    let public = judge::openssl(&["pkey", "-in", &private, "-pubout"], b"").expect("a key");
    let public = PublicKey::from_pem(std::str::from_utf8(&public).expect("text")).expect("a key");
    assert_eq!(key.public(), public);

    let message = "鄂州市政务服务".as_bytes();
    let file = judge::file(dir.path(), "message", message);
    let der = judge::openssl(
        &[
            "pkeyutl",
            "-sign",
            "-inkey",
            &private,
            "-rawin",
            "-digest",
            "sm3",
            "-pkeyopt",
            "distid:1234567812345678",
            "-in",
            &file,
        ],
        b"",
    )
    .expect("a signature");
    let signature: [u8; 64] = Signature::from_der(&der).expect("DER").to_bytes().into();
    assert!(public.verify(message, &signature));
    assert!(!public.verify(b"other", &signature));
}

/// A private key of P-256, made for this test.
const PRIVATE_P256: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW5/4lGFuq9ZIyDu+\n\
vxPNMhO0+WiW1FDUtq1CGXj1aXmhRANCAAQuyQ75WUpBebau6IwmS5qBig5IcDps\n\
6e/X9lWoo4uQtdlqA+Q8jKW+vH2dBIPVCKx8qEfuovS4cRVZxdQgMORZ\n\
-----END PRIVATE KEY-----\n";
/// Its public half.
const PUBLIC_P256: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAELskO+VlKQXm2ruiMJkuagYoOSHA6\n\
bOnv1/ZVqKOLkLXZagPkPIylvrx9nQSD1QisfKhH7qL0uHEVWcXUIDDkWQ==\n\
-----END PUBLIC KEY-----\n";

#[test]
fn a_key_of_another_curve_is_refused() {
    assert!(matches!(SigningKey::from_pem(PRIVATE_P256), Err(SealError::OtherCurve)));
    assert!(matches!(PublicKey::from_pem(PUBLIC_P256), Err(SealError::OtherCurve)));
    // Each where the other belongs is no key of its kind, whatever its curve.
    assert!(matches!(SigningKey::from_pem(PUBLIC_P256), Err(SealError::Key(_))));
    assert!(matches!(PublicKey::from_pem("hello"), Err(SealError::Key(_))));
    let ours = SigningKey::generate().public().to_pem().expect("PEM");
    assert!(matches!(SigningKey::from_pem(&ours), Err(SealError::Key(_))));
    let folder = tempdir().expect("a folder");
    let path = folder.path().join("witness.pem");
    crate::folder::write_new(&path, PRIVATE_P256.as_bytes()).expect("written");
    let told = SigningKey::in_file(&path).expect_err("refused").to_string();
    assert!(told.contains("不在 SM2 曲线上"), "{told}");
}

#[test]
fn the_two_numbers_of_a_signature_do_not_stand_in_each_others_place() {
    let key = SigningKey::from_seed(b"order of r and s");
    let signature = key.sign(b"m");
    let (r, s) = signature.split_at(32);
    let swapped: [u8; 64] = [s, r].concat().try_into().expect("64 bytes");
    assert!(key.public().verify(b"m", &signature));
    assert!(!key.public().verify(b"m", &swapped));
    // The same as a program hands it over.
    let der = |bytes: &[u8; 64]| Signature::from_slice(bytes).expect("r and s").to_der();
    let read = |bytes: &[u8; 64]| {
        crate::cert::signature_from_der(der(bytes).as_bytes()).expect("two numbers")
    };
    assert!(key.public().verify(b"m", &read(&signature)));
    assert!(!key.public().verify(b"m", &read(&swapped)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_is_signed_verifies(seed: [u8; 8], message: Vec<u8>) {
        let key = SigningKey::from_seed(&seed);
        prop_assert!(key.public().verify(&message, &key.sign(&message)));
    }

    #[test]
    fn no_bytes_make_reading_a_key_panic(bytes: Vec<u8>, text: String) {
        let _ = PublicKey::from_bytes(&bytes);
        let _ = PublicKey::from_hex(&text);
        let _ = PublicKey::from_pem(&text);
        let _ = SigningKey::from_pem(&text);
    }
}

#[test]
fn a_key_in_a_file_is_made_once_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("witness.pem");
    let made = SigningKey::in_file(&path).expect("made").public();
    assert_eq!(SigningKey::in_file(&path).expect("read").public(), made);
    let mode = std::fs::metadata(&path).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("opened");
    assert!(SigningKey::in_file(&path).is_err());
    std::fs::write(folder.path().join("other"), "x").expect("written");
    assert!(SigningKey::in_file(&folder.path().join("other")).is_err());
}

#[test]
fn a_key_file_under_a_passphrase_opens_with_it_alone_and_openssl_reads_it() {
    let key = SigningKey::generate();
    let pem = key.to_protected_pem("四个词 就是口令").expect("written");
    assert!(SigningKey::is_protected(&pem));
    assert!(!SigningKey::is_protected(&key.to_pem().expect("PEM")));
    assert!(SigningKey::from_pem(&pem).is_err(), "not without it");
    let again = SigningKey::from_protected_pem(&pem, "四个词 就是口令").expect("opens");
    assert_eq!(again.public(), key.public());
    for wrong in ["", "四个词 就是口", "四个词 就是口令 "] {
        let refused = SigningKey::from_protected_pem(&pem, wrong);
        assert!(matches!(refused, Err(SealError::Passphrase)), "{wrong:?}");
    }
    if !judge::sits() {
        return;
    }
    let home = tempdir().expect("a folder");
    let path = judge::file(home.path(), "key.pem", pem.as_bytes());
    let read = |pass: &str| {
        judge::openssl(&["pkey", "-in", &path, "-passin", &format!("pass:{pass}"), "-pubout"], b"")
    };
    let public =
        String::from_utf8(read("四个词 就是口令").expect("openssl opens it")).expect("text");
    assert_eq!(PublicKey::from_pem(&public).expect("a key"), key.public());
    assert!(read("other").is_none());
}

#[test]
fn a_key_file_that_openssl_put_under_a_passphrase_opens_and_one_of_another_curve_is_told() {
    if !judge::sits() {
        return;
    }
    let home = tempdir().expect("a folder");
    let key = SigningKey::generate();
    let plain = key.to_pem().expect("PEM");
    let path = judge::file(home.path(), "key.pem", plain.as_bytes());
    for scheme in [&["-v2", "aes-256-cbc", "-v2prf", "hmacWithSHA256"][..], &["-scrypt"]] {
        let args = ["pkcs8", "-topk8", "-in", &path, "-passout", "pass:word"];
        let pem = judge::openssl(&[&args[..], scheme].concat(), b"").expect("openssl writes it");
        let pem = String::from_utf8(pem).expect("text");
        let opened = SigningKey::from_protected_pem(&pem, "word").expect("opens");
        assert_eq!(opened.public(), key.public(), "{scheme:?}");
    }
    let other = ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"];
    let more = ["-aes-256-cbc", "-pass", "pass:word"];
    let pem = judge::openssl(&[&other[..], &more].concat(), b"").expect("openssl makes it");
    let pem = String::from_utf8(pem).expect("text");
    let refused = SigningKey::from_protected_pem(&pem, "word");
    assert!(matches!(refused, Err(SealError::OtherCurve)), "{refused:?}");
}
