//! Scenarios of the rules of OpenID Connect.

use access::{Proposed, ProposedState};
use base::Id;

use super::clients::check_address;
use super::*;
use crate::terms::openid::Holders;

fn client() -> Client {
    Client {
        id: Id::from_bits(1),
        name: "婚姻登记系统".into(),
        organ: "mzj".into(),
        organ_name: "民政局".into(),
        holders: Holders::Staff,
        public: false,
        redirects: vec!["https://hy.example.gov.cn/cb".into(), "http://127.0.0.1/cb".into()],
        leaves: vec![],
        scopes: vec!["openid".into(), "profile".into()],
        until: "2027-12-31".parse().unwrap(),
        reason: String::new(),
        proposed: Proposed {
            state: ProposedState::Agreed,
            ..Proposed::unsigned(Moment::from_millis(0), "2026-12-31".parse().unwrap())
        },
        secret_mac: None,
        secret_at: None,
    }
}

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[test]
fn an_address_is_equal_letter_by_letter_but_for_the_port_of_ones_own_machine() {
    let known = client().redirects;
    for good in ["https://hy.example.gov.cn/cb", "http://127.0.0.1:49152/cb", "http://127.0.0.1/cb"]
    {
        assert!(is_registered(&known, good), "{good}");
    }
    for bad in [
        "https://hy.example.gov.cn/cb/",
        "https://hy.example.gov.cn/cb?x=1",
        "https://hy.example.gov.cn:443/cb",
        "https://hy.example.gov.cn@evil.example/cb",
        "http://hy.example.gov.cn/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://127.0.0.1:0/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:1/cb#x",
        "http://[::1]:1/cb",
        "http://localhost/cb",
        "",
    ] {
        assert!(!is_registered(&known, bad), "{bad}");
    }
}

#[test]
fn what_can_be_registered_is_whole_and_over_tls() {
    for good in ["https://a.example.cn/", "https://a.b.cn:8443/x?y=1", "http://[::1]/cb"] {
        assert_eq!(check_address(good), Ok(()), "{good}");
    }
    for bad in [
        "https://*.example.cn/cb",
        "https://a.example.cn/cb#x",
        "https://a.example.cn",
        "https://user@a.example.cn/cb",
        "https://A.example.cn/cb",
        "https://localhost/cb",
        "http://a.example.cn/cb",
        "javascript:alert(1)",
        "https://a.example.cn/<x>",
        "https://例子.中国/cb",
    ] {
        assert!(check_address(bad).is_err(), "{bad}");
    }
}

fn request(more: &str) -> Result<Asked, Wrong> {
    let text = format!("response_type=code&scope=openid&{more}");
    read_request(&Parameters::read(&text), &client())
}

#[test]
fn a_request_without_pkce_by_sha_256_is_an_error_that_says_so() {
    let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
    assert_eq!(request(&pkce).unwrap().challenge, CHALLENGE);
    let told = |more: &str| request(more).unwrap_err().error;
    assert_eq!(told(""), "invalid_request");
    assert_eq!(told(&format!("code_challenge={CHALLENGE}")), "invalid_request");
    assert_eq!(told("code_challenge=short&code_challenge_method=S256"), "invalid_request");
    let plain = format!("code_challenge={CHALLENGE}&code_challenge_method=plain");
    assert_eq!(told(&plain), "invalid_request");
    assert_eq!(told(&format!("{pkce}&nonce=a&nonce=b")), "invalid_request");
    assert_eq!(told(&format!("{pkce}&prompt=none+login")), "invalid_request");
    assert_eq!(told(&format!("{pkce}&max_age=-1")), "invalid_request");
    assert_eq!(told(&format!("{pkce}&request=x")), "request_not_supported");
    assert_eq!(told(&format!("{pkce}&state={}", "a".repeat(1_025))), "invalid_request");
    let odd = format!("response_type=token&scope=openid&{pkce}");
    let odd = read_request(&Parameters::read(&odd), &client()).unwrap_err();
    assert_eq!(odd.error, "unsupported_response_type");
    let more = format!("response_type=code&scope=openid+posts&{pkce}");
    let more = read_request(&Parameters::read(&more), &client()).unwrap_err();
    assert_eq!(more.error, "invalid_scope");
}

