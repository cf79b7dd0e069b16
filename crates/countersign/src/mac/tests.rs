use super::*;

/// Case 2 of RFC 4231.
const KEY: &[u8] = b"Jefe";
const DATA: &[u8] = b"what do ya want for nothing?";
const TAG: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

fn tag() -> Tag {
    let mut tag = [0; TAG_BYTES];
    hex::decode_to_slice(TAG, &mut tag).unwrap();
    Tag(tag)
}

#[test]
fn the_tag_of_another_implementation_matches() {
    assert!(Key::new(KEY).matches(DATA, &tag()));
}

#[test]
fn chunks_give_the_same_tag_as_the_whole_body() {
    let mut mac = Key::new(KEY).start();
    DATA.chunks(5).for_each(|chunk| mac.update(chunk));
    assert!(mac.matches(&tag()));
}

#[test]
fn a_tag_with_one_wrong_bit_does_not_match() {
    let key = Key::new(KEY);
    for bit in 0..8 * TAG_BYTES {
        let mut wrong = tag();
        wrong.0[bit / 8] ^= 1 << (bit % 8);
        assert!(!key.matches(DATA, &wrong), "bit {bit}");
    }
}

#[test]
fn another_body_or_key_does_not_match() {
    assert!(!Key::new(KEY).matches(b"what do ya want for nothing!", &tag()));
    assert!(!Key::new(b"jefe").matches(DATA, &tag()));
}

/// The key of 131 bytes is case 6 of RFC 4231. Python's hmac made the tags of the other lengths, which are close to a block's.
#[test]
fn a_key_of_any_length_is_padded_or_hashed() {
    const DATA: &[u8] = b"Test Using Larger Than Block-Size Key - Hash Key First";
    for (length, expected) in [
        (63, "b9f6d3205603dddcfb871b8132f698f2fc3b0cf9765fed0113231d1e6739d728"),
        (64, "84332a7580ed3cf75de83c644c8d2c1c262ad90e0190e5c5ae4b82b2102e8e75"),
        (65, "c62955a96944ff68deabbc0eab6192065c1c55bb8ddee16151ed5337f911eab9"),
        (131, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    ] {
        let mut tag = [0; TAG_BYTES];
        hex::decode_to_slice(expected, &mut tag).unwrap();
        assert!(Key::new(&vec![0xaa; length]).matches(DATA, &Tag(tag)), "{length} bytes");
    }
}

#[test]
#[cfg(feature = "testing")]
fn a_test_that_signs_makes_the_same_tag() {
    assert_eq!(Key::new(KEY).sign(DATA), tag().0);
}
