//! The macro that declares enums whose values have names.

/// Declares an enum, the list of its values, and the one name that each value has in JSON, in queries and in tables.
///
/// The enum gets `ALL`, `COUNT` and `name()`, and implements `Display`, `FromStr` (with a [`ParseError`] that lists the
/// names), `Serialize` and `Deserialize`. The text in parentheses is what an error calls such a value.
///
/// [`ParseError`]: crate::ParseError
macro_rules! named_enum {
    (
        $(#[$meta:meta])*
        $visibility:vis enum $enum:ident ($subject:literal) {
            $($(#[$value_meta:meta])* $value:ident = $name:literal,)+
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        $visibility enum $enum {
            $($(#[$value_meta])* #[serde(rename = $name)] $value,)+
        }

        #[allow(dead_code, reason = "a private enum may need only some of them")]
        impl $enum {
            /// The number of values.
            $visibility const COUNT: usize = Self::ALL.len();

            /// Every value, in the order of declaration.
            $visibility const ALL: [Self; [$($name),+].len()] = [$(Self::$value),+];

            /// Returns the name in JSON, in queries and in tables.
            $visibility const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)+
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $enum {
            type Err = crate::parse_error::ParseError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.into_iter().find(|value| value.name() == text);
                found.ok_or_else(|| {
                    crate::parse_error::ParseError::not_one_of($subject, text, Self::ALL.map(Self::name))
                })
            }
        }
    };
}

pub(crate) use named_enum;
