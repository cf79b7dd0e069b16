use proptest::prelude::*;

use super::*;

/// Reads the parts back from a preimage. If every preimage can be read back, no two inputs share one.
fn parts(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let (part, rest) = rest.split_at(usize::try_from(u64::from_be_bytes(*length)).unwrap());
        parts.push(part.to_vec());
        bytes = rest;
    }
    assert!(bytes.is_empty());
    parts
}

proptest! {
    #[test]
    fn different_inputs_never_share_a_preimage(input: [Vec<u8>; 6]) {
        prop_assert_eq!(parts(&preimage(input.each_ref().map(Vec::as_slice))), input);
    }
}

#[test]
fn text_that_moves_from_one_part_to_the_next_makes_another_key() {
    let keys = [
        DeliveryKey::of_event("a", "bc", "d"),
        DeliveryKey::of_event("ab", "c", "d"),
        DeliveryKey::of_event("abc", "", "d"),
        DeliveryKey::of_event("a", "b", "cd"),
        DeliveryKey::of_event("", "abc", "d"),
    ];
    for (i, key) in keys.iter().enumerate() {
        assert!(!keys[..i].contains(key), "{i}");
    }
}

#[test]
fn an_event_id_and_a_body_never_share_a_key() {
    let place = Place::endpoint("a", "b");
    assert_ne!(place.key("event", &mac::sha256(b"{}")), place.body(b"{}"));
}

#[test]
fn each_part_of_the_place_makes_another_key() {
    let place = Place { provider: "hook", tenant: None, endpoint: None, route: None };
    let keys = [
        place,
        Place { provider: "massu", ..place },
        Place { tenant: Some("a"), ..place },
        Place { endpoint: Some("a"), ..place },
        Place { route: Some("a"), ..place },
    ]
    .map(|place| place.event("evt_1"));
    for (i, key) in keys.iter().enumerate() {
        assert!(!keys[..i].contains(key), "{i}");
    }
}

#[test]
fn a_key_is_parsed_from_its_own_text_only() {
    let key = DeliveryKey::of_event("hook", "billing", "evt_1");
    assert_eq!(key.to_string().parse(), Ok(key));
    for text in ["", "4b", &"4".repeat(63), &"4".repeat(66), &"g".repeat(64)] {
        let error = text.parse::<DeliveryKey>().unwrap_err();
        assert_eq!(error.to_string(), "delivery key is not 64 hex digits");
    }
}

/// Python's `hashlib` made these keys. If a new version of the library changed them, every repeat would be handled once more.
#[test]
fn keys_never_change() {
    assert_eq!(
        DeliveryKey::of_event("hook", "billing", "evt_1").to_string(),
        "2c91337eb7bb02c076a9fab06333a3c1b4264765888af32dd0f9a2718d42f160"
    );
    assert_eq!(
        format!("{:?}", DeliveryKey::of_body("massu", "massu", b"{\"a\":1}")),
        "DeliveryKey(17581c98f6973d2b2a1d1659456496049f6c9a09941356fab767e0a516b18e6e)"
    );
    let place = Place {
        provider: "hook",
        tenant: Some("tenant-7"),
        endpoint: Some("billing"),
        route: Some("/hooks/{id}"),
    };
    assert_eq!(
        place.event("evt_1").to_string(),
        "7ca6241b11da8c0174aac1a8be74001bc3a849e48580e073a89d86cbd1bb369c"
    );
}
