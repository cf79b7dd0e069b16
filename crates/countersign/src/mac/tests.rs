use super::*;

/// Case 2 of RFC 4231.
const KEY: &[u8] = b"Jefe";
const DATA: &[u8] = b"what do ya want for nothing?";
const TAG: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

fn tags(digits: &str) -> Tags {
    let mut decoded = [0; Tag::ROOM];
    hex::decode_to_slice(digits, &mut decoded[..digits.len() / 2]).unwrap();
    Tags::new(Tag::new(decoded))
}

fn matches(algorithm: Algorithm, key: &[u8], data: &[u8], tags: &Tags) -> bool {
    let mut mac = Key::new(algorithm, key).start();
    mac.update(data);
    mac.matches(tags)
}

/// This does not compile if the state of a key is not wiped.
#[test]
fn every_key_is_wiped_when_it_is_dropped() {
    fn is_wiped<T: zeroize::ZeroizeOnDrop>(_: &T) -> bool {
        true
    }
    for algorithm in [Algorithm::HmacSha256, Algorithm::HmacSha1, Algorithm::HmacSha512] {
        assert!(match Key::new(algorithm, KEY) {
            Key::Sha256(key) => is_wiped(&key),
            // `Hmac` consists of states of its hash.
            Key::Sha1(_) => is_wiped(&Sha1::new()),
            Key::Sha512(_) => is_wiped(&Sha512::new()),
        });
    }
}

#[test]
fn the_tag_of_another_implementation_matches() {
    for (algorithm, digits) in [
        (Algorithm::HmacSha256, TAG),
        // Case 2 of RFC 2202 and of RFC 4231.
        (Algorithm::HmacSha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            Algorithm::HmacSha512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ] {
        assert!(matches(algorithm, KEY, DATA, &tags(digits)), "{algorithm:?}");
    }
}

#[test]
fn the_tag_of_another_algorithm_does_not_match() {
    for algorithm in [Algorithm::HmacSha1, Algorithm::HmacSha512] {
        assert!(!matches(algorithm, KEY, DATA, &tags(TAG)), "{algorithm:?}");
    }
}

#[test]
fn chunks_give_the_same_tag_as_the_whole_body() {
    let mut mac = Key::new(Algorithm::HmacSha256, KEY).start();
    DATA.chunks(5).for_each(|chunk| mac.update(chunk));
    assert!(mac.matches(&tags(TAG)));
}

#[test]
fn a_tag_with_one_wrong_bit_does_not_match() {
    for bit in 0..8 * 32 {
        let mut wrong = tags(TAG);
        wrong.first.0[bit / 8] ^= 1 << (bit % 8);
        assert!(!matches(Algorithm::HmacSha256, KEY, DATA, &wrong), "bit {bit}");
    }
}

#[test]
fn one_right_tag_among_eight_is_enough() {
    let wrong = "0".repeat(64);
    for place in 0..8 {
        let digits = |other: usize| if other == place { TAG } else { &wrong };
        let mut all = tags(digits(0));
        (1..8).for_each(|other| all.add(tags(digits(other)).first));
        assert!(all.is_full());
        assert!(matches(Algorithm::HmacSha256, KEY, DATA, &all), "place {place}");
    }
}

#[test]
fn another_body_or_key_does_not_match() {
    assert!(!matches(Algorithm::HmacSha256, KEY, b"what do ya want for nothing!", &tags(TAG)));
    assert!(!matches(Algorithm::HmacSha256, b"jefe", DATA, &tags(TAG)));
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
        assert!(matches(Algorithm::HmacSha256, &vec![0xaa; length], DATA, &tags(expected)), "{length} bytes");
    }
}

/// Case 7 of RFC 4231: a key of 131 bytes, which is longer than every block. Python's hmac made the tag of SHA-1.
#[test]
fn a_long_key_is_hashed_by_its_own_algorithm() {
    const DATA: &[u8] = b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.";
    for (algorithm, digits) in [
        (Algorithm::HmacSha256, "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
        (
            Algorithm::HmacSha512,
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ),
        (Algorithm::HmacSha1, "217e44bb08b6e06a2d6c30f3cb9f537f97c63356"),
    ] {
        assert!(matches(algorithm, &[0xaa; 131], DATA, &tags(digits)), "{algorithm:?}");
    }
}

#[test]
#[cfg(feature = "sign")]
fn a_program_that_signs_makes_the_same_tag() {
    let mut mac = Key::new(Algorithm::HmacSha256, KEY).start();
    mac.update(DATA);
    assert_eq!(hex::encode(mac.into_tag()), TAG);
}

#[test]
fn only_the_whole_text_is_the_secret() {
    assert!(is_secret(b"meatyhamhock", b"meatyhamhock"));
    for claimed in ["", "m", "meatyhamhoc", "meatyhamhocks", "Meatyhamhock", "meatyhamhock\0"] {
        assert!(!is_secret(b"meatyhamhock", claimed.as_bytes()), "{claimed}");
    }
}

/// The examples of FIPS 180.
#[cfg(feature = "testing")]
#[test]
fn a_hash_without_a_key_is_that_of_its_algorithm() {
    let starts = [Algorithm::HmacSha1, Algorithm::HmacSha256, Algorithm::HmacSha512].map(|algorithm| {
        let hash = hash(algorithm, b"abc");
        (hash.len(), hex::encode(hash.get(..4).unwrap()))
    });
    let expected = [(20, "a9993e36"), (32, "ba7816bf"), (64, "ddaf35a1")];
    assert_eq!(starts, expected.map(|(length, start)| (length, start.to_owned())));
}