#[test]
fn a_request_that_grows_on_its_way_is_too_long_at_the_beginning() {
    let mark = "m".repeat(200);
    for (sign, grown) in [("a", 1), ("鄂", 9), ("\u{fffd}", 9), ("%ff", 9), ("%e9%84%82", 9)] {
        // The longest state that is read comes through as often as it is sent on; one more sign does not.
        let read = |count: usize| Parameters::read(&format!("state={}", sign.repeat(count)));
        let most = (PARAMETERS_MAX - "state=".len()) / grown;
        let first = read(most);
        let second = Parameters::read(&first.with(AFTER, &mark));
        let third = Parameters::read(&second.with(AFTER, &mark));
        assert!(first.get("state").is_some());
        assert_eq!((first.get("state"), third.once()), (third.get("state"), Ok(())), "{sign}");
        assert_eq!(read(most + 1).once().unwrap_err().description, "the request is too long");
    }
}

#[test]
fn a_code_fits_only_whom_where_and_as_it_was_made() {
    let now = Moment::from_millis(1_772_413_200_000);
    let code = Code {
        grant: Id::from_bits(7),
        client: client().id,
        redirect: "https://hy.example.gov.cn/cb".into(),
        challenge: CHALLENGE.into(),
        scopes: vec![],
        nonce: None,
        account: Id::from_bits(9),
        session: [0; 32],
        at: now,
    };
    let (here, verifier) = (Some("https://hy.example.gov.cn/cb"), Some(VERIFIER));
    let check = |redirect, verifier, at| check_code(&code, &client(), redirect, verifier, at);
    assert_eq!(check(here, verifier, now.plus_seconds(60)), Ok(()));
    assert!(check(here, verifier, now.plus_seconds(61)).is_err(), "a minute");
    assert!(check(Some("http://127.0.0.1/cb"), verifier, now).is_err(), "the address");
    assert!(check(None, verifier, now).is_err());
    assert!(check(here, None, now).is_err());
    assert!(check(here, Some(CHALLENGE), now).is_err(), "the challenge is no verifier");
    let other = Client { id: Id::from_bits(2), ..client() };
    assert!(check_code(&code, &other, here, verifier, now).is_err(), "the client");
}

#[test]
fn a_signing_key_is_there_a_week_before_it_signs_and_a_day_after() {
    let now = Moment::from_millis(1_772_413_200_000);
    let days = |n: i64| now.plus_seconds(n * 86_400);
    let key = |from: Moment, until: Moment| SigningKeyRow {
        id: from.millis().to_string(),
        secret_sealed: vec![],
        public: vec![],
        from,
        until,
    };
    let (from, until) = next_key(&[], now).unwrap();
    assert_eq!((from, until), (now, days(90)));
    let first = [key(from, until)];
    assert_eq!(next_key(&first, days(82)), None);
    assert_eq!(next_key(&first, days(84)), Some((days(90), days(180))));
    let both = [key(from, until), key(days(90), days(180))];
    assert_eq!(signing_key(&both, days(89)).unwrap().until, days(90));
    assert_eq!(signing_key(&both, days(90)).unwrap().until, days(180));
    assert!(until > forgotten_before(days(90)), "still published");
    assert_eq!(next_key(&first, days(100)), Some((days(100), days(190))), "after a long rest");
}

#[test]
fn a_number_that_is_not_proven_is_not_told() {
    let told = |real_name| {
        let person = Told {
            sub: "s".into(),
            name: "张明".into(),
            kind: access::Kind::Citizen,
            real_name,
            number: Some("420702199003076634".into()),
            posts: vec![],
        };
        let all: Vec<String> = SCOPES.iter().map(|scope| scope.name.to_owned()).collect();
        claims_of(&person, &all)
    };
    assert_eq!(told(true)["citizen_number"], "420702199003076634");
    assert!(!told(false).contains_key("citizen_number"));
    assert_eq!(told(false)["real_name"], false);
    let bare = Told {
        sub: "s".into(),
        name: "张明".into(),
        kind: access::Kind::Citizen,
        real_name: true,
        number: None,
        posts: vec![],
    };
    assert_eq!(claims_of(&bare, &["openid".into()]).len(), 1, "the sub alone");
}
