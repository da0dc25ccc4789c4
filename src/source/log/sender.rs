//! Senders whose address varies from message to message: one mailbox for each list or person.
//!
//! * VERP: `bounces+17-ann=a.example@lists.example` names the recipient. Its mailbox is `bounces@lists.example`.
//! * SRS: `SRS0=hash=day=shop.example=ann@forwarder.example` names the sender of forwarded mail, `ann@shop.example`.
//! * BATV: `prvs=tag=ann@shop.example` is signed, and means `ann@shop.example`.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr};

/// The names of mailboxes that take bounces; what follows a `+` after one varies.
const BOUNCE_MAILBOXES: [&[u8]; 6] = [b"bounce", b"bounces", b"return", b"returns", b"errors", b"verp"];

/// The ends of such names, as in `list-bounces`.
const BOUNCE_SUFFIXES: [&[u8]; 4] = [b"-bounce", b"-bounces", b"-return", b"-owner"];

/// Returns the address that all messages of the same list or person have in common.
pub(super) fn constant(address: &[u8]) -> Cow<'_, [u8]> {
    // Most addresses have none of the marks.
    if memchr2(b'=', b'+', address).is_none() {
        return Cow::Borrowed(address);
    }
    let Some(at) = memrchr(b'@', address) else { return Cow::Borrowed(address) };
    let (local, domain) = (&address[..at], &address[at + 1..]);
    if let Some(original) = from_batv(local) {
        return Cow::Owned(joined(&constant_local(original), domain));
    }
    if let Some((original, domain)) = from_srs(local) {
        return Cow::Owned(joined(&constant_local(original), domain));
    }
    let found = constant_local(local);
    if matches!(found, Cow::Borrowed(found) if found.len() == local.len()) {
        Cow::Borrowed(address)
    } else {
        Cow::Owned(joined(&found, domain))
    }
}

fn joined(local: &[u8], domain: &[u8]) -> Vec<u8> {
    [local, b"@", domain].concat()
}

/// Returns the local part before it was signed: of `prvs=TAG=local`, `msprvs1=TAG=local`, `btv1==TAG==local`.
fn from_batv(local: &[u8]) -> Option<&[u8]> {
    let start = local.get(..8)?.to_ascii_lowercase();
    if start.starts_with(b"btv1==") {
        let rest = &local[b"btv1==".len()..];
        let end = memchr::memmem::find(rest, b"==")?;
        return non_empty(&rest[end + 2..]);
    }
    let skip = if start.starts_with(b"prvs=") { 5 } else { start.starts_with(b"msprvs1=").then_some(8)? };
    let rest = &local[skip..];
    let end = memchr(b'=', rest)?;
    non_empty(&rest[end + 1..])
}

/// Returns the local part and the domain before mail was forwarded: of `SRS0=HASH=DAY=domain=local`, and of
/// `SRS1=HASH=forwarder==HASH=DAY=domain=local` after a second forwarder.
fn from_srs(local: &[u8]) -> Option<(&[u8], &[u8])> {
    let (start, rest) = local.split_at_checked(5)?;
    let (name, separator) = start.split_at(4);
    matches!(separator, b"=" | b"+" | b"-").then_some(())?;
    let rest = match name.to_ascii_uppercase().as_slice() {
        b"SRS0" => rest,
        b"SRS1" => {
            let end = memchr::memmem::find(rest, b"==").map(|end| end + 2)?;
            &rest[end..]
        }
        _ => return None,
    };
    let mut parts = rest.splitn(4, |&byte| byte == b'=');
    let (_hash, _day) = (parts.next()?, parts.next()?);
    Some((non_empty_domain(parts.next()?)?, non_empty(parts.next()?)?)).map(|(domain, local)| (local, domain))
}

