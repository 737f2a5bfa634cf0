//! What is cheaper, and must be the same: signatures verified together, and canonical bytes that serde writes.

use super::*;

/// So many messages, each signed by itself.
fn each_signed(count: u32) -> Vec<Message> {
    (0..count).map(|n| signed(draft(), &n.to_be_bytes())).collect()
}

fn judged(messages: &[Message]) -> Vec<Result<(), Wrong>> {
    let all = messages.iter().map(|message| (message, &WORLD.signing));
    let mut verified = Verified::together(all);
    let judged = messages.iter().map(|message| {
        check(message, &WORLD.sender(), &WORLD.trust(), (NOW, &LIMITS), &mut verified)
    });
    judged.collect()
}

#[test]
fn messages_that_came_together_are_judged_as_if_each_came_alone() {
    let mut messages = each_signed(9);
    assert!(judged(&messages).iter().all(Result::is_ok));
    // One whose signature is another's, one that somebody else has signed: the rest hold.
    let proof = messages[1].proof().clone();
    let (header, body) = (messages[3].header().clone(), messages[3].body().to_vec());
    messages[3] = Sealed::of(header, body).unwrap().signed_as(proof);
    let key = LogKey::Here(WORLD.other_key.clone());
    messages[6] = sign_batch(&key, "housing", vec![sealed(draft(), b"")]).unwrap().remove(0);
    let judged = judged(&messages);
    for (place, one) in judged.iter().enumerate() {
        match place {
            3 | 6 => assert_eq!(*one, Err(Wrong::BadSignature), "{place}"),
            _ => assert_eq!(*one, Ok(()), "{place}"),
        }
    }
}

#[test]
fn what_holds_for_one_gateway_says_nothing_for_another_of_the_same_key() {
    // A message in the name of another gateway, in a batch that was signed as this one's.
    let stranger = Draft { from: End::new("health", "ezhou-zjj"), ..draft() };
    let key = LogKey::Here(WORLD.key.clone());
    let batch = (0..4).map(|_| sealed(draft(), b"")).chain([sealed(stranger, b"")]);
    let batch = sign_batch(&key, "housing", batch.collect()).unwrap();
    let mut verified = Verified::together(batch.iter().map(|one| (one, &WORLD.signing)));
    let as_health = Sender { gateway: "health", ..WORLD.sender() };
    let now = (NOW, &LIMITS);
    let held = check(&batch[4], &as_health, &WORLD.trust(), now, &mut verified);
    assert_eq!(held, Err(Wrong::BadSignature));
}

fn any_terms() -> impl Strategy<Value = Terms> {
    let texts = (any::<String>(), any::<String>(), any::<String>(), any::<String>());
    let numbers = (0i64..1 << 53, 0i64..1 << 53, 0i64..1 << 53);
    (texts, prop::collection::vec(any::<String>(), 0..5), numbers).prop_map(
        |((about, ground, consumer, purpose), fields, (valid_seconds, from, until))| Terms {
            about,
            consumer,
            fields,
            from,
            ground,
            provider: "ezhou".into(),
            purpose,
            resource: "population.person".into(),
            signer: "0".repeat(64),
            until,
            v: 1,
            valid_seconds,
        },
    )
}

proptest! {
    /// Whatever stands in them: what serde writes of fields in their order is the canonical form.
    #[test]
    fn what_is_written_is_canonical(
        draft in any_draft(), terms in any_terms(), code in prop::option::of(any::<String>())
    ) {
        let header = sealed(draft, b"").header().clone();
        prop_assert_eq!(written(&header).unwrap(), canonical(&header).unwrap());
        prop_assert_eq!(written(&terms).unwrap(), canonical(&terms).unwrap());
        let signed = SignedTerms { signature: "ab".into(), terms };
        prop_assert_eq!(written(&signed).unwrap(), canonical(&signed).unwrap());
        let (id, at) = (header.id, NOW.millis());
        let step = Step { at, code, digest: "cd".into(), id, step: StepKind::Stored };
        prop_assert_eq!(written(&step).unwrap(), canonical(&step).unwrap());
    }
}
