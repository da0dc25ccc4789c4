//! Texts of JSON that are borrowed where they have no escapes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Text<'a>(pub(in crate::source) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// A value that is a text, a number or a flag, as a text; nothing if it is an array or an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Loose<'a>(Option<Cow<'a, str>>);

impl Loose<'_> {
    /// Returns the text; `None` if it is empty, or the value is an array or an object.
    pub(in crate::source) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Loose<'de>, E> {
        Ok(Loose(None))
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Borrowed(if flag { "true" } else { "false" }))))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Loose<'de>, E> {
        Ok(Loose(Some(Cow::Owned(number.to_string()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Loose<'de>, A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut values: A) -> Result<Loose<'de>, A::Error> {
        while values.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose(None))
    }
}

/// One text, or an array of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) enum OneOrMany<'a> {
    /// No value.
    #[default]
    None,
    /// One text.
    One(Cow<'a, str>),
    /// An array.
    Many(Vec<Text<'a>>),
}

impl OneOrMany<'_> {
    /// Iterates over the texts.
    pub(in crate::source) fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        let (one, many) = match self {
            Self::None => (None, &[][..]),
            Self::One(text) => (Some(text), &[][..]),
            Self::Many(texts) => (None, &texts[..]),
        };
        Texts { one: one.map(|text| &**text), many: many.iter() }
    }
}

struct Texts<'t, 'a> {
    one: Option<&'t str>,
    many: std::slice::Iter<'t, Text<'a>>,
}

impl<'t> Iterator for Texts<'t, '_> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        self.one.take().or_else(|| self.many.next().map(|text| &*text.0))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = usize::from(self.one.is_some()) + self.many.len();
        (len, Some(len))
    }
}

impl ExactSizeIterator for Texts<'_, '_> {}

impl<'de: 'a, 'a> Deserialize<'de> for OneOrMany<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrManyVisitor;

        impl<'de> Visitor<'de> for OneOrManyVisitor {
            type Value = OneOrMany<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or an array of texts")
            }

            fn visit_unit<E: de::Error>(self) -> Result<OneOrMany<'de>, E> {
                Ok(OneOrMany::None)
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<OneOrMany<'de>, E> {
                Ok(OneOrMany::One(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrMany<'de>, E> {
                Ok(OneOrMany::One(Cow::Owned(text.to_owned())))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<OneOrMany<'de>, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = values.next_element()? {
                    texts.push(text);
                }
                Ok(OneOrMany::Many(texts))
            }
        }

        deserializer.deserialize_any(OneOrManyVisitor)
    }
}