/// Returns the local part without the recipient of VERP, and without what varies after the name of a mailbox for bounces.
fn constant_local(local: &[u8]) -> Cow<'_, [u8]> {
    if let Some(equals) = memrchr(b'=', local)
        && non_empty_domain(&local[equals + 1..]).is_some()
    {
        let before = &local[..equals];
        let end = memchr(b'+', before).or_else(|| start_of_number(before)).or_else(|| memrchr(b'-', before));
        if let Some(end) = end.filter(|&end| end > 0) {
            return Cow::Borrowed(&local[..end]);
        }
    }
    if let Some(plus) = memchr(b'+', local) {
        let name = local[..plus].to_ascii_lowercase();
        if BOUNCE_MAILBOXES.contains(&&*name)
            || BOUNCE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
            || name.starts_with(b"owner-")
        {
            return Cow::Borrowed(&local[..plus]);
        }
    }
    Cow::Borrowed(local)
}

/// Returns the position of the first hyphen that is followed by a digit, as in `list-return-17-ann`.
fn start_of_number(text: &[u8]) -> Option<usize> {
    text.windows(2).position(|pair| pair[0] == b'-' && pair[1].is_ascii_digit())
}

fn non_empty(text: &[u8]) -> Option<&[u8]> {
    (!text.is_empty()).then_some(text)
}

/// Returns the text if it can be a domain: letters, digits, hyphens and at least one dot within it.
fn non_empty_domain(text: &[u8]) -> Option<&[u8]> {
    let is_of_domain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | 0x80..);
    let has_dot = memchr(b'.', text).is_some_and(|dot| dot > 0 && dot + 1 < text.len());
    (has_dot && text.iter().all(is_of_domain)).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_variable_sender_is_one_mailbox_for_each_list_or_person() {
        for (address, expected) in [
            ("bounces+1001-ann=a.example@lists.example", "bounces@lists.example"),
            ("list-bounces+ann=a.example@lists.example", "list-bounces@lists.example"),
            ("list-return-17-ann=a.example@lists.example", "list-return@lists.example"),
            ("list-return-17-ann-lee=a.example@lists.example", "list-return@lists.example"),
            ("owner-list-ann=a.example@lists.example", "owner-list@lists.example"),
            ("owner-list+ann=a.example@lists.example", "owner-list@lists.example"),
            ("list-bounces+0f3a9c@lists.example", "list-bounces@lists.example"),
            ("bounces+8471-a1b2@mailer.example", "bounces@mailer.example"),
            ("prvs=0123456789=ann@shop.example", "ann@shop.example"),
            ("PRVS=01=ann+tag@shop.example", "ann+tag@shop.example"),
            ("btv1==012==ann@shop.example", "ann@shop.example"),
            ("msprvs1=19000abc=bounces-17-ann=a.example@lists.example", "bounces@lists.example"),
            ("SRS0=hHhH=TT=shop.example=ann@forwarder.example", "ann@shop.example"),
            ("srs0+hHhH=TT=shop.example=ann@forwarder.example", "ann@shop.example"),
            ("SRS1=hHhH=first.example==hHhH=TT=shop.example=ann@second.example", "ann@shop.example"),
            (
                "SRS0=hHhH=TT=lists.example=bounces+17-ann=a.example@forwarder.example",
                "bounces@lists.example",
            ),
        ] {
            assert_eq!(constant(address.as_bytes()), expected.as_bytes(), "{address}");
        }
    }

    #[test]
    fn a_constant_sender_stays_as_it_is() {
        for address in [
            "",
            "root",
            "News@Shop.example",
            "ann+shop@a.example",
            "ann=lee@a.example",
            "x=1@a.example",
            "=a.example@lists.example",
            "SRS0=x@a.example",
            "prvs=x@a.example",
            "prvs=x=@a.example",
            "bounces@lists.example",
            "bounces+x",
        ] {
            assert_eq!(constant(address.as_bytes()), address.as_bytes());
        }
    }

    proptest! {
        #[test]
        fn a_mailbox_is_its_own_mailbox(text in "((prvs|SRS0|SRS1|btv1=|[a-z]{1,3}|bounces|1)[=+.@-]){0,8}[a-z]{0,3}") {
            let once = constant(text.as_bytes()).into_owned();
            prop_assert!(once.len() <= text.len());
            let _ = constant(&once);
        }
    }
}
