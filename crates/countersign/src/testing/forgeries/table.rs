//! The table of all forgeries.

use super::Forgery;
use super::forge::{Forge, Made};
use super::header::is_own_label;
use super::seam::Piece::{Body, Id, Time};
use super::seam::is_seam;
use super::time::has_time_beside_body;
use crate::Algorithm::{HmacSha1, HmacSha256, HmacSha512};
use crate::scheme::{Encoding, TimeSource, TimeUnit};
use crate::{KeyEncoding, Scheme};

/// A kind of forgery.
pub(super) struct Row {
    name: &'static str,
    description: &'static str,
    /// Whether the request is a forgery under a scheme. Under some schemes it would be a genuine delivery. If a scheme lacks the part that
    /// is changed, `make` returns `None`.
    applies: fn(&Scheme) -> bool,
    make: fn(&Forge) -> Made,
}

const fn row(
    name: &'static str,
    description: &'static str,
    applies: fn(&Scheme) -> bool,
    make: fn(&Forge) -> Made,
) -> Row {
    Row { name, description, applies, make }
}

/// The forgeries of one delivery.
pub(super) fn all(forge: &Forge) -> Vec<Forgery> {
    let of = |row: &Row| {
        let request = (row.applies)(&forge.scheme).then(|| (row.make)(forge)).flatten()?;
        Some(Forgery { name: row.name, description: row.description, request })
    };
    ROWS.iter().filter_map(of).collect()
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// A row never makes a request that the scheme accepts, whatever the secret, the body and the time are.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // No signature.
    row("unsigned", "no signature header at all", any, Forge::unsigned),
    row("empty-signature", "a signature header without a value", any, |it| it.value("")),
    row("prefix-alone", "a prefix without a tag", any, Forge::prefix_alone),
    row("zero-tag", "a tag of zeros", any, |it| it.text(&it.zeros())),
    row("word-for-signature", "a word instead of a signature", any, |it| it.value("test_signature")),
    // The tag of another key or another text.
    row("other-secret", "signed with the secret and one byte more", any, Forge::other_secret),
    row("half-secret", "signed with the secret without its whsec_, or with another secret", is_key_text, Forge::half_secret),
    row("empty-secret", "signed with an empty key", any, |it| it.keyed(b"")),
    row("key-from-base64", "signed with the secret decoded from base64, but its text is the key", is_key_text, Forge::key_from_base64),
    row("key-from-hex", "signed with the secret decoded from hex, but its text is the key", is_key_text, Forge::key_from_hex),
    row("key-not-decoded", "signed with the secret's text, but the key is encoded in it", |s| !is_key_text(s), Forge::key_not_decoded),
    row("key-with-prefix", "signed with the secret's text and its prefix, but the key is encoded in it", has_key_prefix, Forge::key_with_prefix),
    row("empty-body-signed", "the tag of an empty body", any, Forge::empty_body_signed),
    row("body-alone-signed", "the tag of the body alone, but the provider signs more", |s| s.parts().count() > 1, Forge::body_alone_signed),
    row("hash-without-key", "a plain hash, such as SHA-256, instead of an HMAC", any, Forge::hash_without_key),
    row("upside-down", "the right digits in reverse order", any, Forge::reversed),
    // The right tag in a wrong place.
    row("other-header", "the right signature in the header of another provider", any, Forge::other_header),
    row("signature-twice", "the same right signature in two headers", any, |it| it.two_headers([&it.text, &it.text])),
    row("right-then-wrong", "a right signature, then a wrong one", any, |it| it.two_headers([&it.text, &it.zeros()])),
    row("wrong-then-right", "a wrong signature, then a right one", any, |it| it.two_headers([&it.zeros(), &it.text])),
    row("list-of-two", "two right signatures in one header", is_single, |it| it.two_values(&it.text, ",")),
    row("right-among-others", "a right signature after a wrong one, in one header", is_single, |it| it.two_values(&it.zeros(), ", ")),
    row("other-version", "the right tag in an entry of another version", is_list, Forge::other_version),
    row("ninth-entry", "the right tag after eight wrong ones", is_list, Forge::ninth_entry),
    // The right tag with the name of another algorithm, and the tag of another algorithm.
    row("other-format", "the right tag in the format of other providers: bare, or with sha256=", any, Forge::other_format),
    row("prefix-in-capitals", "the prefix in capitals, as SHA256= instead of sha256=", has_small_prefix, Forge::prefix_in_capitals),
    row("prefix-with-colon", "a colon in the prefix, as sha256: instead of sha256=", has_equals_sign, Forge::prefix_with_colon),
    row("prefix-twice", "the prefix twice", any, Forge::prefix_twice),
    row("algorithm-none", "none= for a prefix", |s| !is_own_label(s, "none="), |it| it.labelled("none=")),
    row("sha1-label", "the right tag with the name of SHA-1", |s| !is_own_label(s, "sha1="), |it| it.labelled("sha1=")),
    row("sha1", "a right HMAC with SHA-1", |s| s.mac_algorithm() != HmacSha1, |it| it.named("sha1=", HmacSha1)),
    row("sha512", "a right HMAC with SHA-512", |s| s.mac_algorithm() != HmacSha512, |it| it.named("sha512=", HmacSha512)),
    row("sha1-as-own", "an HMAC with SHA-1 after the provider's own prefix", |s| s.mac_algorithm() != HmacSha1, |it| it.by(HmacSha1)),
    row("sha256-as-own", "an HMAC with SHA-256 after the provider's own prefix", |s| s.mac_algorithm() != HmacSha256, |it| it.by(HmacSha256)),
    row("sha512-as-sha256", "an HMAC with SHA-512 after the provider's own prefix", |s| s.mac_algorithm() != HmacSha512, |it| it.by(HmacSha512)),
    row("sha512-cut", "an HMAC with SHA-512 that is cut to the length of the tag", |s| s.mac_algorithm() != HmacSha512, Forge::sha512_cut),
    // The right tag in another spelling.
    row("one-digit", "only the first digit", any, Forge::first_digit),
    row("half-tag", "the first half of the tag", any, |it| it.split("", false)),
    row("one-digit-short", "the tag without its last digit", any, |it| it.last_digit("")),
    row("one-byte-short", "the tag without its last byte", any, Forge::byte_less),
    row("one-digit-long", "the tag and one digit more", any, Forge::digit_more),
    row("one-byte-long", "the tag and one byte more", any, Forge::byte_more),
    row("hex-with-0x", "0x before the digits", is_hex, |it| it.text(&format!("0x{}", it.text))),
    row("hex-with-dash", "a dash among the digits", is_hex, |it| it.split("-", true)),
    row("hex-with-letter-g", "the letter g among the digits", is_hex, |it| it.last_digit("g")),
    row("space-before", "a space inside the value, before the digits", any, Forge::space_before),
    row("space-within", "a space among the digits", any, |it| it.split(" ", true)),
    row("quoted", "the value in quotes", any, Forge::quoted),
    row("high-bytes", "bytes above 0x7f instead of digits", any, Forge::high_bytes),
    row("hex", "the right tag in hex", |s| !is_hex(s), Forge::in_hex),
    row("base64", "the right tag in base64", |s| s.encoding() != Encoding::Base64, Forge::in_base64),
    row("base64url", "the right tag in the base64 of URLs", |s| s.encoding() != Encoding::Base64Url, Forge::in_base64url),
    row("base64-unpadded", "the right tag in base64 without padding", |s| s.encoding() == Encoding::Base64, Forge::unpadded),
    row("base64-overpadded", "one = too many after the right tag", |s| !is_hex(s), Forge::padded),
    row("base64-stray-bits", "the right tag in base64, with stray bits after its last byte", |s| !is_hex(s), Forge::stray_bits),
    // The right signature of another body.
    row("body-bit-flipped", "one bit of the body is flipped", any, Forge::bit_flipped),
    row("body-with-newline", "a newline after the body", any, |it| it.framed(b"", b"\n")),
    row("body-with-space", "a space before the body", any, |it| it.framed(b" ", b"")),
    row("body-twice", "the body twice", any, Forge::body_twice),
    row("body-cut", "only the first half of the body", any, Forge::body_cut),
    // The signed time.
    row("time-too-old", "signed too long ago, with the right signature", any, Forge::too_old),
    row("time-from-the-future", "signed too far in the future, with the right signature", any, Forge::too_new),
    row("time-is-a-word", "a word for the signed time, with the right signature", any, |it| it.timed("now")),
    row("time-missing", "no signed time", any, Forge::time_missing),
    row("time-twice", "the same signed time twice", any, Forge::time_twice),
    row("time-with-zero", "a zero before the signed time", has_time_text, |it| it.respelled(format!("0{}", it.draft.time))),
    row("time-with-plus", "a plus sign before the signed time", has_time_text, |it| it.respelled(format!("+{}", it.draft.time))),
    row("time-with-space", "a space in the signed time", has_time_text, Forge::time_with_blank),
    row("time-with-fraction", "one more zero in the fraction of the signed time", has_time_without_point, Forge::time_with_fraction),
    row("time-with-offset", "+00:00 instead of Z in the signed time", has_rfc3339, Forge::time_with_offset),
    // The signed id.
    row("other-id", "the id of another delivery", has_id, Forge::other_id),
    row("id-missing", "no signed id", has_id, Forge::id_missing),
    row("id-twice", "the same signed id twice", has_id, Forge::id_twice),
    row("id-empty", "an empty id, with the right signature", has_id, Forge::id_empty),
    // The right signature of the same text, but another part begins one byte earlier or later.
    row("id-byte-in-time", "one byte of the id moves to the signed time", |s| is_seam(s, Id, Time), |it| it.moved(Id, Time)),
    row("time-byte-in-id", "one byte of the signed time moves to the id", |s| is_seam(s, Id, Time), |it| it.moved(Time, Id)),
    row("time-byte-in-body", "one byte of the signed time moves to the body", |s| is_seam(s, Time, Body), |it| it.moved(Time, Body)),
    row("body-byte-in-time", "one byte of the body moves to the signed time", |s| is_seam(s, Time, Body), |it| it.moved(Body, Time)),
];

