use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::*;
use crate::Algorithm;

const DIGITS: &str = "00112233445566778899aAbBcCdDeEfFffeeddccbbaa99887766554433221100";
const TAG: [u8; 32] = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\
    \xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00";

const HEX: Scheme = Scheme::hex("x-signature");
const SHA256: Scheme = Scheme::sha256("x-signature");
const STRIPE: Scheme = Scheme::hex("stripe-signature").list(b',', "v1=").timestamp(Timestamp::entry("t="));
const STANDARD_WEBHOOKS: Scheme = Scheme::base64("webhook-signature").list(b' ', "v1,");

/// The 32 bytes of each tag, and whether there is a time.
#[track_caller]
fn read(scheme: &Scheme, value: impl AsRef<[u8]>) -> Result<(Vec<[u8; 32]>, bool), VerifyError> {
    parse(scheme, value.as_ref()).map(|signature| (signature.tags.first_bytes(), signature.time.is_some()))
}

#[test]
fn one_tag_is_read_behind_its_prefix() {
    assert_eq!(read(&HEX, DIGITS), Ok((vec![TAG], false)));
    assert_eq!(read(&SHA256, format!("sha256={DIGITS}")), Ok((vec![TAG], false)));
    assert_eq!(read(&SHA256, DIGITS), Err(VerifyError::Prefix));
    assert_eq!(read(&SHA256, format!("SHA256={DIGITS}")), Err(VerifyError::Prefix));
    assert_eq!(read(&HEX, format!("sha256={DIGITS}")), Err(VerifyError::Length { found: 71 }));
    assert_eq!(read(&HEX, format!("{DIGITS},{DIGITS}")), Err(VerifyError::Length { found: 129 }));
}

#[test]
fn a_tag_has_the_length_of_its_algorithm() {
    for (algorithm, digits) in
        [(Algorithm::HmacSha256, 64), (Algorithm::HmacSha1, 40), (Algorithm::HmacSha512, 128)]
    {
        let scheme = HEX.algorithm(algorithm);
        for found in 0..=260 {
            let result = read(&scheme, "0".repeat(found)).map(drop);
            let expected = if found == digits { Ok(()) } else { Err(VerifyError::Length { found }) };
            assert_eq!(result, expected, "{algorithm:?}");
        }
    }
}

#[test]
fn only_hex_digits_are_read() {
    for place in (0..64).step_by(9) {
        for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_hexdigit()) {
            let mut value = [b'0'; 64];
            value[place] = byte;
            assert_eq!(read(&HEX, value), Err(VerifyError::Digit), "byte {byte} in place {place}");
        }
    }
}

#[test]
fn a_tag_in_base64_has_one_spelling() {
    let tag = [0xfb; 32];
    let (padded, url) = (STANDARD.encode(tag), URL_SAFE_NO_PAD.encode(tag));
    let base64 = Scheme::base64("x-signature");
    let base64url = Scheme::base64url("x-signature");
    assert_eq!(read(&base64, &padded), Ok((vec![tag], false)));
    assert_eq!(read(&base64url, &url), Ok((vec![tag], false)));

    let unpadded = STANDARD_NO_PAD.encode(tag);
    assert_eq!(read(&base64, &unpadded), Err(VerifyError::Length { found: 43 }));
    assert_eq!(read(&base64, format!("{unpadded}A")), Err(VerifyError::Digit));
    assert_eq!(read(&base64, format!("{url}=")), Err(VerifyError::Digit));
    assert_eq!(read(&base64url, &padded), Err(VerifyError::Length { found: 44 }));
    assert_eq!(read(&base64url, &unpadded), Err(VerifyError::Digit));
    // The last character before the padding has bits behind the last byte, which must be zero.
    let stray = |text: &str| {
        let mut stray = text.as_bytes().to_vec();
        stray[42] += 1;
        stray
    };
    assert_eq!(read(&base64, stray(&padded)), Err(VerifyError::Digit));
    assert_eq!(read(&base64url, stray(&url)), Err(VerifyError::Digit));
    for byte in [b' ', b'\n', b'%', b'-', b'_', 0, 0xff] {
        let mut value = padded.clone().into_bytes();
        value[7] = byte;
        assert_eq!(read(&base64, value), Err(VerifyError::Digit), "byte {byte}");
    }
}

#[test]
fn a_list_has_tags_a_time_and_other_entries() {
    let entries = |text: &str| text.replace('#', DIGITS);
    for (accepted, tags) in [
        ("t=1492774577,v1=#", 1),
        ("v1=#,t=1492774577", 1),
        (" t=1492774577 ,\tv1=# , v1=#,", 2),
        ("t=1492774577,v0=#,v1=#,v2=short,,v10=#,V1=#,x", 1),
        ("t=1492774577,v1=#,v1=#,v1=#,v1=#,v1=#,v1=#,v1=#,v1=#,v1=#,v1=short", 8),
    ] {
        let found = read(&STRIPE, entries(accepted)).map(|(found, has_time)| (found.len(), has_time));
        assert_eq!(found, Ok((tags, true)), "{accepted}");
    }
    for (refused, reason) in [
        ("", VerifyError::MissingTime),
        ("t=1492774577", VerifyError::NoEntry),
        ("t=1492774577,v0=#", VerifyError::NoEntry),
        ("t=1492774577;v1=#", VerifyError::MalformedTime),
        ("t=1492774577 v1=#", VerifyError::MalformedTime),
        ("v1=#", VerifyError::MissingTime),
        ("t=,v1=#", VerifyError::MalformedTime),
        ("t=+1492774577,v1=#", VerifyError::MalformedTime),
        ("t=1492774577,t=1492774577,v1=#", VerifyError::RepeatedTime),
        ("t=1492774577,v1=#,v1=", VerifyError::Length { found: 0 }),
        ("t=1492774577,v1=#,v1= #", VerifyError::Length { found: 65 }),
    ] {
        assert_eq!(read(&STRIPE, entries(refused)).map(drop), Err(reason), "{refused}");
    }
}

#[test]
fn a_list_with_blanks_may_have_a_comma_behind_an_entry() {
    let tag = STANDARD.encode(TAG);
    let entries =
        |text: &str| read(&STANDARD_WEBHOOKS, text.replace('#', &tag)).map(|(found, _)| found.len());
    assert_eq!(entries("v1,#"), Ok(1));
    assert_eq!(entries("v1,# v1,#"), Ok(2));
    assert_eq!(entries("  v1,#,  v1,#,\t "), Ok(2));
    assert_eq!(entries("v1a,# v1,# v2,#"), Ok(1));
    assert_eq!(entries("v1,#,,"), Err(VerifyError::Length { found: 45 }));
    assert_eq!(entries("v1a,#"), Err(VerifyError::NoEntry));
    assert_eq!(entries("v1 ,#"), Err(VerifyError::NoEntry));
    assert_eq!(entries("v1,"), Err(VerifyError::Length { found: 0 }));
    assert_eq!(entries("v1,# v1,"), Err(VerifyError::Length { found: 0 }));

    let timed = STANDARD_WEBHOOKS.timestamp(Timestamp::entry("t="));
    let read =
        |text: &str| read(&timed, text.replace('#', &tag)).map(|(found, has_time)| (found.len(), has_time));
    assert_eq!(read("t=1492774577, v1,#"), Ok((1, true)));
    assert_eq!(read("v1,# t=1492774577,"), Ok((1, true)));
    assert_eq!(read("t=1492774577,, v1,#"), Err(VerifyError::MalformedTime));
}
