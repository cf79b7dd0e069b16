use super::*;

const DIGITS: &str = "00112233445566778899aAbBcCdDeEfFffeeddccbbaa99887766554433221100";

fn read(format: Format, value: impl AsRef<[u8]>) -> Result<[u8; TAG_BYTES], VerifyError> {
    parse(format, value.as_ref()).map(|tag| tag.0)
}

#[test]
fn a_format_is_read_and_the_other_is_refused() {
    let tag = *b"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff\
        \xff\xee\xdd\xcc\xbb\xaa\x99\x88\x77\x66\x55\x44\x33\x22\x11\x00";
    assert_eq!(read(Format::Hex, DIGITS), Ok(tag));
    assert_eq!(read(Format::Sha256, format!("sha256={DIGITS}")), Ok(tag));
    assert_eq!(read(Format::Sha256, DIGITS), Err(VerifyError::Prefix));
    assert_eq!(read(Format::Hex, format!("sha256={DIGITS}")), Err(VerifyError::Length { found: 71 }));
}

#[test]
fn only_64_digits_are_a_tag() {
    for found in (0..=130).filter(|found| *found != 64) {
        assert_eq!(read(Format::Hex, "0".repeat(found)), Err(VerifyError::Length { found }));
    }
}

#[test]
fn only_hex_digits_are_read() {
    for place in (0..64).step_by(9) {
        for byte in (0..=u8::MAX).filter(|byte| !byte.is_ascii_hexdigit()) {
            let mut value = [b'0'; 64];
            value[place] = byte;
            assert_eq!(read(Format::Hex, value), Err(VerifyError::Digit), "byte {byte} in place {place}");
        }
    }
}