fn any(_: &Scheme) -> bool {
    true
}

fn is_list(scheme: &Scheme) -> bool {
    scheme.separator().is_some()
}

/// A list accepts a right tag among others.
fn is_single(scheme: &Scheme) -> bool {
    !is_list(scheme)
}

fn is_hex(scheme: &Scheme) -> bool {
    scheme.encoding() == Encoding::Hex
}

fn is_key_text(scheme: &Scheme) -> bool {
    matches!(scheme.key_encoding(), KeyEncoding::Text)
}

fn has_key_prefix(scheme: &Scheme) -> bool {
    match scheme.key_encoding() {
        KeyEncoding::Text => false,
        KeyEncoding::Base64 { strip } | KeyEncoding::Hex { strip } => !strip.is_empty(),
    }
}

/// A prefix such as `=` is the same in capitals.
fn has_small_prefix(scheme: &Scheme) -> bool {
    let prefix = scheme.tag_prefix();
    prefix.is_empty() || prefix.contains(|c: char| c.is_ascii_lowercase())
}

fn has_equals_sign(scheme: &Scheme) -> bool {
    scheme.tag_prefix().is_empty() || scheme.tag_prefix().contains('=')
}

fn has_time_text(scheme: &Scheme) -> bool {
    has_time_beside_body(scheme.signed_time())
}

/// In a list with points, a point ends the entry of the time, and the rest is another entry.
fn has_time_without_point(scheme: &Scheme) -> bool {
    let is_entry = scheme.signed_time().is_some_and(|time| matches!(time.source(), TimeSource::Entry(_)));
    has_time_text(scheme) && !(is_entry && scheme.separator() == Some(b'.'))
}

fn has_rfc3339(scheme: &Scheme) -> bool {
    has_time_text(scheme) && scheme.signed_time().is_some_and(|time| time.unit() == TimeUnit::Rfc3339)
}

fn has_id(scheme: &Scheme) -> bool {
    scheme.id_header().is_some()
}
